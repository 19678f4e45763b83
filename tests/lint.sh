#!/bin/sh
# lint.sh: all that can be said about the sources without running them.
#
# usage: sh tests/lint.sh [PART]...
#        parts: top sizes patterns scripts headers format cppcheck tidy; without any, all
#
# JOBS (2) at a time. clang-tidy needs the compile commands of the dev build and makes them if they
# are not there; what passed and has not changed since is not looked at again.
set -eu

cd "$(dirname "$0")/.."
jobs=${JOBS:-2}
build=build/dev
work=build/lint
mkdir -p "$work"

lines_max=600
lines_wanted=500

# ---- what there is ---------------------------------------------------------------------------

c_files() { find lib daemon tests -name '*.[ch]' | LC_ALL=C sort; }
headers() { c_files | grep '\.h$'; }
scripts() { find tests .ci -name '*.sh' -o -path .ci/run | LC_ALL=C sort; }

# All text of ours: no copied data (recorded bodies, cases, corpora), no licence.
text_files()
{
    find .ci .clang-format .clang-tidy CMakeLists.txt CMakePresets.json README.md config daemon \
        lib systemd tests -type f ! -path 'tests/cases/*' ! -path 'tests/demo/*.json' \
        ! -path 'tests/fuzz/*/*' ! -name '*.pyc' ! -path '*/node_modules/*' 2>/dev/null |
        LC_ALL=C sort
}

# The core that decides: no I/O, no clock.
pure_files()
{
    find lib/base lib/model lib/types lib/varlink/idl* lib/varlink/message.* -name '*.[ch]'
    for name in author compare decide diff ledger life memory plan switching whole; do
        find lib/reconcile -name "$name.[ch]"
    done
}

test_files() { find tests \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \); }

# ---- patterns --------------------------------------------------------------------------------
# place, what is forbidden there, why, a line that must be caught. In C, comments do not count
# (except for "text", which is every file whole). The last column is the check of the check.

patterns()
{
    # Before a name stands no letter of a longer one.
    w='(^|[^A-Za-z0-9_])'
    forbid c "${w}v?sprintf *\("              "has no bound: snprintf or mem_format"     'sprintf(text, "%s", name);'
    forbid c "${w}(strcpy|strcat) *\("        "has no bound: mem_text, snprintf"         'strcpy(text, name);'
    forbid c "${w}strtok *\("                 "keeps a global: strcspn, strtok_r"        'word = strtok(text, " ");'
    forbid c "${w}ato(i|l|ll|f) *\("          "takes anything for a number: strtol"      'int n = atoi(text);'
    forbid c "${w}(system|popen) *\("         "runs a shell"                             'system("true");'
    forbid c "${w}getenv *\("                 "trusts the environment: secure_getenv"    'p = getenv("HOME");'
    forbid c "${w}(gets|mktemp|tmpnam) *\("   "has a safe successor"                     'mktemp(path);'
    forbid pure "${w}uv_[a-z]"                "the pure core knows no loop"              'uv_now(loop);'
    forbid pure "include *<uv"                "the pure core knows no loop"              '#include <uv.h>'
    forbid pure "${w}(curl_[a-z]|CURL)"       "the pure core knows no network"           'curl_easy_init();'
    forbid pure "${w}(time|clock_gettime|gettimeofday|clock) *\(" \
                                              "the pure core takes now_s"                't = time(NULL);'
    forbid tests "${w}(u|nano)?sleep *\("     "a test waits for events, not for time"    'usle''ep(100);'
    forbid tests "^[^#]*(^|[;&|{(] *|do +|then +)sl[e]ep +[0-9]" \
                                              "a test waits for events, not for time"    'do sl''eep 1; done'
    forbid text "TOD[O]|FIXM[E]"               "belongs into an issue"                    'TO''DO: later'
    forbid text "\.\./share[d]"               "a clone does not have it"                 'see ../shar''ed/DESIGN.md'
    forbid text "(^|[^A-Za-z0-9_.-])/(wor[k]|roo[t]|hom[e])/" \
                                              "is a path of one machine"                 '"/wo''rk/main"'
    for pair in base:azure base:model base:types base:reconcile base:report base:varlink \
        varlink:azure varlink:model varlink:types varlink:reconcile varlink:report azure:model \
        azure:types azure:reconcile azure:report model:types model:reconcile model:report \
        types:reconcile types:report reconcile:report; do
        forbid "lib/${pair%:*}" "^ *# *include *\"${pair#*:}/" \
            "lower never includes higher"                        "#include \"${pair#*:}/any.h\""
    done
    forbid lib "^ *# *include *\"(daemon|tests|sim|unit|flow)/" \
                                              "lib stands without programs and tests"    '#include "daemon/any.h"'
    forbid sim "^ *# *include *\"(azure|model|types|reconcile|report)/" \
                                              "azsim shares no mistake with cmkd"        '#include "azure/arm.h"'
}

place_files()
{
    case $1 in
    c) c_files ;;
    pure) pure_files ;;
    tests) test_files ;;
    text) text_files ;;
    lib) find lib -name '*.[ch]' ;;
    sim) find tests/sim -name '*.[ch]' ;;
    lib/*) find "$1" -name '*.[ch]' ;;
    esac
}

# Prints "file:line: code" with C comments blanked and strings kept.
strip_comments()
{
    awk '
        FNR == 1 { inside = 0 }
        FILENAME !~ /\.[ch]$/ { print FILENAME ":" FNR ": " $0; next }
        {
            rest = $0; code = ""
            while (rest != "") {
                if (inside) {
                    at = index(rest, "*/")
                    if (!at) break
                    rest = substr(rest, at + 2); inside = 0; code = code " "
                } else if (match(rest, /\/\*|\/\/|"([^"\\]|\\.)*"/)) {
                    token = substr(rest, RSTART, RLENGTH)
                    code = code substr(rest, 1, RSTART - 1)
                    rest = substr(rest, RSTART + RLENGTH)
                    if (token == "/*") inside = 1
                    else if (token == "//") break
                    else code = code token
                } else {
                    code = code rest
                    break
                }
            }
            print FILENAME ":" FNR ": " code
        }' "$@"
}

# The pattern is applied to what follows "file:line: ".
search()
{
    awk -v pattern="$1" '
        { line = $0; sub(/^[^:]*:[0-9]+: /, "", line) }
        line ~ pattern { print; found = 1 }
        END { exit !found }' "$2"
}

forbid()
{
    place=$1 pattern=$2 why=$3 bad=$4
    patterns_seen=$((patterns_seen + 1))

    printf 'bad.c:1: %s\n' "$bad" >"$work/bad"
    if ! search "$(escape "$pattern")" "$work/bad" >/dev/null; then
        printf 'lint.sh: the pattern %s does not catch its own bad line: %s\n' "$pattern" "$bad"
        patterns_bad=1
    fi

    listing=$work/code.$(printf %s "$place" | tr / .)
    if [ ! -e "$listing" ]; then
        place_files "$place" >"$work/files"
        if [ ! -s "$work/files" ]; then
            printf 'lint.sh: there are no files at "%s": the check checks nothing\n' "$place"
            patterns_bad=1
        fi
        if [ "$place" = text ]; then
            # shellcheck disable=SC2016
            xargs awk '{ print FILENAME ":" FNR ": " $0 }' <"$work/files" >"$listing"
        else
            while read -r file; do
                strip_comments "$file"
            done <"$work/files" >"$listing"
        fi
    fi
    if search "$(escape "$pattern")" "$listing" >"$work/found"; then
        sed "s|\$| <- $why|" "$work/found"
        patterns_bad=1
    fi
}

# awk reads the value of -v once more.
escape() { printf '%s' "$1" | sed 's/\\/\\\\/g'; }

lint_patterns()
{
    rm -f "$work"/code.*
    patterns_bad=0 patterns_seen=0
    patterns
    printf '%d patterns\n' "$patterns_seen"
    return $patterns_bad
}

# ---- the tools -------------------------------------------------------------------------------

lint_format()
{
    c_files | xargs clang-format --dry-run -Werror 2>&1 |
        awk -F: '/ error: /{ n[$1]++ } END { for (f in n) print f ": " n[f] " places"; exit NR > 0 }' || {
        printf 'to have them formatted: cmake --build %s --target format\n' "$build"
        return 1
    }
}

# Not a check: the target "format".
lint_reformat()
{
    c_files | xargs clang-format -i
}

lint_tidy()
{
    [ -e $build/compile_commands.json ] || cmake --preset dev >/dev/null
    python3 tests/lint/tidy.py $build "$jobs"
}

lint_cppcheck()
{
    mkdir -p $work/cppcheck
    cppcheck --quiet -j "$jobs" --cppcheck-build-dir=$work/cppcheck --error-exitcode=1 \
        --enable=warning,performance,portability --std=c11 --inline-suppr \
        --library=tests/lint/cppcheck.cfg --suppressions-list=tests/lint/cppcheck.suppressions \
        -Ilib -Itests -Itests/sim -I. lib daemon tests
}

# Every header compiles alone. It is included from an empty file, since "#pragma once" in a main
# file is a warning of its own.
lint_headers()
{
    flags=$(pkg-config --cflags json-c uuid libcurl libuv libsystemd cmocka libmicrohttpd gnutls)
    headers | FLAGS=$flags xargs -P "$jobs" -n 8 sh tests/lint/headers.sh
}

lint_sizes()
{
    { c_files; scripts; find lib daemon tests -name '*.py'; } | xargs wc -l |
        awk -v wanted=$lines_wanted -v most=$lines_max '
            $2 == "total" { next }
            $1 > most { print $2 ": " $1 " lines, more than " most; bad = 1; next }
            $1 > wanted { print $2 ": " $1 " lines: a warning: look for the seam" }
            END { exit bad }'
}

# The top level is the owner's choice and does not grow.
lint_top()
{
    find . -mindepth 1 -maxdepth 1 ! -name '.*' | sed 's|^\./||' | grep -Evx \
        'daemon|lib|config|systemd|tests|CMakeLists\.txt|CMakePresets\.json|README\.md|LICENSE|build|compile_commands\.json' |
        sed 's|$|: the top level does not grow|' >$work/top
    cat $work/top
    [ ! -s $work/top ]
}

lint_scripts()
{
    command -v shellcheck >/dev/null || {
        printf 'shellcheck is not installed: tests/setup.sh installs it\n'
        return 1
    }
    scripts | xargs shellcheck -x
}

# ---- all of it -------------------------------------------------------------------------------

[ $# -gt 0 ] || set -- top sizes patterns scripts headers format cppcheck tidy
failed=
for part in "$@"; do
    begun=$(date +%s)
    if "lint_$part" >"$work/$part.log" 2>&1; then
        verdict=ok
    else
        verdict=FAILED
        failed="$failed $part"
    fi
    sed 's/^/    /' "$work/$part.log"
    printf 'lint: %-9s %s (%d s)\n' "$part" "$verdict" $(($(date +%s) - begun))
done

[ -z "$failed" ] || {
    printf 'lint: failed:%s\n' "$failed"
    exit 1
}
