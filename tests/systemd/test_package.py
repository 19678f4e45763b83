"""The life of the package: installed, upgraded, removed, purged, with the service at work."""
import glob
import os
import re
import shutil
import unittest

import machine
from machine import (CONFIG, ONE, SIM, STATE, UNIT, Journal, clean, configure, main_pid, run, show,
                     start, status_of)

WORK = "/run/package"
NEXT = "99.0"
ORDER = os.path.join(STATE, "orders", "hold-prod.json")
EXAMPLE = CONFIG + ".example"


def rebuilt():
    """The same package, of a higher version."""
    shutil.rmtree(WORK, ignore_errors=True)
    os.mkdir(WORK)
    run("dpkg-deb", "--raw-extract", machine.PACKAGE, WORK + "/tree")
    path = WORK + "/tree/DEBIAN/control"
    with open(path, encoding="utf-8") as stream:
        control = re.sub("(?m)^Version: .*$", f"Version: {NEXT}", stream.read())
    machine.write(path, control)
    run("dpkg-deb", "--build", "-Znone", WORK + "/tree", WORK + "/next.deb")
    return WORK + "/next.deb"


def installed_version():
    return run("dpkg-query", "-W", "-f", "${Version}", "cmkd")


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


class Package(unittest.TestCase):

    def setUp(self):
        SIM.reset()
        self.addCleanup(self.restore)
        configure()
        self.written = read(CONFIG)
        self.journal = Journal()
        start()
        self.journal.wait_event("PASS_QUIET")

    def restore(self):
        """As the other tests expect it."""
        run("dpkg", "--purge", "cmkd")
        clean()
        run("dpkg", "--install", machine.PACKAGE)

    def expect_held(self):
        self.journal.wait_event("HELD", AZURE_RESOURCE_ID=ONE.vault_id)
        self.assertEqual(SIM.writes(), [])

    def test_an_upgrade_restarts_what_runs_and_keeps_orders_and_configuration(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        SIM.open_firewall()
        before = main_pid()
        run("dpkg", "--install", rebuilt())
        self.assertEqual(installed_version(), NEXT)
        self.assertEqual(show("ActiveState"), "active")
        self.assertNotEqual(main_pid(), before)
        self.assertEqual(read(CONFIG), self.written)
        self.expect_held()

    def test_an_upgrade_starts_nothing_that_does_not_run(self):
        run("systemctl", "enable", UNIT)
        run("systemctl", "stop", UNIT)
        run("dpkg", "--install", rebuilt())
        self.assertEqual(show("ActiveState"), "inactive")

    def test_removal_stops_it_and_leaves_configuration_and_orders(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        before = main_pid()
        run("dpkg", "--remove", "cmkd")
        self.assertFalse(os.path.exists(f"/proc/{before}"))
        self.assertEqual(show("LoadState"), "not-found")
        self.assertEqual(len(self.journal.events("STOPPING")), 1)
        self.assertEqual(read(CONFIG), self.written)
        self.assertTrue(os.path.exists(ORDER))
        self.assertFalse(os.path.exists("/usr/bin/cmkd"))

        SIM.open_firewall()
        run("dpkg", "--install", machine.PACKAGE)
        start()
        self.expect_held()

    def test_purging_takes_what_it_kept_and_never_a_configuration_that_somebody_wrote(self):
        run("cmkctl", "hold", "--reason=SEC-1", "prod")
        run("systemctl", "enable", UNIT)
        run("dpkg", "--purge", "cmkd")
        self.assertEqual(read(CONFIG), self.written)
        self.assertFalse(os.path.exists(EXAMPLE))
        self.assertFalse(os.path.exists(STATE))
        self.assertEqual(glob.glob("/etc/systemd/system/**/*cmkd*", recursive=True), [])
        self.assertEqual(run("journalctl", "--list-catalog").count(" cmkd: "), 0)

    def test_a_first_installation_enables_and_starts_nothing(self):
        run("dpkg", "--purge", "cmkd")
        clean()
        run("dpkg", "--install", machine.PACKAGE)
        self.assertEqual(show("ActiveState", "UnitFileState"), ("inactive", "disabled"))
        self.assertEqual(status_of("cmkd", "--check-config", "--config", EXAMPLE), 0)
