#!/bin/sh
# run.sh: builds the fuzz targets and runs each for so many seconds, from what the tests have as good
# and bad input and from recorded answers. What it finds stays in build/fuzz/found/; make a unit test of it.
#
# usage: sh tests/fuzz/run.sh [SECONDS]     10 each
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup.sh
. tests/setup.sh
setup_for_fuzz

seconds=${1:-10}
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "${JOBS:-2}" --target fuzz.configuration fuzz.order \
    fuzz.headers fuzz.page fuzz.texts fuzz.tokens fuzz.varlink fuzz.world
python3 tests/fuzz/corpus.py build/fuzz/corpus
mkdir -p build/fuzz/found

status=0
printf '%-14s %12s %10s %8s\n' target executions coverage corpus
for target in configuration order headers page texts tokens varlink world; do
    log=build/fuzz/$target.log
    if ! build/fuzz/bin/fuzz.$target -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix=build/fuzz/found/$target- \
        build/fuzz/corpus/$target >"$log" 2>&1; then
        tail -n 40 "$log"
        printf 'run.sh: %s found something: build/fuzz/found/\n' "$target" >&2
        status=1
        continue
    fi
    printf '%-14s %12s %10s %8s\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)" \
        "$(find build/fuzz/corpus/$target -type f | wc -l)"
done
exit $status
