"""Who may ask and who may order, over the control socket and by cmkctl; and that orders last."""
import grp
import json
import os
import pwd
import unittest

from machine import (ONE, SIM, STATE, UNIT, Journal, clean, configure, run, show, signal, start,
                     status_of, write)

STRANGER = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")
MEMBER = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=cmkd", "--")
ORDER = os.path.join(STATE, "orders", "hold-prod.json")
UNAVAILABLE, NOT_ALLOWED = 69, 77


class Control(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        configure()
        self.journal = Journal()
        start()
        self.journal.wait_event("PASS_QUIET")

    def expect_no_order(self):
        self.assertFalse(os.path.exists(ORDER))
        self.assertEqual(self.journal.events("HOLD"), [])


class Rights(Control):

    def test_a_stranger_is_refused(self):
        for command in (["status"], ["plan"], ["key"], ["reconcile"], ["hold", "--reason=R", "prod"]):
            self.assertEqual(status_of(*STRANGER, "cmkctl", *command), NOT_ALLOWED, command)
        self.expect_no_order()

    def test_a_stranger_who_has_got_hold_of_the_socket_is_refused_by_the_daemon(self):
        os.chmod("/run/cmkd", 0o755)
        os.chmod("/run/cmkd/io.cmkd", 0o666)
        self.assertEqual(status_of(*STRANGER, "cmkctl", "status"), NOT_ALLOWED)

    def test_a_member_of_the_group_may_ask(self):
        self.assertIn("prod", run(*MEMBER, "cmkctl", "status"))
        document = json.loads(run(*MEMBER, "cmkctl", "status", "--json"))
        self.assertEqual(document["stacks"][0]["state"], "insync")
        document = json.loads(run(*MEMBER, "cmkctl", "key", "--json"))
        self.assertEqual(document["keys"][0]["sight"], "present")

    def test_a_member_of_the_group_may_have_it_look_and_repair(self):
        SIM.open_firewall()
        run(*MEMBER, "cmkctl", "reconcile", "--wait")
        self.assertEqual(SIM.firewall(), "Deny")

    def test_a_member_of_the_group_may_not_order(self):
        self.assertEqual(status_of(*MEMBER, "cmkctl", "hold", "--reason=R", "prod"), NOT_ALLOWED)
        self.expect_no_order()
        run("cmkctl", "hold", "--reason=R", "prod")
        self.assertEqual(status_of(*MEMBER, "cmkctl", "release", "prod"), NOT_ALLOWED)
        self.assertTrue(os.path.exists(ORDER))

    def test_root_may_order(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        told, = self.journal.events("HOLD")
        self.assertEqual(told["CMKD_STACK"], "prod")
        self.assertIn("SEC-1", told["MESSAGE"])
        SIM.open_firewall()
        signal("USR1")
        self.journal.wait_event("HELD", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertEqual(SIM.writes(), [])
        run("cmkctl", "release", "prod")
        self.journal.wait_event("RELEASE")
        self.journal.wait_event("REPAIRED", AZURE_RESOURCE_ID=ONE.vault_id)

    def test_without_the_daemon_cmkctl_says_so(self):
        run("systemctl", "stop", UNIT)
        self.assertEqual(status_of("cmkctl", "status"), UNAVAILABLE)
        self.assertIn("not run", run("cmkctl", "status", check=False))


class Orders(Control):

    def expect_to_hold(self):
        self.journal.wait_event("HELD", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertIn("on hold: prod", show("StatusText"))
        self.assertEqual(SIM.writes(), [])

    def test_a_hold_survives_a_restart(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        SIM.open_firewall()
        run("systemctl", "restart", UNIT)
        self.expect_to_hold()

    def test_a_hold_survives_a_crash(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        SIM.open_firewall()
        signal("KILL")
        run("systemctl", "restart", UNIT)
        self.expect_to_hold()

    def test_an_order_s_file_is_for_cmkd_alone(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        for path, mode in ((STATE, 0o700), (os.path.dirname(ORDER), 0o700), (ORDER, 0o600)):
            found = os.stat(path)
            self.assertEqual((found.st_uid, found.st_gid, found.st_mode & 0o777),
                             (pwd.getpwnam("cmkd").pw_uid, grp.getgrnam("cmkd").gr_gid, mode), path)

    def test_a_hold_that_root_records_while_it_does_not_run_holds_from_its_start_on(self):
        run("systemctl", "stop", UNIT)
        self.assertEqual(status_of("cmkctl", "hold", "--reason=SEC-1", "prod"), 75)
        SIM.open_firewall()
        start()
        self.expect_to_hold()

    def test_an_order_that_cannot_be_read_stops_every_write(self):
        write(ORDER, "{")
        os.chown(ORDER, pwd.getpwnam("cmkd").pw_uid, -1)
        SIM.open_firewall()
        signal("USR1")
        told = self.journal.wait_event("ORDERS_UNREADABLE")
        self.assertIn("hold-prod.json", told["MESSAGE"])
        self.journal.wait_event("HELD", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertEqual(SIM.writes(), [])


class History(Control):

    def test_it_tells_from_when_to_when_the_firewall_was_open(self):
        SIM.open_firewall()
        signal("USR1")
        repaired = self.journal.wait_event("REPAIRED")
        text = run("cmkctl", "history", "--path", "properties.networkAcls", "prod")
        self.assertIn(repaired["AZURE_CORRELATION_ID"], text)
        self.assertRegex(text, r"20\S+Z to 20\S+Z( \(\d+ s\))?  prod: kv-openai-prod: .* was \S*Allow")

    def test_a_member_of_the_journal_s_group_reads_it_too(self):
        SIM.open_firewall()
        signal("USR1")
        repaired = self.journal.wait_event("REPAIRED")
        text = run("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=systemd-journal", "--",
                   "cmkctl", "history", "--json")
        self.assertIn(repaired["AZURE_CORRELATION_ID"], text)
