"""Whom cmkd names, or rules out, where something is right again: nobody may be told a wrong one.

Only somebody who undoes his own drift (ledger.undo()) puts anything right but cmkd; what azsim's log
has of cmkd's writes is what it did.
"""
from drifts import NOT_BY_CMKD, PERHAPS_BY_CMKD, SETTLED

RECENT = 2  # passes, within which what cmkd made or recovered brings other things back


def is_denied(line):
    return line.words.endswith(NOT_BY_CMKD)


def is_claimed(line):
    return SETTLED in line.words and PERHAPS_BY_CMKD in line.words


def of_drift(drift, was_written):
    """What is wrong with the words that ended it, or None. was_written: by cmkd, since then."""
    for sign in drift.signs:
        if is_denied(sign.ended) and not drift.is_undone:
            return f"cmkd did it, and says it did not: {sign.ended.text}"
        if is_claimed(sign.ended) and not was_written:
            return f"cmkd wrote nothing, and says it may have: {sign.ended.text}"
    return None


def causes_of(line, stack):
    """What it comes back with, if that is made or recovered: the beginnings of data plane paths too."""
    vault, account, key = (text.lower() for text in (stack.vault_id, stack.account_id, stack.key_id))
    own = {stack.vault: (f"{vault}?",), stack.key: (f"{vault}?", f"{key}?", f"{key}/"),
           stack.account: (f"{account}?",)}
    found = own.get(line.resource, (f"{vault}?", f"{key}?", f"{account}?"))
    if line.resource == stack.vault or line.words.startswith(SETTLED):
        return found  # no key that is made or rotated changes anything of its vault
    return found + (f"{vault}?", f"{key}?", f"{key}/")


def of_line(line, fleet, undone, written):
    """The same of any line, about whatever it is. undone: the vaults at which somebody has just
    undone something; written: (method, resource, time) of cmkd's writes in the last passes."""
    stack = fleet.by_name.get(line.stacks[0]) if line.stacks else None
    if not stack or not is_denied(line) or stack.vault in undone:
        return None
    causes = causes_of(line, stack)
    for method, resource, time in written:
        if method != "PATCH" and resource.startswith(causes) and time <= line.time:
            return f"it came with a {method} of cmkd's, and cmkd says that it did not: {line.text}"
    return None
