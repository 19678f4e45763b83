#!/bin/sh
# azsim.sh: how much azsim serves and how much it takes, so that it is never the bottleneck of a
# benchmark: beside the limits it was given, and beside a bare libmicrohttpd (plain.c). Says where a
# limit is passed; is no test.
#
# usage: sh tests/bench/azsim.sh      BUILD=folder of another build, SECONDS_EACH (5) for a run
#
# The server has one core for itself, wrk another; all are taken in turn, and of several runs the
# median counts, so that a busy machine does less harm.
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup.sh
. tests/setup.sh

build=${BUILD:-build/release}
export PYTHONDONTWRITEBYTECODE=1
setup_for_bench
[ -n "${BUILD:-}" ] || cmake --preset release >/dev/null
cmake --build "$build" --parallel 2 --target azsim plain >/dev/null

stage=$(mktemp -d "${TMPDIR:-/tmp}/cmkd-bench.XXXXXX")
trap 'rm -rf "$stage"' EXIT
python3 tests/bench/azsim.py "$build/bin/azsim" "$build/tests/plain" "$stage" "${SECONDS_EACH:-5}"
