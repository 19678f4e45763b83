# events.awk: makes cmkd.events(7) out of the table of events, the catalog and the page's frame, so
# that what an event means is written once.
# usage: awk -f events.awk lib/report/events.c systemd/cmkd.catalog cmkd.events.7.in

FNR == 1 { file++ }

# [EVENT_DRIFT] = {"DRIFT", "f3df...", LOG_WARNING,
file == 1 && match($0, /\{"[A-Z_]+", "[0-9a-f]+", LOG_[A-Z]+/) {
    split(substr($0, RSTART + 2, RLENGTH - 2), part, /", "|", LOG_/)
    priority[part[2]] = tolower(part[3])
    name[part[2]] = part[1]
}

# A field stands as @NAME@ in the catalog: journalctl fills it in.
function words(line)
{
    while (match(line, /@[A-Z_]+@/))
        line = substr(line, 1, RSTART - 1) "\\fI" substr(line, RSTART + 1, RLENGTH - 2) "\\fP" \
            substr(line, RSTART + RLENGTH)
    gsub(/[.] /, ".\n", line) # a sentence a line, as mdoc(7) wants it
    if (line ~ /^[.']/)
        line = "\\&" line
    return line
}

file == 2 && /^#/ { next }
file == 2 && /^-- / {
    id = $2
    events = events ".It " name[id] " Pq " priority[id] "\n"
    is_text = 0
    was_empty = 0
    next
}
file == 2 && /^Subject: / { events = events "\\fB" words(substr($0, 10)) ".\\fP\n.br\n" id "\n"; next }
file == 2 && /^[A-Z][A-Za-z-]*: / && !is_text { next }
file == 2 && /^$/ { was_empty = 1; is_text = 1; next }
file == 2 && id {
    if (was_empty)
        events = events ".Pp\n"
    was_empty = 0
    events = events words($0) "\n"
}

file == 3 && $0 == "@EVENTS@" { printf "%s", events; next }
file == 3 { print }
