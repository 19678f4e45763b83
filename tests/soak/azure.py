"""azsim and a clock that it shares with cmkd; and somebody else, who writes to Azure too."""
import http.client
import json
import os
import ssl
import struct
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo"))
from deployment import TENANT  # noqa: E402

CLIENT = "22222222-2222-2222-2222-222222222222"
WRITER = "&by=somebody-else"  # ends every URL of the other writer; faults.py lets them pass
VAULTS, ACCOUNTS, GRANTS = "2026-02-01", "2025-06-01", "2022-04-01"


class Clock:
    """How many seconds the programs' clocks are ahead of the machine's: see clock.c."""

    def __init__(self, library, folder):
        self.path = os.path.join(folder, "clock")
        self.library, self.ahead = library, 0
        with open(self.path, "wb") as stream:
            stream.write(struct.pack("q", 0))
        self.file = open(self.path, "r+b", buffering=0)

    def environment(self):
        return {"LD_PRELOAD": self.library, "SOAK_CLOCK": self.path,
                "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=1"}

    def move(self, seconds):
        self.ahead += seconds
        self.file.seek(0)
        self.file.write(struct.pack("q", self.ahead))


class Azsim:
    def __init__(self, program, folder, clock):
        self.log = open(os.path.join(folder, "azsim.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([program, "--state-dir", folder], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True,
                                        env=dict(os.environ, **clock.environment()))
        ready = self.process.stdout.readline()
        if not ready.startswith("azsim ready"):
            sys.exit(f"azsim does not start: {ready}")
        self.port = int(ready.rsplit(":", 1)[1])
        self.context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        self.control_line = self.connect()
        self.tokens = {}
        self.requests = 0

    def connect(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=300)

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        try:
            self.control_line.request(method, "/_sim/" + path, data)
            answer = self.control_line.getresponse()
        except (http.client.HTTPException, ConnectionError):  # idle for a simulated while
            self.control_line.close()
            self.control_line.request(method, "/_sim/" + path, data)
            answer = self.control_line.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"azsim: {method} {path} {data}: {answer.status} {text}")
        return json.loads(text)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=120)

    def said(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as stream:
            return stream.read()


class Writer:
    """Somebody else: requests to Azure, of which azsim keeps the rules. A status, and a body."""

    def __init__(self, sim):
        self.sim, self.tokens = sim, {}
        self.refused = []  # what Azure did not take

    def send(self, method, host, path, body=None, headers=None):
        line = self.sim.connect()
        line.request(method, path, body, {"Host": f"{host}:{self.sim.port}", **(headers or {})})
        answer = line.getresponse()
        text = answer.read()
        line.close()
        return answer.status, json.loads(text) if text else None

    def token(self, audience):
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": CLIENT,
                                       "client_secret": "azsim-secret",
                                       "scope": f"https://{audience}/.default"})
        status, answer = self.send("POST", "login.localhost",
                                   f"/{TENANT}/oauth2/v2.0/token?{WRITER[1:]}", form)
        if status != 200:
            sys.exit(f"azsim gives no token: {answer}")
        return answer["access_token"]

    def ask(self, audience, host, method, path, version, body=None):
        for _ in range(2):
            token = self.tokens.get(audience) or self.token(audience)
            self.tokens[audience] = token
            status, answer = self.send(
                method, host, f"{path}?api-version={version}{WRITER}",
                None if body is None else json.dumps(body),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            if status != 401:
                break
            del self.tokens[audience]  # it has expired
        if status >= 300:
            self.refused.append(f"{method} {path}: {status} {answer}")
        return (answer or {}) if status < 300 else None

    def arm(self, method, path, version, body=None):
        return self.ask("management.azure.com", "management.localhost", method, path, version, body)

    def vault(self, name, method, path, body=None):
        return self.ask("vault.azure.net", f"{name}.vault.localhost", method, path, "7.4", body)
