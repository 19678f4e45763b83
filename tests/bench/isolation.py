"""One vault that never answers, among all the others: what it costs the other deployments."""
import os
import re
import statistics
import time

from clients import spent
from fleet import configure

RUNS = 5
INTERVAL = "PT20S"  # a read is given up after half of it


def seconds(entry):
    """When a request came, by azsim's clock."""
    day, clock = entry["time"].rstrip("Z").split("T")
    hours, minutes, rest = clock.split(":")
    return (time.mktime(time.strptime(day, "%Y-%m-%d")) + int(hours) * 3600 + int(minutes) * 60 +
            float(rest))


def is_of(entry, deployment):
    """A request for the deployment itself: its account waits for its vault, as it should."""
    names = deployment.vault, deployment.account
    return any(re.search(rf"(//|/vaults/|/accounts/){name}\b", entry["publicUrl"]) for name in names)


def one_run(bench, configuration, stalled, is_stalled):
    """How long until the last request of the others, from the first one."""
    azsim, vault = bench.azsim, stalled.vault
    azsim.sim("DELETE", "/_sim/faults")
    if is_stalled:
        # Its data plane, and Resource Manager's answers about what lies in it.
        azsim.sim("POST", "/_sim/faults", [
            {"match": f"https://{vault}\\.|/vaults/{vault}(/|\\?)", "action": "stall", "times": 0}])
    azsim.forget()
    spent(bench.apart(bench.cmkd, "--config", configuration, "--once"), azsim.folder,
          statuses=(2,) if is_stalled else (0,))
    others = [seconds(entry) for entry in azsim.sent() if not is_of(entry, stalled)]
    azsim.sim("DELETE", "/_sim/faults")
    return max(others) - min(others)


def isolation(bench):
    """In turn with and without, so that both have the same machine."""
    deployments = bench.azsim.deployments
    stalled = deployments[len(deployments) // 2]
    configuration = configure(bench.azsim.folder, "audit", deployments,
                              {"onceDeadline": "PT20S"}, INTERVAL)
    count = 2 if os.environ.get("QUICK") else RUNS
    alone, beside = [], []
    for _ in range(count):
        alone.append(one_run(bench, configuration, stalled, False))
        beside.append(one_run(bench, configuration, stalled, True))
    spread = max(alone) / min(alone)
    bench.table.limit(f"{bench.count} stacks: the other {bench.count - 1} beside a vault that never "
                      f"answers, by the same without (which spread by {spread:.2f})",
                      statistics.median(beside) / statistics.median(alone), max(1.05, spread))
