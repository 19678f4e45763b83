"""What a story is made of: steps, each of which is done or raises Wrong.

Values are looked up by path ("properties.sku.name", "0.name"; "" is all of it). What is expected is
a value, in which $name stands for a name of the stage or of the story, or a compiled regular
expression that a text must match whole.
"""
import contextlib
import re
import string
from datetime import datetime

from credentials import AUDIENCE, ISSUER, SUBJECT, Certificate


class Wrong(Exception):
    """What a step found instead of what it wanted."""


class Story:
    """A life cycle. settings are azsim's. A story that waits for az is slow, and begins first; one
    that is blank begins with an az that has never been used."""

    def __init__(self, name, *steps, settings=None, slow=False, blank=False):
        self.name, self.steps, self.settings = name, steps, settings or {}
        self.slow, self.blank = slow, blank

    def play(self, stage):
        stage.reset(self.settings)
        with stage.blank() if self.blank else contextlib.nullcontext():
            self.walk(stage, {})

    def walk(self, stage, names):
        for number, step in enumerate(self.steps, 1):
            try:
                step.do(stage, names)
            except Wrong as wrong:
                raise Wrong(f"step {number}, {step}: {wrong}") from None


def find(value, path):
    for part in path.split(".") if path else []:
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def fits(got, wanted, names):
    if isinstance(wanted, re.Pattern):
        return isinstance(got, str) and wanted.fullmatch(got)
    if isinstance(wanted, list):
        return (isinstance(got, list) and len(got) == len(wanted)
                and all(fits(one, other, names) for one, other in zip(got, wanted)))
    if isinstance(wanted, str):
        wanted = string.Template(wanted).substitute(names)
    return got == wanted and isinstance(got, bool) == isinstance(wanted, bool)


def expect(what, got, wanted, names):
    if not fits(got, wanted, names):
        raise Wrong(f"{what or 'the answer'} is {got!r}, not {wanted!r}")


class az:
    """A command. wanted: paths and values of its answer, if it is a dict, else the whole answer.
    fails: az must end with an error that says this. keep: names for the steps that follow, and the
    paths of their values."""

    def __init__(self, command, wanted=None, *, body=None, fails=None, keep=None):
        self.command, self.body, self.fails = command, body, fails
        self.wanted = wanted if isinstance(wanted, dict) else {"": wanted}
        self.looks, self.keep = wanted is not None, keep or {}

    def __str__(self):
        return f"az {self.command}"

    def do(self, stage, names):
        answer = stage.az(self.command, self.body, names)
        if self.fails:
            if answer.status == 0 or self.fails not in answer.errors:
                raise Wrong(f"status {answer.status}, not an error that says {self.fails}: "
                            f"{answer.errors or answer.said}")
            return
        if answer.status != 0:
            raise Wrong(f"status {answer.status}: {answer.errors}")
        body = answer.json()
        for path, wanted in self.wanted.items() if self.looks else ():
            expect(path, find(body, path), wanted, {**stage.names, **names})
        for name, path in self.keep.items():
            names[name] = str(find(body, path))


class control:
    """A request to azsim's control interface."""

    def __init__(self, method, path, body=None):
        self.method, self.path, self.body = method, path, body

    def __str__(self):
        return f"{self.method} /_sim/{self.path}"

    def do(self, stage, _):
        stage.azsim.control(self.method, self.path, self.body)


class logged:
    """The requests since the last such step that fit the expression ("METHOD url") had these
    statuses; between two of them passed at_least_s."""

    def __init__(self, expression, *statuses, at_least_s=0):
        self.expression, self.statuses, self.at_least_s = expression, list(statuses), at_least_s

    def __str__(self):
        return f"the log of {self.expression}"

    def do(self, stage, _):
        fitting = [entry for entry in stage.log()
                   if re.fullmatch(self.expression, f"{entry['method']} {entry['publicUrl']}",
                                   re.IGNORECASE)]
        stage.azsim.control("DELETE", "log")
        expect("the list of statuses", [entry["status"] for entry in fitting], self.statuses, {})
        times = [datetime.strptime(entry["time"], "%Y-%m-%dT%H:%M:%S.%fZ") for entry in fitting]
        for before, after in zip(times, times[1:]):
            if (after - before).total_seconds() < self.at_least_s:
                raise Wrong(f"only {(after - before).total_seconds()} s between two requests")


class certify:
    """The client gets a certificate in place of its secret; $certificate is its file."""

    def __str__(self):
        return "a certificate for the client"

    def do(self, stage, names):
        own = Certificate(stage.folder)
        stage.know_client(certificate=own.pem)
        names["certificate"] = own.path


class federate:
    """The client trusts an issuer; $token is what that says of it."""

    def __str__(self):
        return "an issuer for the client"

    def do(self, stage, names):
        issuer = Certificate(stage.folder)
        stage.know_client(federated=[{"issuer": ISSUER, "subject": SUBJECT, "audience": AUDIENCE,
                                      "certificate": issuer.pem}])
        names["token"] = issuer.token()
