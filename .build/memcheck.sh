#!/usr/bin/env bash
# Tests of behaviour under Valgrind's memcheck, on the embedded CPython with all its memory from malloc:
#   .build/memcheck.sh [TEST,…]
# Fails where Java, CPython or C code touches memory that is freed, or beside what it has been given.
# Takes ten times as long as without, so ./verify leaves it out.
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=jdk.sh
. "$top/.build/jdk.sh"
find_jdk memcheck || exit 2
find_maven memcheck || exit 2
command -v valgrind >/dev/null || { echo "memcheck: no valgrind: install Debian's package" >&2; exit 2; }

tests=${1:-BuffersTest,LendingTest,NDArrayTest,NumPyTest,JavaFilesTest,CapsulesTest,ReadableFilesTest}
VIVARIUM_MEMCHECK=$(mktemp -d)
export VIVARIUM_MEMCHECK VIVARIUM_JDK=$JAVA_HOME
cd "$top"
passed=true
mvn -q -Dquick -pl core,testing,behaviour -am test-compile surefire:test@cpython-3.14 \
  "-Dtest=$tests" -Dsurefire.failIfNoSpecifiedTests=false -Dvivarium.test.exports=2000 \
  "-Djvm=$top/behaviour/src/build/memchecked/bin/java" </dev/null || passed=false
[ -n "$(ls "$VIVARIUM_MEMCHECK")" ] || { echo "memcheck: no test ran" >&2; exit 1; }

# What else Valgrind reports is the JVM's way with its stacks and its heap, and glibc's loader reading
# strings by words
found=$(awk '
  function flush() {
    if (record ~ /a block of size/ && record !~ /decompose_rpath/) printf "%s\n", record
    record = ""
  }
  { sub(/^==[0-9]+== ?/, "") }
  /^$/ { flush(); next }
  { record = record $0 "\n" }
  END { flush() }' "$VIVARIUM_MEMCHECK"/*.log)
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  echo "memcheck: found; all of Valgrind's output is in $VIVARIUM_MEMCHECK" >&2
  exit 1
fi
rm -r "$VIVARIUM_MEMCHECK"
if ! $passed; then
  echo "memcheck: nothing found, but a test failed, or did not come to its end" >&2
  exit 1
fi
echo "memcheck: nothing found"
