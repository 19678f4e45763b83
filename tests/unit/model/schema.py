#!/usr/bin/env python3
"""config/cmkd.schema.json says the same of the test files as the loader does.

The loader's test (test_files.c) shows that it takes every file of good/ and no file of bad/. This
one shows the same of the schema, by a real validator, but for the faults that a schema cannot
express: those are listed here, and must pass, so that the list stays true.
"""
import json
import os
import sys

from jsonschema import Draft202012Validator

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))

BEYOND_A_SCHEMA = {
    "duplicate keys are gone once a file is parsed": [
        "duplicate-key", "duplicate-key-escaped", "duplicate-stack"],
    "names that differ by case alone": ["duplicate-by-case"],
    "how deep a document is": ["too-deep"],
    "the length of a duration": [
        "interval-short", "interval-long", "rotation-every", "rotation-long", "rotation-retire",
        "rotation-expires-first", "rotation-always-due", "policy-too-soon", "policy-too-late",
        "policy-too-early", "policy-short-life"],
    "how many days a month has": ["C077-february-30"],
    "files that must exist": ["cloud-ca-file", "credential-file-absent", "include-absent"],
    "what included files say": ["include-same-stack", "include-settings"],
    "a value weaker than the baseline": [
        "weaker-default-action", "weaker-bypass", "weaker-retention", "weaker-purge-protection",
        "weaker-identity", "weaker-encryption", "weaker-though-exempt"],
    "what another part of the file says": [
        "location-differs", "key-version-rotated", "policy-pinned-version", "policy-two-rotations",
        "key-name-differs", "vault-uri-differs", "outbound", "access-policy-twice",
        "exemption-no-such-grant", "two-declarations", "two-rotations", "endpoint-of-two"],
}


def without_comments(text):
    """The text with comments out, strings respected."""
    out, at = [], 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while end < len(text) and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append(text[at:end + 1])
            at = end + 1
        elif text.startswith("//", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif text.startswith("/*", at):
            end = text.find("*/", at + 2)
            if end < 0:
                raise ValueError("a comment without an end")
            at = end + 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def read(path):
    with open(path, encoding="utf-8-sig") as stream:
        tree = json.loads(without_comments(stream.read()))
    json.dumps(tree, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    return tree


def faults(validator, path):
    try:
        tree = read(path)
    except ValueError as error:
        return [f"not JSON: {error}"]
    return [error.message for error in validator.iter_errors(tree)]


def files(folder):
    folder = os.path.join(HERE, "files", folder)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)
                  if name.endswith(".json"))


def main():
    with open(os.path.join(ROOT, "config", "cmkd.schema.json"), encoding="utf-8") as stream:
        schema = json.load(stream)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    good = files("good") + [os.path.join(ROOT, "config", "cmkd.json")]
    bad = files("bad")
    beyond = {name for names in BEYOND_A_SCHEMA.values() for name in names}
    failures = []
    for path in good:
        failures += [f"{path} is good, but: {fault}" for fault in faults(validator, path)]
    for path in bad:
        name = os.path.basename(path).removesuffix(".json")
        found = faults(validator, path)
        if found and name in beyond:
            failures.append(f"{path} is listed as beyond a schema, but: {found[0]}")
        if not found and name not in beyond:
            failures.append(f"{path} is bad, and the schema takes it")
        beyond.discard(name)
    failures += [f"{name} is listed, and there is no such file" for name in sorted(beyond)]
    print("\n".join(failures) or f"{len(good)} good and {len(bad)} bad files judged alike")
    return 1 if failures or not good or not bad else 0


if __name__ == "__main__":
    sys.exit(main())
