#!/usr/bin/env bash
# Makes an archive to measure with on a machine that has no JDK, no Maven and no Python: a Java runtime, the embedded
# CPython, vivarium and its bench without the figures that want Arrow or NumPy. There:
#   tar xzf vivarium-image.tar.gz && vivarium-image/bin/vivarium bench scale.interpreters pool.call/virtual
#
#   .build/image.sh [FOLDER]    where the archive goes; default: target
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
out=$(readlink -m "${1:-$top/target}")
# shellcheck source=.build/jdk.sh
. "$top/.build/jdk.sh"
find_jdk image.sh || exit 2

"$top/vivarium" bench --help >/dev/null # builds it
mkdir -p "$out"
image=$(mktemp -d "$out/image.XXXXXX")/vivarium-image
trap 'rm -rf "${image%/*}"' EXIT
mkdir -p "$image/bin" "$image/lib"
platform=$(cd "$top/platforms" && ls -d */target/quick/class-path | head -1)
for list in "$top/bench/target/quick/class-path" "$top/cli/target/quick/class-path" "$top/platforms/$platform"; do
  [ -f "$list" ] || continue
  tr : '\n' <"$list" | while read -r entry; do
    case ${entry##*/} in
      '' | arrow-* | flatbuffers-* | jackson-* | commons-codec-* | numpy-* | openblas-*) ;;
      *) cp -n "$entry" "$image/lib/$(cksum <"$entry" | cut -d' ' -f1)-${entry##*/}" ;;
    esac
  done
done
modules=java.base,java.logging,java.management,jdk.jfr,jdk.unsupported,jdk.zipfs
"$JAVA_HOME/bin/jlink" --add-modules "$modules" --output "$image/java" \
  --compress zip-9 --no-header-files --no-man-pages --strip-java-debug-attributes
find "$image/java" -name '*.so' -exec strip --strip-unneeded {} + 2>/dev/null || true
cat >"$image/bin/vivarium" <<'SCRIPT'
#!/bin/sh
top=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$top/java/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+UseSerialGC ${VIVARIUM_JAVA_OPTIONS:-} -cp "$top/lib/*" dev.vivarium.cli.Main "$@"
SCRIPT
chmod +x "$image/bin/vivarium"
tar -C "${image%/*}" -czf "$out/vivarium-image.tar.gz" vivarium-image
echo "$out/vivarium-image.tar.gz: $(($(stat -c %s "$out/vivarium-image.tar.gz") >> 20)) MiB"
