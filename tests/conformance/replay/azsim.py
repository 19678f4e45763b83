"""azsim as a child process, and requests to it by the names of the real Azure."""
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import urllib.parse

LOCAL = (  # Azure's names and azsim's; {} is the port
    (r"https://management\.azure\.com(:443)?|http://localhost:5223",
     "https://management.localhost:{}"),
    (r"https://login\.(microsoftonline\.com|windows\.net)", "https://login.localhost:{}"),
    (r"https://([A-Za-z0-9-]+)\.vault\.azure\.net(:443)?", r"https://\1.vault.localhost:{}"),
)
CLIENT = {"grant_type": "client_credentials",
          "client_id": "22222222-2222-2222-2222-222222222222", "client_secret": "azsim-secret"}
AUDIENCES = {"management": "https://management.azure.com", "vault": "https://vault.azure.net"}


class Connection(http.client.HTTPSConnection):
    """To the loopback address, whatever the name: the name is for TLS and the Host header."""

    def __init__(self, host, port, context):
        super().__init__("127.0.0.1", port, context=context, timeout=60)
        self.name, self.tls = host, context

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.name)


class Azsim:
    """Runs until the with block ends."""

    def __init__(self, binary):
        self.binary, self.tokens, self.connections = binary, {}, {}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="cmkd-replay-")
        self.process = subprocess.Popen([self.binary, "--state-dir", self.folder.name],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r":([0-9]+)\s*$", line).group(1))
        self.context = ssl.create_default_context(
            cafile=os.path.join(self.folder.name, "ca.pem"))
        return self

    def __exit__(self, *_):
        for connection in self.connections.values():
            connection.close()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self.process.stdout.close()
        self.folder.cleanup()
        if status != 0:
            raise SystemExit(f"azsim ended with status {status}")

    def local(self, url):
        for azure, own in LOCAL:
            url = re.sub(azure, own.format(self.port), url)
        return url

    def send(self, method, url, body=None, headers=()):
        """The answer's status, headers (names in lower case) and text, of one request."""
        parts = urllib.parse.urlsplit(url)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection = self.connections.get(parts.hostname)
        if not connection:
            connection = Connection(parts.hostname, self.port, self.context)
            self.connections[parts.hostname] = connection
        connection.request(method, target, body, {"Host": parts.netloc, **dict(headers)})
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def control(self, method, path, body=None):
        status, _, text = self.send(method, f"https://localhost:{self.port}/_sim/{path}",
                                    None if body is None else json.dumps(body),
                                    {"Content-Type": "application/json"})
        if status != 200:
            raise SystemExit(f"azsim: {method} /_sim/{path}: {status} {text}")
        return json.loads(text) if text else None

    def token(self, url):
        """A token for the host of the URL: Resource Manager's or a vault's."""
        kind = "vault" if ".vault." in urllib.parse.urlsplit(url).netloc else "management"
        if kind not in self.tokens:
            form = urllib.parse.urlencode({**CLIENT, "scope": AUDIENCES[kind] + "/.default"})
            tenant = "11111111-1111-1111-1111-111111111111"
            _, _, text = self.send(
                "POST", f"https://login.localhost:{self.port}/{tenant}/oauth2/v2.0/token", form,
                {"Content-Type": "application/x-www-form-urlencoded"})
            self.tokens[kind] = json.loads(text)["access_token"]
        return self.tokens[kind]
