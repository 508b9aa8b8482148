#!/usr/bin/env bash
# The tests of behaviour that hold what was once found, each until its scenario has been green so
# often in a row, on one CPython:
#   .build/rounds.sh ROUNDS CPYTHON [CASE…]
# CPYTHON is 3.12, 3.13, 3.14, 3.15 or 3.13t. A CASE is one of behaviour's Rounds, or a test of it.
# Says of each test how many rounds were green. Stops at the first that fails, and keeps its log.
# ROUNDS_JVM has options for the JVMs, in place of those that start one fast.
set -euo pipefail

[ $# -ge 2 ] || { sed -n 2,8p "$0" | cut -c3-; exit 2; }
rounds=$1 version=$2
shift 2
top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=one-python.sh
. "$top/.build/one-python.sh"
one_python rounds "$version" || exit 2

# Each round is a JVM, or several: one that starts fast leaves time for more of them. What the JVM
# keeps of classes is for jars alone. Its invokers must not count calls, as those of tests with a full
# heap do not: with a limit below zero the first call would allocate.
options=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
never=-Djava.lang.invoke.MethodHandle.CUSTOMIZE_THRESHOLD=-1
if [ -n "${ROUNDS_JVM:-}" ]; then
  read -r -a options <<<"$ROUNDS_JVM"
else
  folder=$(mktemp -d) jars=()
  trap 'rm -rf "$folder"' EXIT
  IFS=: read -r -a parts <<<"$classpath"
  for part in "${parts[@]}"; do
    if [ -d "$part" ]; then
      jar=$folder/${#jars[@]}.jar
      "$JAVA_HOME/bin/jar" --create --no-compress --file "$jar" -C "$part" .
      part=$jar
    fi
    jars+=("$part")
  done
  classpath=$(IFS=: && echo "${jars[*]}")
  "$java" "${which_python[@]}" "${options[@]}" "$never" "-XX:ArchiveClassesAtExit=$folder/classes.jsa" -Xlog:disable \
    -cp "$classpath" dev.vivarium.testing.ChildMain 'dev.vivarium.behaviour.ClosingTest$OthersGiveUp' 1 \
    </dev/null >/dev/null
  options+=("-XX:SharedArchiveFile=$folder/classes.jsa" -Xshare:auto -Xlog:cds=off)
fi

log=$(mktemp)
status=0
"$java" "${which_python[@]}" "${options[@]}" -cp "$classpath" dev.vivarium.behaviour.Rounds \
  "$rounds" "$@" </dev/null 2>&1 | tee "$log" | grep --line-buffered -v '^WARNING' || status=$?
if [ "$status" -ne 0 ]; then
  echo "rounds: not green on $version: $log" >&2
  exit 1
fi
rm -f "$log"
