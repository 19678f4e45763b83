#!/usr/bin/env python3
"""The README's tables beside the Azure Verified Modules lose no row and say nothing that is not so.

avm.json has what the modules can set (names and defaults out of their variables, of the version
named there) and what a regulated deployment needs. Each is one row of the README, with that default;
each property that a row names is one that cmkctl explain knows; what a row calls "baseline" is held
by the baseline, what it calls "declared" is not.

usage: avm.py CMKCTL            checks
       avm.py --list TAG FILE   prints the variables of a module's variables.tf, to renew avm.json
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOLDS = re.compile(r"(baseline|declared|no|it is)\b")
BUILDS = re.compile(r"(yes|no|in)\b")
PATH = re.compile(r"`(\w+)\.([\w.*]+)`")


# ---- what cmkd knows -------------------------------------------------------------------------

class Explain:
    def __init__(self, cmkctl):
        self.cmkctl, self.known = cmkctl, {}

    def ask(self, *path):
        said = subprocess.run([self.cmkctl, "explain", "--json", *path], capture_output=True, text=True,
                              check=False)
        return json.loads(said.stdout) if said.returncode == 0 else []

    def of(self, word, path):
        """What is known of exactly this path, or None."""
        name = f"{word}.{path}"
        if name not in self.known:
            self.known[name] = next((topic for topic in self.ask(name)
                                     if topic["resource"] == word and topic["path"] == path), None)
        return self.known[name]


# ---- what the modules can set ------------------------------------------------------------------

def words(variable):
    """How a default reads in the table: `{}`; in it `bypass` `"None"`, `ip_rules`."""
    default = variable["default"]
    members = [f"`{name}`" if value in (None, "null", "{}", "[]") else f"`{name}` `{value}`"
               for name, value in variable.get("members", {}).items()]
    return ("none" if default is None else f"`{default}`") + ("; in it " + ", ".join(members) if members else "")


def default_in(text):
    """The default of an optional(TYPE, DEFAULT), which may hold commas itself."""
    depth, cut = 0, None
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            cut = at
    return text[cut + 1:].strip() if cut is not None else "null"


def variables_of(text):
    found = {}
    for name, body in re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S):
        default = re.search(r"^  default\s*=\s*(.*)$", body, re.M)
        form = re.search(r"^  type\s*=\s*(.*?)(?=^  \w)", body, re.M | re.S)
        members = {}
        for member, value in re.findall(r"^    (\w+)\s*=\s*(.*?)(?=^    \w|^  \}|\Z)", form[1] if form else "",
                                        re.M | re.S):
            optional = re.match(r"optional\((.*)\)\s*$", value.strip(), re.S)
            members[member] = default_in(optional[1]) if optional else None
        found[name] = {"default": default[1].strip() if default else None}
        if members:
            found[name]["members"] = members
    return found


# ---- the tables ------------------------------------------------------------------------------

def rows(readme, mark, wrong):
    """The rows behind the comment with the mark, without the table's two first lines."""
    _, found, rest = readme.partition(f"<!-- {mark} -->\n")
    if not found:
        wrong.append(f"README.md has no table {mark}")
    lines = rest.strip("\n").partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def check_row(name, where, holds, builds, reports, explain, wrong):
    if not all((where, holds, builds, reports)) or not HOLDS.match(holds) or not BUILDS.match(builds):
        wrong.append(f"{name}: the row does not say where, held how, built or not, reported how")
        return
    if where.startswith("not here") != (holds == "no"):
        wrong.append(f"{name}: it is {where}, and held: {holds}")
    paths = PATH.findall(where)
    for word, path in paths:
        if not explain.of(word, path):
            wrong.append(f"{name}: cmkctl explain knows no {word}.{path}")
    first = explain.of(*paths[0]) if paths else None
    if first and (first["held"] is not None) != holds.startswith("baseline"):
        wrong.append(f"{name}: {paths[0][0]}.{paths[0][1]} is held at {first['held']}, and the row says {holds}")


def check_names(what, names, wanted, wrong):
    for name in wanted:
        if names.count(name) != 1:
            wrong.append(f"{what}: {name} has {names.count(name)} rows")
    for name in names:
        if name not in wanted:
            wrong.append(f"{what}: {name} is in the README, and nowhere else")


def check_module(readme, module, of, explain, wrong):
    head = f"[{module}](https://registry.terraform.io/modules/{module}/{of['version']}) {of['version']} can set"
    if head not in readme:
        wrong.append(f"README.md does not name {module} {of['version']}")
    table = rows(readme, module, wrong)
    check_names(module, [row[0].strip("`") for row in table], of["variables"], wrong)
    for row in table:
        variable = of["variables"].get(row[0].strip("`"))
        if len(row) != 6:
            wrong.append(f"{module}: {row[0]}: {len(row)} cells")
        elif variable:
            if row[1] != words(variable):
                wrong.append(f"{module}: {row[0]}: its default is {words(variable)}")
            check_row(row[0], *row[2:], explain, wrong)


def main():
    if sys.argv[1] == "--list":
        text = pathlib.Path(sys.argv[3]).read_text()
        print(json.dumps({"version": sys.argv[2], "variables": variables_of(text)}, indent=1))
        return 0
    wrong = []
    explain = Explain(sys.argv[1])
    listed = json.loads((ROOT / "tests" / "lint" / "avm.json").read_text())
    readme = (ROOT / "README.md").read_text()
    needs = rows(readme, "needs", wrong)
    check_names("a regulated deployment", [row[0] for row in needs], listed["needs"], wrong)
    for row in needs:
        if len(row) != 6:
            wrong.append(f"{row[0]}: {len(row)} cells")
        else:
            check_row(row[0], *row[2:], explain, wrong)
    for module, of in listed["modules"].items():
        check_module(readme, module, of, explain, wrong)
    count = sum(len(of["variables"]) for of in listed["modules"].values())
    print("\n".join(wrong) or f"{count} variables and {len(listed['needs'])} needs, each with its row")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
