#!/usr/bin/env python3
"""Makes known_*.c from Microsoft's ARM template schemas (Azure/azure-resource-manager-schemas).

usage: known.py FOLDER    where FOLDER holds <namespace>.<api-version>.json

Every path at which a resource can carry a value, arrays as leaves, a '*' for any member name.
Objects whose members the schema does not name end in '.*', which covers all below it.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = [  # table, file, definition
    ("vault", "Microsoft.KeyVault.2026-02-01.json", "vaults"),
    ("access_policy", "Microsoft.KeyVault.2026-02-01.json", "AccessPolicyEntry"),
    ("key", "Microsoft.KeyVault.2026-02-01.json", "vaults_keys"),
    ("account", "Microsoft.CognitiveServices.2025-06-01.json", "accounts"),
    ("grant", "Microsoft.Authorization.2022-04-01.json", "roleAssignments"),
    ("deployment", "Microsoft.CognitiveServices.2025-06-01.json", "accounts_deployments"),
    ("rai_policy", "Microsoft.CognitiveServices.2025-06-01.json", "accounts_raiPolicies"),
    ("diagnostic_setting", "Microsoft.Insights.2021-05-01-preview.json", "diagnosticSettings"),
    ("lock", "Microsoft.Authorization.2020-05-01.json", "locks"),
]
NOT_HELD = {"apiVersion", "name", "resources", "type"}

HEAD = """/* known_{table}.c: every property path of {arm_type} {version}.
 *
 * Made from {file} by lib/types/known.py:
 * do not edit, make it again.
 *
 * The schema is Copyright (c) Microsoft Corporation, MIT License:
 * https://github.com/Azure/azure-resource-manager-schemas/blob/main/LICENSE
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software
 * and associated documentation files (the "Software"), to deal in the Software without
 * restriction, including without limitation the rights to use, copy, modify, merge, publish,
 * distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
 * Software is furnished to do so, subject to the following conditions: the above copyright notice
 * and this permission notice shall be included in all copies or substantial portions of the
 * Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED. */
#include "types/known.h"

#include <stddef.h>

/* clang-format off */
const char *const known_{table}[] = {{
"""


def join(path, name):
    return f"{path}.{name}" if path else name


def walk(schema, node, path, seen, out):
    """Adds the leaves below node, a schema fragment."""
    for choice in node.get("oneOf", node.get("anyOf", [])):
        if "common/definitions.json" not in choice.get("$ref", ""):
            walk(schema, choice, path, seen, out)
            return
    reference = node.get("$ref", "")
    if reference:
        name = reference.rsplit("/", 1)[1]
        if name in seen:
            out.add(join(path, "*"))
            return
        walk(schema, schema["definitions"][name], path, seen | {name}, out)
        return
    if node.get("type") != "object":
        out.add(path)
        return
    members = {k: v for k, v in node.get("properties", {}).items() if path or k not in NOT_HELD}
    for name, member in members.items():
        walk(schema, member, join(path, name), seen, out)
    others = node.get("additionalProperties")
    if others:
        below = set()
        walk(schema, others if others is not True else {}, join(path, "*"), seen, below)
        out |= {join(path, "*")} if below == {join(path, "*.*")} else below
    elif not members:
        out.add(join(path, "*"))


def main(folder):
    for table, file, name in TABLES:
        with open(os.path.join(folder, file), encoding="utf-8") as stream:
            schema = json.load(stream)
        definition = schema["resourceDefinitions"].get(name) or schema["definitions"][name]
        out = set()
        walk(schema, definition, "", frozenset(), out)
        version = file.removesuffix(".json").split(".", 2)[2]
        with open(os.path.join(HERE, f"known_{table}.c"), "w", encoding="utf-8") as stream:
            what = name if name in schema["definitions"] else definition["description"]
            stream.write(HEAD.format(table=table, arm_type=what,
                                     version=version, file=file))
            for path in sorted(out):
                stream.write(f'    "{path}",\n')
            stream.write("    NULL,\n};\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
