#!/usr/bin/env python3
"""The demo's story: cmkd and azsim on one stage, act by act, each claim checked where it shows.

usage: story.py CMKD STAGE URL      demo.sh calls it; STAGE is azsim's folder, URL its address

What cmkd says is checked against what azsim saw: its log of requests and its state.
"""
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.request

from deployment import OFFICE, Deployment, config, seed

ONE, TWO = Deployment(1), Deployment(2)
FOREIGN = "198.51.100.7/32"
VERSION = "properties.encryption.keyVaultProperties.keyVersion"


def patch(resource, body):
    return lambda stage: stage.sim("POST", "/_sim/drift", {"id": resource, "patch": body})


def age(days):
    return lambda stage: stage.sim("POST", "/_sim/age",
                                   {"vault": ONE.vault, "key": ONE.key, "days": days})


# What somebody does behind cmkd's back; the resource and path at which cmkd must find it; by what it
# must repair it (expressions on METHOD and URL in Azure's names). Where a repair entails another
# (a new identity needs a new grant, a rotated key a new link), all of it is named.
DRIFTS = [
    ("purge protection is off",
     patch(ONE.vault_id, {"properties": {"enablePurgeProtection": None}}),
     [(ONE.vault_id, "properties.enablePurgeProtection")],
     [r"PATCH .*/vaults/kv-openai-prod\?"]),
    ("the vault's firewall is open",
     patch(ONE.vault_id, {"properties": {"networkAcls": {"defaultAction": "Allow"}}}),
     [(ONE.vault_id, "properties.networkAcls.defaultAction")],
     [r"PATCH .*/vaults/kv-openai-prod\?"]),
    ("a foreign address may pass the vault's firewall",
     patch(ONE.vault_id, {"properties": {"networkAcls": {
         "ipRules": [{"value": OFFICE}, {"value": FOREIGN}]}}}),
     [(ONE.vault_id, "properties.networkAcls.ipRules")],
     [r"PATCH .*/vaults/kv-openai-prod\?"]),
    ("the account's firewall is open",
     patch(ONE.account_id, {"properties": {"networkAcls": {"defaultAction": "Allow"}}}),
     [(ONE.account_id, "properties.networkAcls.defaultAction")],
     [r"PATCH .*/accounts/oai-prod\?"]),
    ("the account has lost its identity",
     patch(ONE.account_id, {"identity": {"type": "None", "principalId": None, "tenantId": None}}),
     [(ONE.account_id, "identity")],
     [r"PATCH .*/accounts/oai-prod\?", r"PUT .*/roleAssignments/"]),
    ("the role assignment is gone",
     patch(ONE.grant_id, None),
     [(ONE.key_id, "")],
     [r"PUT .*/roleAssignments/"]),
    ("the account is back at Microsoft's keys",
     patch(ONE.account_id, {"properties": {"encryption": {
         "keySource": "Microsoft.CognitiveServices", "keyVaultProperties": None}}}),
     [(ONE.account_id, "properties.encryption")],
     [r"PATCH .*/accounts/oai-prod\?"]),
    ("the key is past its rotation period",
     age(90),
     [(ONE.key_id, "")],
     [r"POST https://kv-openai-prod.vault.azure.net/keys/openai-cmk/rotate",
      r"PATCH .*/accounts/oai-prod\?"]),
    ("the account names an old version of the key",
     patch(ONE.account_id, {"properties": {"encryption": {"keyVaultProperties": {
         "keyVersion": ONE.versions[0]}}}}),
     [(ONE.account_id, VERSION)],
     [r"PATCH .*/accounts/oai-prod\?"]),
    ("public network access is on where it was declared off",
     patch(ONE.account_id, {"properties": {"publicNetworkAccess": "Enabled"}}),
     [(ONE.account_id, "properties.publicNetworkAccess")],
     [r"PATCH .*/accounts/oai-prod\?"]),
]


class Stage:
    """azsim and cmkd, and what is claimed about them."""

    def __init__(self, cmkd, folder, url):
        self.cmkd, self.folder, self.url = cmkd, folder, url
        self.claims = self.broken = 0
        self.lines = []  # all that cmkd told
        self.totals = []
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(
                context=ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))))

    # ---- azsim

    def sim(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with self.opener.open(request) as answer:
            return json.load(answer)

    def reset(self, deployments=(ONE,)):
        self.sim("POST", "/_sim/seed", seed(deployments))
        self.sim("DELETE", "/_sim/log")

    def body(self, resource):
        live = self.sim("GET", "/_sim/state")["live"]
        return next((found for name, found in live.items() if name.lower() == resource.lower()), None)

    def writes(self):
        log = self.sim("GET", "/_sim/log?writes=1")
        return [f"{entry['method']} {entry['publicUrl']}" for entry in log["entries"]
                if entry["kind"] == "azure" and entry["method"] != "GET"]

    # ---- cmkd

    def configure(self, mode, deployments=(ONE,)):
        with open(os.path.join(self.folder, "cmkd.json"), "w", encoding="utf-8") as stream:
            json.dump(config(self.folder, mode, deployments), stream, indent=1)

    def start(self):
        self.stderr = open(os.path.join(self.folder, "cmkd.err"), "w+", encoding="utf-8")
        return subprocess.Popen(
            [self.cmkd, "--config", os.path.join(self.folder, "cmkd.json"), "--once",
             "--output", "json"], stdout=subprocess.PIPE, stderr=self.stderr, text=True)

    def finish(self, process):
        """Its exit status, its document (None if it printed none), the lines that it told."""
        out, _ = process.communicate(timeout=180)
        self.stderr.seek(0)
        told = [line.rstrip("\n") for line in self.stderr]
        self.stderr.close()
        self.lines += told
        document = json.loads(out) if out else None
        return process.returncode, document, told

    def once(self):
        return self.finish(self.start())

    def count(self, name):
        """Puts the requests since the log was cleared into the closing table."""
        log = self.sim("GET", "/_sim/log")
        self.totals.append((name, log["requests"] - log["writes"], log["writes"]))

    # ---- claims

    def claim(self, holds, what, evidence=None):
        self.claims += 1
        if not holds:
            self.broken += 1
            print(f"  NOT SO: {what}")
            if evidence is not None:
                print("   ", json.dumps(evidence, indent=1).replace("\n", "\n    ")[:6000])
        return holds


def title(text):
    print(f"\n{text}")


def lies_at(resource, path):
    """True for findings of this resource (or below it: a key's grant) at this path or below it."""
    return lambda finding: (finding["resource"].lower().startswith(resource.lower()) and
                            (finding["path"] or "").startswith(path))


def findings(document):
    return [finding for stack in document["stacks"] for finding in stack["findings"]]


def show(told):
    """cmkd's own lines, but for the sum of each pass, less the time before them."""
    for line in told:
        if " INFO pass: " not in line:
            print("    " + line.split(" ", 1)[1])


def audit(stage):
    title("1. Audit: the same drifts, found and left alone")
    stage.configure("audit")
    reads = 0
    for name, drift, places, _ in DRIFTS:
        print(f"  {name}")
        stage.reset()
        drift(stage)
        before = stage.sim("GET", "/_sim/state")
        status, document, told = stage.once()
        reads += stage.sim("GET", "/_sim/log")["requests"]
        stage.claim(status == 1, f"{name}: exit status {status}, not 1", told)
        if not stage.claim(document, f"{name}: no document", told):
            continue
        for resource, path in places:
            stage.claim(any(map(lies_at(resource, path), findings(document))),
                        f"{name}: not found", findings(document))
        show(told)
        stage.claim(all(f["outcome"] in ("audit", "waiting") for f in findings(document)),
                    f"{name}: more than an audit", findings(document))
        stage.claim(stage.writes() == [], f"{name}: audit has written", stage.writes())
        after = stage.sim("GET", "/_sim/state")
        stage.claim(before["live"] == after["live"] and before["keys"] == after["keys"],
                    f"{name}: Azure is not as it was")
    stage.totals.append(("audit, ten drifts", reads, 0))


def is_right(stage, deployment):
    """Azure itself: the posture as it must be, read from azsim's state."""
    vault, account = stage.body(deployment.vault_id), stage.body(deployment.account_id)
    state = stage.sim("GET", "/_sim/state")
    versions = state["keys"][deployment.vault][deployment.key]
    grants = [body for name, body in state["live"].items()
              if name.lower().startswith(deployment.key_id.lower()) and "roleAssignments" in name]
    principal = account.get("identity", {}).get("principalId")
    link = account["properties"].get("encryption", {}).get("keyVaultProperties", {})
    newest = max(versions, key=lambda version: version["created"])
    acls = {who: body["properties"].get("networkAcls", {})
            for who, body in (("vault", vault), ("account", account))}
    facts = {
        "purge protection": vault["properties"].get("enablePurgeProtection") is True,
        "vault firewall": acls["vault"].get("defaultAction") == "Deny",
        "vault addresses": [r["value"] for r in acls["vault"].get("ipRules", [])] == [OFFICE],
        "account firewall": acls["account"].get("defaultAction") == "Deny",
        "account addresses": [r["value"] for r in acls["account"].get("ipRules", [])] == [OFFICE],
        "identity": bool(principal),
        "grant": any(g["properties"]["principalId"] == principal for g in grants),
        "key is new enough": time.time() - newest["created"] < 90 * 86400,
        "encryption": link.get("keyName") == deployment.key and
                      link.get("keyVersion") == newest["version"],
        "public network access": account["properties"]["publicNetworkAccess"] == "Disabled" and
                                 vault["properties"]["publicNetworkAccess"] == "Disabled",
    }
    wrong = [fact for fact, holds in facts.items() if not holds]
    stage.claim(not wrong, f"{deployment.stack}: not right in Azure: {', '.join(wrong)}",
                {"vault": vault, "identity": account.get("identity"), "link": link, "keys": versions})


def enforce(stage):
    title("2. Enforce: each drift found and repaired, in cmkd's own words")
    stage.configure("enforce")
    reads = writes = 0
    for name, drift, places, requests in DRIFTS:
        stage.reset()
        drift(stage)
        status, document, told = stage.once()
        sent = stage.writes()
        log = stage.sim("GET", "/_sim/log")
        reads, writes = reads + log["requests"] - log["writes"], writes + log["writes"]
        print(f"  {name}")
        show(told)
        stage.claim(status == 0, f"{name}: exit status {status}, not 0", told)
        if not stage.claim(document, f"{name}: no document", told):
            continue
        for resource, path in places:
            done = [f for f in filter(lies_at(resource, path), findings(document))
                    if f["status"] == "done"]
            stage.claim(done, f"{name}: not found and repaired", findings(document))
        stage.claim(told, f"{name}: nothing was told")
        stage.claim(document["stacks"][0]["state"] == "repaired", f"{name}: not repaired", document)
        stage.claim(len(sent) == len(requests) and
                    all(re.search(want, got, re.I) for want, got in zip(requests, sent)),
                    f"{name}: other writes than {requests}", sent)
        is_right(stage, ONE)
    stage.totals.append(("enforce, ten drifts", reads, writes))


def kill_in_mid_repair(stage):
    title("3. Killed in mid-repair, started again")
    for where, drift in ((r"PATCH .*/accounts/oai-prod\?", None), (r"POST .*/rotate", age(90))):
        stage.reset()
        for _, each, _, _ in DRIFTS[:5]:
            each(stage)
        if drift:
            drift(stage)
        stage.sim("POST", "/_sim/settings", {"operation": 2})
        process = stage.start()
        entry = stage.sim("POST", "/_sim/await", {"match": where})
        process.send_signal(signal.SIGKILL)
        status, document, _ = stage.finish(process)
        stage.claim(status == -signal.SIGKILL, f"cmkd was not killed, but ended with {status}")
        before = len(stage.writes())
        at = "/".join(entry["publicUrl"].split("?")[0].split("/")[-2:])
        print(f"  kill -9 at its {entry['method']} .../{at}: {before} writes sent")
        status, document, told = stage.once()
        stage.claim(status == 0, f"after the kill: exit status {status}, not 0", [document, told])
        is_right(stage, ONE)
        rotations = [w for w in stage.writes() if re.search(r"/rotate", w)]
        stage.claim(len(rotations) == (1 if drift else 0), "one due date, one rotation", rotations)
        print(f"  started again: {len(stage.writes()) - before} more writes,"
              f" {len(rotations)} rotation(s) in all, everything right")
        stage.count("killed at " + where.split(" ")[0])


def from_nothing(stage):
    title("4. A second deployment, from nothing")
    stage.reset()
    stage.configure("enforce", (ONE, TWO))
    status, document, told = stage.once()
    show(told)
    stage.claim(status == 0, f"exit status {status}, not 0", [document, told])
    for resource in (TWO.vault_id, TWO.account_id):
        stage.claim(stage.body(resource), f"{resource} is not there")
    if stage.body(TWO.account_id) and stage.body(TWO.vault_id):
        is_right(stage, TWO)
    stage.count("from nothing")


def quiet(stage):
    title("5. The quiet pass: nothing is wrong, nothing is written")
    stage.sim("DELETE", "/_sim/log")
    begun = time.monotonic()
    status, document, told = stage.once()
    seconds = time.monotonic() - begun
    log = stage.sim("GET", "/_sim/log")
    stage.claim(status == 0, f"exit status {status}, not 0", [document, told])
    stage.claim(document and findings(document) == [], "it finds something", document)
    stage.claim(log["writes"] == 0, f"it writes: {stage.writes()}")
    print(f"  two deployments: {log['requests']} requests, {log['writes']} writes, {seconds:.2f} s")
    stage.count("quiet, two deployments")


def summary(stage):
    title("What cmkd told, in order (here on stderr, with fields in the journal under systemd)")
    for line in stage.lines:
        print(f"  {line}")
    title("Requests, by azsim's log (tokens excepted)")
    print(f"  {'act':28} {'reads':>6} {'writes':>6}")
    for name, reads, writes in stage.totals:
        print(f"  {name:28} {reads:6} {writes:6}")
    print(f"\n{stage.claims} claims checked, {stage.broken} do not hold")
    return 1 if stage.broken else 0


def main(arguments):
    stage = Stage(*arguments)
    for act in (audit, enforce, kill_in_mid_repair, from_nothing, quiet):
        act(stage)
    return summary(stage)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
