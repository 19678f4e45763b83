#!/bin/sh
# run.sh: cmkd as its package installs it, under a systemd of its own (boot.sh), against azsim. Makes
# the package out of a release build, and installs what is missing of Debian's packages for that.
#
# usage: sh tests/systemd/run.sh [TEST]...     as test_start, or test_start.Start.test_...; all
#        BUILD=build/release                   the build
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup.sh
. tests/setup.sh

setup_for_systemd
build=${BUILD:-build/release}
[ -x "$build/bin/azsim" ] || {
    printf 'run.sh: there is no %s/bin/azsim: cmake --build --preset release\n' "$build" >&2
    exit 1
}
made=$build/systemd
rm -f "$made"/*.deb
cpack --config "$build/CPackConfig.cmake" -D "CPACK_PACKAGE_DIRECTORY=$PWD/$made" >"$build/cpack.log" || {
    cat "$build/cpack.log" >&2
    exit 1
}
set -- "$PWD/$build/bin/azsim" "$PWD/$made"/*.deb "$@"
setup_as_root sh tests/systemd/boot.sh /usr/bin/python3 "$PWD/tests/systemd/run.py" "$@"
