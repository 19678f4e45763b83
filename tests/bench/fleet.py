"""A fleet of deployments: in azsim, drifted or not, and the configuration that declares it.

A hundred deployments share a subscription, so that 5,000 lie in 50. An account is as large as the
smallest that Azure sends (2.5 kB) or as one with all that Azure works out for it (28 kB).
"""
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo"))
from deployment import TENANT, Deployment, config, fleet  # noqa: E402

PER_SUBSCRIPTION = 100
BODIES = {"2.5 kB": None, "28 kB": (160, 20, 40)}  # rules, capabilities, endpoints; None: as recorded
DRIFTS_AT_ONCE = 500
CLIENT, SECRET = "22222222-2222-2222-2222-222222222222", "azsim-secret"  # azsim's own, by default


class Member(Deployment):
    """One of a fleet."""

    def __init__(self, n, body):
        self.body = BODIES[body]
        number = (n - 1) // PER_SUBSCRIPTION + 1
        super().__init__(n, f"/subscriptions/00000000-0000-0000-0000-{number:012d}")

    def fill_up(self, properties):
        if not self.body:
            return
        rules, capabilities, endpoints = self.body
        super().fill_up(properties)
        properties["callRateLimit"]["rules"] = properties["callRateLimit"]["rules"][:rules]
        properties["capabilities"] = properties["capabilities"][:capabilities]
        properties["endpoints"] = dict(list(properties["endpoints"].items())[:endpoints])


def members(count, body):
    return [Member(n, body) for n in range(1, count + 1)]


def configure(folder, mode, deployments, limits=None, interval="P1D"):
    """Writes the configuration of cmkd; returns its path."""
    made = config(folder, mode, deployments)
    made["interval"] = interval
    made["limits"].update({"share": 1.0, "changesPerPass": 100000, "onceDeadline": "PT1H",
                           **(limits or {})})
    path = os.path.join(folder, "cmkd.json")
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(made, stream)
    return path


class Azsim:
    """An azsim on a core of its own, in a folder of its own."""

    def __init__(self, azsim, folder, core, deployments):
        self.folder, self.deployments = folder, deployments
        os.makedirs(folder)
        seed = os.path.join(folder, "seed.json")
        with open(seed, "w", encoding="utf-8") as stream:
            json.dump(fleet(deployments), stream)
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), azsim, "--state-dir", folder, "--seed", seed],
            stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().strip()
        ready = re.search(r" ready https://.*:(\d+)$", said)
        if not ready:
            sys.exit(f"azsim does not start: {said}")
        self.url = f"https://127.0.0.1:{ready[1]}"
        self.ca_file = os.path.join(folder, "ca.pem")
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file)))
        with open(os.path.join(folder, "cloud.json"), encoding="utf-8") as stream:
            self.cloud = json.load(stream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def sim(self, method, path, body=None):
        """A request to its control interface."""
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with self.opener.open(request) as answer:
            return json.load(answer)

    def last(self):
        """The number of the newest entry of its log."""
        return self.sim("GET", "/_sim/log?writes=1")["last"]

    def sent(self, since=0):
        """What was asked of Azure since then."""
        log = self.sim("GET", f"/_sim/log?since={since}")
        return [entry for entry in log["entries"] if entry["kind"] == "azure"]

    def forget(self):
        self.sim("DELETE", "/_sim/log")

    def drift(self, action="Allow"):
        """Somebody opens every firewall; "Deny" shuts them all."""
        patch = {"properties": {"networkAcls": {"defaultAction": action}}}
        drifts = [{"id": name, "patch": patch}
                  for d in self.deployments for name in (d.vault_id, d.account_id)]
        for i in range(0, len(drifts), DRIFTS_AT_ONCE):
            self.sim("POST", "/_sim/drift", drifts[i:i + DRIFTS_AT_ONCE])

    def token(self, audience):
        url = (f"{self.cloud['imds']}/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
               f"{urllib.parse.quote(self.cloud['audience'][audience], safe='')}")
        request = urllib.request.Request(url, headers={"Metadata": "true"})
        with self.opener.open(request) as answer:
            return json.load(answer)["access_token"]

    def list_for_floor(self, entries):
        """The same requests for the floor, in the queues in which cmkd has them."""
        arm, vaults = self.token("resourceManager"), self.token("keyVault")
        lines = []
        for entry in entries:
            if entry["method"] != "GET":
                sys.exit(f"a steady pass has sent {entry['method']} {entry['publicUrl']}")
            place = urllib.parse.urlsplit(entry["url"])
            subscription = re.match(r"/subscriptions/[^/]+", place.path, re.I)
            is_vault = ".vault." in place.netloc
            queue = subscription[0] if subscription and not is_vault else place.netloc
            lines.append(f"{queue}\t{entry['url']}\t"
                         f"Authorization: Bearer {vaults if is_vault else arm}\n")
        return "".join(lines)
