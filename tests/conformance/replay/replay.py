#!/usr/bin/env python3
"""Replays recorded exchanges with the real Azure against azsim and compares the answers in shape.

usage: replay.py AZSIM [--propose] [--only FILE]

Reads ../traffic/*.json and differences.json: a list of {"file", "exchanges", "differs", "why"}. A
difference without a reason fails, and so does a reason whose difference is gone. "differs": ["*"]
says that azsim does not serve this exchange at all. --propose prints rows for what has no reason.
"""
import json
import os
import re
import sys
import urllib.parse

import shape
from azsim import Azsim
from exchange import Exchange
from world import World

HERE = os.path.dirname(os.path.abspath(__file__))
TRAFFIC = os.path.join(HERE, "..", "traffic")
VERSIONS = re.compile(r"supported (?:api-)?versions are '([^']*)'")
# Recorders put another name into bodies than into URLs.
SLIPS = (("/deployments/dpy", "/deployments/mock-deployment"),
         ('"name": "dpy"', '"name": "mock-deployment"'))
IDENTIFIER = re.compile(r"^(.*/)?([0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{31,32})(/.*)?$")


class Replay:
    """One file of recordings, exchange by exchange."""

    def __init__(self, azsim, exchanges):
        self.azsim, self.exchanges = azsim, exchanges
        self.ids, self.links, self.pages = {}, {}, {}
        self.world = World(azsim, exchanges, self.ids)

    def run(self):
        """(number, differences, served) of each exchange."""
        for exchange in self.exchanges:
            host = urllib.parse.urlsplit(self.azsim.local(exchange.url)).hostname or ""
            if not host.endswith("localhost") or "{" in exchange.url:
                yield exchange.number, ["no request that azsim could be sent"], False
                continue
            self.world.prepare(exchange)
            given = self.send(exchange)
            self.learn(exchange, given)
            recorded = (exchange.status, exchange.headers, exchange.body)
            found = shape.compare(recorded, given, exchange.names(), self.lost(exchange))
            yield exchange.number, sorted(set(found)), self.served(given)

    @staticmethod
    def served(given):
        """azsim knows this sort of request."""
        unknown = {"InvalidResourceType", "HttpMethodNotSupported", "NotFound"}
        code = shape.error_of(given[2]).get("code")
        return given[0] not in (404, 405) or code is not None and code not in unknown

    @staticmethod
    def lost(exchange):
        """Headers that the recorder of this exchange takes out (OBSERVED section 0)."""
        lower = all(name == name.lower() for name in exchange.headers)
        return {"retry-after"} if lower else set()

    # ---- the request ------------------------------------------------------------------------

    def own(self, text):
        """The text with azsim's ids in the place of recorded ones."""
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{31,32}\b",
                      lambda match: self.ids.get(match.group(0), match.group(0)), text)

    @staticmethod
    def link(url):
        """What tells the URLs of operations apart: the two of an account differ in the query."""
        parts = urllib.parse.urlsplit(url)
        return parts.path, "operationResultResponseType" in parts.query

    def target(self, exchange):
        parts = urllib.parse.urlsplit(exchange.url)
        if self.link(exchange.url) in self.links:
            return self.links[self.link(exchange.url)]
        if "$skiptoken" in exchange.query and exchange.path in self.pages:
            return self.pages[exchange.path]
        url = urllib.parse.urlunsplit((
            parts.scheme, parts.netloc, urllib.parse.quote(parts.path, safe="/%:"),
            urllib.parse.urlencode(self.world.query(exchange), safe="/$,:"), ""))
        if exchange.status is None and "api-version" not in exchange.query:  # a quote
            url += "?api-version=2025-06-01"
        return self.azsim.local(self.own(url))

    def send(self, exchange):
        url = self.target(exchange)
        sent = exchange.request_body()
        body = None if sent is None else self.azsim.local(self.own(json.dumps(sent)))
        headers = {"Content-Type": "application/json"} if body else {}
        if exchange.code()[0] == "InvalidAuthenticationToken":
            headers["Authorization"] = "Bearer none"
        elif exchange.status != 401:
            headers["Authorization"] = "Bearer " + self.azsim.token(url)
        given = self.parsed(self.azsim.send(exchange.method, url, body, headers))
        older = self.version_known(exchange, given)
        if older:
            url = re.sub(r"(?i)api-version=[^&]*", "api-version=" + older, url)
            given = self.parsed(self.azsim.send(exchange.method, url, body, headers))
        return given

    @staticmethod
    def version_known(exchange, given):
        """If azsim refused the api-version: the next later one that it takes, or its latest."""
        text, asked = shape.error_of(given[2]).get("message", ""), \
            exchange.query.get("api-version", "")
        match = VERSIONS.search(text)
        if given[0] == 400 and "is not recognized" in text:  # the vault's way
            return asked.partition("-preview")[0] if "-preview" in asked else "7.4"
        if given[0] != 400 or not match:
            return None
        versions = sorted(match.group(1).split(", "))
        return next((version for version in versions if version >= asked), versions[-1])

    @staticmethod
    def parsed(answer):
        status, headers, text = answer
        try:
            return status, headers, json.loads(text) if text else None
        except ValueError:
            return status, headers, text

    # ---- what later requests need of the answer ---------------------------------------------

    def learn(self, exchange, given):
        _, headers, body = given
        for name, value in exchange.headers.items():
            if name.lower() in ("location", "azure-asyncoperation") and \
                    headers.get(name.lower(), "").startswith("https:"):
                self.links[self.link(value)] = headers[name.lower()]
        if isinstance(body, dict):
            if isinstance(body.get("nextLink"), str):
                self.pages[exchange.path] = body["nextLink"]
            else:
                self.pages.pop(exchange.path, None)
            self.pair(exchange.body, body)

    def pair(self, recorded, given):
        """Ids that stand in the same place of both bodies are the same thing."""
        if isinstance(recorded, dict) and isinstance(given, dict):
            for name in recorded.keys() & given.keys():
                self.pair(recorded[name], given[name])
        elif isinstance(recorded, str) and isinstance(given, str):
            theirs, ours = IDENTIFIER.match(recorded), IDENTIFIER.match(given)
            if theirs and ours and len(recorded.split("/")) == len(given.split("/")) and \
                    theirs.group(2).strip("0-"):  # recorders write all zeros for many things
                self.ids[theirs.group(2)] = ours.group(2)


# ---- the table of reasons ---------------------------------------------------------------------

def load(path, slips=()):
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    for wrong, right in slips:
        text = text.replace(wrong, right)
    return json.loads(text)


def reasons():
    """(file, number) to {difference: row}."""
    table = {}
    for row in load(os.path.join(HERE, "differences.json")):
        if set(row) != {"file", "exchanges", "differs", "why"} or not row["why"].strip():
            raise SystemExit(f"differences.json: a row is not whole: {json.dumps(row)[:200]}")
        for number in row["exchanges"]:
            for text in row["differs"]:
                table.setdefault((row["file"], number), {})[text] = row["why"]
    return table


def proposal(rest):
    """Rows for differences without a reason: those of the same exchanges together."""
    by_text, rows = {}, {}
    for file, number, text in rest:
        by_text.setdefault((file, text), []).append(number)
    for (file, text), numbers in by_text.items():
        rows.setdefault((file, tuple(numbers)), []).append(text)
    return [{"file": file, "exchanges": list(numbers), "differs": texts, "why": ""}
            for (file, numbers), texts in rows.items()]


def main(arguments):
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    table, rest, stale = reasons(), [], []
    echoes, count = 0, {"same": 0, "explained": 0, "not served": 0, "unexplained": 0}
    with Azsim(arguments[0]) as azsim:
        for name in sorted(os.listdir(TRAFFIC)):
            file = name.removesuffix(".json")
            if only not in file:
                continue
            recorded = load(os.path.join(TRAFFIC, name), SLIPS)
            exchanges = [Exchange(item, number) for number, item in enumerate(recorded)]
            replay = Replay(azsim, exchanges)
            for number, found, served in replay.run():
                why = table.pop((file, number), {})
                if "*" in why:
                    stale += [(file, number, "*")] if served else []
                    count["not served"] += 1
                    continue
                unexplained = [text for text in found if text not in why]
                rest += [(file, number, text) for text in unexplained]
                stale += [(file, number, text) for text in why if text not in found]
                count["unexplained" if unexplained else "explained" if found else "same"] += 1
            echoes += len(replay.world.echoes)
    if not only:
        stale += [(file, number, text) for (file, number), texts in table.items() for text in texts]
    if "--propose" in arguments:
        print(json.dumps(proposal(rest), indent=1))
        return 0
    for file, number, text in rest:
        print(f"{file} {number}: {text}: without a reason in differences.json")
    for file, number, text in stale:
        print(f"{file} {number}: {text}: has a reason, but does not differ")
    parts = ", ".join(f"{n} {what}" for what, n in count.items())
    print(f"{sum(count.values())} exchanges: {parts}; {echoes} read what was seeded from them")
    return 1 if rest or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
