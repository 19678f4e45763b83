#!/bin/sh
# valgrind.sh: the release build's cmkd --once under valgrind: a pass that repairs, a pass that builds
# a deployment from nothing, a pass that finds nothing, a configuration full of faults. No error, no
# leak, and each exit status as it must be.
set -eu

cd "$(dirname "$0")/.."
# shellcheck source=tests/demo/stage.sh
. tests/demo/stage.sh

bin=${BIN:-build/release/bin}
export PYTHONDONTWRITEBYTECODE=1
bad=0

# pass NAME STATUS ARGUMENT...: cmkd under valgrind must end with this status. 99 is valgrind's.
pass()
{
    name=$1 wanted=$2
    shift 2
    status=0
    valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --errors-for-leak-kinds=definite,indirect,possible --track-fds=no --error-exitcode=99 \
        --log-file="$stage/valgrind.log" "$bin/cmkd" --config "$stage/cmkd.json" "$@" \
        >"$stage/out" 2>"$stage/err" || status=$?
    if [ "$status" -ne "$wanted" ]; then
        printf '%s: exit status %d, not %d\n' "$name" "$status" "$wanted"
        cat "$stage/valgrind.log" "$stage/err" "$stage/out"
        bad=1
    else
        printf '%s: exit status %d, no error, no leak\n' "$name" "$status"
    fi
}

stage_open "$bin" 1
vault=/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-openai-prod/providers/Microsoft.KeyVault/vaults/kv-openai-prod
stage_sim POST /_sim/drift "{\"id\": \"$vault\", \"patch\":
    {\"properties\": {\"networkAcls\": {\"defaultAction\": \"Allow\"}}}}" >/dev/null

stage_config audit 1
pass 'a pass that audits' 1 --once --output json
stage_config enforce 1
pass 'a pass that repairs' 0 --once --output json
stage_config enforce 2
pass 'a pass that builds a deployment from nothing' 0 --once
pass 'a pass that finds nothing' 0 --once --output json
printf '{ "stacks": { "x": { "vault": 1, "vault": 2 } }, "mode": "loud", "limits": [] ' >"$stage/cmkd.json"
pass 'a configuration full of faults' 78 --check-config

exit $bad
