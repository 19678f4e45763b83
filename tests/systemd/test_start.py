"""How the service starts, is woken, and ends."""
import os
import stat
import unittest
from time import monotonic

from machine import (CONFIG, ONE, SIM, UNIT, Journal, clean, configure, drop_in, main_pid, run, show,
                     signal, start, status_of, write)


class Start(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        self.journal = Journal()

    def test_it_is_active_when_start_returns_and_says_how_things_stand(self):
        configure()
        start()
        self.assertEqual(show("ActiveState", "SubState", "Type", "User"),
                         ("active", "running", "notify", "cmkd"))
        self.assertEqual(len(self.journal.events("STARTED")), 1)
        self.journal.wait_event("PASS_QUIET")
        self.assertIn("1 stack", show("StatusText"))

    def test_its_socket_is_there_when_start_returns_for_its_group_alone(self):
        configure()
        start()
        folder, socket = os.stat("/run/cmkd"), os.stat("/run/cmkd/io.cmkd")
        self.assertEqual(stat.filemode(folder.st_mode), "drwxr-x---")
        self.assertEqual(stat.filemode(socket.st_mode), "srw-rw----")
        group = run("getent", "group", "cmkd").split(":")[2]
        self.assertEqual([str(folder.st_gid), str(socket.st_gid)], [group, group])

    def expect_refusal(self, status):
        """It has failed for good, and nobody but azsim's control interface was asked anything."""
        self.assertEqual(show("ActiveState", "Result", "ExecMainStatus", "NRestarts"),
                         ("failed", "exit-code", str(status), "0"))
        self.assertEqual(SIM.log("azure") + SIM.log("token"), [])
        self.assertEqual(self.journal.events("STARTED"), [])

    def test_a_faulty_configuration_ends_it_for_good_and_the_journal_names_the_line(self):
        configure(interval="an hour")
        with open(CONFIG, encoding="utf-8") as stream:
            line = 1 + [n for n, text in enumerate(stream) if "an hour" in text][0]
        self.assertNotEqual(status_of("systemctl", "start", UNIT), 0)
        self.expect_refusal(78)
        event, = self.journal.events("CONFIG_ERROR")
        self.assertIn(f"{CONFIG}:{line}: /interval: ", event["MESSAGE"])
        self.assertEqual(event["PRIORITY"], "3")

    def test_without_a_configuration_it_does_not_become_active(self):
        self.assertNotEqual(status_of("systemctl", "start", UNIT), 0)
        self.expect_refusal(78)
        self.assertIn(CONFIG, self.journal.events("CONFIG_ERROR")[0]["MESSAGE"])

    def test_a_command_line_that_is_none_ends_it_for_good(self):
        configure()
        drop_in("[Service]\nExecStart=\nExecStart=/usr/bin/cmkd --no-such-option\n")
        self.assertNotEqual(status_of("systemctl", "start", UNIT), 0)
        self.expect_refusal(64)

    def test_it_goes_on_after_a_start_in_which_it_cannot_see_azure(self):
        configure()
        SIM.ask("POST", "/_sim/faults", [{"match": ".*/vaults/.*", "status": 403, "code": "Forbidden",
                                          "times": 1}])
        start()
        self.journal.wait_event("FORBIDDEN")
        self.assertEqual(show("ActiveState"), "active")


class Signals(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        configure()
        self.journal = Journal()
        start()
        self.journal.wait_event("PASS_QUIET")

    def test_usr1_has_a_change_repaired_at_once(self):
        SIM.open_firewall()
        signal("USR1")
        self.journal.wait_event("REPAIRED", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertEqual(SIM.firewall(), "Deny")

    def test_usr2_writes_the_status(self):
        signal("USR2")
        self.journal.wait_event("STATUS")
        told = self.journal.wait_event("STATUS", CMKD_STACK="prod")
        self.assertIn("in sync", told["MESSAGE"])

    def test_stop_lets_a_write_in_flight_come_to_its_end(self):
        SIM.ask("POST", "/_sim/faults", [{"op": "delay", "match": "PATCH .*/vaults/", "ms": 2000}])
        SIM.open_firewall()
        signal("USR1")
        SIM.wait("PATCH .*/vaults/")
        begun = monotonic()
        run("systemctl", "stop", UNIT)
        self.assertLess(monotonic() - begun, 15)
        self.assertEqual([entry["status"] for entry in SIM.writes()], [200])
        self.assertEqual(SIM.firewall(), "Deny")
        self.assertIn("Deactivated successfully", self.journal.of_unit()[-2]["MESSAGE"])
        self.assertEqual(len(self.journal.events("STOPPING")), 1)

    def test_stop_begins_nothing_new(self):
        SIM.ask("POST", "/_sim/faults", [{"op": "delay", "match": "GET .*/vaults/", "ms": 500}])
        SIM.open_firewall()
        before = SIM.ask("GET", "/_sim/log")["entries"][-1]["seq"]
        signal("USR1")
        SIM.wait("GET .*/vaults/", since=before)
        run("systemctl", "stop", UNIT)
        self.assertEqual(SIM.writes(), [])
        self.assertEqual(self.journal.events("PASS"), [], "what was cut short came to something")


class Restart(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        configure()
        self.journal = Journal()

    def test_a_loop_that_is_stuck_is_killed_and_started_again(self):
        drop_in("[Service]\nWatchdogSec=1\nRestartSec=50ms\n")
        start()
        stuck = main_pid()
        signal("STOP")
        self.journal.wait_event("STARTED", nth=2)
        self.assertNotEqual(main_pid(), stuck)
        self.assertEqual(show("ActiveState", "NRestarts"), ("active", "1"))
        results = [entry["UNIT_RESULT"] for entry in self.journal.of_unit()
                   if "UNIT_RESULT" in entry]
        self.assertEqual(results, ["watchdog"])

    def test_a_loop_that_turns_is_left_alone_by_the_watchdog(self):
        drop_in("[Service]\nWatchdogSec=1\n")
        SIM.ask("POST", "/_sim/faults", [{"op": "delay", "match": "GET .*/vaults/[^/]*$", "ms": 2500}])
        start()  # its first pass takes longer than the watchdog's patience
        self.journal.wait_event("PASS_QUIET")
        self.assertEqual(show("ActiveState", "NRestarts"), ("active", "0"))

    def test_a_crash_is_followed_by_a_start(self):
        drop_in("[Service]\nRestartSec=50ms\n")
        start()
        signal("SEGV")
        self.journal.wait_event("STARTED", nth=2)
        self.assertEqual(show("ActiveState", "NRestarts"), ("active", "1"))

    def test_a_crash_loop_ends_as_a_failed_unit(self):
        drop_in("[Service]\nRestartSec=1ms\n")
        limit = int(show("StartLimitBurst"))
        start()
        for nth in range(1, limit + 1):
            self.journal.wait_event("STARTED", nth=nth)
            signal("KILL")
        self.journal.wait("the end of the loop", lambda entry: entry.get("UNIT") == UNIT and
                          "Start request repeated too quickly" in entry["MESSAGE"])
        self.assertEqual(show("ActiveState"), "failed")
        self.assertIn(UNIT, run("systemctl", "--failed", "--plain", "--no-legend"))
        self.assertEqual(run("systemctl", "is-system-running", check=False), "degraded\n")
