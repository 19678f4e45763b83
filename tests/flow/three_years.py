#!/usr/bin/env python3
"""Three years of a key's life: the daemon and azsim, a day at a time, with bad days among them.

Two accounts share the key. It is rotated every 90 days; after a year somebody declares 60, and
reloads; after two the vault's own policy is declared beside it, 60 days too, so that both are due at
once. Versions expire after a year and older ones are retired after 30 days. azsim's clock and,
through libfaketime, the daemon's are moved together; cmkd knows nothing of it. Some days Azure fails,
some days the daemon is killed. What is asserted, from azsim alone and from what the daemon said:

- the number of versions is that of the due dates, however many bad days there were and whoever
  rotates;
- at the end of no day an account names a version that is disabled;
- each version was made, followed by both accounts, and retired, and the journal tells all of it.

usage: three_years.py AZSIM CMKD CMKCTL [SEED]     SEED of the bad days (4711)
"""
import datetime
import glob
import json
import os
import random
import ssl
import subprocess
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "demo"))
import deployment  # noqa: E402

FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"  # whatever the machine is
DAYS = 3 * 365
FASTER, BOTH = 365, 730  # the days on which somebody declares something else
DAY = 86400
LINK = ("encryption", "keyVaultProperties", "keyVersion")

# One of these, on a bad day; "times" is small: the next look is good again.
FAULTS = [
    {"match": "POST .*/rotate", "action": "close", "takesEffect": True},
    {"match": "POST .*/rotate", "action": "close", "takesEffect": False},
    {"match": "POST .*/rotate", "status": 503, "takesEffect": True},
    {"match": "PATCH .*/accounts/", "status": 500},
    {"match": "PATCH .*/accounts/", "action": "reset-in-header"},
    {"match": "GET .*/versions", "status": 503, "times": 2},
    {"match": "GET .*/accounts/", "action": "truncate"},
    {"match": "GET .*/vaults/[^/]*[?]", "status": 403, "code": "AuthorizationFailed", "times": 3},
    {"match": "PATCH https://[^/]*vault.azure.net/", "action": "close", "takesEffect": True},
    {"match": ".*", "status": 429, "headers": [["Retry-After", "1"]]},
]


class Azsim:
    def __init__(self, program, folder):
        self.process = subprocess.Popen([program, "--state-dir", folder], stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        assert ready.startswith("azsim ready"), ready
        self.url = "https://127.0.0.1:" + ready.rsplit(":", 1)[1].strip()
        context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPSHandler(context=context))

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, data=data,
                                         headers={"Content-Type": "application/json"})
        with self.opener.open(request, timeout=60) as answer:
            return json.load(answer)


class Cmkd:
    """The daemon, on a clock that a file moves."""

    def __init__(self, cmkd, cmkctl, folder):
        self.program, self.ctl, self.folder = cmkd, cmkctl, folder
        self.clock = os.path.join(folder, "clock")
        self.environment = dict(os.environ, RUNTIME_DIRECTORY=folder, LD_PRELOAD=glob.glob(FAKETIME)[0],
                                FAKETIME_TIMESTAMP_FILE=self.clock, FAKETIME_NO_CACHE="1",
                                FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
        self.process = None

    def move(self, days):
        with open(self.clock + ".new", "w", encoding="utf-8") as stream:
            stream.write(f"+{days * DAY}\n")
        os.rename(self.clock + ".new", self.clock)

    def start(self):
        self.process = subprocess.Popen([self.program, "--config", f"{self.folder}/cmkd.json"],
                                        env=self.environment, stderr=self.log)
        while not os.path.exists(f"{self.folder}/io.cmkd") or self.reconcile() == 69:
            if self.process.poll() is not None:
                sys.exit(f"cmkd does not run: {self.said()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def reconcile(self):
        """What cmkctl reconcile --wait ends with: 0 all is well, 1 or 2 not, 69 nobody there."""
        return subprocess.run([self.ctl, "reconcile", "--wait"], check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=300,
                              env=dict(os.environ, RUNTIME_DIRECTORY=self.folder)).returncode

    def said(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as stream:
            return stream.read()


def two_accounts():
    """The second deployment's account on the first one's key."""
    first, second = deployment.Deployment(1), deployment.Deployment(2)
    second.vault, second.vault_id, second.key_id = first.vault, first.vault_id, first.key_id
    second.versions = first.versions
    second.grant_id = f"{first.key_id}/providers/Microsoft.Authorization/roleAssignments/{second.grant}"
    seed = deployment.seed([first, second])
    for d in (first, second):
        seed["live"][d.account_id]["systemData"] = {"lastModifiedAt": "2020-01-01T00:00:00Z"}
    return [first, second], seed


def write_config(folder, deployments, every, own=None):
    """Rotated by cmkd, and if own is given by the vault."""
    config = deployment.config(folder, "enforce", deployments)
    for stack in config["stacks"].values():
        stack["key"]["rotation"] = {"every": every, "expireAfter": "P1Y", "retireAfter": "P30D"}
        if own:
            action = {"trigger": {"timeAfterCreate": own}, "action": {"type": "rotate"}}
            stack["key"].setdefault("properties", {})["rotationPolicy"] = {"lifetimeActions": [action]}
    with open(os.path.join(folder, "cmkd.json"), "w", encoding="utf-8") as stream:
        json.dump(config, stream)


def named(state, d):
    value = state["live"][d.account_id]["properties"]
    for member in LINK:
        value = value[member]
    return value


class Years:
    def __init__(self, azsim, cmkd, cmkctl, seed, folder):
        self.random = random.Random(seed)
        self.sim = Azsim(azsim, folder)
        self.cmkd = Cmkd(cmkd, cmkctl, folder)
        self.folder = folder
        self.deployments, self.seed = two_accounts()
        self.bad_days = self.kills = 0
        self.wrong = []
        self.made = []      # the day on which each version was seen first
        self.followed = {}  # version: the accounts that were seen to name it
        self.retired = {}   # version: the day on which it was seen disabled

    def versions(self, state):
        return state["keys"][self.deployments[0].vault][self.deployments[0].key]

    def look(self, day):
        state = self.sim.ask("GET", "/_sim/state")
        disabled = {v["version"] for v in self.versions(state) if not v.get("enabled", True)}
        known = {version for version, _ in self.made}
        for v in self.versions(state):
            if v["version"] not in known:
                self.made.append((v["version"], day))
        for version in disabled:
            self.retired.setdefault(version, day)
        for d in self.deployments:
            self.followed.setdefault(named(state, d), set()).add(d.account)
            if named(state, d) in disabled:
                self.wrong.append(f"day {day}: {d.account} names {named(state, d)}, which is disabled")

    def bad_day(self):
        self.bad_days += 1
        fault = dict(self.random.choice(FAULTS))
        fault.setdefault("times", 1)
        self.sim.ask("POST", "/_sim/faults", [fault])
        if self.random.random() < 0.3:
            self.kills += 1
            self.cmkd.kill()
            self.cmkd.start()

    def live(self):
        write_config(self.folder, self.deployments, "P90D")
        self.sim.ask("POST", "/_sim/seed", self.seed)
        self.cmkd.move(0)
        self.look(0)
        self.cmkd.start()
        for day in range(1, DAYS + 1):
            self.sim.ask("POST", "/_sim/clock", {"shift": DAY})
            self.cmkd.move(day)
            if day in (FASTER, BOTH):
                write_config(self.folder, self.deployments, "P60D", "P60D" if day == BOTH else None)
                self.cmkd.process.send_signal(1)  # SIGHUP
            if self.random.random() < 0.1:
                self.bad_day()
            self.cmkd.reconcile()
            self.sim.ask("DELETE", "/_sim/faults")
            self.look(day)
        self.cmkd.reconcile()
        self.look(DAYS)
        self.cmkd.process.terminate()
        if self.cmkd.process.wait() != 0:
            self.wrong.append("cmkd did not end well")
        self.sim.process.terminate()
        self.sim.process.wait()

    def check(self):
        """Due dates: day 70 (the newest is 20 days old at first), every 90 days in the first year, every
        60 from then on; a bad day may put one off by as many days as it lasts."""
        days = [day for _, day in self.made if day > 0]
        for before, after in zip(days, days[1:]):
            period = 60 if after >= FASTER else 90
            if not period <= after - before <= period + 3 and not (before < FASTER <= after):
                self.wrong.append(f"a version was made on day {before} and the next on day {after}")
        if not 70 <= days[0] <= 73:
            self.wrong.append(f"the first rotation was on day {days[0]}")
        last_due = DAYS - days[-1]
        if last_due > 63:
            self.wrong.append(f"the last version is {last_due} days old")
        for version, day in self.made[1:-1] if self.made[-1][1] > DAYS - 3 else self.made[1:]:
            if day > 0 and len(self.followed.get(version, ())) != 2:
                self.wrong.append(f"{version} of day {day} was named by {self.followed.get(version)}")
        newest = {version for version, _ in self.made[-2:]}
        for version, _ in self.made:
            if version not in newest and version not in self.retired:
                self.wrong.append(f"{version} was never retired")
        self.check_story(len(days), len([day for day in days if day > BOTH]))

    def check_story(self, rotations, by_the_vault):
        """What was done while an answer was lost is told by what follows from it; the rest by name.
        Where both are due cmkd leaves it to the vault, and tells what follows."""
        said = self.cmkd.said()
        told = {word: said.count(word) for word in (
            "key rotated, ", "encryption repointed from key version ",
            "an older key version has been disabled, ")}
        retired = len(self.retired)
        if not rotations * 2 - 6 <= told["encryption repointed from key version "] <= rotations * 2:
            self.wrong.append(f"{rotations} rotations, and the journal tells {told}")
        if not retired - 6 <= told["an older key version has been disabled, "] <= retired:
            self.wrong.append(f"{retired} versions retired, and the journal tells {told}")
        ours = rotations - by_the_vault
        if not by_the_vault or not ours - 6 <= told["key rotated, "] <= ours:
            self.wrong.append(f"{rotations} rotations, {by_the_vault} the vault's, and the journal tells {told}")
        for version, day in self.made:
            if day > 0 and version not in said:
                self.wrong.append(f"{version} of day {day} is nowhere in the journal")
        print(f"{DAYS} days, {self.bad_days} bad ones, {self.kills} kills: {rotations} rotations, {by_the_vault} the vault's, "
              f"{len(self.made)} versions, {retired} retired; told: {told}")


def main(azsim, cmkd, cmkctl, seed=4711):
    if not glob.glob(FAKETIME):
        sys.exit(f"there is no {FAKETIME}: install libfaketime")
    with tempfile.TemporaryDirectory(prefix="cmkd-years-") as folder:
        years = Years(azsim, cmkd, cmkctl, int(seed), folder)
        begun = datetime.datetime.now()
        try:
            years.live()
            years.check()
        finally:
            for process in (years.cmkd.process, years.sim.process):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
        if years.wrong:
            print(years.cmkd.said()[-4000:])
            print("\n".join(years.wrong))
        print(f"{(datetime.datetime.now() - begun).total_seconds():.0f} s")
        return 1 if years.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
