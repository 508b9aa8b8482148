# Finds a JDK 25 or newer and sets JAVA_HOME to it. Sourced by ./vivarium and ./verify.

jdk_release() { # the feature number of the JDK in a folder, or 0
  local line number
  if [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then
    line=$(grep '^JAVA_VERSION=' "$1/release")
    number=${line#*\"}
    number=${number%%[!0-9]*}
    echo "${number:-0}"
  else
    echo 0
  fi
}

find_jdk() {
  local candidate java best='' best_release=24 release
  for candidate in "${JAVA_HOME:-}"; do
    if [ -n "$candidate" ] && [ "$(jdk_release "$candidate")" -ge 25 ]; then
      return 0
    fi
  done
  if java=$(command -v java); then
    candidate=$(dirname "$(dirname "$(readlink -f "$java")")")
    if [ "$(jdk_release "$candidate")" -ge 25 ]; then
      export JAVA_HOME=$candidate
      return 0
    fi
  fi
  for candidate in /usr/lib/jvm/* /opt/*jdk* /opt/java/* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    release=$(jdk_release "$candidate")
    if [ "$release" -gt "$best_release" ]; then
      best=$candidate
      best_release=$release
    fi
  done
  if [ -z "$best" ]; then
    echo "$1: no JDK 25 or newer found: install one, or set JAVA_HOME to it" >&2
    return 1
  fi
  export JAVA_HOME=$best
}

find_maven() {
  if ! command -v mvn >/dev/null; then
    echo "$1: no mvn on the PATH: install Maven 3.8 or newer" >&2
    return 1
  fi
  # Maven's own libraries use what newer JDKs warn of
  export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}"
}
