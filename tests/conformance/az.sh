#!/bin/sh
# az.sh: Debian's azure-cli, unmodified, drives azsim through whole life cycles. README.md beside
# this file says how it is configured, and what it cannot do.
#
# usage: sh tests/conformance/az.sh [BIN] [WORD...]   BIN has azsim; life cycles with a WORD in their
#        names, all by default
set -eu

cd "$(dirname "$0")/../.."

bin=${1:-build/dev/bin}
[ $# -eq 0 ] || shift

die()
{
    printf 'az.sh: FAILED: %s\n' "$*" >&2
    exit 1
}

for tool in az python3 openssl getent; do
    command -v $tool >/dev/null || die "there is no $tool: tests/setup.sh names the packages"
done
getent ahostsv4 management.localhost >/dev/null ||
    die "management.localhost is not known: libnss-myhostname is missing, or not in nsswitch.conf"
[ -x "$bin/azsim" ] || die "there is no $bin/azsim"

printf 'az.sh: azure-cli %s\n' "$(dpkg-query -W -f '${Version}' azure-cli 2>/dev/null || echo unknown)"
python3 -B tests/conformance/az/az.py "$bin/azsim" "$@" || die "life cycles, above"
