"""A recorded exchange, and what can be read out of it."""
import re
import urllib.parse

ACCOUNT = re.compile(r"(?i)(.*/providers/Microsoft\.CognitiveServices/accounts/[^/]+)")
DATA = re.compile(r"https://([^./]+)\.vault\.azure\.net")


class Exchange:
    """One recorded request and its answer."""

    def __init__(self, recorded, number):
        self.number, self.source = number, recorded["source"]
        request, response = recorded["request"], recorded["response"]
        self.method, self.url = request["method"], request["url"] or ""
        parts = urllib.parse.urlsplit(self.url)
        self.path = urllib.parse.unquote(parts.path).rstrip("/")
        self.path = re.sub("//+", "/", self.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query, True))
        self.authorized = "Authorization" in (request.get("headers") or {})
        self.sent, self.status = request.get("body"), response["status"]
        self.headers, self.body = response.get("headers") or {}, response.get("body")
        self.trimmed = recorded.get("trimmed") or []
        data = DATA.match(self.url)
        self.vault = data.group(1) if data else None

    def properties(self, of="body"):
        whole = getattr(self, of)
        found = whole.get("properties") if isinstance(whole, dict) else None
        return found if isinstance(found, dict) else {}

    def items(self):
        """The elements, if the answer is a list."""
        items = self.body.get("value") if isinstance(self.body, dict) else None
        return items if isinstance(items, list) else []

    def link(self):
        return self.body.get("nextLink") if isinstance(self.body, dict) else None

    def code(self):
        error = self.body.get("error", self.body) if isinstance(self.body, dict) else {}
        return (error.get("code"), (error.get("innererror") or {}).get("code")) \
            if isinstance(error, dict) and "code" in error else (None, None)

    def by_role(self):
        """A vault says that a role assignment has let the caller in."""
        return self.vault is not None and "x-ms-keyvault-rbac-assignment-id" in \
            {name.lower() for name in self.headers}

    def request_body(self):
        """What was sent; where the recorder dropped it, what would give such an answer."""
        if self.status is None and self.method == "PUT":  # a quote shows the telling member only
            whole = {"location": "westus2", "kind": "OpenAI", "sku": {"name": "S0"}}
            tenant = {"tenantId": "11111111-1111-1111-1111-111111111111",
                      "sku": {"family": "A", "name": "standard"}}
            return {**whole, "properties": {**tenant, **self.properties("sent")}}
        if isinstance(self.sent, dict) or self.method in ("GET", "DELETE"):
            return self.sent
        body = self.body if isinstance(self.body, dict) else {}
        key, attributes = body.get("key") or {}, body.get("attributes") or {}
        given = {name: attributes[name] for name in ("enabled", "exp", "nbf") if name in attributes}
        tags = {"tags": body["tags"]} if "tags" in body else {}
        last = self.path.rpartition("/")[2].lower()
        if last == "create":
            return {"kty": key.get("kty", "RSA"), "attributes": given, **tags,
                    **{name: key[name] for name in ("crv", "key_ops") if name in key}}
        if last == "rotationpolicy":
            return {"lifetimeActions": [item for item in body["lifetimeActions"]
                                        if item["action"]["type"] != "Notify"],
                    "attributes": {"expiryTime": body["attributes"].get("expiryTime")}}
        if self.method == "PATCH" and key:
            return {"attributes": given, **tags}
        if self.method in ("PUT", "PATCH"):
            return {name: body[name] for name in ("location", "tags", "sku", "kind", "properties")
                    if name in body}
        return None

    def names(self):
        """The names that stand in the path: they may stand in texts too."""
        known = re.split(r"[/]", self.path) + ([self.vault] if self.vault else [])
        words = {"subscriptions", "resourcegroups", "providers", "keys", "vaults", "accounts",
                 "deployments", "projects", "versions", "deletedkeys", "deletedvaults", "recover",
                 "create", "rotate", "locations", "rotationpolicy"}
        return [name for name in known if name.lower() not in words and "Microsoft." not in name]

    def unsettled(self):
        """Azure was not yet done with what was asked before."""
        state = self.properties().get("provisioningState")
        status = self.body.get("status") if isinstance(self.body, dict) else None
        if self.method in ("PUT", "PATCH", "DELETE") and ACCOUNT.match(self.path):
            return False  # it was done with that before it took this
        if "/userassignedidentities/" in self.path.lower():
            return True  # its principal is still new to the directory
        if isinstance(status, str) and "operationresults" in self.path.lower():
            return status != "Succeeded"
        code, inner = self.code()
        return state not in (None, "Succeeded") or code == "PrincipalNotFound" or \
            inner == "ObjectIsBeingDeleted" or (code == "KeyNotFound" and self.vault is not None)


def own_id(body):
    """The live ARM id of a body, and whether it is shown as deleted; (None, False): it has none."""
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        return None, False
    ident, properties = body["id"], body.get("properties") or {}
    if "vaultId" in properties:
        return properties["vaultId"], True
    match = re.match(r"(?i)(/subscriptions/[^/]+)/providers/(Microsoft\.CognitiveServices)/"
                     r"locations/[^/]+/resourceGroups/([^/]+)/deletedAccounts/([^/]+)$", ident)
    if match:
        return "{}/resourceGroups/{}/providers/{}/accounts/{}".format(
            match.group(1), match.group(3), match.group(2), match.group(4)), True
    return (ident, False) if ident.startswith(("/subscriptions/", "/providers/")) else (None, False)


def plain(body):
    """A body as a seed has it: what only records of the deleted show is left out."""
    seeded = {name: value for name, value in body.items() if name not in ("id", "type")}
    properties = dict(seeded.get("properties") or {})
    if "vaultId" in properties:
        seeded = {"location": properties["location"], "tags": properties.get("tags") or {}}
        properties = {"sku": {"family": "A", "name": "standard"}, "accessPolicies": [],
                      "tenantId": "11111111-1111-1111-1111-111111111111",
                      "enableSoftDelete": True, "softDeleteRetentionInDays": 90,
                      "vaultUri": "https://{}.vault.azure.net/".format(
                          body["properties"]["vaultId"].rpartition("/")[2].lower()),
                      "enabledForDeployment": False, "provisioningState": "Succeeded",
                      "publicNetworkAccess": "Enabled",
                      **({"enablePurgeProtection": True}
                         if properties.get("purgeProtectionEnabled") else {})}
    for name in ("deletionDate", "scheduledPurgeDate"):
        properties.pop(name, None)
    if properties:
        if "provisioningState" in properties:
            properties["provisioningState"] = "Succeeded"
        seeded["properties"] = properties
    return seeded
