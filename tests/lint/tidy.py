#!/usr/bin/env python3
"""Runs clang-tidy over every C file of ours that the given build compiles.

usage: tidy.py BUILD JOBS

A file that passed is not looked at again until it, a header it includes, its compiler's command
line or .clang-tidy changes: BUILD/tidy holds an empty file for each such state.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = ("lib/", "daemon/", "tests/")
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def sources(path, folders, seen):
    """Adds path and all that it includes by quotes, from folders or from beside it."""
    if path in seen:
        return
    seen[path] = read(path)
    for name in INCLUDE.findall(seen[path]):
        for folder in (os.path.dirname(path), *folders):
            found = os.path.normpath(os.path.join(folder, name.decode()))
            if os.path.isfile(found):
                sources(found, folders, seen)
                break


def state_of(entry, common):
    words = shlex.split(entry["command"])
    seen = {}
    sources(entry["file"], [word[2:] for word in words if word.startswith("-I")], seen)
    state = hashlib.sha256(common + entry["command"].encode())
    for path in sorted(seen):
        state.update(path.encode() + b"\0" + seen[path])
    return state.hexdigest()


def main(build, jobs):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as stream:
        entries = {entry["file"]: entry for entry in json.load(stream)}
    entries = {path: entry for path, entry in entries.items()
               if os.path.relpath(path, ROOT).startswith(OURS)}
    version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
    common = version + read(os.path.join(ROOT, ".clang-tidy"))
    passed = os.path.join(build, "tidy")
    os.makedirs(passed, exist_ok=True)

    def check(path):
        stamp = os.path.join(passed, state_of(entries[path], common))
        if os.path.exists(stamp):
            return "known"
        run = subprocess.run(["clang-tidy", "--quiet", "-p", build, path], capture_output=True,
                             text=True, check=False)
        if run.returncode != 0:
            print(run.stdout.replace(ROOT + "/", ""), end="" if run.stdout else run.stderr)
            return "failed"
        open(stamp, "wb").close()
        return "passed"

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(check, sorted(entries)))
    print(f"{len(results)} files: {results.count('failed')} with findings,"
          f" {results.count('known')} unchanged since they passed")
    return 1 if "failed" in results or not results else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(os.path.abspath(sys.argv[1]), int(sys.argv[2])))
