#!/bin/sh
# demo.sh: watch cmkd find a drifted Azure OpenAI deployment, repair it, and tell what it did.
# Installs what is missing of Debian's packages, builds, and plays on azsim, a local Azure: nothing
# leaves this machine. Ends with 0 only if all of it happened.
#
# usage: sh tests/demo.sh      BIN=folder of other binaries   KEEP=1: keep azsim's folder
set -eu

cd "$(dirname "$0")/.."
# shellcheck source=tests/setup.sh
. tests/setup.sh
# shellcheck source=tests/demo/stage.sh
. tests/demo/stage.sh

bin=${BIN:-build/release/bin}
export PYTHONDONTWRITEBYTECODE=1
if [ -z "${BIN:-}" ]; then
    setup_for_demo
    mkdir -p build/log
    printf 'demo: building cmkd and azsim\n'
    if ! { cmake --preset release &&
        cmake --build --preset release --parallel 2 --target cmkd azsim; } >build/log/demo.log 2>&1; then
        tail -n 40 build/log/demo.log >&2
        printf 'demo: they do not build; all of it is in build/log/demo.log\n' >&2
        exit 1
    fi
fi

stage_open "$bin" 1
python3 tests/demo/story.py "$bin/cmkd" "$stage" "$stage_url"
printf 'demo: all of it happened\n'
