#!/bin/sh
# headers.sh: compiles each of the headers alone. lint.sh calls it, with FLAGS for the libraries.
set -eu

bad=0
for header in "$@"; do
    # FLAGS is several words.
    # shellcheck disable=SC2086
    printf '#include "%s"\n' "$header" |
        gcc -x c -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Werror \
            -I. -Ilib -Itests -Itests/unit -Itests/sim ${FLAGS:-} - || {
        printf '%s does not compile alone\n' "$header"
        bad=1
    }
done
exit $bad
