# Prepares the CPythons that no artifact has, once, in the user's cache. Sourced by ./verify, with
# `top` set to the checkout and JAVA_HOME to the JDK.
#
# python_315    3.15, in a root of Debian sid's: it is linked against a C library newer than most;
#               with pyarrow and pandas there, which sid has for its 3.14
# python_313t   a free-threaded 3.13, built from the source package of Debian trixie
# python_313d   a debug build of the same, for ./verify -Ddebug-python
# python_pytest pytest's modules, from Debian trixie
# root_slim     no Python: a root like that of Debian's slim images, for what programs need there
#
# Whoever changes what is in one changes its name in the cache (-r2), so that it is made anew.
# Each sets `prepared` to its folder, or `skipped` to the reason why there is none. What is under way
# has a name of its own and is renamed when complete; of two runs at once one prepares.

pythons_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vivarium/pythons
pythons_log=$pythons_cache/log
prepared='' skipped=''

python_315() {
  prepare "debian-sid-python3.15-r4" root_of_sid
  local said
  if [ -n "$prepared" ] && ! said=$(VIVARIUM_ROOT=$prepared VIVARIUM_JDK=$JAVA_HOME \
    VIVARIUM_BIND=$JAVA_HOME:$top "$top/behaviour/src/build/rooted/bin/java" -version 2>&1); then
    prepared=''
    skipped="its root cannot be entered: ${said##*$'\n'}"
  fi
}

python_313t() {
  prepare "cpython-3.13t-r2" build_free_threaded
}

python_313d() {
  prepare "cpython-3.13d-r2" build_debug
}

python_pytest() {
  prepare "pytest" unpack_pytest
}

root_slim() {
  prepare "debian-slim" bootstrap_slim
}

prepare() { # a name in the cache, and what makes it in a folder: FOLDER-TO-FILL FINAL-FOLDER
  prepared='' skipped=''
  local final=$pythons_cache/$1 fresh
  if [ ! -d "$final" ]; then
    skipped=$(cannot_prepare)
    [ -z "$skipped" ] || return 0
    mkdir -p "$pythons_cache" && exec 8>"$final.lock"
    flock -n 8 || { # two first runs at once prepare once
      echo "verify: waiting for another run that prepares $1 …" >&2
      flock 8
    }
    if [ ! -d "$final" ]; then
      echo "verify: preparing $1, once (some minutes) …" >&2
      remove_unfinished "$final"
      fresh=$(mktemp -d "$final.new.XXXXXX")
      chmod 755 "$fresh"
      # A shell of its own, since -e does not hold in a condition
      if bash -euo pipefail -c '. "$0" && "$@"' "${BASH_SOURCE[0]}" "$2" "$fresh" "$final" \
        >"$pythons_log-$1" 2>&1 8>&-; then
        mv "$fresh" "$final"
      else
        rm -rf "$fresh"
        skipped="could not be prepared: $(tail -n 1 "$pythons_log-$1") (all of it in $pythons_log-$1)"
      fi
    fi
    exec 8>&-
  fi
  [ -n "$skipped" ] || prepared=$final
}

# Of runs that were killed. debootstrap has /proc mounted below its folder while it works.
remove_unfinished() { # the final folder
  local mounted
  while read -r _ mounted _; do
    case $mounted in "$1".new.*) umount -l "$mounted" ;; esac
  done </proc/mounts
  rm -rf "$1".new.*
}

cannot_prepare() { # the reason, if this machine is not one that can
  if ! grep -qs '^ID=debian$' /etc/os-release; then
    echo "needs Debian"
  elif [ "$(id -u)" != 0 ]; then
    echo "needs root"
  elif [ "$(uname -m)" != x86_64 ]; then
    echo "needs x86-64, as the tests do"
  elif [ -z "$(debian_archive)" ]; then
    echo "no Debian archive in this machine's apt sources"
  fi
}

# Where this machine's apt gets its own release from
debian_archive() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk -v codename="$codename" '$2 == codename && $3 == "main" { print $1; exit }'
}

need() { # command package
  command -v "$1" >/dev/null && return
  apt-get update -qq
  install_packages "$2"
}

install_packages() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@"
}

bootstrap() { # release, folder to fill, packages with commas between
  need debootstrap debootstrap
  local http_proxy=${http_proxy:-} proxy=''
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  export http_proxy=${http_proxy:-$proxy}
  debootstrap --variant=minbase ${3:+--include="$3"} "$1" "$2" "$(debian_archive)"
}

bootstrap_slim() {
  bootstrap trixie "$1"
  rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
}

root_of_sid() {
  bootstrap sid "$1" python3.15,libpython3.15,libpython3.15-dev,libcurl4t64,procps
  # By apt, since debootstrap cannot choose between packages; an archive may be one frozen in time
  chroot "$1" apt-get -o Acquire::Check-Valid-Until=false update -qq
  DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -y -qq --no-install-recommends \
    libpython3.15-testsuite libpython3.14 python3-numpy python3-pandas python3-pyarrow
  rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
}

build_free_threaded() {
  build_trixies "$@" --disable-gil
}

build_debug() {
  build_trixies "$@" --with-pydebug
}

# Trixie's packages, whatever this machine's release is: sets `apt`, and works in the folder
use_trixie() { # deb or deb-src, a folder
  mkdir -p "$2/lists/partial" "$2/cache/archives/partial"
  echo "$1 $(debian_archive) trixie main" >"$2/sources.list"
  cd "$2"
  apt=(apt-get -q -o Dir::Etc::SourceList="$2/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$2/lists" -o Dir::Cache="$2/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update
}

unpack_pytest() {
  local work=$1/.work apt package
  use_trixie deb "$work"
  "${apt[@]}" download python3-pytest python3-pluggy python3-iniconfig python3-packaging python3-pygments
  for package in ./*.deb; do
    dpkg-deb -x "$package" unpacked
  done
  mv unpacked/usr/lib/python3/dist-packages/* "$1"
  cd /
  rm -rf "$work"
}

build_trixies() { # folder to fill, final folder, option of configure
  local work=$1/.build apt
  use_trixie deb-src "$work"
  mkdir tree
  "${apt[@]}" source --download-only python3.13
  tar -xf python3.13_*.orig.tar.xz -C tree --strip-components=1
  local package missing=()
  for package in gcc make pkg-config libffi-dev zlib1g-dev libssl-dev libsqlite3-dev libbz2-dev \
    liblzma-dev libreadline-dev; do
    # shellcheck disable=SC2016 # dpkg's own variable
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    apt-get update -qq
    install_packages "${missing[@]}"
  fi
  cd tree
  ./configure --quiet "$3" --enable-shared --disable-test-modules --without-ensurepip \
    --prefix="$2" LDFLAGS="-Wl,-rpath,$2/lib"
  make -s -j "$(nproc)"
  make -s altinstall DESTDIR="$work/installed"
  # CPython's own test cases of its containers: with all that it has the build takes much longer
  cp -r --parents Lib/test/{__init__,list_tests,seq_tests,mapping_tests,test_dictviews,test_set}.py \
    Lib/test/support "$work"
  mv "$work/Lib/test" "$work/installed$2"/lib/python3.13*/
  mv "$work/installed$2"/* "$1"
  cd /
  rm -rf "$work"
}
