#!/usr/bin/env bash
# Finds the programs that build and stack need, and installs from the distribution what is missing (Debian, Ubuntu).
# Needs root or sudo only if something is missing.
set -euo pipefail

missing=()
need() { # program, package
  command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}
need cc gcc
need c++ g++
need make make
need java openjdk-17-jre-headless
need mvn maven
need curl curl
need setpriv util-linux
need valgrind valgrind
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing+=(python3-venv)

[ ${#missing[@]} -eq 0 ] && exit 0
echo "installing: ${missing[*]}"
command -v apt-get >/dev/null || { echo "please install: ${missing[*]}" >&2; exit 1; }
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get -qq update
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
