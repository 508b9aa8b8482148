#!/usr/bin/env bash
# Rows a second through a Python function in Spark: in the executor's JVM, and in a worker process
# that is sent Arrow data through a socket. On the Python of the root that ./verify prepares, which
# has pyarrow. Arguments are the JVM's: -Drows=100000
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=jdk.sh
. "$top/.build/jdk.sh"
find_jdk spark-bench || exit 2
find_maven spark-bench || exit 2
# shellcheck source=pythons.sh
. "$top/.build/pythons.sh"
python_315
[ -n "$prepared" ] || { echo "spark-bench: no root: $skipped" >&2; exit 2; }
cd "$top"
target=$top/spark/target/quick # of -Dquick
mvn -q -Dquick -pl spark -am test-compile dependency:build-classpath -Dmdep.includeScope=test \
  "-Dmdep.outputFile=$target/tests.classpath" </dev/null >/dev/null
opens=()
for package in lang lang.invoke lang.reflect io net nio util util.concurrent util.concurrent.atomic; do
  opens+=("--add-opens=java.base/java.$package=ALL-UNNAMED")
done
opens+=(--add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/sun.util.calendar=ALL-UNNAMED)
export VIVARIUM_ROOT=$prepared VIVARIUM_BIND=$JAVA_HOME:$top:${M2:-$HOME/.m2/repository} SPARK_LOCAL_IP=127.0.0.1
export VIVARIUM_LIBRARY=/usr/lib/x86_64-linux-gnu/libpython3.14.so.1.0 VIVARIUM_HOME=/usr
exec "$top/.build/in-root" "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED "${opens[@]}" \
  --sun-misc-unsafe-memory-access=allow "$@" -cp "$target/test-classes:$target/classes:$(<"$target/tests.classpath")" \
  dev.vivarium.spark.RowsPerSecond /usr/bin/python3.14
