#!/bin/sh
# run.sh: how much cmkd takes, beside the limits it was given, the least that any client can spend
# (floor.c), Microsoft's SDKs (sdk/posture.mjs), and a cmkd of before. Prints rows as they come and
# leaves the table in build/bench/table.md. Says which limit is not reached; is no test.
#
# usage: sh tests/bench/run.sh [SIZE]...      SIZE deployments; without any: 1 100 1000 5000
# environment: BUILD=folder of another build; BEFORE=git ref of the cmkd to compare with;
#        PASSES=1000 for memory; QUICK=1: fewer runs, and 1 100 where no SIZE is given; SDKS=0: not
#        those
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup.sh
. tests/setup.sh

build=${BUILD:-build/release}
work=build/bench
export PYTHONDONTWRITEBYTECODE=1
if [ -z "${BUILD:-}" ]; then
    setup_for_demo
    cmake --preset release >/dev/null
fi
cmake --build "$build" --parallel 2 --target cmkd azsim floor >/dev/null

stage=$(mktemp -d "${TMPDIR:-/tmp}/cmkd-bench.XXXXXX")
close()
{
    rm -rf "$stage"
    git worktree prune
}
trap close EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The SDKs that conformance tests pin: those for this Node.js.
node=
if [ "${SDKS:-1}" != 0 ]; then
    # shellcheck disable=SC2046
    setup_install libnss-myhostname $(setup_node)
    set_of=node$(node -p 'process.versions.node.split(".")[0] < 20 ? 18 : 20')
    node=$work/$set_of
    mkdir -p "$node"
    from=tests/conformance/sdk/$set_of
    if ! cmp -s "$from/package-lock.json" "$node/package-lock.json"; then
        cp "$from/package.json" "$from/package-lock.json" "$node"
        npm --prefix "$node" ci --no-audit --no-fund || {
            rm -f "$node/package-lock.json" # so that the next run begins again
            exit 1
        }
    fi
    cp tests/bench/sdk/posture.mjs "$node"
fi

if [ -n "${BEFORE:-}" ]; then
    git worktree add --quiet --detach "$stage/before" "$BEFORE"
    (cd "$stage/before" && cmake --preset release && cmake --build --preset release --target cmkd) \
        >"$stage/before.log" 2>&1 || {
        cat "$stage/before.log"
        exit 1
    }
    BEFORE=$stage/before/build/release/bin/cmkd
    export BEFORE
fi

if [ $# -eq 0 ] && [ -n "${QUICK:-}" ]; then
    set -- 1 100
elif [ $# -eq 0 ]; then
    set -- 1 100 1000 5000
fi
python3 tests/bench/measure.py "$build/bin" "$build/tests/floor" "$node" "$stage" \
    "$work/table.md" "$@"
