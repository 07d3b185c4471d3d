-- What interpreters are measured by, small.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print("fib", fib(20))
local function sieve(n)
  local composite, count = {}, 0
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return count
end
print("sieve", sieve(20000))
local function queens(n)
  local found, columns, up, down = 0, {}, {}, {}
  local function place(row)
    if row > n then found = found + 1 return end
    for c = 1, n do
      if not (columns[c] or up[row + c] or down[row - c + n]) then
        columns[c], up[row + c], down[row - c + n] = true, true, true
        place(row + 1)
        columns[c], up[row + c], down[row - c + n] = nil, nil, nil
      end
    end
  end
  place(1)
  return found
end
print("queens", queens(6))
local function mandelbrot(size)
  local sum = 0
  for y = 0, size - 1 do
    for x = 0, size - 1 do
      local cr, ci, zr, zi, n = 2.0 * x / size - 1.5, 2.0 * y / size - 1, 0.0, 0.0, 0
      while n < 50 and zr * zr + zi * zi < 4 do
        zr, zi, n = zr * zr - zi * zi + cr, 2 * zr * zi + ci, n + 1
      end
      sum = sum + n * (x + y)
    end
  end
  return sum
end
print("mandelbrot", mandelbrot(32))
local function spectral(n)
  local function a(i, j) return 1 / ((i + j) * (i + j + 1) / 2 + i + 1) end
  local function times(v, transposed)
    local result = {}
    for i = 0, n - 1 do
      local sum = 0
      for j = 0, n - 1 do sum = sum + (transposed and a(j, i) or a(i, j)) * v[j] end
      result[i] = sum
    end
    return result
  end
  local u, v = {}, nil
  for i = 0, n - 1 do u[i] = 1 end
  for _ = 1, 3 do v = times(times(u), true) u = times(times(v), true) end
  local uv, vv = 0, 0
  for i = 0, n - 1 do uv, vv = uv + u[i] * v[i], vv + v[i] * v[i] end
  return (uv / vv) ^ 0.5
end
print(string.format("spectral %.15f", spectral(30)))
local seed, words = 42, {}
for i = 1, 3000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  words[i] = string.format("%d:%s:%5.2f", seed % 1000, ("x"):rep(i % 7), seed / 1000)
end
table.sort(words)
local text, count = table.concat(words, ","), 0
for number, run in text:gmatch("(%d+):(x*)") do count = count + #run + tonumber(number) end
print("words", #text, count, (text:gsub("x+", "")):sub(1, 40))
local hash = 0
for word in text:gmatch("[^,]+") do
  local turned = word:reverse():upper()
  hash = (hash * 31 + turned:byte(1) + #turned) % 1000000007
end
print("hash", hash)
return 9
