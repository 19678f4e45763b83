#!/usr/bin/env python3
"""A day of cmkd among faults, outages, kills, orders, reloads and somebody else who writes to Azure.

Both cmkd and azsim are on a clock that stands still for them while nothing waits for it, and jumps
ten minutes from pass to pass (clock.c). What happens is drawn from a seed. What is asserted, from
azsim's log, from its state, and from what cmkd said:

- no sanitizer has anything to say, cmkd ends well whenever it is asked to, and nothing leaks;
- every drift is repaired, or reported as long as it may not be, and the journal tells it;
- at the end, all is as declared, and what is not declared is as somebody else has left it;
- cmkd writes nothing without a cause, makes one version where one is due, deletes nothing;
- neither its memory nor its descriptors grow.

usage: soak.py [--full] [--memory] [--seed N] [--hours H] [--stacks N] [--step SECONDS]
               [--build DIR] [--azsim DIR] [--keep DIR]
  --full    24 hours, 200 stacks; else 3 and 40
  --memory  cmkd lives through it in one piece: no kills, so that its memory can be compared
  --step    from pass to pass, as long as none takes longer (600)
  --build   where the programs are (build/dev); azsim may be of another build, for speed
  --keep    an empty folder in which all stays: cmkd.log, azsim.log, the configuration
"""
import argparse
import os
import random
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import faults  # noqa: E402
import ledger  # noqa: E402
from azure import Azsim, Clock, Writer  # noqa: E402
from daemon import Answer, Cmkd  # noqa: E402
from drifts import BY_HAND, KINDS, ROLES, undeclared  # noqa: E402
from fleet import Fleet  # noqa: E402

LOOK = 0.02                 # seconds of the machine's, between two looks at who is at work
PAUSES = (1, 2, 5, 10, 20)  # seconds that the clock goes on while nothing else does
OUTAGE = 3600
DAY = 86400
# At the end: refusals are tried again within six hours, what somebody fights for once a day.
CALM = (600, 600, 600, 3600, 6 * 3600, DAY, DAY, 600, 600, 600, 600)


def is_asleep(process):
    """No thread of it runs, or would if the machine let it."""
    for task in os.listdir(f"/proc/{process.pid}/task"):
        try:
            with open(f"/proc/{process.pid}/task/{task}/stat", encoding="ascii") as stat:
                if stat.read().rpartition(") ")[2][0] != "S":
                    return False
        except OSError:
            return False  # a thread has just ended
    return True


class Deck:
    """Draws each card once before any is drawn again: all of them come, in a short run too."""

    def __init__(self, chance, cards):
        self.chance, self.cards, self.left = chance, list(cards), []

    def draw(self):
        if not self.left:
            self.left = self.chance.sample(self.cards, len(self.cards))
        return self.left.pop()


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.random = random.Random(options.seed)
        self.fleet = Fleet(options.stacks)
        self.clock = Clock(os.path.join(options.build, "tests", "clock.so"), folder)
        self.cmkd = Cmkd(os.path.join(options.build, "bin"), folder, self.clock)
        self.sim = Azsim(os.path.join(options.azsim or options.build, "bin", "azsim"), folder, self.clock)
        self.writer = Writer(self.sim)
        self.ledger = ledger.Ledger(self)
        self.passes = 0
        self.drifts = Deck(self.random, KINDS.items())
        self.faults = Deck(self.random, faults.ONE)
        self.outages = Deck(self.random, [*faults.OUTAGES, *faults.SLOW])
        self.disturbances = Deck(self.random, (
            self.drift, self.fault, self.reload, self.bad_reload, self.usr1, self.kill, self.stop,
            self.hold))
        self.counts = dict.fromkeys(("faults", "fired", "outages", "kills", "stops", "reloads", "bad reloads",
                                     "USR1", "holds", "undeclared", "skews"), 0)
        self.outage_until = 0
        self.skewed = self.is_calm = False
        self.memory, self.descriptors = [], []

    def draw(self, chance):
        return self.random.random() < chance

    # ---- one pass ------------------------------------------------------------------------------

    def reconcile(self, disturb=None):
        """Until cmkd says that it has looked at everything. Where both programs are asleep and no
        request has come, something waits: then the clock goes on. disturb() is called once,
        somewhere on the way."""
        answer = Answer(self.cmkd.call("Reconcile"))
        disturb_at = self.random.randrange(1, 6 * self.options.stacks) if disturb else None
        begun, idle = self.ledger.requests, 0
        self.ledger.restrain(not self.is_calm)
        while True:
            reply = answer.wait(LOOK)
            is_quiet = is_asleep(self.cmkd.process) and is_asleep(self.sim.process)
            if is_quiet or disturb_at is not None:
                is_quiet = not self.ledger.read_log() and is_quiet
            if disturb_at is not None and self.ledger.requests - begun >= disturb_at:
                disturb_at = None
                disturb()
            if reply == {}:  # it was killed
                answer = Answer(self.cmkd.call("Reconcile"))
            elif reply:
                break
            idle = idle + 1 if is_quiet else 0
            if idle:
                self.clock.move(PAUSES[min(idle, len(PAUSES)) - 1])
                self.cmkd.wake()
        self.passes += 1
        self.cmkd.passes += 1
        self.ledger.read_log()
        self.ledger.settle()
        self.memory.append(self.cmkd.memory_kb())
        self.descriptors.append(self.cmkd.descriptors())
        return reply.get("parameters", reply)

    def step(self, seconds):
        self.clock.move(seconds)
        self.cmkd.wake()

    # ---- what happens ----------------------------------------------------------------------------

    def drift(self):
        kind, make = self.drifts.draw()
        free = [stack for stack in self.fleet.stacks if not self.ledger.is_busy(stack) and
                stack.role == ROLES.get(kind, stack.role)]
        if not free or (kind == "account purged" and self.ledger.has(kind)):
            return  # of more than two that are gone at once none would be made anew
        stack = self.random.choice(free)
        self.ledger.inject(kind, make, stack)

    def fault(self):
        self.counts["faults"] += 1
        rules = [faults.one(self.random, self.faults)]
        for drift in self.ledger.open:
            fight = self.draw(0.1) and faults.fought(self.random, drift)
            if fight:
                rules.append(fight)
        self.sim.control("POST", "faults", rules)

    def outage(self):
        self.counts["outages"] += 1
        self.outage_until = self.clock.ahead + OUTAGE
        outage = self.outages.draw()
        if isinstance(outage, list):
            self.sim.control("POST", "faults", outage)
        else:
            self.sim.control("POST", "settings", {"throttling": outage})

    def clear(self):
        self.counts["fired"] += sum(fault["fired"] for fault in self.sim.control("GET", "faults"))
        self.sim.control("DELETE", "faults")
        self.sim.control("POST", "settings", {"throttling": False})
        self.skew(False)

    def skew(self, skewed):
        if skewed != self.skewed:
            self.counts["skews"] += skewed
            self.sim.control("POST", "clock", {"shift": 400 if skewed else -400})
        self.skewed = skewed

    def hold(self):
        stack = self.random.choice(self.fleet.stacks)
        order = ("release", stack.stack) if stack.held else ("hold", stack.stack, "--reason", "SEC-2")
        if self.cmkd.order(*order) == 0:
            self.counts["holds"] += not stack.held
            stack.held = not stack.held
            self.ledger.restrained = [each for each in self.ledger.restrained if each is not stack]

    def undo(self):
        """Whoever did it puts it right: cmkd may not, and has said so."""
        for drift in list(self.ledger.open):
            by_hand = drift.kind in BY_HAND or drift.stack.role in ("audit", "held", "exempt")
            if by_hand and drift.undo and drift.is_reported() and self.draw(0.3):
                self.ledger.undo(drift)

    def reload(self):
        self.counts["reloads"] += 1
        self.fleet.write_config(self.folder, limits={
            "absentFor": "PT30S", "changesPerPass": self.random.choice((50, 200)), "share": 1})
        self.cmkd.signal(signal.SIGHUP)

    def bad_reload(self):
        self.counts["bad reloads"] += 1
        self.fleet.write_config(self.folder, mode=self.random.choice(("enforced", 7)))
        self.cmkd.signal(signal.SIGHUP)

    def usr1(self):
        self.counts["USR1"] += 1
        self.cmkd.signal(signal.SIGUSR1)

    def kill(self):
        if self.options.memory:
            return
        self.counts["kills"] += 1
        self.ledger.cut()
        self.cmkd.kill()
        self.fleet.write_config(self.folder)  # a bad one may lie there
        self.cmkd.start()

    def stop(self):
        """It may be asked to in the middle of anything."""
        if self.options.memory:
            return
        self.counts["stops"] += 1
        self.ledger.cut()
        self.end()
        self.fleet.write_config(self.folder)
        self.cmkd.start()

    def end(self):
        status = self.cmkd.stop()
        if status != 0:
            self.ledger.blame(f"cmkd ended with {status}")

    def disturbance(self):
        """What comes while a pass is under way."""
        return self.disturbances.draw() if self.draw(0.8) else None

    def between(self):
        """What comes between two passes."""
        if self.clock.ahead < self.outage_until:
            return
        self.clear()
        if self.draw(0.04) or self.passes == 8:
            self.outage()
            return
        for _ in range(self.random.randrange(3 + self.options.stacks // 12)):
            self.drift()
        for _ in range(self.random.randrange(4 + self.options.stacks // 20)):
            self.fault()
        for chance, happens in ((0.3, self.change_undeclared), (0.3, self.hold), (0.1, self.reload),
                                (0.05, self.bad_reload), (0.05, lambda: self.skew(True))):
            if self.draw(chance):
                happens()
        self.undo()

    def change_undeclared(self):
        stack = self.random.choice(self.fleet.stacks)
        if self.ledger.is_busy(stack):
            return
        change = undeclared(self.writer, stack, self.random)
        if change:
            self.counts["undeclared"] += 1
            self.ledger.expect(*change)

    # ---- from the first pass to the last -----------------------------------------------------

    def live(self):
        self.sim.control("POST", "seed", self.fleet.seed())
        for stack in self.fleet.stacks:
            for child in stack.children.values():
                child.put(self.writer)
        self.fleet.write_config(self.folder)
        self.ledger.remember(self.sim.control("GET", "state"))
        self.cmkd.start()
        for stack in self.fleet.stacks:
            if stack.held:
                self.cmkd.order("hold", stack.stack, "--reason", "SEC-0")
        self.reconcile()
        begun = self.clock.ahead
        while self.clock.ahead < begun + self.options.hours * 3600:
            at = self.clock.ahead + self.options.step
            self.between()
            self.reconcile(self.disturbance())
            self.step(max(0, at - self.clock.ahead))
            if self.passes % 10 == 0:
                print(f"  pass {self.passes}, {(self.clock.ahead - begun) / 3600:.1f} h: "
                      f"{self.ledger.sentence()}", flush=True)

    def calm(self):
        """No more faults and no more restraints: all must come right."""
        self.clear()
        self.reconcile()  # to see what was done last
        for drift in list(self.ledger.open):
            if drift.kind in BY_HAND and drift.undo and not drift.is_undone:
                self.ledger.undo(drift)
        self.is_calm = True
        for stack in self.fleet.stacks:
            if stack.held and self.cmkd.order("release", stack.stack) == 0:
                stack.held = False
        self.fleet.write_config(self.folder, restrained=False)
        self.cmkd.signal(signal.SIGHUP)
        for seconds in CALM:
            self.reconcile()
            self.step(seconds)
        last = self.reconcile()
        if last.get("exitStatus") != 0:
            self.ledger.blame(f"the last pass ended with {last.get('exitStatus')}: " + "; ".join(
                str(stack) for stack in last["document"]["stacks"] if stack["state"] != "insync"))
        before = self.ledger.writes
        self.reconcile()
        if self.ledger.writes != before:
            self.ledger.blame("the last pass wrote, and there was nothing to do")

    def judge(self):
        self.ledger.judge(self.sim.control("GET", "state"))
        self.end()
        if self.sim.stop() != 0:
            self.ledger.blame("azsim did not end well")
        for trouble in self.cmkd.troubles():
            self.ledger.blame(trouble)
        if "Sanitizer" in self.sim.said() or "runtime error" in self.sim.said():
            self.ledger.blame(self.sim.said()[-4000:])
        self.judge_growth()

    def judge_growth(self):
        if self.options.memory:
            first, last = max(self.memory[5:15]), max(self.memory[-5:])
            if last > first * 1.05 + 200:
                self.ledger.blame(f"RssAnon grew from {first} kB to {last} kB")
        first, last = max(self.descriptors[:15]), max(self.descriptors[-5:])
        if last > first + 8:
            self.ledger.blame(f"descriptors grew from {first} to {last}")

    def tell(self, seconds):
        print(f"seed {self.options.seed}: {self.options.stacks} stacks, {self.options.hours} h, "
              f"{self.passes} passes, {self.ledger.requests} requests, {self.ledger.writes} writes "
              f"in {seconds:.0f} s")
        print(", ".join(f"{what} {count}" for what, count in self.counts.items()))
        print(f"RssAnon {self.memory[9]} kB after ten passes, {self.memory[-1]} kB at the end; "
              f"descriptors {max(self.descriptors[:15])}, {self.descriptors[-1]}")
        print(self.ledger.sentence())
        print(self.summary())

    def summary(self):
        """What there is to cite."""
        closed = self.ledger.closed
        repaired = sum(drift.how != "undone" for drift in closed)
        counts = self.counts
        return (f"{self.options.hours:g} simulated hours, {self.options.stacks} stacks, {self.passes} passes: "
                f"{len(closed) + len(self.ledger.open)} drifts of {len(KINDS)} kinds, {repaired} repaired, "
                f"{len(closed) - repaired} put right by hand, {self.ledger.reported()} reported before; "
                f"{counts['faults']} faults in {counts['fired']} answers, {counts['outages']} outages, "
                f"{counts['kills']} kills, {counts['stops']} stops, {counts['reloads']} reloads; "
                f"wrong {len(self.ledger.wrong)}")


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build", "dev"))
    parser.add_argument("--azsim")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--hours", type=float, default=3)
    parser.add_argument("--stacks", type=int, default=40)
    parser.add_argument("--step", type=int, default=600)
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--keep")
    options = parser.parse_args(arguments)
    if options.full:
        options.hours, options.stacks = 24, 200
    options.build = os.path.abspath(options.build)
    return options


def main(arguments):
    options = options_of(arguments)
    with tempfile.TemporaryDirectory(prefix="cmkd-soak-") as folder:
        soak = Soak(options, options.keep or folder)
        begun = time.monotonic()
        try:
            soak.live()
            soak.calm()
            soak.judge()
        finally:
            for process in (soak.cmkd.process, soak.sim.process):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
        soak.tell(time.monotonic() - begun)
        return 1 if soak.ledger.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
