# dc, bc, awk and the arithmetic of the shell.
echo "2 3 + p 10 k 2 v p 16 o 255 p 7 3 ^ p 3 / p" | dc
echo "scale=20; 4*a(1); 2^100; sqrt(2); define f(n) { if (n<2) return 1; return n*f(n-1); } f(30); e(1); s(1)*l(2)" | bc -l
expr 7 \* 6; expr abc : 'a\(.\)c'; printf "%05d|%-6s|%x|%.3f|%s\n" 42 ab 255 2.5 "a b"; seq -w 8 11; factor 1234567890123
echo $((0x1f + 017 % 7 ? 5 : 6)) $(( (3 > 2) && !(1 == 2) )) $((1 << 40 | 3)) $((-7 / 2)) $((-7 % 3))
awk 'BEGIN { printf "%.6f %s %d\n", atan2(1, 2) + exp(1) - log(3) + sqrt(2) * sin(1), substr("hello", 2, 3), index("abc", "c")
  while (("echo a ball" | getline line) > 0) print line
  print split("a:b:c", parts, ":"), toupper(parts[2]), gsub(/l+/, "L", line), line, match("foobar", /o+/), RSTART, RLENGTH
  for (i = 0; i < 2000; i++) { squares[i] = i * i; sum += squares[i] % 97 } print sum, length(squares), 1e6, 0.1 + 0.2, 2 ^ 0.5, int(-3.7) }
  function fact(n) { return n < 2 ? 1 : n * fact(n - 1) } END { print fact(15), NR, $0 }'
ipcalc -n 10.1.2.3/8; date -u -d @86400 +%F; date -u -d "2024-02-29 12:00:00" +%s; cal 2 2024
