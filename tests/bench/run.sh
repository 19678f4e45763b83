#!/bin/sh
# run.sh: how much cmkd takes, beside the limits it was given and beside the least that any client
# can spend. Says where a limit is passed; is no test.
#
# usage: sh tests/bench/run.sh      BUILD=folder of another build
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup.sh
. tests/setup.sh
# shellcheck source=tests/demo/stage.sh
. tests/demo/stage.sh

build=${BUILD:-build/release}
export PYTHONDONTWRITEBYTECODE=1
if [ -z "${BUILD:-}" ]; then
    setup_for_demo
    cmake --preset release >/dev/null
fi
cmake --build "$build" --parallel 2 --target cmkd azsim floor >/dev/null

stage_open "$build/bin" 100
python3 tests/bench/measure.py "$build/bin/cmkd" "$build/tests/floor" "$stage" "$stage_url"
