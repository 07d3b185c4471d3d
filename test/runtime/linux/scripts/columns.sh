# Lines of standard input, through more filters than one.
mkdir w; cd w; cat > in
sed -n '/5/{s/ [0-9]*/W/;p;=}' in | head -6; sed -e '1~50!d' -e 'y/abc/ABC/' in; sed '$!N;s/\n/+/' in | tail -2; sed '/^a/,/^b/d' in | wc -l
grep -En '^[a-f]+[0-9]' in | head -3; grep -vc 1 in; grep -o '[0-9][0-9]* [0-6]$' in | tail -2; egrep -i 'Q|Z' in | wc -l
awk -F'[ d]' '{ a[$NF] += length($1) } END { for (k in a) print k, a[k] }' in | sort -n
sort -k2,2n -k1,1r in | head -3; sort -t' ' -k3 -n -u in | tail -3; sort -r in | uniq -c -f1 | head -2; sort in | comm -12 - in 2>/dev/null | wc -l
cut -c1-8 in | paste -d, - - - | head -2; sort in > sorted; join sorted sorted | head -1; fold -w 10 in | head -3; head -n 4 in | rev; tac in | head -2
split -l 100 in part; ls; wc -l part*; tr -dc 0-9 < in | cut -c1-40; od -c in | head -2; hexdump -C in | head -2; strings in | tail -1
echo 'a	b' | expand | unexpand -a | od -c; ts '' < /dev/null; printf 'a\r\n' | dos2unix | od -c; head -2 in | tee copy | nl; diff copy in | head -2
