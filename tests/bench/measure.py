#!/usr/bin/env python3
"""Measures cmkd against azsim, beside others that read the same; run.sh calls it.

usage: measure.py BIN FLOOR NODE STAGE TABLE SIZE...
       BIN    folder of cmkd and azsim
       FLOOR  the bare libcurl program
       NODE   folder of posture.mjs and Microsoft's SDKs, or ""
       STAGE  an empty folder
       TABLE  where the table goes, as Markdown
       SIZE   how many deployments: 1 100 1000 5000
environment: BEFORE, a cmkd of before to compare with; PASSES (1000), after which memory is looked at
again, for 1 and 100 deployments; QUICK=1 for fewer runs of everything

It says which limit is not reached, and ends with 0 all the same: a benchmark tells, it does not judge.
"""
import os
import statistics
import sys

from clients import IDLE_S, Daemon, median, printed_passes, ready_ms, spent
from fleet import BODIES, CLIENT, SECRET, TENANT, Azsim, configure, members
from isolation import isolation
from table import Table

QUICK = bool(os.environ.get("QUICK"))
AT_ONCE = 4          # requests of one queue, as cmkd's limit for a subscription and a vault
EARLY = 10           # passes, before memory is looked at first
PASSES = int(os.environ.get("PASSES", "100" if QUICK else "1000"))
TURNS = 3            # of cmkd and the floor, whose ratio counts
STARTS = 9           # of the daemon, to READY
ENFORCED_MAX = 1000  # deployments, all drifted, that are repaired
JUDGED = 1000        # deployments, at which limits of time are
PACE_MS = 50         # before an answer, as from far away
SDK_PASSES = 6       # of a process that stays; the last half counts: all is compiled by then


def runs(count):
    """How often something is done: the median counts."""
    return 2 if QUICK else 5 if count <= 100 else 3


def passes(count):
    """After how many passes memory is looked at again."""
    return PASSES if count <= 100 else EARLY if QUICK else 5 * EARLY


class Bench:
    """One fleet in one azsim, and all that is measured of it."""

    def __init__(self, options, azsim, cores, body, table):
        self.cmkd, self.floor, self.node = options
        self.azsim, self.cores, self.table = azsim, cores, table
        self.count, self.body = len(azsim.deployments), body
        self.before = os.environ.get("BEFORE")

    def apart(self, *command):
        """Runs on the cores that azsim does not have."""
        return ["taskset", "-c", ",".join(map(str, self.cores)), *command]

    def row(self, who, state, took, **more):
        self.table.row(stacks=self.count, body=self.body, who=who, state=state, took=took, **more)

    def least(self, entries, count):
        """What the floor takes for these requests: each pass of count + 1, the first on new
        connections."""
        listed = self.azsim.list_for_floor(entries)
        command = self.apart(self.floor, self.azsim.ca_file, str(AT_ONCE), str(count + 1))
        return printed_passes(spent(command, self.azsim.folder, listed)[1])

    def beside(self, daemon, entries, idle_s=IDLE_S):
        """Passes of the daemon and of the floor in turn, for a machine is not always as fast. The
        first of each turn finds what the other has left in the caches, and does not count."""
        ours, least = [], []
        for _ in range(TURNS):
            ours += daemon.passes(runs(self.count) + 1, idle_s)[1:]
            least += self.least(entries, runs(self.count))[1:]
        ours, least = median(ours), median(least)
        ours.requests, ours.size = least.requests, least.size
        return ours, least

    def once(self, cmkd, configuration, statuses):
        self.azsim.forget()
        return spent(self.apart(cmkd, "--config", configuration, "--once"), self.azsim.folder,
                     statuses=statuses)[0]

    # ---- all is as declared

    def first_pass(self):
        """A process each: cmkd --once, the floor, the SDKs."""
        configuration = configure(self.azsim.folder, "audit", self.azsim.deployments)
        ours, least, old = [], [], []
        for _ in range(runs(self.count)):
            ours.append(self.once(self.cmkd, configuration, (0,)))
            least.append(self.least(self.azsim.sent(), 0)[0])
            if self.before:
                old.append(self.once(self.before, configuration, (0,)))
        ours, least = median(ours), median(least)
        ours.requests, ours.size = least.requests, least.size
        self.row("floor", "first pass", least)
        self.row("cmkd", "first pass", ours, floor=least)
        if old:
            self.row("cmkd before", "first pass", median(old), floor=least)

    # ---- the SDKs

    def sdks(self, configuration, ours):
        """The program as cron would run it, and as a process that stays; and that with the requests
        that cmkd sends. ours: a steady pass."""
        def limit(what, theirs, judged=False):
            self.table.limit(f"{self.count} stacks, {self.body}: CPU of {what}, by that of cmkd's pass",
                             theirs.cpu / ours.cpu, 8, at_least=True,
                             judged=judged and self.count == JUDGED)
        run = median([self.sdk_run(configuration)[0] for _ in range(runs(self.count))])
        self.row("SDKs", "a run", run)
        limit("a run of the SDKs", run, judged=True)
        for who, more in (("SDKs", {}), ("SDKs, versions too", {"VERSIONS": "1"})):
            took = self.sdk_run(configuration, PASSES=str(SDK_PASSES), **more)[1]
            took = median(took[SDK_PASSES // 2:])
            self.row(who, "steady pass", took)
            limit(f"a steady pass of the {who}", took)

    def sdk_run(self, configuration, **more):
        """What the whole run took, and each of its passes."""
        env = {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": self.azsim.ca_file,
               "NODE_OPTIONS": "--dns-result-order=ipv4first",
               "TENANT": TENANT, "CLIENT": CLIENT, "SECRET": SECRET, **more}
        self.azsim.forget()
        took, said = spent(self.apart("node", os.path.join(self.node, "posture.mjs"), configuration),
                           self.azsim.folder, env=env)
        if said.strip() != "[]":
            sys.exit(f"the SDKs find drift where there is none: {said[:1000]}")
        passes_of = printed_passes(took.errors)
        took.requests = len(self.azsim.sent())
        for each in passes_of:
            each.requests = took.requests / len(passes_of)
        return took, passes_of

    def steady(self):
        """The daemon, pass after pass, and the floor on connections that it keeps, too."""
        configuration = configure(self.azsim.folder, "audit", self.azsim.deployments)
        daemon = Daemon(self.apart(self.cmkd), configuration, self.azsim)
        daemon.settle()
        daemon.passes(EARLY - 1)
        early = daemon.anonymous_kb()
        self.azsim.forget()
        daemon.one_pass()
        entries = self.azsim.sent()
        ours, least = self.beside(daemon, entries)
        daemon.passes(max(0, passes(self.count) - EARLY - 1 - TURNS * (runs(self.count) + 1)))
        late, peak = daemon.anonymous_kb(), daemon.peak_kb()
        self.row("floor", "steady pass", least)
        self.row("cmkd", "steady pass", ours, floor=least)
        self.limits(ours, least, early, late, peak, entries)
        if self.count == JUDGED:
            self.paced(daemon, entries)
        daemon.stop()
        if self.before:
            self.steady_before(configuration, least)
        if self.node:
            self.sdks(configuration, ours)

    def paced(self, daemon, entries):
        """The same where answers take their time: a pass is bound by these, not by a core."""
        state = f"steady pass, {PACE_MS} ms an answer"
        self.azsim.sim("POST", "/_sim/faults",
                       [{"match": "GET ", "op": "delay", "ms": PACE_MS, "times": 0}])
        ours, least = self.beside(daemon, entries, 3 * PACE_MS / 1000)
        self.azsim.sim("DELETE", "/_sim/faults")
        self.row("floor", state, least)
        self.row("cmkd", state, ours, floor=least)
        self.table.limit(f"{self.count} stacks, {self.body}: wall of a {state}, by the floor's",
                         ours.wall / least.wall, 1.25)

    def steady_before(self, configuration, least):
        daemon = Daemon(self.apart(self.before), configuration, self.azsim)
        daemon.settle()
        daemon.passes(EARLY)
        self.row("cmkd before", "steady pass", median(daemon.passes(runs(self.count))), floor=least)
        daemon.stop()

    def limits(self, ours, least, early, late, peak, entries):
        name, limit = f"{self.count} stacks, {self.body}", self.table.limit
        megabytes = {1: 4, 100: 7, 5000: 48}.get(self.count)
        singles = [entry for entry in entries
                   if entry["url"].split("?")[0].rsplit("/", 2)[-2] in ("vaults", "accounts")]
        if self.count == JUDGED:
            limit(f"{name}: wall of a steady pass, by the floor's", ours.wall / least.wall, 1.25)
            limit(f"{name}: CPU of a steady pass, by the floor's", ours.cpu / least.cpu,
                  2 if self.body == "2.5 kB" else 4)
        limit(f"{name}: anonymous memory after {EARLY} passes, MB", early / 1024, megabytes or 0,
              judged=bool(megabytes))
        limit(f"{name}: the same after {passes(self.count)}", late / 1024, megabytes or 0,
              judged=bool(megabytes))
        limit(f"{name}: at its largest, in a pass", peak / 1024, 0, judged=False)
        limit(f"{name}: growth from {EARLY} to {passes(self.count)} passes", late / early, 1.05)
        limit(f"{name}: vaults and accounts read one by one", len(singles), 0,
              judged=self.count >= 100)

    # ---- all is drifted

    def drifted(self):
        self.azsim.drift()
        configuration = configure(self.azsim.folder, "audit", self.azsim.deployments)
        took = median([self.once(self.cmkd, configuration, (1,)) for _ in range(runs(self.count))])
        took.requests = len(self.azsim.sent())
        self.row("cmkd", "all drifted, audit", took)
        daemon = Daemon(self.apart(self.cmkd), configuration, self.azsim)
        daemon.settle()
        daemon.passes(EARLY - 1)
        took = median(daemon.passes(2))
        took.requests = 0
        self.row("cmkd", "all drifted, told before", took)
        self.table.limit(f"{self.count} stacks, {self.body}: anonymous memory, all drifted, MB",
                         daemon.anonymous_kb() / 1024, 0, judged=False)
        daemon.stop()
        if self.count <= ENFORCED_MAX:
            self.repaired()
        else:
            self.azsim.drift("Deny")

    def repaired(self):
        """Two writes a deployment; a second look shows that they hold."""
        configuration = configure(self.azsim.folder, "enforce", self.azsim.deployments)
        took, sent = [], 0
        for _ in range(runs(self.count)):
            self.azsim.drift()
            took.append(self.once(self.cmkd, configuration, (0,)))
            sent = self.azsim.sent()
        writes = sum(entry["method"] != "GET" for entry in sent)
        if writes != 2 * self.count:
            sys.exit(f"{writes} writes repair {2 * self.count} drifts")
        took = median(took)
        took.requests = len(sent)
        self.row("cmkd", "all drifted, enforce", took)


def starts(cmkd, azsim, table):
    configuration = configure(azsim.folder, "audit", azsim.deployments)
    took = statistics.median(ready_ms(cmkd, configuration, azsim.folder) for _ in range(STARTS))
    table.limit("1 stack: start to READY, ms", took, 100)


def main(folder, floor, node, stage, path, *sizes):
    cores = sorted(os.sched_getaffinity(0))
    cmkd, azsim_path = (os.path.join(folder, name) for name in ("cmkd", "azsim"))
    with Table(path) as table:
        for body in BODIES:
            for count in map(int, sizes):
                place = os.path.join(stage, f"{count}-{body.replace(' ', '')}")
                with Azsim(azsim_path, place, cores[0], members(count, body)) as azsim:
                    bench = Bench((cmkd, floor, node), azsim, cores[1:] or cores, body, table)
                    bench.first_pass()
                    bench.steady()
                    bench.drifted()
                    if count == 1 and body == "2.5 kB":
                        starts(cmkd, azsim, table)
                    if count == JUDGED and body == "2.5 kB":
                        isolation(bench)
        table.growth()


if __name__ == "__main__":
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
