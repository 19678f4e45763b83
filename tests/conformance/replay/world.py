"""The state that a recorded exchange needs, and how azsim is brought there.

A recording goes on where it left azsim: what an exchange did is there for the next one. Only if
azsim's state cannot give the recorded answer (a resource is not there, or is deleted, or is too
much) is it seeded anew: with what azsim has, and what this file of recordings shows of it.
"""
import re

from exchange import ACCOUNT, own_id, plain

VAULT = re.compile(r"(?i)(.*/providers/Microsoft\.KeyVault/vaults/[^/]+)")
GROUP = re.compile(r"(?i)(/subscriptions/[^/]+/resourcegroups/[^/]+)(/|$)")
DELETED = re.compile(r"(?i)/deleted(vaults|accounts)(/([^/]+))?(/purge)?$")
HOUR = 3600
OPERATOR = "33333333-3333-3333-3333-333333333333"  # who azsim's default client is
ADMINISTRATOR = ("/providers/Microsoft.Authorization/roleDefinitions/"  # of key vaults
                 "00482a5a-887f-4fb3-b363-3b7fe8e74483")
SETTINGS = {"operation": HOUR, "registeringDns": HOUR, "recovering": HOUR, "deleting": HOUR,
            "principalDelay": HOUR, "tokenLifetime": 900000000, "grantDelay": 0}


class World:
    """What azsim has to hold for each exchange of one file of recordings."""

    def __init__(self, azsim, exchanges, ids):
        self.azsim, self.exchanges = azsim, exchanges
        self.ids = ids  # recorded ids to azsim's
        self.echoes = set()  # exchanges that show what was seeded from their own answers
        self.deletes = None  # the URL of a key to delete before the exchange
        self.ops = {}  # by the path of the list that they cut
        azsim.control("POST", "seed", {"settings": SETTINGS})

    # ---- what the file knows ----------------------------------------------------------------

    def known(self, ident, number):
        """What the file shows of a resource, the nearest first: before, then after the exchange."""
        order = sorted(self.exchanges, key=lambda e: (e.number >= number, abs(e.number - number)))
        shown = [(exchange, body) for exchange in order if exchange.status in (200, 201, 202)
                 for body in exchange.items() or [exchange.body]
                 if (own_id(body)[0] or "").lower() == ident.lower()]
        # A record of a deleted one says less.
        shown.sort(key=lambda pair: "vaultId" in (pair[1].get("properties") or {}))
        for exchange, body in shown:
            if exchange.number == number and exchange.method == "GET":
                self.echoes.add(number)
            return self.before(plain(body), exchange, number)
        asked = self.exchanges[number]
        if asked.code()[0] == "RoleAssignmentExists" and "roleassignments" in ident.lower():
            return {"properties": asked.properties("sent")}
        return {"location": "westus2", "properties": {}}

    @staticmethod
    def before(body, exchange, number):
        """The body without what the exchange itself brings about."""
        if exchange.number != number or exchange.method != "PATCH" or \
                not isinstance(exchange.sent, dict):
            return body
        for name in ("tags", "identity"):
            if name in exchange.sent:
                body.pop(name, None)
        for name in exchange.properties("sent"):
            body["properties"].pop(name, None)
        return body

    # ---- what the exchange needs ------------------------------------------------------------

    def needs(self, exchange):
        """(id, "live" | "deleted" | "absent") of each resource that the answer depends on."""
        path, method, status = exchange.path, exchange.method, exchange.status
        if exchange.code()[0] == "FlagMustBeSetForRestore":
            yield path, "deleted"
            return
        if exchange.vault:
            yield self.vault_id(exchange.vault), "live"
            return
        deleted = DELETED.search(path)
        if deleted and status in (200, 202):
            yield from self.needs_deleted(exchange, deleted)
            return
        if deleted:
            return
        extension = "(?i).*/providers/.*/providers/microsoft\\.(authorization|insights)/"
        if re.match(extension, path):  # of what lies below a resource, Resource Manager tracks the resource
            yield re.match("(?i)(.*?/providers/[^/]+/[^/]+/[^/]+)", path).group(1), "live"
        for match in (VAULT.match(path), ACCOUNT.match(path)):
            if match and match.group(1) != path and exchange.code()[0] != "ResourceGroupNotFound":
                yield match.group(1), "live"
        if method in ("GET", "PATCH", "DELETE") and status in (200, 202):
            if isinstance(exchange.body, dict) and isinstance(exchange.body.get("value"), list):
                for item in self.listed(exchange):
                    if own_id(item)[0]:
                        yield own_id(item)[0], "live"
            elif not re.search("(?i)operationresults|asyncoperation", path) and \
                    "/providers/" in path:
                yield path, "live"
        elif status == 404 and exchange.code()[0] != "ResourceGroupNotFound":
            yield path, "absent"
        elif method == "PUT" and exchange.properties("sent").get("restore"):
            yield path, "deleted"
        elif method == "PUT" and (status == 201 or exchange.code()[0] == "PrincipalNotFound"):
            yield path, "absent"
        elif method == "PUT" and status == 200 and VAULT.fullmatch(path):
            yield from self.needs_vault(exchange)
        elif method == "PUT" and status == 200 and "accesspolicies" not in path.lower() and \
                "/keys/" not in path:
            yield path, "live"
        elif exchange.code()[0] == "RoleAssignmentExists":
            yield path[:-1] + ("0" if path[-1] != "0" else "1"), "live"
        elif method == "POST" and exchange.body and exchange.body.get("reason") == "AlreadyExists":
            yield self.vault_id(exchange.sent["name"]), "live"

    def needs_deleted(self, exchange, deleted):
        if isinstance(exchange.body, dict):
            for item in self.listed(exchange) or [exchange.body]:
                if own_id(item)[1]:
                    yield own_id(item)[0], "deleted"
        elif deleted.group(1).lower() == "vaults":
            yield self.vault_id(deleted.group(3)), "deleted"
        else:
            yield exchange.path.replace("deletedAccounts", "providers/Microsoft.CognitiveServices/"
                                        "accounts").replace(
                "/providers/Microsoft.CognitiveServices/locations/", "/", 1), "deleted"

    @staticmethod
    def needs_vault(exchange):
        """An answer to a PUT is always 200; a new vault is told by its name not being settled."""
        properties = exchange.properties()
        if properties.get("provisioningState") == "RegisteringDns":
            yield exchange.path, "absent"
        elif exchange.properties("sent").get("createMode") == "recover":
            yield exchange.path, "deleted"
        elif not properties.get("vaultUri", "/").endswith("/"):
            yield exchange.path, "absent"
        else:
            yield exchange.path, "live"

    def vault_id(self, name):
        for exchange in self.exchanges:
            for text in (exchange.path, own_id(exchange.body)[0] or ""):
                match = VAULT.match(text)
                if match and match.group(1).lower().endswith("/" + name.lower()):
                    return match.group(1)
        return ("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-replay/"
                "providers/Microsoft.KeyVault/vaults/" + name)

    def pages(self, exchange):
        """A list from its first page on: the exchanges of its pages."""
        pages = []
        for other in self.exchanges:
            if other.path != exchange.path or other.method != "GET":
                continue
            if "$skiptoken" not in other.query:
                if exchange in pages:
                    break
                pages = []
            pages.append(other)
        return pages

    def listed(self, exchange):
        return [item for page in self.pages(exchange) for item in page.items()]

    # ---- bringing it about ------------------------------------------------------------------

    def prepare(self, exchange):
        """azsim can give the recorded answer now."""
        if not exchange.unsettled():
            self.azsim.control("POST", "clock", {"shift": HOUR + 60})
        state = self.azsim.control("GET", "state")
        live, changed = state["live"], False
        there = {ident.lower(): ident for ident in live}
        for ident, wanted in self.needs(exchange):
            old = there.get(ident.lower())
            now = "absent" if old is None else "deleted" if "@deleted" in live[old] else "live"
            if now == wanted:
                continue
            changed = True
            if old is not None:
                del live[old]
            if wanted != "absent":
                body = self.known(ident, exchange.number)
                live[ident] = {"@deleted": body} if wanted == "deleted" else body
                there[ident.lower()] = ident
        changed |= self.prepare_grant(exchange, live)
        if exchange.code()[0] == "MissingSubscriptionRegistration":
            registration = re.match("(?i)(/subscriptions/[^/]+).*(/providers/[^/]+)", exchange.path)
            live["".join(registration.groups())] = {"registrationState": "NotRegistered"}
            changed = True
        changed |= self.prepare_group(exchange, state)
        changed |= self.prepare_list(exchange, live)
        changed |= self.prepare_keys(exchange, state)
        if changed:
            state["settings"].update(SETTINGS)
            self.azsim.control("POST", "seed", state)
        if self.deletes:
            url = self.azsim.local(self.deletes) + "?api-version=7.4"
            bearer = "Bearer " + self.azsim.token(url)
            self.azsim.send("DELETE", url, None, {"Authorization": bearer})
            self.deletes = None
        self.azsim.control("POST", "settings", self.settings(exchange))
        self.prepare_vault(exchange)
        self.prepare_pages(exchange)
        self.azsim.control("DELETE", "faults")
        faults = self.faults(exchange)
        if faults:
            self.azsim.control("POST", "faults", faults)

    def prepare_grant(self, exchange, live):
        """A vault that names the assignment by which the caller is let in has such a one."""
        ident = self.vault_id(exchange.vault or "") + \
            "/providers/Microsoft.Authorization/roleAssignments/66666666-6666-6666-6666-666666666666"
        if not exchange.by_role() or ident in live:
            return False
        live[ident] = {"properties": {"principalId": OPERATOR, "principalType": "ServicePrincipal",
                                      "roleDefinitionId": ADMINISTRATOR}}
        return True

    @staticmethod
    def prepare_group(exchange, state):
        """The group of the path is there, unless the answer says that it is not."""
        match = GROUP.match(exchange.path)
        if not match:
            subscription = re.match("(?i)/subscriptions/([^/]+)", exchange.path)
            missing = subscription and \
                f"/subscriptions/{subscription.group(1)}" not in state["subscriptions"]
            if missing:
                state["subscriptions"].append(f"/subscriptions/{subscription.group(1)}")
            return bool(missing)
        group, groups = match.group(1), [item.lower() for item in state["resourceGroups"]]
        wanted = exchange.code()[0] != "ResourceGroupNotFound"
        if (group.lower() in groups) == wanted:
            return False
        if wanted:
            state["resourceGroups"].append(group)
        else:
            state["resourceGroups"] = [item for item in state["resourceGroups"]
                                       if item.lower() != group.lower()]
            state["subscriptions"].append(group.lower().partition("/resourcegroups")[0])
            for ident in [item for item in state["live"] if item.lower().startswith(group.lower())]:
                del state["live"][ident]
        return True

    def prepare_list(self, exchange, live):
        """A list has what was recorded and no more."""
        items = self.listed(exchange)
        if "value" not in (exchange.body if isinstance(exchange.body, dict) else {}):
            return False
        kind = re.search(r"(?i)/(vaults|accounts|deployments|deletedvaults|deletedaccounts|locks|"
                         r"roleassignments|diagnosticsettings|resources)$", exchange.path)
        if not kind or len(self.pages(exchange)) > 1 and exchange.link() is None:
            return False
        wanted = {(own_id(item)[0] or "").lower() for item in items}
        kind = kind.group(1).lower().replace("deleted", "")
        scope = exchange.path.lower().partition("/providers/")[0]
        extra = [ident for ident in live if ident.lower() not in wanted and
                 ident.lower().startswith(scope) and
                 ident.lower().split("/")[-2] == kind]
        for ident in extra:
            del live[ident]
        return bool(extra)

    def prepare_keys(self, exchange, state):
        """Keys of the vault's data plane, as the answer shows them."""
        parts = exchange.path.split("/")
        if not exchange.vault or exchange.status == 401 or parts[1] not in ("keys", "deletedkeys"):
            return False
        keys = state["keys"].setdefault(exchange.vault, {})
        gone = state["keys"].setdefault("@deletedKeys", {}).setdefault(exchange.vault, {})
        if len(parts) == 2:
            return self.prepare_key_list(exchange, keys)
        if parts[-1] == "versions" and self.pages(exchange)[0] is exchange:
            return self.order_versions(exchange, keys[parts[2]])
        if parts[-1] == "create" and exchange.status == 200 or exchange.status == 404:
            return False
        deleted = parts[1] == "deletedkeys" or exchange.code()[0] == "Conflict"
        wanted, other = (gone, keys) if deleted else (keys, gone)
        if parts[2] in wanted:
            return False
        if exchange.code()[1] == "ObjectIsBeingDeleted":  # a seed cannot say that
            wanted, other = other, wanted
            self.deletes = f"https://{exchange.vault}.vault.azure.net/keys/{parts[2]}"
        wanted[parts[2]] = [self.version_of(exchange, parts)]
        other.pop(parts[2], None)
        return True

    def prepare_key_list(self, exchange, keys):
        """The vault has the keys that all pages show, and no others."""
        names = [item["kid"].split("/")[4] for item in self.listed(exchange)]
        if self.pages(exchange)[-1].link():
            names.append("there-is-more")
        if sorted(keys) == sorted(names):
            return False
        old = dict(keys)
        keys.clear()
        keys.update({name: old.get(name, [{"kty": "RSA"}]) for name in names})
        return True

    def order_versions(self, exchange, versions):
        """Lists come sorted by id, and azsim's are random: they get such that the recorded order is
        theirs. Later exchanges find them by these."""
        order = [item["kid"].rpartition("/")[2] for item in self.listed(exchange)]
        for place, recorded in enumerate(order):
            for version in versions:
                if version["version"] == self.ids.get(recorded):
                    version["version"] = self.ids[recorded] = f"{place + 1:032x}"
                    break
        return True

    @staticmethod
    def version_of(exchange, parts):
        """The version of a key that the answer shows, before what the request changes."""
        body = exchange.body if isinstance(exchange.body, dict) else {}
        attributes, key = body.get("attributes") or {}, body.get("key") or {}
        version = {"kty": key.get("kty", "RSA"), "enabled": attributes.get("enabled", True)}
        for name in ("exp", "nbf"):
            if name in attributes and exchange.method == "GET":
                version[name] = attributes[name]
        if key.get("crv"):
            version["crv"] = key["crv"]
        if key.get("key_ops"):
            version["key_ops"] = key["key_ops"]
        if body.get("tags"):
            version["tags"] = body["tags"]
        if len(parts) > 3 and re.fullmatch("[0-9a-f]{31,32}", parts[3]):
            version["version"] = parts[3]
        return version

    def settings(self, exchange):
        """What Azure did at once takes no time; a list that was cut by Azure has small pages."""
        at_once = exchange.method == "PUT" and \
            exchange.properties().get("provisioningState") == "Succeeded"
        cut = exchange.link() and "$top" not in exchange.query and exchange.items()
        asks = exchange.code() in (("AuthorizationFailed", None),
                                   ("Forbidden", "ForbiddenByPolicy"))
        return {"registeringDns": 0 if at_once else HOUR, "operation": 0 if at_once else HOUR,
                "pageSize": len(exchange.items()) if cut else 1000,
                "authorization": "enforced" if asks or exchange.by_role() else "off"}

    def prepare_vault(self, exchange):
        """Keys show the retention of their vault, answers how it lets callers in."""
        if not exchange.vault:
            return
        shown = [exchange.body] + exchange.items()
        days = [body["attributes"]["recoverableDays"] for body in shown if isinstance(body, dict)
                and "recoverableDays" in (body.get("attributes") or {})]
        patch = {"enableRbacAuthorization": exchange.by_role()}
        if days:
            patch["softDeleteRetentionInDays"] = days[0]
        self.azsim.control("POST", "drift", {"id": self.vault_id(exchange.vault),
                                             "patch": {"properties": patch}})

    def prepare_pages(self, exchange):
        """Pages that Azure left empty (it filters after it has cut them) are made so by an op."""
        pages = self.pages(exchange)
        if exchange.vault and pages and pages[0] is exchange and \
                any(not page.items() and page.link() for page in pages):
            self.ops[exchange.path] = {
                "op": "pages", "match": "GET .*" + re.escape(exchange.path) + "[?]",
                "sizes": [len(page.items()) for page in pages]}

    def query(self, exchange):
        """The query to send: an op cuts the whole list, so it must not come in pages already."""
        left_out = {"$skiptoken"} | ({"maxresults"} if exchange.path in self.ops else set())
        return {name: value for name, value in exchange.query.items() if name not in left_out}

    def faults(self, exchange):
        """Answers that say that Azure is unwell, or does not want to, come by order."""
        faults = list(self.ops.values())
        code = exchange.code()[0]
        if exchange.status in (429, 500, 502, 503, 504):
            wanted = {"retry-after", "x-ms-failure-cause", "content-type"}
            fault = {"match": ".*", "status": exchange.status, "headers": [
                [name, value] for name, value in exchange.headers.items()
                if name.lower() in wanted]}
            if code and "details" not in exchange.body["error"]:
                fault.update(code=code, message=exchange.body["error"]["message"])
            else:
                fault["body"] = exchange.body
            faults.append(fault)
        return faults
