#!/usr/bin/env python3
"""Makes the corpora of the fuzz targets: from the tests' good and bad files, the reported cases, and
recorded answers of the real Azure. What is there already (a fuzzer's own finds) stays.

usage: corpus.py FOLDER
"""
import glob
import hashlib
import json
import os
import re
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def put(folder, target, data):
    if isinstance(data, str):
        data = data.encode()
    place = os.path.join(folder, target)
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, hashlib.sha1(data).hexdigest()), "wb") as stream:
        stream.write(data)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def from_cases(folder):
    """What each case shows of the vault, the key and the account, as the world's input."""
    for path in glob.glob(os.path.join(TESTS, "cases", "C*.json")):
        live = json.loads(read(path)).get("live", {})
        world = {}
        for resource, body in live.items():
            if "/roleAssignments/" in resource:
                world.setdefault("grant", []).append(body)
            elif "/accounts/" in resource:
                world["account"] = body
            elif "/vaults/" in resource and "/keys/" not in resource:
                world["vault"] = body
        put(folder, "world", json.dumps(world))


def from_pages(folder):
    """The texts of the unit test's pages, each wanted whole and in part."""
    source = read(os.path.join(TESTS, "unit", "azure", "test_split.c"))
    for text in re.findall(r'^    \{"[^"]*", "(.*?)", (?:NULL|keep_few),', source, re.MULTILINE):
        page = text.encode().decode("unicode_escape").encode("latin-1").replace(b"`", b'"')
        put(folder, "page", b"0" + page)
        put(folder, "page", b"1" + page)


def from_tokens(folder):
    """The texts of the unit tests about tokens, challenges and links, as a line and as a body."""
    for name in ("token", "challenge", "claims", "link", "cloud", "relay", "arc", "mask"):
        source = read(os.path.join(TESTS, "unit", "azure", f"test_{name}.c"))
        for literal in set(re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)):
            text = literal.encode().decode("unicode_escape").encode("latin-1").replace(b"HOST", b"management.azure.com")
            put(folder, "tokens", text)
            put(folder, "tokens", b"s3cr3t & more\n" + text)


def from_traffic(folder):
    for path in glob.glob(os.path.join(TESTS, "conformance", "traffic", "*.json")):
        document = json.loads(read(path))
        exchanges = document if isinstance(document, list) else document.get("exchanges", [])
        for exchange in exchanges:
            answer = exchange.get("response", {})
            body = answer.get("body")
            for name, value in (answer.get("headers") or {}).items():
                put(folder, "headers", f"{name}: {value}\r\n")
            if isinstance(body, dict) and isinstance(body.get("value"), list):
                put(folder, "page", "0" + json.dumps(body))
                put(folder, "page", "1" + json.dumps(body))
            if isinstance(body, dict):
                put(folder, "headers", json.dumps(body))
                kind = "account" if "accounts" in str(body.get("id")) else "vault"
                put(folder, "world", json.dumps({kind: body}))


def main(folder):
    for path in glob.glob(os.path.join(TESTS, "unit", "model", "files", "*", "*.json")):
        put(folder, "configuration", read(path))
    put(folder, "configuration", read(os.path.join(TESTS, "..", "config", "cmkd.json")))
    put(folder, "order", '{"version": 1, "order": "hold", "stack": "prod", "reason": "x", "by": "root",'
                         ' "since": "2027-01-01T00:00:00Z", "until": null}')
    put(folder, "order", '{"version": 1, "order": "revoke", "stack": "prod", "reason": "x", "by": "root",'
                         ' "since": "2027-01-01T00:00:00Z", "key": "/subscriptions/s/resourceGroups/g/providers'
                         '/Microsoft.KeyVault/vaults/kv/keys/k", "versions": ["' + 32 * "a" + '"],'
                         ' "revoked": "2027-01-01T00:00:01Z", "restore": {"by": "root", "since": "2027-01-02T00:00:00Z"}}')
    put(folder, "varlink", '{"method": "io.cmkd.Status", "parameters": {"stacks": []}, "more": true}')
    put(folder, "varlink", '{"error": "io.cmkd.NoSuchStack", "parameters": {"stack": "x"}}')
    put(folder, "varlink", read(os.path.join(TESTS, "..", "daemon", "io.cmkd.varlink")))
    for text in ("P1Y2M3DT4H5M6S", "2027-01-31T10:00:00.12+02:00", "Sun, 06 Nov 1994 08:49:37 GMT",
                 "203.0.113.0/24", "properties.a['b.c']", "/subscriptions/s/resourceGroups/g/providers/"
                 "Microsoft.KeyVault/vaults/kv/keys/k"):
        put(folder, "texts", text)
    put(folder, "world", '{"versions": [{"properties": {"keyUriWithVersion": "https://kv-openai-prod.'
                         'vault.azure.net/keys/openai-cmk/cccccccccccccccccccccccccccccccc",'
                         ' "attributes": {"enabled": false, "created": 1, "exp": 2, "nbf": 3}}}]}')
    put(folder, "world", '{"key": {"properties": {"rotationPolicy": {"attributes": {"expiryTime": "P1Y", "updated": 1},'
                         ' "lifetimeActions": [{"trigger": {"timeBeforeExpiry": "P9D"}, "action": {"type": "Rotate"}},'
                         ' {"trigger": {"timeBeforeExpiry": "P7D"}, "action": {"type": "notify"}}]}}}}')
    from_cases(folder)
    from_pages(folder)
    from_tokens(folder)
    from_traffic(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
