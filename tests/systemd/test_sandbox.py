"""The unit as systemd judges it, and what the process costs."""
import os
import pwd
import re
import unittest

from machine import SIM, UNIT, Journal, clean, configure, main_pid, run, signal, start

INTERVAL_S = 60  # the default


def status_lines(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as stream:
        return dict(re.findall(r"(\w+):\s+(.*)", stream.read()))


def cpu_s(pid):
    """What its threads have used of the processors."""
    used_ns = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="utf-8") as stream:
            used_ns += int(stream.read().split()[0])
    return used_ns / 1e9


class Unit(unittest.TestCase):

    def test_systemd_finds_no_fault_in_the_unit(self):
        self.assertEqual(run("systemd-analyze", "verify", UNIT), "")

    def test_the_sandbox_leaves_an_exposure_of_1_1_at_most(self):
        text = run("systemd-analyze", "security", "--no-pager", "--threshold=11", UNIT)
        self.assertRegex(text, r"Overall exposure level for cmkd.service: (0\.\d|1\.[01]) ")

    def test_its_user_can_be_nobody_at_a_terminal(self):
        user = pwd.getpwnam("cmkd")
        self.assertLess(user.pw_uid, 1000)
        self.assertEqual(user.pw_shell, "/usr/sbin/nologin")
        self.assertRegex(run("passwd", "--status", "cmkd"), "^cmkd L ")


class Process(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        configure()
        self.journal = Journal()
        start()
        self.journal.wait_event("PASS_QUIET")
        self.pid = main_pid()

    def test_it_runs_without_any_right_beyond_its_user_s(self):
        lines = status_lines(self.pid)
        uid = str(pwd.getpwnam("cmkd").pw_uid)
        self.assertEqual(set(lines["Uid"].split()), {uid})
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(lines[name], 16), 0, name)
        self.assertEqual((lines["NoNewPrivs"], lines["Seccomp"]), ("1", "2"))

    def passes(self, count):
        journal = Journal()
        for nth in range(1, count + 1):
            signal("USR1")
            journal.wait_event("PASS_QUIET", nth=nth)

    def test_a_stack_costs_under_5_mb_and_a_thousandth_of_a_processor(self):
        self.passes(2)
        before_s, count = cpu_s(self.pid), 10
        self.passes(count)
        share = (cpu_s(self.pid) - before_s) / count / INTERVAL_S
        rss_kb = int(status_lines(self.pid)["RssAnon"].split()[0])
        print(f"RssAnon {rss_kb} kB, CPU {share:.4%} of one at a pass every {INTERVAL_S} s", end=" ")
        self.assertLess(rss_kb, 5000)
        self.assertLess(share, 0.001)
