#!/bin/sh
# run.sh: everything that says whether this tree is good. Installs what is missing of Debian's
# packages, builds, checks, tests; goes on after a failure where the next part does not hang on it,
# and ends with a summary. Ends with 0 only if every part did.
#
# usage: sh tests/run.sh      JOBS=2 at a time
set -eu

cd "$(dirname "$0")/.."
# shellcheck source=tests/setup.sh
. tests/setup.sh

jobs=${JOBS:-2}
export JOBS="$jobs" CTEST_OUTPUT_ON_FAILURE=1
logs=build/log
mkdir -p $logs
: >$logs/summary
failed=

# part NAME NEEDS COMMAND...: runs it unless a part that it needs ("" for none) has failed. Its
# last words are shown, the rest is in its log.
part()
{
    name=$1 needs=$2
    shift 2
    for need in $needs; do
        case " $failed " in
        *" $need "*)
            printf '%-14s NOT RUN: it needs %s\n' "$name" "$need" >>$logs/summary
            failed="$failed $name"
            return 0
            ;;
        esac
    done

    printf '== %s\n' "$name"
    begun=$(date +%s)
    if "$@" >"$logs/$name.log" 2>&1; then
        verdict=ok lines=4
    else
        verdict="FAILED, see $logs/$name.log" lines=60
        failed="$failed $name"
    fi
    tail -n $lines "$logs/$name.log" | sed 's/^/   /'
    printf '%-14s %4d s  %s\n' "$name" $(($(date +%s) - begun)) "$verdict" >>$logs/summary
}

build()
{
    cmake --preset "$1" && cmake --build --preset "$1" --parallel "$jobs"
}

# The sanitizers end a test that they find something in.
tests_dev()
{
    ctest --preset dev --parallel "$jobs" &&
        grep '^relay: ' build/dev/Testing/Temporary/LastTest.log
}

# The binary that is shipped, where the optimiser has been: the flows, without sanitizers.
tests_release()
{
    ctest --preset release --parallel "$jobs" --tests-regex '^flow\.' --no-tests=error &&
        grep '^matrix: .* kinds x ' build/release/Testing/Temporary/LastTest.log
}

part setup "" setup_for_tests
part build-dev setup build dev
part lint build-dev sh tests/lint.sh
part tests-dev build-dev tests_dev
part sdk build-dev sh tests/conformance/sdk.sh
part az build-dev sh tests/conformance/az.sh
part build-release setup build release
part tests-release build-release tests_release
part valgrind build-release sh tests/valgrind.sh
part fuzz setup sh tests/fuzz/run.sh 5
part package build-release sh tests/package.sh
part systemd build-release sh tests/systemd/run.sh

printf '\n'
cat $logs/summary
if [ -n "$failed" ]; then
    printf 'run.sh: FAILED:%s\n' "$failed"
    exit 1
fi
printf 'run.sh: all is well\n'
