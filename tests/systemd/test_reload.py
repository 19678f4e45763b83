"""What systemctl reload does with a good file and with a bad one."""
import unittest

from machine import (CONFIG, ONE, SIM, UNIT, Journal, clean, configure, main_pid, run, show, signal,
                     start, status_of, write)

BAD = '{\n  "interval": "PT1M",\n  "stacks": 7\n}\n'
NETWORK = {"properties": {"publicNetworkAccess": "Enabled"}}


def reload():
    run("systemctl", "reload", UNIT)


class Reload(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        self.journal = Journal()

    def begin(self, **changes):
        configure(**changes)
        start()
        self.journal.wait_event("PASS_QUIET")
        self.pid = main_pid()
        self.tokens = len(SIM.log("token"))
        self.assertGreater(self.tokens, 0)

    def refuse(self):
        """A reload of a bad file, which systemctl's status tells too."""
        write(CONFIG, BAD)
        self.assertNotEqual(status_of("systemctl", "reload", UNIT), 0)
        return self.journal.wait_event("RELOAD_REFUSED")

    def expect_same_process(self):
        self.assertEqual(main_pid(), self.pid)
        self.assertEqual(show("ActiveState", "NRestarts"), ("active", "0"))
        self.assertEqual(len(SIM.log("token")), self.tokens, "a token was asked for again")

    def test_a_good_file_comes_into_force_with_the_tokens_of_before(self):
        self.begin(mode="audit")
        SIM.open_firewall()
        signal("USR1")
        self.journal.wait_event("DRIFT", AZURE_RESOURCE_ID=ONE.vault_id)
        configure(mode="enforce")
        reload()
        self.journal.wait_event("REPAIRED", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertIn("0 of them in audit mode", self.journal.events("LOADED")[1]["MESSAGE"])
        self.expect_same_process()

    def test_a_bad_file_is_refused_by_its_line_and_the_one_from_before_stays(self):
        self.begin()
        refused = self.refuse()
        self.assertIn(f"{CONFIG}:3: /stacks", refused["MESSAGE"])
        self.assertEqual(refused["PRIORITY"], "3")
        SIM.open_firewall()
        signal("USR1")
        self.journal.wait_event("REPAIRED", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertEqual(len(self.journal.events("LOADED")), 1)
        self.expect_same_process()

    def test_a_refusal_stands_in_the_status_until_a_file_is_good(self):
        self.begin()
        self.refuse()
        self.assertIn("REFUSED", show("StatusText"))
        signal("USR1")
        self.journal.wait_event("PASS_QUIET", nth=2)
        signal("USR2")  # a turn of the loop later the manager knows what the pass came to
        self.journal.wait_event("STATUS")
        self.assertIn("REFUSED", show("StatusText"))
        configure()
        reload()
        self.journal.wait_event("PASS_QUIET", nth=3)
        signal("USR2")
        self.journal.wait_event("STATUS", CMKD_STACK="prod", nth=2)
        self.assertNotIn("REFUSED", show("StatusText"))

    def expect_operation_to_go_on(self, load):
        """Azure is at work for some seconds when the file is read again."""
        SIM.reset(operation=3)
        self.begin()
        SIM.drift(ONE.account_id, NETWORK)
        signal("USR1")
        self.journal.wait_event("REPAIRING", AZURE_RESOURCE_ID=ONE.account_id)
        load()
        self.journal.wait_event("REPAIRED", AZURE_RESOURCE_ID=ONE.account_id)
        self.assertEqual(len(SIM.writes()), 1)
        self.expect_same_process()

    def test_an_operation_goes_on_over_a_good_file(self):
        def load():
            configure(mode="enforce", interval="PT12H")
            reload()
            self.journal.wait_event("LOADED", nth=2)

        self.expect_operation_to_go_on(load)

    def test_an_operation_goes_on_over_a_bad_file(self):
        self.expect_operation_to_go_on(self.refuse)
