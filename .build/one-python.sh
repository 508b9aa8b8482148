# What runs behaviour's classes outside of Maven, on one CPython. Sourced by storm.sh and rounds.sh.

# one_python NAME VERSION: compiles, and sets target, classpath, java, and what each JVM needs, which_python
one_python() {
  local top library home build
  top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
  # shellcheck source=jdk.sh
  . "$top/.build/jdk.sh"
  find_jdk "$1" || return 2
  find_maven "$1" || return 2
  # shellcheck source=pythons.sh
  . "$top/.build/pythons.sh"

  cd "$top" || return
  target=$top/behaviour/target/quick # of -Dquick
  build=(mvn -q -Dquick -pl core,testing,behaviour -am test-compile)
  java=$JAVA_HOME/bin/java
  case $2 in
    3.15)
      python_315
      [ -n "$prepared" ] || { echo "$1: no 3.15: $skipped" >&2; return 2; }
      build+=("-Dcpython.3.15=$prepared")
      java=$top/behaviour/src/build/rooted/bin/java library=/usr/lib/x86_64-linux-gnu/libpython3.15.so.1.0 home=/usr
      export VIVARIUM_ROOT=$prepared VIVARIUM_JDK=$JAVA_HOME
      export VIVARIUM_BIND=$JAVA_HOME:$top:${M2:-$HOME/.m2/repository}
      ;;
    3.13t)
      python_313t
      [ -n "$prepared" ] || { echo "$1: no 3.13t: $skipped" >&2; return 2; }
      build+=("-Dcpython.3.13t=$prepared")
      library=$prepared/lib/libpython3.13t.so.1.0 home=$prepared
      ;;
    *)
      home=$target/python/$2/org/bytedeco/cpython/linux-x86_64
      library=$home/libpython$2.so.1.0
      ;;
  esac
  "${build[@]}" dependency:build-classpath -Dmdep.includeScope=test "-Dmdep.outputFile=$target/tests.classpath" \
    </dev/null >/dev/null
  classpath=$target/test-classes:$(<"$target/tests.classpath")
  which_python=(--enable-native-access=ALL-UNNAMED -XX:-CreateCoredumpOnCrash
    "-Dvivarium.test.python=$2" "-Dvivarium.test.library=$library" "-Dvivarium.test.home=$home"
    "-Dvivarium.test.natives=$target/natives/$2")
}
