#!/bin/sh
# play.sh: a local Azure to play on with an installed cmkd: README.md, "Ten minutes". It holds one
# deployment, in which everything is as it must be.
#
# usage: sh tests/demo/play.sh start     starts azsim, which stays until it is stopped
#        sh tests/demo/play.sh config    prints a configuration for cmkd on it
#        sh tests/demo/play.sh open      somebody opens the vault's firewall "for a test"
#        sh tests/demo/play.sh stop      ends azsim
# BIN: the folder of azsim (build/release/bin); PLAY: where it keeps its files (/run/azsim)
set -eu

cd "$(dirname "$0")/../.."
bin=${BIN:-build/release/bin}
play=${PLAY:-/run/azsim}
export PYTHONDONTWRITEBYTECODE=1

fail()
{
    printf 'play.sh: %s\n' "$1" >&2
    exit 1
}

is_up()
{
    [ -f "$play/pid" ] && kill -0 "$(cat "$play/pid")" 2>/dev/null
}

start()
{
    if is_up; then
        printf 'azsim is there: %s\n' "$(cat "$play/url")"
        return
    fi
    [ -x "$bin/azsim" ] || fail "$bin/azsim is not built: sh tests/package.sh"
    mkdir -p "$play"
    chmod 755 "$play" # cmkd reads the certificate as its own user
    python3 tests/demo/deployment.py seed 1 1 >"$play/seed.json"
    rm -f "$play/said"
    mkfifo "$play/said"
    # In a session of its own, and away from the terminal: it is to stay.
    setsid "$bin/azsim" --state-dir "$play" --seed "$play/seed.json" \
        >"$play/said" 2>"$play/azsim.err" </dev/null &
    echo $! >"$play/pid"
    IFS= read -r said <"$play/said" || said=
    case $said in
    "azsim ready "*) printf 'https://127.0.0.1:%s\n' "${said##*:}" >"$play/url" ;;
    *) fail "azsim does not start: $(cat "$play/azsim.err")" ;;
    esac
    printf '%s\n' "$said"
}

# For the installed service: its own state directory, and a pass every ten seconds, so that one
# does not wait for it.
config()
{
    is_up || fail "there is no azsim: sh tests/demo/play.sh start"
    python3 tests/demo/deployment.py config "$play" enforce 1 1 | python3 -c '
import json, sys
config = json.load(sys.stdin)
config["interval"] = "PT10S"
del config["stateDirectory"], config["limits"]
print(json.dumps(config, indent=2))'
}

sim()
{
    is_up || fail "there is no azsim: sh tests/demo/play.sh start"
    python3 tests/demo/sim.py "$(cat "$play/url")" "$play/ca.pem" "$@" >/dev/null
}

open_firewall()
{
    group=/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-openai-prod
    vault=$group/providers/Microsoft.KeyVault/vaults/kv-openai-prod
    sim POST /_sim/drift \
        "{\"id\": \"$vault\", \"patch\": {\"properties\": {\"networkAcls\": {\"defaultAction\": \"Allow\"}}}}"
    printf 'the firewall of kv-openai-prod is open now\n'
}

stop()
{
    is_up || return 0
    kill "$(cat "$play/pid")"
    rm -f "$play/pid"
}

case ${1:-} in
start) start ;;
config) config ;;
open) open_firewall ;;
stop) stop ;;
*) fail "usage: start, config, open or stop; see the head of this file" ;;
esac
