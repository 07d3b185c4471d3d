# A tree of files: found, measured, linked, copied, compared.
mkdir w; cd w; mkdir -p a/b/c; touch a/x a/b/y.c a/b/c/z.c; echo content > a/x
find a -name '*.c' -o -type d | sort; find a -type f -exec echo found {} \; | sort; find a -newer a/x -o -size +0c -type f | sort | tail -1
chmod 640 a/x; stat -c '%a %s %F %h' a/x; ls -l a | awk 'NR > 1 { print $1, $2, $5 }'; ln a/x a/hard; stat -c %h a/x; ln -s ../x a/b/link
readlink a/b/link; readlink -f a/b/link | sed 's|.*/w/|w/|'; test -L a/b/link && echo a link; cp -r a d; diff -r a d && echo equal; cp -a a/b/link kept; ls -F
echo changed > d/x; diff a/x d/x; diff -u a/x d/x | sed 1,2d; mv d e; find e | wc -l; rm -rf e; ls; basename /usr/lib/x.so .so; dirname /usr/lib/x
cmp a/x a/b/y.c; mktemp -u xxXXXXXX | wc -c; truncate -s 5000 a/big; wc -c < a/big; dd if=a/x of=a/part bs=3 skip=1 count=1 2>/dev/null; cat a/part; echo
touch -d '2020-01-02 03:04:05' a/x; date -u -r a/x +%Y; echo one > log; echo two >> log; tail -1 log; rmdir a 2>&1; umask 077; touch private; stat -c %a private
