#!/usr/bin/env python3
"""Installs the package in the booted system and runs the tests on it.

usage: run.py AZSIM PACKAGE [TEST]...     run.sh calls it, inside of boot.sh
"""
import glob
import os
import sys
import unittest

import machine

POLICY = "/usr/sbin/policy-rc.d"  # a host that keeps its packages from starting services


def modules():
    here = os.path.dirname(os.path.abspath(__file__))
    return sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(here, "test_*.py")))


def main(azsim, package, *tests):
    if os.path.exists(POLICY):
        os.unlink(POLICY)
    machine.PACKAGE = package
    print(machine.run("dpkg", "--install", package), flush=True)
    machine.SIM.begin(azsim)
    try:
        suite = unittest.defaultTestLoader.loadTestsFromNames(tests or modules())
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    finally:
        machine.SIM.end()
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main(*sys.argv[1:])
