# setup.sh: installs what is missing of Debian's packages. Sourced by run.sh and demo.sh.
# shellcheck shell=sh

# What each is for: the build, libraries of cmkd, libraries of the tests, the checks.
packages_build="cmake ninja-build gcc libc6-dev pkg-config"
packages_cmkd="libcurl4-openssl-dev libssl-dev libuv1-dev libjson-c-dev libsystemd-dev uuid-dev"
packages_tests="libcmocka-dev libmicrohttpd-dev libgnutls28-dev python3 python3-jsonschema systemd-journal-remote"
packages_checks="libfaketime clang clang-format clang-tidy cppcheck valgrind shellcheck"
packages_conformance="azure-cli libnss-myhostname openssl varlink-go" # others' clients: names below localhost
packages_bench="wrk" # the load of tests/bench/azsim.sh
packages_systemd="systemd dbus libnss-systemd util-linux iproute2 gdb" # the unit in a booted system
packages_package="dpkg-dev file fakeroot lintian mandoc" # the Debian package and the man pages

# setup_missing PACKAGE...: prints those that are not installed.
setup_missing()
{
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
        installed) ;;
        *) printf '%s\n' "$package" ;;
        esac
    done
}

# setup_as_root COMMAND...: as root, or with sudo.
setup_as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        printf 'setup: neither root nor sudo; as root, run: %s\n' "$*" >&2
        return 1
    fi
}

# setup_install PACKAGE...: installs what is missing, says what it does, and is silent and quick
# when nothing is. A package list that is too old to be downloaded from is renewed first.
setup_install()
{
    if ! command -v dpkg-query >/dev/null; then
        printf 'setup: this is not Debian; it must have what these packages hold: %s\n' "$*" >&2
        return 0
    fi
    missing=$(setup_missing "$@")
    [ -n "$missing" ] || return 0

    # One word a package: the list is meant to split.
    # shellcheck disable=SC2086
    set -- $missing
    printf 'setup: installing %s\n' "$*"
    if ! { setup_as_root apt-get -q update &&
        setup_as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y install --no-install-recommends "$@"; } >&2; then
        printf 'setup: cannot install %s: apt-get says why, above\n' "$*" >&2
        return 1
    fi
    missing=$(setup_missing "$@")
    [ -z "$missing" ] || {
        printf 'setup: still not installed: %s\n' "$missing" >&2
        return 1
    }
}

# setup_node: prints Debian's packages of Node.js, unless there is one that is new enough for the
# SDKs.
setup_node()
{
    if ! command -v npm >/dev/null ||
        ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then
        printf 'nodejs npm\n'
    fi
}

# What the demo needs, what the Debian package needs, and what everything needs.
setup_for_demo()
{
    # shellcheck disable=SC2086
    setup_install $packages_build $packages_cmkd $packages_tests
}

setup_for_bench()
{
    # shellcheck disable=SC2086
    setup_install $packages_build $packages_cmkd $packages_tests $packages_bench
}

setup_for_fuzz()
{
    # shellcheck disable=SC2086
    setup_install $packages_build $packages_cmkd $packages_tests clang libclang-rt-dev
}

setup_for_package()
{
    # shellcheck disable=SC2086
    setup_install $packages_build $packages_cmkd $packages_tests $packages_package
}

setup_for_systemd()
{
    # shellcheck disable=SC2086
    setup_install $packages_build $packages_cmkd $packages_tests $packages_package $packages_systemd
}

setup_for_tests()
{
    # shellcheck disable=SC2046,SC2086
    setup_install $packages_build $packages_cmkd $packages_tests $packages_checks $packages_package \
        $packages_systemd $packages_conformance $(setup_node)
}
