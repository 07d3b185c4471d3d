#!/bin/sh
# musl-gcc, with the debug information of Rust's own libraries left out.
folder=$(mktemp -d)
for argument; do
  shift
  case $argument in
    *.rlib) cp "$argument" "$folder"; argument=$folder/$(basename "$argument"); chmod u+w "$argument"; strip --strip-debug "$argument" ;;
  esac
  set -- "$@" "$argument"
done
musl-gcc "$@"
status=$?
rm -r "$folder"
exit $status
