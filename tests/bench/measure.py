#!/usr/bin/env python3
"""Measures cmkd against azsim; run.sh calls it.

usage: measure.py CMKD FLOOR STAGE URL     STAGE is azsim's folder, URL its address

It says where a limit is passed, and ends with 0 all the same: a benchmark tells, it does not judge.
"""
import atexit
import json
import os
import platform
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo"))
from deployment import Deployment  # noqa: E402
from story import Stage  # noqa: E402

STARTS = 9       # of the daemon, to READY
ROUNDS = 5       # of 100 stacks, for cmkd and the floor in turn
FLEET = 100      # deployments, all of which run.sh has put into azsim
AT_ONCE = 4      # requests to one host, as cmkd's limit for a subscription and a vault
PATIENCE_S = 60  # for one event


class Daemon:
    """A running cmkd. That it is ready it tells as it tells systemd; that a pass has begun shows in
    azsim's log, since a steady pass is silent. A signal that comes in a pass makes another after it,
    so that passes and signals are as many."""

    def __init__(self, stage, number):
        self.stage = stage
        self.seen = stage.sim("GET", "/_sim/log")["last"]
        path = os.path.join(stage.folder, f"notify-{number}")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [stage.cmkd, "--config", os.path.join(stage.folder, "cmkd.json")],
            env={"NOTIFY_SOCKET": path, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)  # nothing stays behind when a measurement fails

    def ready(self):
        """How long it took to be, in ms."""
        while select.select([self.socket], [], [], PATIENCE_S)[0]:
            if b"READY=1" in self.socket.recv(65536):
                return (time.monotonic() - self.begun) * 1000
        raise TimeoutError("cmkd does not get ready")

    def looked(self):
        """Waits for the next look at the first vault, of which there is one in each pass."""
        entry = self.stage.sim("POST", "/_sim/await", {"match": r"GET .*/vaults/kv-openai-prod\?",
                                                       "since": self.seen})
        self.seen = entry["seq"]

    def passes(self, count):
        for _ in range(count):
            self.process.send_signal(signal.SIGUSR1)
            self.looked()

    def anonymous_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as stream:
            return int(re.search(r"RssAnon:\s+(\d+)", stream.read())[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        self.socket.close()


def row(what, value, limit="", over=False):
    print(f"{what:44} {value:>14}  {limit}{'  OVER THE LIMIT' if over else ''}")


def one_stack(stage):
    stage.configure("enforce")
    ready = []
    for number in range(STARTS):
        daemon = Daemon(stage, number)
        ready.append(daemon.ready())
        daemon.stop()
    daemon = Daemon(stage, STARTS)
    daemon.looked()
    daemon.passes(10)
    ten, begin = daemon.anonymous_kb(), daemon.seen
    daemon.passes(40)
    fifty, end = daemon.anonymous_kb(), daemon.seen
    daemon.passes(200)
    later = daemon.anonymous_kb()
    sent = [entry["method"] for entry in stage.sim("GET", f"/_sim/log?since={begin}")["entries"]
            if entry["kind"] == "azure" and entry["seq"] <= end]
    daemon.stop()

    requests = len(sent) / 40
    writes = len(sent) - sent.count("GET")
    start = statistics.median(ready)
    row("one stack: RssAnon after 10 passes, kB", ten, "< 4096", ten >= 4096)
    row("one stack: RssAnon after 50 passes, kB", fifty, "< 4096", fifty >= 4096)
    row("one stack: RssAnon after 250 passes, kB", later, "not growing", later > fifty * 1.02)
    row("one stack: requests of a steady pass", f"{requests:.2f}", "<= 6", requests > 6)
    row("one stack: writes of 40 steady passes", writes, "0", writes > 0)
    row(f"one stack: start to READY, ms, median of {STARTS}", f"{start:.1f}", "< 100", start >= 100)


def token(imds, audience):
    url = (f"{imds}/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
           f"{urllib.parse.quote(audience, safe='')}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers={"Metadata": "true"})) as answer:
        return json.load(answer)["access_token"]


def fetch_list(stage):
    """What a pass of cmkd reads, as floor's list."""
    with open(os.path.join(stage.folder, "cloud.json"), encoding="utf-8") as stream:
        cloud = json.load(stream)
    arm = token(cloud["imds"], cloud["audience"]["resourceManager"])
    vaults = token(cloud["imds"], cloud["audience"]["keyVault"])
    lines = []
    for entry in stage.sim("GET", "/_sim/log")["entries"]:
        if entry["kind"] != "azure":
            continue
        if entry["method"] != "GET":
            sys.exit(f"a steady pass has sent {entry['method']} {entry['publicUrl']}")
        bearer = vaults if ".vault." in urllib.parse.urlsplit(entry["url"]).netloc else arm
        lines.append(f"{entry['url']}\tAuthorization: Bearer {bearer}\n")
    return "".join(lines)


def spent(command, text=None):
    """Wall and CPU seconds of one run that must succeed."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, text=True)
    if text:
        process.stdin.write(text)
        process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} ended with status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime


def fleet(stage, floor):
    deployments = [Deployment(n) for n in range(1, FLEET + 1)]
    stage.configure("enforce", deployments)
    once = [stage.cmkd, "--config", os.path.join(stage.folder, "cmkd.json"), "--once"]
    stage.sim("DELETE", "/_sim/log")
    spent(once)
    listed = fetch_list(stage)
    bare = [floor, os.path.join(stage.folder, "ca.pem"), str(AT_ONCE)]

    ours, least = [], []
    for _ in range(ROUNDS):
        ours.append(spent(once))
        least.append(spent(bare, listed))
    print()
    row(f"{FLEET} stacks: requests of one --once", listed.count("\n"))
    for column, name in ((0, "wall s"), (1, "CPU s")):
        a = statistics.median(run[column] for run in ours)
        b = statistics.median(run[column] for run in least)
        row(f"{FLEET} stacks: {name}, cmkd / floor, ratio", f"{a:.3f} / {b:.3f}", f"{a / b:.2f}")


def main(cmkd, floor, folder, url):
    stage = Stage(cmkd, folder, url)
    cores = len(os.sched_getaffinity(0))
    print(f"{platform.machine()}, {cores} cores, load {os.getloadavg()[0]:.2f};"
          f" floor: libcurl multi, {AT_ONCE} at once to a host\n")
    print(f"{'':44} {'measured':>14}  limit or ratio")
    one_stack(stage)
    fleet(stage, floor)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
