# Traps, functions, redirections, background jobs, here documents.
trap 'echo int' INT; trap 'echo exit $?' EXIT; kill -INT $$
f() { local x=1; x=$((x << 4 | 3)); echo $x; return 7; }; f || echo "returned $?"
x=abc.tar.gz; echo ${x%%.*} ${x#*.} ${x/tar/zip} ${x:2:3} ${#x} ${y:-none} ${y:=set} ${y:+other}
while read a b; do case $b in *3*) echo "$a"; break;; esac; done
until [ $((i=i+1)) -gt 3 ]; do :; done; echo $i; eval "echo \"\$x\""; set -- -a -b value rest
while getopts ab: o; do echo "$o ${OPTARG-}"; done; shift $((OPTIND - 1)); echo "$*"
cat <<-END
	tabs are stripped $(echo and substituted) $((6 * 7))
	END
cat <<'END'
$x is left `alone`
END
exec 5>out; echo to five >&5; exec 5>&-; cat out; rm out
(sleep 0.01; echo later) & wait; { echo a; echo b >&2; } 2>&1 | sort -r
for n in 1 2 3 4; do (sleep 0.0$n; exit $n) & jobs="$jobs $!"; done; for job in $jobs; do wait $job; echo "job $?"; done
yes | head -3 | wc -l; sleep 10 & kill $!; wait $! 2>/dev/null; echo $?
mkfifo pipe; ls -l pipe | cut -c1-10; (seq 1 5 > pipe) & awk '{ s += $1 } END { print s }' < pipe; cat pipe & echo through > pipe; wait
exec 4<>pipe; echo kept >&4; read line <&4; echo "$line"; exec 4>&-; rm pipe
timeout 0.02 sleep 5; echo "timeout $?"; readonly r=1; (r=2) 2>/dev/null || echo readonly; command -v cat; type f | head -1
(set -e; false; echo never) ; echo "set -e $?"; (set -u; echo $nothing) 2>/dev/null; echo "set -u $?"; ! true || echo no; test 3 -gt 2 -a a != b && echo tested
