#!/usr/bin/env python3
"""A hold with an end, and a clock that jumps over it between two answers of Azure: the daemon's alone,
through libfaketime. The hold stands until Azure's clock says so too.

usage: clock_jump.py AZSIM CMKD CMKCTL
"""
import datetime
import os
import subprocess
import sys
import tempfile

import three_years
from three_years import DAY

ACL = ("networkAcls", "defaultAction")
OPEN = {"properties": {"networkAcls": {"defaultAction": "Allow"}}}


class Jump:
    def __init__(self, azsim, cmkd, cmkctl, folder):
        self.sim = three_years.Azsim(azsim, folder)
        self.cmkd = three_years.Cmkd(cmkd, cmkctl, folder)
        self.folder = folder
        self.deployments, self.seed = three_years.two_accounts()
        self.stack = self.deployments[0].stack

    def order(self, *words):
        subprocess.run([self.cmkd.ctl, *words], check=True, timeout=60,
                       env=dict(os.environ, RUNTIME_DIRECTORY=self.folder))

    def firewall(self):
        state = self.sim.ask("GET", "/_sim/state")
        value = state["live"][self.deployments[0].account_id]["properties"]
        for member in ACL:
            value = value[member]
        return value

    def is_held(self):
        return os.path.exists(f"{self.folder}/state/orders/hold-{self.stack}.json")

    def expect(self, is_true, what):
        if not is_true:
            sys.exit(f"not so: {what}\n{self.cmkd.said()[-4000:]}")

    def live(self):
        three_years.write_config(self.folder, self.deployments, "P90D")
        self.sim.ask("POST", "/_sim/seed", self.seed)
        self.cmkd.move(0)
        self.cmkd.start()
        self.expect(self.cmkd.reconcile() == 0, "all is well at first")
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        self.order("hold", self.stack, "--reason", "SEC-1", "--until", until.strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.sim.ask("POST", "/_sim/drift", {"id": self.deployments[0].account_id, "patch": OPEN})

        self.cmkd.move(1)  # the orders are looked at before Azure is asked again
        self.expect(self.cmkd.reconcile() == 1, "what is on hold is not in sync")
        self.expect(self.is_held(), "a clock that has jumped ends no order")
        self.expect(self.firewall() == "Allow", "what is on hold is not written")
        self.expect("STILL ON HOLD" in self.cmkd.said(), "that it stands is told")
        self.cmkd.move(0)
        self.expect(self.cmkd.reconcile() == 1, "it holds on when the clock is right again")
        self.expect(self.is_held(), "its time is not over")

        self.sim.ask("POST", "/_sim/clock", {"shift": DAY})
        self.cmkd.move(1)
        self.expect(self.cmkd.reconcile() == 0, "it is repaired when a day has passed")
        self.expect(not self.is_held(), "the order has ended")
        self.expect(self.firewall() == "Deny", "and what was left alone is written")
        self.cmkd.process.terminate()
        self.expect(self.cmkd.process.wait() == 0, "cmkd ends well")


def main(azsim, cmkd, cmkctl):
    with tempfile.TemporaryDirectory(prefix="cmkd-jump-") as folder:
        jump = Jump(azsim, cmkd, cmkctl, folder)
        try:
            jump.live()
        finally:
            for process in (jump.cmkd.process, jump.sim.process):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
