#!/usr/bin/env python3
"""Checks the tables in README.md. Of rules: none without a source and a test, no test that is not
there, no error code of azsim that is in no rule, no code in a rule that its tests do not name. Of
faults: none of azsim's that is in no row, no row without a test of cmkd that uses it.

usage: rules.py
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
TRAFFIC = os.path.join(TESTS, "conformance", "traffic")
FOLDERS = ("unit/sim", "flow")
SOURCE = re.compile(r"\b(OBSERVED [0-9]|SEMANTICS [0-9]|belief\b)")
CALLS = re.compile(r"\b(?:call_fail\w*|challenge|exchange_refuse|child_fail\w*)\(([^;]*)")


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def rows():
    """(rule, source, test) of each row, without the headings between them."""
    table = read(os.path.join(HERE, "README.md")).partition("\n## Rules\n")[2]
    for line in re.findall(r"^\| (.*) \|$", table.partition("\n## ")[0], re.M):
        cells = [cell.strip() for cell in re.split(r"\s*\|\s*", line)]
        if cells[0] not in ("rule", "---") and not re.fullmatch(r"\*\*.*\*\*", cells[0]):
            yield cells


class NoTest(Exception):
    """There is no such test; its text says why."""


def replayed(name):
    """The answer of a recorded exchange that azsim is compared with."""
    file, _, number = name.rpartition(" ")
    path = os.path.join(TRAFFIC, file + ".json")
    recorded = json.loads(read(path)) if os.path.exists(path) else []
    if int(number) >= len(recorded):
        raise NoTest("there is no such recording")
    table = json.loads(read(os.path.join(TESTS, "conformance", "replay", "differences.json")))
    if any("*" in row["differs"] and int(number) in row["exchanges"]
           for row in table if row["file"] == file):
        raise NoTest("azsim does not serve this exchange")
    return json.dumps(recorded[int(number)]["response"])


def test_text(test):
    """What a test of the table says: a row of a table of cases, a function, or an answer."""
    suite, _, name = test.partition(": ")
    if suite == "replay":
        return replayed(name)
    for folder in FOLDERS:
        path = os.path.join(TESTS, folder, f"test_{suite}.c")
        if not os.path.exists(path):
            continue
        text = read(path)
        at = text.find(f'    {{"{name}"')
        if at >= 0:
            return re.split(r'\n    \{"|\n\};', text[at + 1:])[0]
        at = text.find(f"static void {name}(")
        if at >= 0 and re.search(rf"(FLOW_TEST\w*|cmocka_unit_test\w*)\({name}\b", text):
            return text[at:text.index("\n}", at)]
        raise NoTest(f"there is no such test in {folder}/test_{suite}.c")
    raise NoTest("there is no such suite")


def codes():
    """The error codes that azsim's sources answer with: the words before the message."""
    found = {}
    for name in sorted(os.listdir(HERE)):
        if not name.endswith(".c"):
            continue
        for arguments in CALLS.findall(read(os.path.join(HERE, name))):
            for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', arguments):
                if not re.fullmatch(r"[A-Z][A-Za-z]+", literal):
                    break  # the message
                found.setdefault(literal, name)
    return found


def faults():
    known, told, beliefs, count = codes(), set(), 0, 0
    for cells in rows():
        count += 1
        if len(cells) != 3 or not all(cells):
            yield f"not whole: {' | '.join(cells)}"
            continue
        rule, source, test = cells
        told |= set(re.findall(r"`([A-Z][A-Za-z]+)`", rule))
        beliefs += "belief" in source
        recordings = re.findall(r"\b(?:ar[mg]|authz|cs|entra|identity|insights|issue|kv|kvdata)"
                                r"-[\w.-]*\w", source)
        for recording in recordings:
            if not os.path.exists(os.path.join(TRAFFIC, recording + ".json")):
                yield f"{rule}: there is no recording {recording}"
        if not recordings and not SOURCE.search(source):
            yield f"{rule}: no source"
        tests = re.findall(r"`([^`]*)`", test)
        if not tests:
            yield f"{rule}: no test"
        text = ""
        for name in tests:
            try:
                text += test_text(name)
            except NoTest as fault:
                yield f"{rule}: `{name}`: {fault}"
        for code in re.findall(r"`([A-Z][A-Za-z]+)`", rule):
            if code not in text:
                yield f"{rule}: no test of it names {code}"
    for code in sorted(set(known) - told):
        yield f"{code} ({known[code]}) is in no rule"
    if not count:
        yield "there is no table"
    print(f"{count} rules, {beliefs} of them beliefs in whole or in part, {len(known)} error codes")


BEHAVIOUR = re.compile(r"(retried|reported|waited|refused)\b")


def fault_rows():
    """The cells of each row of the three tables of faults."""
    part = read(os.path.join(HERE, "README.md")).partition("\n## Faults\n")[2].partition("\n## ")[0]
    for line in re.findall(r"^\| (.*) \|$", part, re.M):
        cells = [cell.strip() for cell in line.split(" | ")]
        if cells[0] not in ("action", "op", "trouble", "---"):
            yield cells


def fault_names():
    """What azsim's own tables of actions and ops name."""
    table = read(os.path.join(HERE, "replies.c")).partition("} actions[] = {")[2]
    yield from re.findall(r'^    \{"([\w-]+)"', table.partition("\n};")[0], re.M)
    yield from re.findall(r'\{\.name = "(\w+)"', read(os.path.join(HERE, "ops.c")))


def untested():
    """What is wrong with the tables of faults."""
    known, told = set(fault_names()), set()
    for cells in fault_rows():
        tests = re.findall(r"`(\w+: [^`]*)`", cells[-1])
        if not tests or not BEHAVIOUR.match(cells[-1]):
            yield f"{cells[0]}: no test shows what cmkd does: retried, reported, waited, refused"
        text = ""
        for name in tests:
            try:
                text += test_text(name).replace("POLL", "operationResults")
            except NoTest as fault:
                yield f"{cells[0]}: `{name}`: {fault}"
        names = re.findall(r"`([\w-]+)`", cells[0])
        told |= set(names)
        used = names or re.findall(r"`([\w-]+)`", cells[1])
        for word in used:
            if not re.search(rf"(?<![\w-]){word}(?![\w-])", text):
                yield f"{cells[0]}: none of its tests uses {word}"
    for name in sorted(known - told):
        yield f"{name} is in no table of faults"
    if len(known) < 20:
        yield "azsim's own tables of faults were not found"


def main():
    found = list(faults()) + list(untested())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) == 1 else __doc__)
