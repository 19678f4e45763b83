"""What was done to Azure, by whom, and what cmkd said of it: kept, and judged."""
import copy
import re

import authors
from children import is_child

ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
ORIGIN = re.compile(r"https://([^/]+)(/[^?]*)")
CREATES = ("account purged", "account deleted", "vault deleted")
# What Azure sets by itself, and what hangs on other resources and is looked at by itself.
OWN = (("systemData",), ("etag",), ("identity", "principalId"), ("properties", "provisioningState"),
       ("properties", "dateCreated"), ("properties", "internalId"),
       ("properties", "encryption", "keyVaultProperties", "keyVersion"))


def without(body, paths):
    body = copy.deepcopy(body)
    for *path, name in paths:
        at = body
        for part in path:
            at = at.get(part) if isinstance(at, dict) else None
        if isinstance(at, dict):
            at.pop(name, None)
    return body


def put(body, path, value):
    for part in path[:-1]:
        body = body.setdefault(part, {})
    body[path[-1]] = value


def unlike(wanted, found, path=""):
    """Where the two differ; arrays are sets."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [difference for name in sorted(wanted.keys() | found.keys())
                for difference in unlike(wanted.get(name), found.get(name), f"{path}.{name}")]
    if isinstance(wanted, list) and isinstance(found, list):
        wanted, found = sorted(map(repr, wanted)), sorted(map(repr, found))
    return [] if (wanted or None) == (found or None) else [f"{path[1:]} is {found}, not {wanted}"]


class Ledger:
    def __init__(self, soak):
        self.soak = soak
        self.fleet, self.sim, self.cmkd = soak.fleet, soak.sim, soak.cmkd
        self.open, self.closed, self.wrong = [], [], []
        self.allowed = set()  # what was drifted in this pass or is still
        self.restrained = []  # stacks of which nothing may be written in this pass
        self.requests = self.writes = self.seq = self.line = 0
        self.written = []     # (seq, method, resource, pass, time) by cmkd
        self.undone = {}      # vault: the pass in which somebody undid something of it
        self.expected = {}    # resource: body

    def blame(self, what):
        self.wrong.append(what)
        print(f"pass {self.soak.passes}: {what}", flush=True)

    # ---- drifts ------------------------------------------------------------------------------

    def is_busy(self, stack):
        """One drift at a time among those that share a vault."""
        return any(drift.stack.vault == stack.vault for drift in self.open)

    def has(self, kind):
        return any(drift.kind == kind for drift in self.open)

    def inject(self, kind, make, stack):
        self.cmkd.read()
        line = len(self.cmkd.lines)
        drift = make(kind, self.soak.writer, stack)
        if drift:
            drift.line, drift.seq = line, self.seq
            drift.since = f"pass {self.soak.passes}, line {line}"
            self.open.append(drift)
            self.allowed.update(drift.touches)

    def undo(self, drift):
        if drift.undo() is not None:
            drift.is_undone = True
            self.undone[drift.stack.vault] = self.soak.passes

    def cut(self):
        for drift in self.open:
            drift.was_cut = True

    def expect(self, resource, path, value):
        put(self.expected[resource], path, value)

    def close(self, drift, how):
        drift.how = how
        self.open.remove(drift)
        self.closed.append(drift)

    # ---- after each pass ----------------------------------------------------------------------

    def settle(self):
        self.cmkd.read()
        undone, written = self.recently()
        for index in range(self.line, len(self.cmkd.lines)):
            self.blame_for(authors.of_line(self.cmkd.lines[index], self.fleet, undone, written))
            for drift in self.open:
                if index >= drift.line:
                    drift.take(self.cmkd.lines[index])
        self.line = len(self.cmkd.lines)
        for drift in list(self.open):
            if drift.is_ended():
                self.close(drift, "undone" if drift.is_undone else "repaired")
                self.blame_for(authors.of_drift(drift, self.was_written(drift)),
                               f"{drift.kind}, since {drift.since}: ")
        self.settle_cut()
        self.allowed = {touched for drift in self.open for touched in drift.touches}

    def recently(self):
        since = self.soak.passes - authors.RECENT
        return ({vault for vault, at in self.undone.items() if at >= since},
                [(method, resource + "?", time) for _, method, resource, at, time in self.written
                 if at >= since])

    def blame_for(self, wrong, where=""):
        if wrong:
            self.blame(where + wrong)

    def settle_cut(self):
        """What was repaired, or put right by hand, while cmkd could not tell it: it was killed. The
        state must show it, and a write of cmkd's after the drift."""
        cut = [drift for drift in self.open if drift.was_cut]
        if not cut:
            return
        state = self.sim.control("GET", "state")
        for drift in cut:
            if self.is_right(drift, state) and (drift.is_undone or self.was_written(drift)):
                self.close(drift, "undone" if drift.is_undone else "unheard")

    def was_written(self, drift):
        return any(seq > drift.seq and self.is_within(resource, drift.touches)
                   for seq, _, resource, *_ in self.written)

    @staticmethod
    def is_within(resource, touches):
        return any(resource == touched or ("/keys/" in touched and resource.startswith(touched + "/"))
                   for touched in touches)

    # ---- azsim's log -------------------------------------------------------------------------

    def read_log(self):
        """True if something has come since."""
        answer = self.sim.control("GET", f"log?since={self.seq}")
        fresh = [entry for entry in answer["entries"]
                 if entry["kind"] != "control" and "somebody-else" not in entry["url"]]
        self.seq = answer["last"]
        for entry in fresh:
            if entry["kind"] == "azure":
                self.requests += 1
                if entry["method"] not in ("GET", "HEAD"):
                    self.take_write(entry)
        return bool(fresh)

    def take_write(self, entry):
        self.writes += 1
        resource = self.resource_of(entry["publicUrl"])
        self.written.append((entry["seq"], entry["method"], resource, self.soak.passes, entry["time"]))
        if entry["method"] == "DELETE" or "/purge" in resource:
            self.blame(f"cmkd deletes: {entry['method']} {entry['url']}")
        elif self.is_restrained(resource) or not self.has_cause(entry, resource):
            self.blame(f"a write without a cause: {entry['method']} "
                       f"{entry['publicUrl']} {entry.get('body')}")

    def resource_of(self, url):
        """An ARM id in lower case, of the data plane too."""
        host, path = ORIGIN.match(url.lower()).groups()
        if not host.endswith(".vault.azure.net"):
            return path
        vault = next(s for s in self.fleet.stacks if s.vault == host.split(".")[0])
        return vault.vault_id.lower() + path.replace("/deletedkeys/", "/keys/")

    def is_restrained(self, resource):
        """It is a resource of a stack that is on hold, or in audit."""
        for stack in self.restrained:
            key = stack.key_id.lower()
            if resource in (stack.vault_id.lower(), stack.account_id.lower(), key):
                return True
            if resource in (child.id.lower() for child in stack.children.values()):
                return True
            if resource.startswith(key + "/") and not resource.startswith(key + "/providers/"):
                return True
        return False

    def restrain(self, is_audited):
        self.restrained = [stack for stack in self.fleet.stacks
                           if stack.held or (is_audited and stack.role == "audit")]

    def has_cause(self, entry, resource):
        if self.is_within(resource, self.allowed):
            kinds = [drift.kind for drift in self.open if self.is_within(resource, drift.touches)]
            is_part = "/roleassignments/" in resource or is_child(resource)
            makes = entry["method"] == "PUT" and not is_part
            return not makes or any(kind in CREATES for kind in kinds)
        for stack in self.fleet.stacks:  # what the key's age demands
            if stack.role in ("rotates", "retires") and entry["method"] != "PUT":
                if resource == stack.account_id.lower() or resource.startswith(stack.key_id.lower() + "/"):
                    return True
        return False

    # ---- Azure's state ------------------------------------------------------------------------

    def remember(self, state):
        self.expected = {resource: body for resource, body in copy.deepcopy(state["live"]).items()
                         if "/roleassignments/" not in resource.lower()}
        self.ids = {resource.lower(): resource for resource in self.expected}

    def is_right(self, drift, state):
        wrong = []
        for stack in self.fleet.stacks:
            if stack.vault == drift.stack.vault:
                wrong += self.differences(stack, state)
        return not wrong

    def differences(self, stack, state):
        """In what the stack is not as declared, or as somebody has left it."""
        wrong = []
        children = [self.ids[child.id.lower()] for child in stack.children.values()]
        for resource in (stack.vault_id, stack.account_id, *children):
            found = state["live"].get(resource)
            if not found or "@deleted" in found:
                wrong.append(f"{resource} is not there")
                continue
            expected = without(self.expected[resource], OWN)
            if getattr(stack, "was_purged", False) and resource == stack.account_id:
                expected, found = self.declared(expected), self.declared(found)
            wrong += [f"{resource}: {text}" for text in unlike(expected, without(found, OWN))]
        return wrong or self.key_differences(stack, state)

    @staticmethod
    def declared(account):
        properties = account["properties"]
        acls = properties["networkAcls"]
        return {"location": account["location"], "identity": account["identity"].get("type"),
                "acls": [acls["defaultAction"], acls["ipRules"]],
                "public": properties["publicNetworkAccess"],
                "encryption": without(properties.get("encryption", {}),
                                      [("keyVaultProperties", "keyVersion")])}

    def key_differences(self, stack, state):
        versions = state["keys"].get(stack.vault, {}).get(stack.key)
        if not versions:
            return [f"{stack.key_id} is not there"]
        account = state["live"][stack.account_id]
        newest = max(versions, key=lambda version: version["created"])
        named = account["properties"]["encryption"]["keyVaultProperties"].get("keyVersion") or ""
        wrong = []
        if named != ("" if stack.role == "versionless" else newest["version"]):
            wrong.append(f"{stack.account_id} names the version '{named}'; the newest: {newest['version']}")
        if stack.role != "retires" and not all(version["enabled"] for version in versions):
            wrong.append(f"{stack.key_id} has versions that are disabled")
        scope = stack.key_id.lower() + "/providers/microsoft.authorization/roleassignments/"
        if not any(ROLE in body["properties"]["roleDefinitionId"] and resource.lower().startswith(scope) and
                   body["properties"]["principalId"] == account["identity"].get("principalId")
                   for resource, body in state["live"].items() if resource.lower().startswith(scope)):
            wrong.append(f"{stack.account_id} has no grant")
        return wrong

    # ---- at the end --------------------------------------------------------------------------

    def judge(self, state):
        for drift in self.open:
            self.blame(f"unaccounted: {drift}")
        for stack in self.fleet.stacks:
            for difference in self.differences(stack, state):
                self.blame(difference)
            due = 1 if stack.role == "rotates" else 0
            versions = state["keys"].get(stack.vault, {}).get(stack.key, [])
            rotated = sum(getattr(user, "rotated", 0) for user in stack.users())
            if len(versions) != 2 + due + rotated:
                self.blame(f"{stack.key_id} has {len(versions)} versions: 2 at first, {due} "
                                  f"were due, {rotated} were made by somebody else")

    def reported(self):
        return sum(any(sign.reported for sign in drift.signs) for drift in self.closed + self.open)

    def sentence(self):
        how = [drift.how for drift in self.closed]
        return (f"{len(self.closed) + len(self.open)} drifts: {how.count('repaired')} repaired and told, "
                f"{how.count('unheard')} repaired and cut off before it could be told, "
                f"{how.count('undone')} put right by hand; {self.reported()} reported before; "
                f"{len(self.open)} open; {len(self.soak.writer.refused)} refused by Azure; "
                f"wrong {len(self.wrong)}")
