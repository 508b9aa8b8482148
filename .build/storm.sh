#!/usr/bin/env bash
# Rounds of behaviour's storm, everything at once at random, for so many minutes on one CPython:
#   .build/storm.sh MINUTES CPYTHON [JVM-OPTION…]
# CPYTHON is 3.12, 3.13, 3.14, 3.15 or 3.13t. Without options the rounds take turns in the sets of them
# that the tests have. Rounds end by close, exit, return and, at a random moment, by SIGTERM, in turn.
# Stops at the first that fails, and says where its log is; STORM_SEED begins with a seed of yours,
# STORM_SECONDS is a round's length.
set -euo pipefail

[ $# -ge 2 ] || { sed -n 2,8p "$0" | cut -c3-; exit 2; }
minutes=$1 version=$2
shift 2
top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=one-python.sh
. "$top/.build/one-python.sh"
one_python storm "$version" || exit 2

sets=("" "-XX:+UseZGC" "-XX:+UseParallelGC -Xcheck:jni" "-Xint" "-XX:+UseCompactObjectHeaders" "-Xmx48m")
[ $# -eq 0 ] || sets=("$*")
ends=(close signal exit close return signal)
seed=${STORM_SEED:-$((RANDOM * 32768 + RANDOM))} seconds=${STORM_SECONDS:-8}
log=$(mktemp) total=$(mktemp)
finish=$((SECONDS + minutes * 60)) rounds=0
while [ $SECONDS -lt $finish ]; do
  read -r -a options <<<"${sets[rounds / ${#ends[@]} % ${#sets[@]}]}"
  end=${ends[rounds % ${#ends[@]}]}
  "$java" "${which_python[@]}" "-XX:ErrorFile=$log.crash" -Djdk.virtualThreadScheduler.parallelism=2 \
    "${options[@]}" -cp "$classpath" \
    dev.vivarium.behaviour.Storm "$seed" "$seconds" "$end" >"$log" 2>&1 </dev/null &
  child=$! status=0 expected=0
  case $end in
    exit) expected=7 ;;
    signal)
      expected=143
      for _ in {1..600}; do
        ! grep -q '^going' "$log" || break
        sleep 0.1
      done
      sleep "$((RANDOM % seconds)).$((RANDOM % 10))"
      kill -TERM "$child"
      ;;
  esac
  (sleep $((seconds + 120)) && kill -QUIT "$child" && sleep 3 && kill -KILL "$child") 2>/dev/null &
  guard=$!
  wait "$child" || status=$?
  pkill -P "$guard" 2>/dev/null || true
  kill "$guard" 2>/dev/null || true
  wait "$guard" 2>/dev/null || true
  if [ "$status" -ne "$expected" ] || [ -e "$log.crash" ] || grep -q 'Fatal Python error' "$log"; then
    tail -n 60 "$log"
    echo "storm: round $rounds on $version (${options[*]}) ended with $status, not $expected," \
      "seed $seed, $end: $log" >&2
    exit 1
  fi
  grep '^done' "$log" >>"$total" || true
  rounds=$((rounds + 1)) seed=$((seed + 1))
done
echo "storm: $rounds rounds on $version, all as they should be; operations:"
tr -d '{},' <"$total" | tr ' ' '\n' | awk -F= 'NF == 2 { n[$1] += $2 } END { for (k in n) print "  " k, n[k] }' | sort
rm -f "$log" "$total"
