#!/bin/sh
# sdk.sh: Microsoft's SDKs for JavaScript, unmodified, drive azsim through whole life cycles.
# README.md beside this file says which, and what each is configured with.
#
# usage: sh tests/conformance/sdk.sh [BIN [NAME...]]   BIN (build/dev/bin) has azsim; NAMEs of test
#        files in sdk/, as vaults; without any, all
# environment: KEEP=1 leaves azsim's folder behind
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/demo/stage.sh
. tests/demo/stage.sh

bin=${1:-build/dev/bin}
[ $# -eq 0 ] || shift
work=build/conformance/sdk

die()
{
    printf 'sdk.sh: FAILED: %s\n' "$*" >&2
    exit 1
}

# What is in the lock file, once: packages come into the build folder, beside copies of the tests.
install_packages()
{
    mkdir -p "$work"
    rm -f "$work"/*.mjs
    cp tests/conformance/sdk/*.mjs tests/conformance/sdk/package.json "$work"
    if ! cmp -s tests/conformance/sdk/package-lock.json "$work/package-lock.json" ||
        [ ! -d "$work/node_modules" ]; then
        cp tests/conformance/sdk/package-lock.json "$work"
        npm --prefix "$work" ci --no-audit --no-fund || {
            rm -f "$work/package-lock.json" # so that the next run begins again
            die "npm cannot install what tests/conformance/sdk/package-lock.json names"
        }
    fi
}

# A client's certificate, with its key, as @azure/identity reads it: one PEM file.
make_certificate()
{
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=conformance \
        -keyout "$stage/client.key" -out "$stage/client.crt" 2>"$stage/openssl.err" ||
        die "openssl makes no certificate: $(cat "$stage/openssl.err")"
    cat "$stage/client.key" "$stage/client.crt" >"$stage/client.pem"
}

for tool in node npm openssl; do
    command -v $tool >/dev/null || die "there is no $tool: sh tests/setup.sh names the packages"
done
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] || die "node is version $major: 18 is the oldest that the SDKs support"
[ -x "$bin/azsim" ] || die "there is no $bin/azsim"

begun=$(date +%s)
install_packages
installed=$(date +%s)
stage_open "$bin" 0
make_certificate
imds=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).imds' "$stage/cloud.json")
if [ $# -eq 0 ]; then
    set -- "$work"/*.test.mjs
else
    for name in "$@"; do
        [ -f "$work/$name.test.mjs" ] || die "there is no tests/conformance/sdk/$name.test.mjs"
        shift
        set -- "$@" "$work/$name.test.mjs"
    done
fi

# One azsim, so one file at a time. Names below localhost have an IPv6 address too, where azsim is
# not: IPv4 first.
status=0
AZSIM_URL=$stage_url AZSIM_DIR=$stage \
    NODE_EXTRA_CA_CERTS=$stage/ca.pem NODE_OPTIONS=--dns-result-order=ipv4first \
    AZURE_POD_IDENTITY_AUTHORITY_HOST=$imds \
    node --test --test-concurrency=1 \
    --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$work/tests.tap" "$@" || status=$?
[ $status -eq 0 ] || die "tests, above"
passed=$(sed -n 's/^# pass //p' "$work/tests.tap")
[ "${passed:-0}" -gt 0 ] || die "no test has run"

# What the sanitizers have to say, azsim says when it ends.
kill "$stage_azsim"
wait "$stage_azsim" || die "azsim: $(cat "$stage/azsim.err")"
stage_azsim=

printf 'sdk.sh: %d tests passed, node %s; packages in %d s, tests in %d s\n' "$passed" \
    "$(node --version)" $((installed - begun)) $(($(date +%s) - installed))
