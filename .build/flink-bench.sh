#!/usr/bin/env bash
# Records a second through a Python function in Flink, in one task; and beside it the same function in
# Java, and a bare loop over it in a Python process of the same CPython, the embedded one. Arguments
# are the JVM's: -Drecords=100000 -Donly=score
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=jdk.sh
. "$top/.build/jdk.sh"
find_jdk flink-bench || exit 2
find_maven flink-bench || exit 2
cd "$top"
target=$top/flink/target/quick # of -Dquick
mvn -q -Dquick -pl flink -am test-compile dependency:build-classpath -Dmdep.includeScope=test \
  "-Dmdep.outputFile=$target/tests.classpath" </dev/null >&2
exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED "$@" \
  -cp "$target/test-classes:$target/classes:$(<"$target/tests.classpath")" dev.vivarium.flink.RecordsPerSecond
