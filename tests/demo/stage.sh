# stage.sh: an azsim with a folder of its own, for the scripts that play on it: demo.sh,
# valgrind.sh, bench/run.sh. Sourced.
# shellcheck shell=sh

# stage_open BIN COUNT: starts the azsim of that folder with so many deployments, all as they must
# be, and waits until it is ready. Sets $stage, its folder (ca.pem and cloud.json lie there), and
# $stage_url, its address. When the script ends, all of it is taken away.
stage_open()
{
    stage=$(mktemp -d "${TMPDIR:-/tmp}/cmkd-stage.XXXXXX")
    stage_azsim=
    trap stage_close EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    python3 tests/demo/deployment.py seed 1 "$2" >"$stage/seed.json"
    # The pipe is the event to wait for: azsim says when it is ready.
    mkfifo "$stage/said"
    "$1/azsim" --state-dir "$stage" --seed "$stage/seed.json" >"$stage/said" 2>"$stage/azsim.err" &
    stage_azsim=$!
    IFS= read -r stage_ready <"$stage/said" || stage_ready=
    case $stage_ready in
    "azsim ready "*) stage_url=https://127.0.0.1:${stage_ready##*:} ;; # needs no name service
    *)
        printf 'azsim does not start: %s\n' "$(cat "$stage/azsim.err")" >&2
        exit 1
        ;;
    esac
}

stage_close()
{
    stage_status=$?
    trap - EXIT
    [ -z "$stage_azsim" ] || kill "$stage_azsim" 2>/dev/null || true
    [ -z "$stage_azsim" ] || wait "$stage_azsim" 2>/dev/null || true
    if [ -n "${KEEP:-}" ]; then
        printf 'kept: %s\n' "$stage" >&2
    else
        rm -rf "$stage"
    fi
    exit "$stage_status"
}

# stage_sim METHOD PATH [JSON|@FILE]: a request to azsim's control interface; prints the answer.
stage_sim()
{
    python3 tests/demo/sim.py "$stage_url" "$stage/ca.pem" "$@"
}

# stage_config MODE COUNT: cmkd is to hold so many deployments.
stage_config()
{
    python3 tests/demo/deployment.py config "$stage" "$1" 1 "$2" >"$stage/cmkd.json"
}
