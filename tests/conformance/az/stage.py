"""An azsim to play on, and az configured for it. az is as Debian installs it: all that is done to
it are environment variables, `az cloud register` and `az login`."""
import contextlib
import json
import os
import shlex
import string
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "replay"), os.path.join(HERE, "..", "..", "demo")]
from azsim import CLIENT, Azsim  # noqa: E402
from deployment import GROUP, LOCATION, SUBSCRIPTION, TENANT, Deployment, seed  # noqa: E402

AZ_DEADLINE_S = 300
CALLER = "33333333-3333-3333-3333-333333333333"  # whom the client is in the directory

# Before az can be asked anything. The cloud is $cloud, a JSON text; the authority is one of AD FS,
# because for any other az asks the public cloud first.
CONFIGURE = [
    "cloud register -n azsim --cloud-config $cloud",
    "cloud set -n azsim",
    "login --service-principal -u $client -p $secret --tenant $tenant",
]


def cloud_of(port):
    """The cloud, in the words of `az cloud register --cloud-config`."""
    manager = f"https://management.localhost:{port}"
    return json.dumps({
        "endpoints": {
            "resourceManager": manager,
            "management": manager,
            "activeDirectory": f"https://login.localhost:{port}/adfs",
            "activeDirectoryResourceId": "https://management.azure.com/",
            "activeDirectoryGraphResourceId": "https://graph.microsoft.com/",
            "microsoftGraphResourceId": "https://graph.microsoft.com/",
        },
        "suffixes": {"keyvaultDns": f".vault.localhost:{port}"},
    })


class Answer:
    """What az printed, and how it ended."""

    def __init__(self, done):
        self.status, self.said, self.errors = done.returncode, done.stdout, done.stderr

    def json(self):
        return json.loads(self.said) if self.said.strip() else None


class Stage:
    """One azsim with one az, for one story after another."""

    def __init__(self, binary):
        self.binary, self.calls, self.open = binary, 0, contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.azsim = stack.enter_context(Azsim(self.binary))
            self.folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cmkd-az-"))
            self.configure()
            self.open = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.open.close()

    def configure(self):
        self.configuration = "az"  # a folder there
        deployment = Deployment(1)
        self.names = {
            "cloud": cloud_of(self.azsim.port), "client": CLIENT["client_id"],
            "secret": CLIENT["client_secret"], "tenant": TENANT, "subscription": SUBSCRIPTION,
            "location": LOCATION, "port": str(self.azsim.port), "vault": deployment.vault_id,
            "account": deployment.account_id, "key": deployment.key_id, "group": GROUP,
            "principal": deployment.principal, "caller": CALLER,
            "oldest": deployment.versions[0], "newest": deployment.versions[1],
            "data": f"https://{deployment.vault}.vault.localhost:{self.azsim.port}",
        }
        self.reset({})
        for command in CONFIGURE:
            answer = self.az(command)
            if answer.status != 0:
                raise SystemExit(f"az {command}: {answer.errors}")

    def az(self, command, body=None, names=None):
        """Runs az; $name in the command stands for a name of the stage or of the story."""
        words = [string.Template(word).substitute(self.names, **(names or {}))
                 for word in shlex.split(command)]
        if body is not None:
            text = string.Template(json.dumps(body)).substitute(self.names, **(names or {}))
            words += ["--body", text]
        self.calls += 1
        return Answer(subprocess.run(["az", *words], env=self.environment(), text=True,
                                     capture_output=True, stdin=subprocess.DEVNULL,
                                     timeout=AZ_DEADLINE_S, check=False))

    def environment(self):
        """Nothing of the caller's but the path: no proxy, no defaults, no login."""
        return {
            "PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8",
            "AZURE_CONFIG_DIR": os.path.join(self.folder, self.configuration),
            "REQUESTS_CA_BUNDLE": os.path.join(self.azsim.folder.name, "ca.pem"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "AZURE_CORE_ERROR_RECOMMENDATION": "no",
            "AZURE_CORE_ONLY_SHOW_ERRORS": "yes",
        }

    def reset(self, settings, **more):
        """One sound deployment, as after tests/demo.sh; nothing that a story left behind. more are
        members of azsim's seed."""
        fresh = {**seed([Deployment(1)]), **more}
        fresh["settings"].update({"principalDelay": 0, "deleting": 0, **settings})
        self.azsim.control("DELETE", "faults")
        self.azsim.control("POST", "seed", fresh)
        self.azsim.control("DELETE", "log")

    @contextlib.contextmanager
    def blank(self):
        """For a while az has never been used."""
        kept, self.configuration = self.configuration, f"blank-{self.calls}"
        try:
            yield
        finally:
            self.configuration = kept

    def know_client(self, **proof):
        """From now on the client has no secret, but this to show who it is."""
        self.reset({}, clients=[{"tenantId": TENANT, "clientId": CLIENT["client_id"],
                                 "objectId": CALLER, **proof}])

    def log(self):
        """All requests that have been answered: the one for the log itself has not."""
        return [entry for entry in self.azsim.control("GET", "log")["entries"]
                if "status" in entry]
