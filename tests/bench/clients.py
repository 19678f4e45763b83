"""What is measured: a process that runs and ends, and a cmkd that stays, pass after pass."""
import atexit
import json
import os
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import time

SAMPLE_S = 0.004  # between two looks at the memory of a process that ends by itself
POLL_S = 0.004    # between two looks whether a pass is over
IDLE_S = 0.03     # in which nobody has been on a core: it is
PATIENCE_S = 900  # for one event


class Spent:
    """What one run has taken."""

    def __init__(self, wall, cpu, anonymous_kb=0, requests=0, size=0, errors=""):
        self.wall, self.cpu, self.anonymous_kb = wall, cpu, anonymous_kb
        self.requests, self.size = requests, size
        self.errors = errors  # what it has printed to stderr


def median(runs):
    """The run whose every figure is the median of its kind."""
    def of(name):
        return statistics.median(getattr(run, name) for run in runs)
    return Spent(*(of(name) for name in ("wall", "cpu", "anonymous_kb", "requests", "size")))


def status_kb(pid, name):
    """A line of /proc/PID/status; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as stream:
            found = re.search(rf"{name}:\s+(\d+)", stream.read())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def status_word(pid):
    """R: it runs, or waits for a core; S: it sleeps."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
        return stream.read().rpartition(") ")[2][0]


def spent(command, folder, text="", statuses=(0,), env=None):
    """Runs the command to its end; returns what it took, and what it printed."""
    with open(os.path.join(folder, "in"), "w+", encoding="utf-8") as given, \
            open(os.path.join(folder, "out"), "w+", encoding="utf-8") as said, \
            open(os.path.join(folder, "err"), "w+", encoding="utf-8") as told:
        given.write(text)
        given.seek(0)
        begun, peak = time.monotonic(), 0
        process = subprocess.Popen(command, stdin=given, stdout=said, stderr=told, env=env)
        ended = os.pidfd_open(process.pid)
        while not select.select([ended], [], [], SAMPLE_S)[0]:
            peak = max(peak, status_kb(process.pid, "RssAnon"))
        wall = time.monotonic() - begun
        os.close(ended)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        told.seek(0)
        errors = told.read()
        if process.returncode not in statuses:
            sys.exit(f"{command[0]} ended with status {process.returncode}:\n{errors[-2000:]}")
        return Spent(wall, usage.ru_utime + usage.ru_stime, peak, errors=errors), said.read()


def cpu_s(pid):
    """Seconds of CPU that all threads of a process have had so far."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stream:
            total += int(stream.read().split()[0])
    return total / 1e9


def ready_ms(cmkd, configuration, folder):
    """How long a start of the daemon takes, until it says that it is ready."""
    path = os.path.join(folder, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        begun = time.monotonic()
        process = subprocess.Popen(
            [cmkd, "--config", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"NOTIFY_SOCKET": path, "PATH": os.environ["PATH"], "RUNTIME_DIRECTORY": folder})
        while b"READY=1" not in listener.recv(65536):
            pass
        took = (time.monotonic() - begun) * 1000
        process.terminate()
        while process.poll() is None:
            if select.select([listener], [], [], POLL_S)[0]:
                listener.recv(65536)  # who is not read waits
    os.unlink(path)
    return took


class Daemon:
    """A running cmkd. A steady pass is silent: it is over when neither cmkd nor azsim has been on a
    core for a while."""

    def __init__(self, command, configuration, azsim):
        self.azsim = azsim
        self.process = subprocess.Popen(
            [*command, "--config", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "RUNTIME_DIRECTORY": azsim.folder})
        atexit.register(self.process.kill)  # nothing stays behind when a measurement fails

    def settle(self, idle_s=IDLE_S):
        """Waits until nothing happens any more, for that long; returns since when."""
        pids = self.process.pid, self.azsim.process.pid
        before, since = None, time.monotonic()
        deadline = since + PATIENCE_S
        while (now := time.monotonic()) < deadline:
            used = [cpu_s(pid) for pid in pids]
            if used != before or any(status_word(pid) == "R" for pid in pids):
                before, since = used, now
            elif now - since > idle_s:
                return since
            select.select([], [], [], POLL_S)
        raise TimeoutError("cmkd does not come to rest")

    def one_pass(self, idle_s=IDLE_S):
        """A whole pass, and what it took."""
        cpu, begun = cpu_s(self.process.pid), time.monotonic()
        self.process.send_signal(signal.SIGUSR1)
        ended = self.settle(idle_s)
        return Spent(ended - begun, cpu_s(self.process.pid) - cpu, self.peak_kb())

    def passes(self, count, idle_s=IDLE_S):
        return [self.one_pass(idle_s) for _ in range(count)]

    def anonymous_kb(self):
        return status_kb(self.process.pid, "RssAnon")

    def peak_kb(self):
        """The largest that its anonymous memory has been."""
        pid = self.process.pid
        return status_kb(pid, "VmHWM") - status_kb(pid, "RssFile") - status_kb(pid, "RssShmem")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)


def printed_passes(text):
    """What the floor or the SDKs' program has printed, a pass a line."""
    return [Spent(line["wall"], line["cpu"], 0, line.get("requests", 0), line.get("bytes", 0))
            for line in map(json.loads, text.splitlines())]
