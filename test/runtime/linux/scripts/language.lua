-- The language: closures, metatables, coroutines, errors, string patterns and formats, integers and floats, collection.
print(_VERSION, #arg, arg[1])
print(7 // 2, -7 // 2, 7 % -3, 7.5 // 2, 2^53, 1 / 0, -1 / 0, 10 / 2, 3 | 4, ~0, 1 << 62, 5 // 0.0, math.maxinteger + 1 == math.mininteger)
print(0.1 + 0.2, 1e15, 1e16, 123456789012345678, 2^63, -0.0, 100 // 1e-300, math.pi, 1e308 * 10 == math.huge, 0x1p-1074)
print(math.type(1), math.type(1.0), math.tointeger(3.0), tostring(3) == "3", "10" + 5, "0x10" * 2, 10 .. 20)
print(string.format("%5d|%-8s|%08.3f|%g|%e|%x|%q|%a|%c|%i|%%", 42, "left", 3.14159, 1e20, 12345.678, 255, 'quo"te\n', 1.5, 65, -7))
print(math.floor(-2.5), math.ceil(-2.5), math.fmod(-7, 3), math.ult(1, -1), math.sqrt(2), math.sin(1), math.exp(1), math.log(8, 2), math.log(10))
print(pcall(string.rep, "x", -1), ("abc"):rep(3, ","), ("hello"):byte(1, -1))
print(("key = value; other=thing"):gsub("(%w+)%s*=%s*(%w+)", "%2:%1"), ("  trim  "):match("^%s*(.-)%s*$") .. "|")
print(("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"), ("x"):rep(5):gsub("x", { x = "y" }, 2), ("abc"):gsub("%w", function(c) return c:upper() .. "." end))
for k, v in string.gmatch("a=1, b=22, c=333", "(%w+)=(%w+)") do io.write(k, v, " ") end
print(string.pack("<i4dz", -2, 1.5, "end"):byte(1, -1))
print(string.unpack("<i4dz", string.pack("<i4dz", -2, 1.5, "end")))
print(utf8.char(228, 8364, 127793), utf8.len("ä€🌱"), utf8.codepoint("ä€", 1, -1))

local Account = {}
Account.__index = Account
Account.__add = function(a, b) return Account.new(a.balance + b.balance) end
Account.__tostring = function(a) return "account of " .. a.balance end
Account.__lt = function(a, b) return a.balance < b.balance end
Account.__call = function(a, amount) a.balance = a.balance + amount return a end
Account.__len = function() return 77 end
Account.__close = function(a) print("closing", a) end
function Account.new(balance) return setmetatable({ balance = balance }, Account) end
do
  local one <close> = Account.new(5)
  local two <const> = Account.new(7)
  print(tostring(one + two), one < two, one(10).balance, #two, rawlen(two))
end
local proxy = setmetatable({}, { __index = function(_, k) return k .. "!" end, __newindex = function(t, k, v) rawset(t, k, v * 2) end })
proxy.x = 21
print(proxy.x, proxy.y)

local function generate(n)
  return coroutine.wrap(function() for i = 1, n do for j = 1, i do coroutine.yield(i, j) end end return "done" end)
end
local sum, next = 0, generate(40)
while true do
  local i, j = next()
  if i == "done" then break end
  sum = sum + i * j
end
print(sum, pcall(next))
local co = coroutine.create(function(a, b)
  local c = coroutine.yield(a + b)
  local ok, failure = pcall(function() local d = coroutine.yield(c * 2) error({ code = d }) end)
  error("at last " .. tostring(ok) .. failure.code)
end)
print(coroutine.resume(co, 1, 2)) print(coroutine.resume(co, 10)) print(coroutine.resume(co, 99)) print(coroutine.resume(co), coroutine.status(co))

local function deep(n) if n == 0 then error("deep inside", 0) end return (deep(n - 1)) + 1 end
print(pcall(deep, 150))
print(select(2, pcall(function() local t = nil; return t.x end)))
print(select(2, pcall(function() return 1 + {} end)), select(2, pcall(function() return #5 end)))
print(xpcall(function() error({}) end, function(e) return type(e) end))
local function again() return (("x"):gsub("x", again)) end
print((select(2, pcall(again)):gsub("^.-(C stack)", "%1")))
print(load("return 1 +")) print(load("local a <const> = 1; a = 2"))
goto out
print("never")
::out::
local t = {}
for i = 1, 2000 do t[i] = (i * 7919) % 2003 end
table.sort(t, function(a, b) return a > b end)
print(t[1], t[1000], #t, table.concat(t, ",", 1995), select("#", table.unpack(t, 1, 200)))
table.insert(t, 1, "first") table.remove(t, 3) table.move(t, 1, 3, 5)
print(t[1], t[2], t[5], #t)
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 100 do weak[{}] = i end
local finalised = 0
for i = 1, 100 do setmetatable({}, { __gc = function() finalised = finalised + 1 end }) end
collectgarbage() collectgarbage()
print(_G.next(weak), finalised)
for _, mode in ipairs { "generational", "incremental" } do
  collectgarbage(mode)
  local list
  for i = 1, 20000 do list = { list, i } if i % 500 == 0 then list = nil end end
end
local name = os.tmpname()
local file = assert(io.open(name, "w"))
for i = 1, 300 do file:write(i, " ", i * i, "\n") end
file:close()
local total = 0
for a, b in io.lines(name, "n", "n") do if not a then break end total = total + a * b end
file = io.open(name, "r+b")
file:seek("set", 10) file:write("XYZ") file:seek("set") print(file:read("l", "l", "L", 3), file:seek("cur"), file:seek("end"))
file:close()
print(total, os.remove(name), select("#", io.open(name)))
print(os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.time { year = 2024, month = 2, day = 30, hour = 12, isdst = false } ~= nil, type(os.clock()), os.getenv("COLOR"))
print(require("string") == string, package.loaded.math == math, pcall(require, "nowhere") == false)
io.stderr:write("to standard error\n")
error("the script ends with an error")
