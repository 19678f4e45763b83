"""What an operator reads: entries, their fields, and the texts of the catalog."""
import re
import unittest

from machine import IDS, ONE, SIM, Journal, clean, configure, run, signal, start

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Entries(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(clean)
        configure()
        self.journal = Journal()
        start()
        self.journal.wait_event("PASS_QUIET")

    def test_a_repair_is_one_line_with_the_same_facts_as_fields(self):
        SIM.open_firewall()
        signal("USR1")
        entry = self.journal.wait_event("REPAIRED")
        expected = {
            "PRIORITY": "5", "SYSLOG_IDENTIFIER": "cmkd", "_SYSTEMD_UNIT": "cmkd.service",
            "CMKD_STACK": "prod", "CMKD_OUTCOME": "patch",
            "CMKD_PATH": "properties.networkAcls.defaultAction",
            "CMKD_OBSERVED": "Allow", "CMKD_DESIRED": "Deny",
            "AZURE_RESOURCE_ID": ONE.vault_id,
        }
        self.assertEqual({name: entry.get(name) for name in expected}, expected)
        for name in ("CMKD_PASS", "AZURE_CORRELATION_ID", "AZURE_REQUEST_ID"):
            self.assertRegex(entry.get(name, ""), f"^{UUID}$", name)
        self.assertTrue(entry.get("CMKD_CONTROL"))
        self.assertEqual(entry["MESSAGE"],
                         "prod: kv-openai-prod: properties.networkAcls.defaultAction was Allow, is "
                         f"Deny again [{entry['AZURE_CORRELATION_ID']}]")

    def test_azures_code_is_a_field(self):
        SIM.ask("POST", "/_sim/faults", [{"match": "GET .*/vaults/[^/]*$", "status": 403,
                                          "code": "AuthorizationFailed"}])
        signal("USR1")
        entry = self.journal.wait_event("FORBIDDEN", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertEqual((entry["AZURE_ERROR_CODE"], entry["PRIORITY"]), ("AuthorizationFailed", "3"))

    def test_journalctl_explains_an_entry_with_its_facts(self):
        SIM.open_firewall()
        signal("USR1")
        entry = self.journal.wait_event("REPAIRED")
        text = run("journalctl", "-x", "-q", f"--cursor={entry['__CURSOR']}", "-n", "1")
        self.assertIn("Subject: A resource was changed back to what is declared", text)
        self.assertIn('networkAcls.defaultAction of ' + ONE.vault_id + ' was Allow; it is Deny again.',
                      " ".join(re.sub("(?m)^.. ", "", text).split()))

    def test_nothing_above_debug_is_told_while_all_is_as_declared(self):
        quiet = Journal()
        for nth in range(1, 6):
            signal("USR1")
            quiet.wait_event("PASS_QUIET", nth=nth)
        loud = [entry["MESSAGE"] for entry in quiet.told() if int(entry["PRIORITY"]) < 7]
        self.assertEqual(loud, [])


class Catalog(unittest.TestCase):

    def test_the_catalog_of_the_system_explains_every_event(self):
        known = set(re.findall(r"(?m)^([0-9a-f]{32}) cmkd: \S", run("journalctl", "--list-catalog")))
        self.assertEqual(set(IDS.values()) - known, set(), "without an entry")
        self.assertEqual(known - set(IDS.values()), set(), "an entry for nothing")
