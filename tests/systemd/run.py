#!/usr/bin/env python3
"""Installs the package in the booted system and runs the tests on it.

usage: run.py AZSIM PACKAGE [TEST]...     run.sh calls it, inside of boot.sh
"""
import glob
import os
import sys
import unittest
from time import monotonic

import machine

# A host that keeps its packages from starting services; and that has an index of its man pages made
# with each package, which takes seconds.
OF_THE_HOST = ("/usr/sbin/policy-rc.d", "/var/lib/man-db/auto-update")


class Result(unittest.TextTestResult):
    """Says how long each took."""

    def startTest(self, test):
        self.begun_s = monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.stream.write(f"{monotonic() - self.begun_s:.1f} s ")
        super().addSuccess(test)


def modules():
    here = os.path.dirname(os.path.abspath(__file__))
    return sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(here, "test_*.py")))


def main(azsim, package, *tests):
    for path in OF_THE_HOST:
        if os.path.exists(path):
            os.unlink(path)
    machine.PACKAGE = package
    print(machine.run("dpkg", "--install", package), flush=True)
    machine.SIM.begin(azsim)
    try:
        suite = unittest.defaultTestLoader.loadTestsFromNames(tests or modules())
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2,
                                         resultclass=Result).run(suite)
    finally:
        machine.SIM.end()
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main(*sys.argv[1:])
