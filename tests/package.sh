#!/bin/sh
# package.sh: makes the Debian package out of the release build, and lets lintian judge it.
# Installs what is missing of Debian's packages for that. The last line says where the package is.
#
# usage: sh tests/package.sh      JOBS=2 at a time
set -eu

cd "$(dirname "$0")/.."
# shellcheck source=tests/setup.sh
. tests/setup.sh

setup_for_package
rm -f build/release/cmkd_*.deb
cmake --preset release
cmake --build --preset release --parallel "${JOBS:-2}"
cpack --preset release

set -- build/release/cmkd_*.deb
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    printf 'package.sh: one package should be there, there is: %s\n' "$*" >&2
    exit 1
fi
lintian --allow-root --fail-on error,warning "$1"
printf '%s\n' "$1"
