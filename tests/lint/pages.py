#!/usr/bin/env python3
"""The man pages and completions say what the programs do: every option of --help, every command, every key of the
configuration, every journal field and every event is in its page, and the pages name no other.

usage: pages.py BIN_DIR EVENTS_PAGE     the folder of cmkd and cmkctl; the made cmkd.events.7
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAN = ROOT / "daemon" / "man"
# Declared resources are Azure's own bodies: their keys are in Azure's documentation.
AZURES = {"vault", "account", "key"}


def help_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def options_in(text):
    """--config FILE -> config. Only where one is introduced, at the head of a line."""
    return set(re.findall(r"^ +--([a-z-]+)", text, re.M))


def items(page, macro):
    """The items of the page's lists that are of this macro: .It Fl -config Ar file -> config."""
    return set(re.findall(rf"^\.It {macro} -?([A-Za-z_-]+)", page, re.M))


def statuses(page):
    section = page.split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
    return set(re.findall(r"^\.It (\d+)$", section, re.M))


def schema_keys():
    """The keys that are ours: those of the file, of stacks, and of what hangs on them."""
    schema = json.loads((ROOT / "config" / "cmkd.schema.json").read_text())
    defs = schema["$defs"]
    keys = set(schema["properties"])
    for name in ("limits", "stack", "exemption", "rotation"):
        keys |= set(defs[name]["properties"])
    cloud = next(one for one in defs["cloud"]["anyOf"] if "properties" in one)
    keys |= set(cloud["properties"]) | set(cloud["properties"]["audience"]["properties"])
    for one in defs["credential"]["oneOf"]:
        keys |= set(one["properties"]) | {one["properties"]["type"]["const"]}
    for name in AZURES:
        fields = set(defs[name]["properties"])
        keys |= fields & {"name", "subscriptionId", "resourceGroup", "tags", "rotation", "reenable",
                          "roleAssignments", "accessPolicies", "locks", "deployments", "raiPolicies",
                          "diagnosticSettings", "privateEndpoints"}
        known = {"id", "type", "etag", "systemData", "location", "properties", "identity", "sku",
                 "kind", "zones", "extendedLocation", "managedBy", "plan"}
        unheard = fields - keys - known
        if unheard:
            sys.exit(f"pages.py: the schema's {name} has new keys, say whose they are: {unheard}")
    endpoint = defs["privateEndpoints"]["additionalProperties"]["properties"]
    return keys | set(endpoint) & {"privateDnsZoneGroups"}


def same(what, page, code, wrong):
    for name in sorted(code - page):
        wrong.append(f"{what}: {name} is missing")
    for name in sorted(page - code):
        wrong.append(f"{what}: {name} is in the page, and nowhere else")


def check_programs(binaries, wrong):
    page = (MAN / "cmkd.8").read_text()
    text = help_of(f"{binaries}/cmkd", "--help")
    same("cmkd.8, option", items(page, "Fl"), options_in(text), wrong)
    same("cmkd.8, exit status", statuses(page),
         set(re.findall(r"(?:^|[\s;])(\d{1,2})(?= [a-z])", text.split("Exit status:")[1])), wrong)

    page = (MAN / "cmkctl.1").read_text()
    text = help_of(f"{binaries}/cmkctl", "--help")
    commands = set(re.findall(r"^  ([a-z]+)\b", text, re.M))
    options = options_in(text)
    for command in commands:
        options |= options_in(help_of(f"{binaries}/cmkctl", command, "--help"))
    same("cmkctl.1, command", items(page, "Ic"), commands, wrong)
    same("cmkctl.1, option", items(page, "Fl"), options, wrong)
    check_completions(commands, options, wrong)


def check_completions(commands, options, wrong):
    """Each command and option stands in each shell's file, and no other option does."""
    folder = ROOT / "daemon" / "completions"
    for name, option in (("cmkctl.bash", r"--([a-z-]+)"), ("_cmkctl", r"'--([a-z-]+)\["),
                         ("cmkctl.fish", r" -l ([a-z-]+)")):
        text = (folder / name).read_text()
        # What a completion itself runs, as "cmkctl explain 2>/dev/null", is not what it offers.
        text = "\n".join(line for line in text.splitlines()
                         if not line.startswith("#") and "2>/dev/null" not in line)
        same(f"{name}, option", set(re.findall(option, text)), options, wrong)
        for command in sorted(commands):
            if not re.search(rf"(?:^|[ '(|]){command}(?:$|[ )\['|])", text, re.M):
                wrong.append(f"{name}, command: {command} is missing")


def check_configuration(wrong):
    page = (MAN / "cmkd.json.5").read_text()
    named = set(re.findall(r"^\.(?:It )?Cm (\w+)", page, re.M))
    same("cmkd.json.5, key", named, schema_keys(), wrong)


def check_events(page, wrong):
    source = (ROOT / "lib" / "report" / "events.c").read_text()
    forms = re.findall(r'\[EVENT_\w+\] = \{"(\w+)", "([0-9a-f]{32})", LOG_(\w+)', source)
    kinds = re.search(r"enum event_kind \{(.*?)EVENT_KINDS", (ROOT / "lib" / "report" / "events.h")
                      .read_text(), re.S).group(1)
    same("cmkd.events.7, kind of event", {name for name, _, _ in forms},
         set(re.findall(r"EVENT_(\w+)", kinds)), wrong)
    told = re.findall(r"^\.It ([A-Z_]+) Pq (\w+)\n.*\n\.br\n([0-9a-f]{32})$", page, re.M)
    same("cmkd.events.7, event", {" ".join(one) for one in told},
         {f"{name} {level.lower()} {id}" for name, id, level in forms}, wrong)

    journal = (ROOT / "lib" / "report" / "journal.c").read_text()
    same("cmkd.events.7, field", items(page, "Ev"),
         set(re.findall(r'"((?:CMKD|AZURE)_[A-Z_]+)', journal)), wrong)


def check_form(pages, wrong):
    said = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], capture_output=True,
                          text=True).stdout
    wrong.extend(line for line in said.splitlines())


def main():
    binaries, events = sys.argv[1:]
    wrong = []
    check_programs(binaries, wrong)
    check_configuration(wrong)
    check_events(pathlib.Path(events).read_text(), wrong)
    check_form([str(path) for path in sorted(MAN.glob("*.[1-8]"))] + [events], wrong)
    print("\n".join(wrong) or "the man pages are true to the programs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
