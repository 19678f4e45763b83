"""A secret that comes by LoadCredential=, and where it must not be found."""
import glob
import os
import subprocess
import unittest
import uuid
from signal import SIGABRT

from deployment import TENANT
from machine import (SIM, UNIT, Journal, clean, configure, drop_in, main_pid, run, show, signal, start,
                     write)

CLIENT = "66666666-6666-4666-8666-000000000001"
FILE = "/etc/cmkd/azure.secret"
CORE = "/run/core"


def as_cmkd(*command):
    return ("setpriv", "--reuid=cmkd", "--regid=cmkd", "--clear-groups", "--", *command)


class Secret(unittest.TestCase):

    def setUp(self):
        self.addCleanup(clean)
        self.addCleanup(self.remove)
        self.secret = uuid.uuid4().hex
        SIM.reset()
        SIM.ask("POST", "/_sim/seed", dict(SIM.ask("GET", "/_sim/state"), clients=[
            {"tenantId": TENANT, "clientId": CLIENT, "secret": self.secret, "objectId": CLIENT}]))
        write(FILE, self.secret)
        os.chmod(FILE, 0o600)
        drop_in(f"[Service]\nLoadCredential=azure:{FILE}\nRestartSec=50ms\n")
        configure(credential={"type": "clientSecret", "tenantId": TENANT, "clientId": CLIENT,
                              "secretFile": "azure"})
        self.journal = Journal()
        start()
        self.journal.wait_event("PASS_QUIET")  # Azure's tokens were to be had for the secret
        self.pid = main_pid()

    def remove(self):
        for path in [FILE, *glob.glob(CORE + "*")]:
            os.unlink(path)

    def expect_no_secret_in(self, text, where):
        self.assertGreater(len(text), 0, where)
        self.assertNotIn(self.secret.encode(), text, where)

    def test_the_token_was_got_with_it(self):
        self.assertTrue(SIM.log("token"))
        self.assertIn("1 of 1 stack in sync", show("StatusText"))

    def test_it_is_not_in_what_the_manager_shows(self):
        self.expect_no_secret_in(run("systemctl", "show", UNIT).encode(), "systemctl show")
        self.expect_no_secret_in(run("systemctl", "status", UNIT).encode(), "systemctl status")
        self.expect_no_secret_in(run("systemctl", "cat", UNIT).encode(), "systemctl cat")

    def test_it_is_not_in_the_journal(self):
        SIM.open_firewall()
        signal("USR1")
        self.journal.wait_event("REPAIRED")
        SIM.ask("POST", "/_sim/faults", [{"match": "POST .*/token", "status": 401, "times": 0}])
        run("systemctl", "restart", UNIT)
        self.journal.wait_event("FORBIDDEN")
        signal("USR2")
        self.journal.wait_event("STATUS")
        run("journalctl", "--sync")
        self.expect_no_secret_in(run("journalctl", "-q", "-o", "export", "--all").encode(), "journal")

    def test_what_azure_repeats_of_it_is_not_in_the_journal_either(self):
        """Every priority is there; the other types of credential: tests/flow/test_secrets.c."""
        for match, text, nth in (("POST .*/token", "AADSTS7000215: (@proof)", 1),
                                 ("https://management.azure.com", "(@authorization)", 2)):
            SIM.ask("DELETE", "/_sim/faults")
            SIM.ask("POST", "/_sim/faults", [{"match": match, "status": 401, "times": 0, "body": {
                "error": {"code": "Repeated", "message": text}, "error_description": text}}])
            run("systemctl", "restart", UNIT)
            self.journal.wait_event("FORBIDDEN", nth=nth)
        run("journalctl", "--sync")
        journal = run("journalctl", "-q", "-o", "export", "--all").encode()
        self.expect_no_secret_in(journal, "journal")
        self.assertNotRegex(journal, rb"azsim\.[0-9a-f]{8}-")  # a token
        self.assertIn(b"****", journal)
        self.assertIn(b"PRIORITY=7", journal)

    def test_it_is_not_in_proc(self):
        for name in ("environ", "cmdline", "status", "maps"):
            with open(f"/proc/{self.pid}/{name}", "rb") as stream:
                self.expect_no_secret_in(stream.read(), name)

    def test_its_file_is_for_cmkd_alone(self):
        with open(f"/proc/{self.pid}/environ", "rb") as stream:
            folder = dict(line.split(b"=", 1) for line in stream.read().split(b"\0") if line)[
                b"CREDENTIALS_DIRECTORY"].decode()
        path = os.path.join(folder, "azure")
        self.assertEqual(run(*as_cmkd("cat", path)), self.secret)
        reader = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--",
                                 "cat", path], check=False, capture_output=True)
        self.assertNotEqual(reader.returncode, 0)

    def test_nobody_of_its_user_can_take_its_memory(self):
        done = subprocess.run(as_cmkd("gcore", "-o", CORE, str(self.pid)), check=False,
                              capture_output=True, text=True, cwd="/")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("ptrace: Operation not permitted", done.stdout + done.stderr)
        self.assertEqual(os.stat(f"/proc/{self.pid}/environ").st_uid, 0, "it is dumpable")

    def test_it_is_not_in_its_memory_once_it_has_been_used(self):
        run("gcore", "-o", CORE, str(self.pid), cwd="/")  # root may
        with open(f"{CORE}.{self.pid}", "rb") as stream:
            core = stream.read()
        self.assertIn(CLIENT.encode(), core)  # it is this process's memory
        self.expect_no_secret_in(core, "memory")

    def test_a_crash_leaves_no_core(self):
        limits = run("prlimit", f"--pid={self.pid}", "--core", "--noheadings", "--output=SOFT,HARD")
        self.assertEqual(limits.split(), ["0", "0"])
        signal("ABRT")
        self.journal.wait_event("STARTED", nth=2)
        died, = [entry for entry in self.journal.of_unit() if "EXIT_CODE" in entry]
        self.assertEqual(died["EXIT_STATUS"], str(int(SIGABRT)))
        self.assertEqual(died["EXIT_CODE"], "killed")  # not "dumped"
