# Archives and checksums of standard input.
mkdir w; cd w
cat > in; tar cf a.tar in; mkdir x; tar xf a.tar -C x; cmp in x/in && echo same; tar tvf a.tar | cut -c1-10
tar czf b.tgz in; tar xzOf b.tgz in | md5sum; gzip -k in; gunzip -c in.gz | cmp - in && echo unpacked
bzip2 -k in; bzcat in.bz2 | cksum; zcat in.gz | wc
for sum in md5sum sha1sum sha256sum sha512sum sha3sum crc32 cksum; do $sum < in; done
base64 < in | head -2; base64 in | base64 -d | cmp - in; uuencode in < in | uudecode -o - | md5sum; echo aGVsbG8= | base64 -d
echo in x/in | tr ' ' '\n' | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null; xxd in | head -2
