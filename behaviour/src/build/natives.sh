#!/bin/sh
# Compiles the tests' C libraries against each unpacked CPython: natives.sh SOURCES TARGET
set -eu
sources=$1
target=$2
for python in "$target"/python/3.*; do
  version=${python##*/}
  home=$python/org/bytedeco/cpython/linux-x86_64
  chmod +x "$home"/bin/* # the archive does not keep modes
  mkdir -p "$target/natives/$version"
  for source in "$sources"/*.c; do
    name=$(basename "$source" .c)
    library=$target/natives/$version/lib$name.so
    if [ ! "$library" -nt "$source" ]; then
      gcc -shared -fPIC -O2 -Wall -Werror -pthread "-I$home/include/python$version" \
        "$source" -o "$library.new"
      mv "$library.new" "$library"
    fi
  done
done
