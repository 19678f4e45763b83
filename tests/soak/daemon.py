"""cmkd, its control socket, and what it says."""
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys

LINE = re.compile(r"(\S+) ([A-Z]+) (?:([^:]+): ([^:]+): )?(.*)")
TROUBLE = re.compile(r"Sanitizer|runtime error|Assertion|SUMMARY:")


class Line:
    """One line of the journal."""

    def __init__(self, text):
        found = LINE.match(text)
        self.text = text
        self.time, self.level, stacks, self.resource, self.words = found.groups() if found else (
            "", "", None, None, text)
        self.stacks = stacks.split(", ") if stacks else []


class Cmkd:
    def __init__(self, programs, folder, clock):
        self.program, self.ctl = os.path.join(programs, "cmkd"), os.path.join(programs, "cmkctl")
        self.folder, self.clock = folder, clock
        self.socket_path = os.path.join(folder, "io.cmkd")
        self.log = open(os.path.join(folder, "cmkd.log"), "wb")
        self.reader = open(self.log.name, "rb")
        self.rest = b""
        self.lines = []
        self.process = None
        self.passes = 0  # of this process

    # ---- life ------------------------------------------------------------------------------

    def start(self):
        """Until it serves its socket: the file of one that was killed may lie there still."""
        if os.path.exists(self.socket_path):
            os.unlink(self.socket_path)
        self.passes = 0
        self.process = subprocess.Popen(
            [self.program, "--config", os.path.join(self.folder, "cmkd.json")], stderr=self.log,
            env=dict(os.environ, RUNTIME_DIRECTORY=self.folder, **self.clock.environment()))
        while not self.connect():
            if self.process.poll() is not None:
                self.read()
                sys.exit("cmkd does not run:\n" + "\n".join(line.text for line in self.lines[-20:]))

    def connect(self):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(self.socket_path)
            return line
        except OSError:
            line.close()
            return None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Its exit status, after an end in good order."""
        self.process.send_signal(signal.SIGTERM)
        self.wake()
        status = self.process.wait(timeout=300)
        self.read()
        return status

    def wake(self):
        """The loop looks at the clock once something comes."""
        line = self.connect()
        if line:
            line.close()

    # ---- what it is asked --------------------------------------------------------------------

    def call(self, method, **parameters):
        """A call by Varlink; the connection, from which the answer is to be read."""
        line = self.connect()
        if line:
            message = {"method": f"io.cmkd.{method}", "parameters": parameters}
            line.sendall(json.dumps(message).encode() + b"\0")
        return line

    def order(self, *words):
        return subprocess.run([self.ctl, *words], check=False, capture_output=True, text=True,
                              env=dict(os.environ, RUNTIME_DIRECTORY=self.folder),
                              timeout=300).returncode

    # ---- what it says, and holds -------------------------------------------------------------

    def read(self):
        """Takes in what was said since."""
        self.rest += self.reader.read()
        *whole, self.rest = self.rest.split(b"\n")
        self.lines += [Line(text.decode()) for text in whole]

    def troubles(self):
        return [line.text for line in self.lines if TROUBLE.search(line.text)]

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"RssAnon:\s+(\d+) kB", status.read())[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Answer:
    """What comes on a connection, up to the end of one message."""

    def __init__(self, line):
        self.line, self.text = line, b""

    def wait(self, seconds):
        """The message; None if it has not come so far; {} if it never will."""
        if not self.line:
            return {}
        if not select.select([self.line], [], [], seconds)[0]:
            return None
        try:
            more = self.line.recv(1 << 20)
        except OSError:
            more = b""
        self.text += more
        if more and not self.text.endswith(b"\0"):
            return None
        self.line.close()
        return json.loads(self.text[:-1]) if more else {}
