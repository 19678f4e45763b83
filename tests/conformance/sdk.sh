#!/bin/sh
# sdk.sh: Microsoft's SDKs for JavaScript, unmodified, drive azsim through whole life cycles.
# README.md beside this file says which, and what each is configured with. There are two sets: that
# for Node.js 18 runs always, that for 20 only there.
#
# usage: sh tests/conformance/sdk.sh [BIN [NAME...]]   BIN (build/dev/bin) has azsim, cmkd and
#        cmkctl, which adopts what the SDKs have made; NAMEs of test files in sdk/, as vaults;
#        without any, all
# environment: KEEP=1 leaves azsim's folder behind
set -eu

cd "$(dirname "$0")/../.."
# shellcheck source=tests/demo/stage.sh
. tests/demo/stage.sh

bin=${1:-build/dev/bin}
[ $# -eq 0 ] || shift
names=$*
passed=0
adopted=0
work=build/conformance/sdk

die()
{
    printf 'sdk.sh: FAILED: %s\n' "$*" >&2
    exit 1
}

# install_packages SET: what is in its lock file, once. Packages come into the build folder, beside
# copies of the tests.
install_packages()
{
    from=tests/conformance/sdk/$1 to=$work/$1
    mkdir -p "$to"
    rm -f "$to"/*.mjs
    cp tests/conformance/sdk/*.mjs "$from/package.json" "$to"
    if [ ! -d "$to/node_modules" ] || ! cmp -s "$from/package-lock.json" "$to/package-lock.json"; then
        cp "$from/package-lock.json" "$to"
        npm --prefix "$to" ci --no-audit --no-fund || {
            rm -f "$to/package-lock.json" # so that the next run begins again
            die "npm cannot install what $from/package-lock.json names"
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

# run_tests SET: there is one azsim, so one file at a time. Names below localhost have an IPv6
# address too, where azsim is not: IPv4 first.
run_tests()
{
    to=$work/$1
    set --
    for name in ${names:-$(cd "$to" && ls ./*.test.mjs)}; do
        set -- "$@" "$to/${name%.test.mjs}.test.mjs"
    done
    AZSIM_URL=$stage_url AZSIM_DIR=$stage CMKD_BIN=$(cd "$bin" && pwd) \
        NODE_EXTRA_CA_CERTS=$stage/ca.pem NODE_OPTIONS=--dns-result-order=ipv4first \
        AZURE_POD_IDENTITY_AUTHORITY_HOST=$imds \
        node --test --test-concurrency=1 \
        --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$to/tests.tap" "$@" ||
        die "tests, above"
    count=$(sed -n 's/^# pass //p' "$to/tests.tap")
    [ "${count:-0}" -gt 0 ] || die "no test has run"
    passed=$((passed + count))
    adopted=$((adopted + $(grep -c '^ *ok .* - adopted: ' "$to/tests.tap" || true)))
}

for tool in node npm openssl; do
    command -v $tool >/dev/null || die "there is no $tool: tests/setup.sh names the packages"
done
node=$(node -p 'process.versions.node.split(".")[0]')
[ "$node" -ge 18 ] || die "Node.js is version $node: 18 is the oldest that the SDKs support"
for program in azsim cmkd cmkctl; do
    [ -x "$bin/$program" ] || die "there is no $bin/$program"
done

stage_open "$bin" 0
make_certificate
imds=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).imds' "$stage/cloud.json")

said=
for needed in 18 20; do
    if [ "$node" -lt $needed ]; then
        said="$said, node$needed NOT RUN: it needs a newer Node.js"
        continue
    fi
    begun=$(date +%s)
    install_packages node$needed
    installed=$(date +%s)
    run_tests node$needed
    said="$said, node$needed $((installed - begun)) s and $(($(date +%s) - installed)) s"
done

# What the sanitizers have to say, azsim says when it ends.
kill "$stage_azsim"
wait "$stage_azsim" || die "azsim: $(cat "$stage/azsim.err")"
stage_azsim=

printf 'sdk.sh: %d tests passed under %s, %d deployments adopted; packages and tests took: %s\n' \
    "$passed" "$(node --version)" "$adopted" "${said#, }"
