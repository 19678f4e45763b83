#!/usr/bin/env python3
"""Measures azsim; azsim.sh calls it.

usage: azsim.py AZSIM PLAIN FOLDER SECONDS

It says where a limit is passed, and ends with 0 all the same: a benchmark tells, it does not judge.
It fails if an answer is wrong, or if azsim does not end well.
"""
import http.client
import json
import os
import platform
import re
import ssl
import statistics
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo"))
from deployment import TENANT, Deployment, fleet  # noqa: E402

CONNECTIONS = 64
RUNS = 5               # of each server, in turn
RESOURCES = 50000      # of the seed's "live": keys and their versions come on top of them
PER_DEPLOYMENT = 3     # a vault, an account, a role assignment
RATE_WANTED = 10000    # requests a second
MEMORY_WANTED_MB = 1000
CLIENT = "22222222-2222-2222-2222-222222222222"
VAULT = Deployment(1).vault_id + "?api-version=2023-07-01"


class Server:
    """A server on a core of its own. It says when it is ready, and on which port."""

    def __init__(self, core, *command):
        self.begun = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", str(core), *command], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready = re.search(r" ready https://.*:(\d+)$", self.process.stdout.readline().strip())
        if not ready:
            sys.exit(f"{command[0]} does not start")
        self.took = time.monotonic() - self.begun
        self.port = int(ready[1])

    def memory_mb(self, name):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"{name}:\s+(\d+) kB", status.read())[1]) / 1000

    def seconds_on_cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            times = stat.read().rpartition(") ")[2].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def stop(self, by_signal):
        self.process.stdin.close()
        if by_signal:
            self.process.terminate()
        if self.process.wait(timeout=60) != 0:
            sys.exit(f"{self.process.args[3]} ended with {self.process.returncode}")


class Azure:
    """azsim with a seed, and a token for it."""

    def __init__(self, core, azsim, folder, deployments):
        seed = os.path.join(folder, "seed.json")
        with open(seed, "w", encoding="utf-8") as stream:
            json.dump(fleet(deployments), stream)
        self.server = Server(core, azsim, "--state-dir", folder, "--seed", seed)
        self.context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": CLIENT,
                                       "client_secret": "azsim-secret",
                                       "scope": "https://management.azure.com/.default"})
        answer = self.ask("POST", "login.localhost", f"/{TENANT}/oauth2/v2.0/token", form)
        self.authorization = "Bearer " + json.loads(answer)["access_token"]

    def ask(self, method, host, path, body=None, headers=None):
        connection = http.client.HTTPSConnection("localhost", self.server.port, context=self.context)
        connection.request(method, path, body, {"Host": f"{host}:{self.server.port}",
                                                **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"azsim: {method} {path}: {answer.status} {text}")
        connection.close()
        return text

    def vault(self):
        """The answer that is measured, checked once."""
        text = self.ask("GET", "management.localhost", VAULT,
                        headers={"Authorization": self.authorization})
        if json.loads(text)["id"] != Deployment(1).vault_id:
            sys.exit(f"azsim answers with something else: {text}")
        return text


class Load:
    """wrk on the second core, asking a server for the vault."""

    def __init__(self, core, seconds, azure):
        self.core, self.seconds, self.azure = core, seconds, azure

    def run(self, server):
        """Requests a second, and the part of its core that the server used."""
        before, begun = server.seconds_on_cpu(), time.monotonic()
        said = subprocess.run(
            ["taskset", "-c", str(self.core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{self.seconds}s",
             "-H", f"Host: management.localhost:{self.azure.server.port}",
             "-H", f"Authorization: {self.azure.authorization}",
             f"https://127.0.0.1:{server.port}{VAULT}"],
            check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            sys.exit(f"wrk was answered with errors:\n{said}")
        used = (server.seconds_on_cpu() - before) / (time.monotonic() - begun)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), used


def tell(what, value, wanted=None, good=True):
    limit = f"   (wanted: {wanted}{'' if good else ', NOT REACHED'})" if wanted else ""
    print(f"{what:58} {value:>12}{limit}", flush=True)


def tell_rate(what, runs, wanted=None):
    """The limit is for a core that the server has to itself: where others run too, a second of its
    CPU time is what can be compared."""
    rates = [rate for rate, _ in runs]
    rate = statistics.median(rates)
    whole = statistics.median(rate / used for rate, used in runs)
    tell(f"{what}: GET a second, median of {len(rates)}", f"{rate:,.0f}")
    tell("  slowest and fastest", f"{min(rates):,.0f}..{max(rates):,.0f}")
    tell("  part of its core that it got", f"{statistics.median(used for _, used in runs):.0%}")
    tell("  GET in a second of CPU time", f"{whole:,.0f}", wanted and f"{wanted:,}",
         not wanted or whole >= wanted)
    return whole


def measure_rate(cores, azsim, plain, folder, seconds):
    azure = Azure(cores[0], azsim, folder, [Deployment(1)])
    body = os.path.join(folder, "body.json")
    with open(body, "wb") as stream:
        stream.write(azure.vault())
    bare = Server(cores[0], plain, body)
    load = Load(cores[1], seconds, azure)
    for server in azure.server, bare:
        load.run(server)  # warms up
    pairs = [(load.run(azure.server), load.run(bare)) for _ in range(RUNS)]
    rate = tell_rate("azsim", [ours for ours, _ in pairs], RATE_WANTED)
    floor = tell_rate("bare libmicrohttpd, the same body", [theirs for _, theirs in pairs])
    tell("azsim of bare libmicrohttpd, by CPU time", f"{rate / floor:.2f}")
    tell("a request takes more than there, in us of CPU",
         f"{1e6 * (used_each(pairs, 0) - used_each(pairs, 1)):.1f}")
    bare.stop(by_signal=False)
    azure.server.stop(by_signal=True)


def used_each(pairs, which):
    """Seconds of CPU for a request: less noisy than rates where others use the cores too."""
    return statistics.median(pair[which][1] / pair[which][0] for pair in pairs)


def measure_memory(cores, azsim, folder, seconds):
    count = -(-RESOURCES // PER_DEPLOYMENT)
    azure = Azure(cores[0], azsim, folder, [Deployment(n) for n in range(1, count + 1)])
    server = azure.server
    tell(f"{PER_DEPLOYMENT * count:,} resources, {count:,} keys, {2 * count:,} versions: "
         "seconds to load", f"{server.took:.1f}")
    tell("  memory at its largest, MB", f"{server.memory_mb('VmHWM'):.0f}", MEMORY_WANTED_MB,
         server.memory_mb("VmHWM") < MEMORY_WANTED_MB)
    azure.vault()
    tell_rate("  azsim", [Load(cores[1], seconds, azure).run(server)], RATE_WANTED)
    tell("  memory after that, MB", f"{server.memory_mb('VmRSS'):.0f}")
    server.stop(by_signal=True)


def main(azsim, plain, folder, seconds):
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("one core is for the server, another for the load: this machine has one")
    print(f"{platform.machine()}, {len(cores)} cores, {platform.system()} {platform.release()}; "
          f"load of the last minute {os.getloadavg()[0]:.1f}; {CONNECTIONS} connections of wrk -t1")
    measure_rate(cores, azsim, plain, folder, seconds)
    measure_memory(cores, azsim, folder, seconds)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
