#!/usr/bin/env bash
# Whether two builds of the last commit, in two folders, give the same bytes. Takes some minutes.
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=.build/jdk.sh
. "$top/.build/jdk.sh"
find_jdk reproducible.sh || exit 2
find_maven reproducible.sh || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for build in first second-in-a-longer-folder; do
  git clone -q "$top" "$work/$build"
  (cd "$work/$build" && mvn -q -Prelease -Dmaven.test.skip -Dmdep.skip -Dmaven.install.skip \
    -pl '!consumers,!behaviour,!bench' deploy </dev/null)
  # A snapshot's name is the time of its deployment
  (cd "$work/$build/target/staging" && find . -type f ! -name 'maven-metadata*' | sort |
    while read -r file; do
      echo "$(sha256sum <"$file") $(sed -E 's/-[0-9]{8}\.[0-9]{6}-[0-9]+/-SNAPSHOT/g' <<<"$file")"
    done) >"$work/$build.sums"
done
diff "$work"/*.sums && echo "the same: $(wc -l <"$work/first.sums") files"
