"""The README's ten minutes, word for word: what it says that a new user types is what runs here."""
import os
import re
import unittest

from machine import SIM, TREE, Journal, clean, run

# These make the package and install it: run.sh and run.py have done so, before the boot.
BEFORE = ("sh tests/package.sh", "apt-get install")
PLAY = "/run/play"  # the machine's own azsim is in the usual place


def commands():
    with open(os.path.join(TREE, "README.md"), encoding="utf-8") as stream:
        block = re.search(r"<!-- ten minutes -->\n```sh\n(.*?)```", stream.read(), re.S).group(1)
    lines = [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]
    assert [line.startswith(start) for line, start in zip(lines, BEFORE)] == [True, True], lines
    return lines[len(BEFORE):]


class TenMinutes(unittest.TestCase):

    def setUp(self):
        self.addCleanup(clean)
        self.environment = dict(os.environ, PLAY=PLAY, BIN=os.path.dirname(SIM.process.args[0]))

    def type(self, line):
        return run("sh", "-c", line, cwd=TREE, env=self.environment)

    def test_they_work_word_for_word(self):
        journal = Journal()
        self.addCleanup(self.type, "sh tests/demo/play.sh stop")
        said = {line: self.type(line) for line in commands()}
        journal.wait_event("REPAIRED", CMKD_PATH="properties.networkAcls.defaultAction")
        reconciled = said["cmkctl reconcile --wait"]
        self.assertIn("prod: ", reconciled)
        self.assertRegex(said["journalctl -u cmkd -n 5 --no-pager"],
                         r"defaultAction was Allow, is Deny again \[[0-9a-f-]{36}\]")
        self.assertRegex(said["cmkctl status"], r"prod +enforce +(insync|repaired) ")
        history = said["cmkctl history --path properties.networkAcls"]
        self.assertRegex(history, r"20\S+Z to 20\S+Z( \(\d+ s\))?  prod: kv-openai-prod: "
                                  r"properties\.networkAcls\.defaultAction was "
                                  r'"?Allow"?, declared "?Deny"?: changed by [^:]+: repaired \[[0-9a-f-]{36}\]; '
                                  r"last seen right 20")

    def test_what_it_shows_beside_works_too(self):
        self.addCleanup(self.type, "sh tests/demo/play.sh stop")
        for line in commands()[:3]:
            self.type(line)
        self.assertIn("prod: on hold, by root", self.type("cmkctl hold prod --reason SEC-1"))
        self.assertIn("prod: released", self.type("cmkctl release prod"))
        self.assertIn("held at true", self.type("cmkctl explain vault.properties.enablePurgeProtection"))
