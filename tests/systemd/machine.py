"""machine.py: the booted system as the tests see it: the journal, the service, azsim.

Whoever waits, waits for an entry of the journal or for a request that azsim has seen.
"""
import json
import os
import queue
import re
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.request

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests", "demo"))

from deployment import Deployment, config, seed  # noqa: E402

UNIT = "cmkd.service"
CONFIG = "/etc/cmkd/cmkd.json"
STATE = "/var/lib/cmkd"
DROP_INS = "/run/systemd/system/cmkd.service.d"
ONE = Deployment(1)
PATIENCE_S = 30  # for what takes a second


def run(*command, check=True, **options):
    """Both outputs as one text."""
    done = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {done.returncode}: {done.stdout}")
    return done.stdout


def status_of(*command, **options):
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=120, **options).returncode


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


# ---- the journal -----------------------------------------------------------------------------

def event_ids():
    """The MESSAGE_ID of each event by its name, out of the code."""
    with open(os.path.join(TREE, "lib", "report", "events.c"), encoding="utf-8") as stream:
        ids = dict(re.findall(r'\[EVENT_\w+\] = \{"(\w+)", "([0-9a-f]{32})"', stream.read()))
    assert len(ids) > 30, ids
    return ids


IDS = event_ids()


class Journal:
    """What the journal gets from here on."""

    def __init__(self):
        run("journalctl", "--sync")
        shown = run("journalctl", "-q", "-n", "0", "--show-cursor")
        self.cursor = re.search(r"-- cursor: (\S+)", shown).group(1)

    def entries(self):
        """What is there by now."""
        run("journalctl", "--sync")
        # Matches would make journalctl 252 skip the first entry after the cursor that fits them.
        text = run("journalctl", "-q", "-o", "json", "--all", "--after-cursor", self.cursor)
        return [json.loads(line) for line in text.splitlines()]

    def told(self):
        """What cmkd has told."""
        return [entry for entry in self.entries() if entry.get("SYSLOG_IDENTIFIER") == "cmkd"]

    def events(self, name):
        return [entry for entry in self.told() if entry.get("MESSAGE_ID") == IDS[name]]

    def of_unit(self):
        """What PID 1 has told of the service."""
        return [entry for entry in self.entries() if entry.get("UNIT") == UNIT]

    def wait(self, what, fits, seconds=PATIENCE_S):
        """The first entry that fits, which may be there already; a failure if it does not come."""
        follower = subprocess.Popen(
            ["journalctl", "-q", "-f", "--no-tail", "-o", "json", "--all", "--after-cursor",
             self.cursor], stdout=subprocess.PIPE, text=True)
        lines = queue.Queue()

        def read():
            for line in follower.stdout:
                lines.put(line)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        seen = []
        try:
            while True:
                entry = json.loads(lines.get(timeout=seconds))
                seen.append(entry.get("MESSAGE"))
                if fits(entry):
                    return entry
        except queue.Empty:
            raise AssertionError(f"{what} did not come; there were: {seen}") from None
        finally:
            follower.kill()
            follower.wait()
            reader.join()
            follower.stdout.close()

    def wait_event(self, name, nth=1, **fields):
        """The nth event of that name with those fields."""
        left = [nth]

        def fits(entry):
            good = (entry.get("SYSLOG_IDENTIFIER") == "cmkd" and entry.get("MESSAGE_ID") == IDS[name]
                    and all(entry.get(field) == value for field, value in fields.items()))
            left[0] -= good
            return good and left[0] == 0

        return self.wait(f"{name} {fields or ''}", fits)


# ---- the service -----------------------------------------------------------------------------

def show(*names):
    """The values of properties of the service; of one, if one is asked for."""
    text = run("systemctl", "show", UNIT, *[f"--property={name}" for name in names])
    values = dict(line.split("=", 1) for line in text.splitlines())
    return values[names[0]] if len(names) == 1 else tuple(values[name] for name in names)


def main_pid():
    pid = int(show("MainPID"))
    assert pid > 0, "cmkd does not run"
    return pid


def start():
    return run("systemctl", "start", UNIT)


def signal(name):
    run("systemctl", "kill", "--kill-whom=main", f"--signal={name}", UNIT)


def drop_in(text):
    """More of the unit, for one test."""
    write(os.path.join(DROP_INS, "50-test.conf"), text)
    run("systemctl", "daemon-reload")


def configure(**changes):
    """Puts a configuration of one stack in place, with other top-level keys than the usual."""
    document = config(SIM.folder, "enforce", [ONE])
    document.update({"interval": "P1D", "stateDirectory": STATE}, **changes)
    write(CONFIG, json.dumps(document, indent=1))


def clean():
    """The service as it is after its installation, and never started."""
    run("systemctl", "stop", UNIT, check=False)
    shutil.rmtree(DROP_INS, ignore_errors=True)
    run("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", UNIT, check=False)
    shutil.rmtree(STATE, ignore_errors=True)
    if os.path.exists(CONFIG):
        os.unlink(CONFIG)


# ---- azsim -----------------------------------------------------------------------------------

class Azsim:
    """One for all tests; each begins with what it needs."""

    folder = "/run/azsim"

    def begin(self, program):
        os.makedirs(self.folder, mode=0o755)
        self.process = subprocess.Popen([program, "--state-dir", self.folder],
                                        stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline().split()
        assert ready[:2] == ["azsim", "ready"], ready
        self.url = "https://127.0.0.1:" + ready[2].rsplit(":", 1)[1]
        os.chmod(os.path.join(self.folder, "ca.pem"), 0o644)
        context = ssl.create_default_context(cafile=os.path.join(self.folder, "ca.pem"))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPSHandler(context=context))

    def end(self):
        self.process.terminate()
        self.process.communicate()

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        with self.opener.open(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def reset(self, **settings):
        """One deployment, all as it must be; nothing goes wrong, nothing was asked."""
        begun = seed([ONE])
        begun["settings"].update(settings)
        self.ask("DELETE", "/_sim/faults")
        self.ask("POST", "/_sim/seed", begun)
        self.ask("DELETE", "/_sim/log")

    def drift(self, resource, patch):
        self.ask("POST", "/_sim/drift", {"id": resource, "patch": patch})

    def open_firewall(self):
        """Somebody opens the vault's firewall."""
        self.drift(ONE.vault_id, {"properties": {"networkAcls": {"defaultAction": "Allow"}}})

    def firewall(self):
        live = self.ask("GET", "/_sim/state")["live"]
        vault = next(body for name, body in live.items() if name.lower() == ONE.vault_id.lower())
        return vault["properties"]["networkAcls"]["defaultAction"]

    def log(self, kind):
        return [entry for entry in self.ask("GET", "/_sim/log")["entries"] if entry["kind"] == kind]

    def writes(self):
        return [entry for entry in self.log("azure") if entry["method"] not in ("GET", "HEAD")]

    def wait(self, match, since=0):
        return self.ask("POST", "/_sim/await", {"match": match, "since": since})


SIM = Azsim()
