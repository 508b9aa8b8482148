#!/bin/sh
# Compiles the tests' C libraries against each CPython:
# natives.sh SOURCES TARGET ROOT-OF-3.15 FREE-THREADED-3.13 DEBUG-3.13, "none" for one of the last
# three that is not there
set -eu
sources=$1
target=$2
root315=$3
free313=$4
debug313=$5

rm -rf "$target/surefire-reports" # one of an earlier run would speak for a JVM that dies in this one

compile() { # version, then the compiler's options
  version=$1
  shift
  mkdir -p "$target/natives/$version"
  for source in "$sources"/*.c; do
    library=$target/natives/$version/lib$(basename "$source" .c).so
    if [ ! "$library" -nt "$source" ]; then
      gcc -shared -fPIC -O2 -Wall -Werror -pthread "$@" "$source" -o "$library.new"
      mv "$library.new" "$library"
    fi
  done
}

for python in "$target"/python/3.*; do
  version=${python##*/}
  home=$python/org/bytedeco/cpython/linux-x86_64
  chmod +x "$home"/bin/* # the archive does not keep modes
  compile "$version" "-I$home/include/python$version"
done
if [ "$root315" != none ]; then
  # Debian's pyconfig.h includes one by its platform; the C library's headers stay this machine's
  compile 3.15 "-I$root315/usr/include/python3.15" -idirafter "$root315/usr/include"
fi
if [ "$free313" != none ]; then
  compile 3.13t "-I$free313/include/python3.13t"
fi
if [ "$debug313" != none ]; then
  compile 3.13d "-I$debug313/include/python3.13d"
fi
