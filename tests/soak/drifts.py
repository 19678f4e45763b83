"""What somebody else does to Azure, and what cmkd must then do, or say."""
import re

import children
from azure import ACCOUNTS, GRANTS, VAULTS
from fleet import LOCATION

REPORTS = re.compile(r"left alone: |held by order: |exempt: |NOT repaired, |cmkd cannot change it: |"
                     r"FAILED: |waiting |repaired and changed back|A KEY VERSION IS DISABLED|"
                     r"Azure has accepted the ")
AGAIN, CREATED, RECOVERED = "{path}.* was .*, is .* again", "was not there, has been created", (
    "was deleted, has been recovered")
REPOINTED, ENABLED = "encryption repointed from key version ", "a disabled key version has been enabled"
SETTLED, NOT_BY_CMKD, PERHAPS_BY_CMKD = "is right again", "and not by cmkd", "cmkd's own "


class Sign:
    """That cmkd has noticed: a line about the stack's resource that begins with the path, and ends
    the matter if it has these words."""

    def __init__(self, stack, resource, path, ends):
        self.stack, self.resource, self.path = stack.stack, resource, path
        self.ends = re.compile(ends.replace("{path}", re.escape(path)))
        self.ended = self.reported = None

    def take(self, line):
        if self.ended or self.resource != line.resource or self.stack not in line.stacks:
            return
        is_of_path = line.words.startswith(self.path or SETTLED)
        is_whole = not self.path or line.words.startswith(("it is ", "A KEY VERSION"))
        if self.ends.match(line.words) or (is_of_path and SETTLED in line.words):
            self.ended = line
        elif REPORTS.search(line.words) and (is_whole or is_of_path):
            self.reported = line


class Drift:
    def __init__(self, kind, stack, signs, touches, undo=None):
        self.kind, self.stack, self.signs, self.undo = kind, stack, signs, undo
        self.touches = [touched.lower() for touched in touches]
        self.since = self.seq = None
        self.was_cut = False   # cmkd was killed meanwhile
        self.is_undone = False
        self.how = None        # told, unheard, undone

    def __str__(self):
        missing = [f"{s.stack}: {s.resource}: {s.path}" for s in self.signs if not s.ended]
        return f"{self.kind} of {self.stack.stack} at {self.since}: nothing about {missing}"

    def take(self, line):
        for sign in self.signs:
            sign.take(line)

    def is_reported(self):
        return all(sign.reported or sign.ended for sign in self.signs)

    def is_ended(self):
        return all(sign.ended for sign in self.signs)


def granted(stack):
    """A new identity is another principal; and with a vault go the grants on its keys."""
    return Sign(stack, f"grant on {stack.key}", "", CREATED)


# ---- vaults -------------------------------------------------------------------------------------

def vault_patch(path, change):
    """A drift that writes properties of the vault, and a way back."""
    def make(kind, writer, stack):
        body = writer.arm("GET", stack.vault_id, VAULTS)
        if not body:
            return None
        before = {name: body["properties"][name] for name in ("networkAcls", "publicNetworkAccess",
                                                              "enableRbacAuthorization")}

        def put(properties):
            return writer.arm("PATCH", stack.vault_id, VAULTS, {"properties": properties})
        if put(change(stack, before)) is None:
            return None
        return Drift(kind, stack, [Sign(stack, stack.vault, path, AGAIN)], [stack.vault_id],
                     lambda: put(before))
    return make


def acls(**changes):
    return lambda stack, old: {"networkAcls": dict(old["networkAcls"], **changes)}


def more_rules(stack, old):
    rules = old["networkAcls"]["ipRules"] + [{"value": f"198.51.100.{stack.n % 250 + 1}"}]
    return {"networkAcls": dict(old["networkAcls"], ipRules=rules)}


def tags(of, label, version):
    def make(kind, writer, stack):
        resource = getattr(stack, of)
        body = writer.arm("GET", resource, version)

        def put(env):
            return writer.arm("PATCH", resource, version, {"tags": dict(body.get("tags", {}), env=env)})
        if not body or put("test") is None:
            return None
        return Drift(kind, stack, [Sign(stack, getattr(stack, label), "tags.env", AGAIN)], [resource],
                     lambda: put("prod"))
    return make


def vault_deleted(kind, writer, stack):
    """Its role assignments go with it."""
    if writer.arm("DELETE", stack.vault_id, VAULTS) is None:
        return None
    return Drift(kind, stack, [Sign(stack, stack.vault, "", RECOVERED)] + [
        granted(sharer) for sharer in stack.sharers],
        [stack.vault_id] + [sharer.key_id + "/providers" for sharer in stack.sharers])


# ---- accounts -----------------------------------------------------------------------------------

def account_patch(path, change, ends=AGAIN, new_identity=False):
    def make(kind, writer, stack):
        body = writer.arm("GET", stack.account_id, ACCOUNTS)
        if not body or not change(stack, body):
            return None
        before = {"properties": {name: body["properties"][name]
                                 for name in ("networkAcls", "publicNetworkAccess", "encryption")}}

        def put(changed):
            return writer.arm("PATCH", stack.account_id, ACCOUNTS, changed)
        if put(change(stack, body)) is None:
            return None
        signs, touches = [Sign(stack, stack.account, path, ends)], [stack.account_id]
        if not new_identity:
            return Drift(kind, stack, signs, touches, lambda: put(before))
        return Drift(kind, stack, signs + [granted(stack)], touches + [stack.key_id + "/providers"])
    return make


def account_acls(**changes):
    return lambda stack, body: {"properties": {"networkAcls": dict(
        body["properties"]["networkAcls"], **changes)}}


def link(**changes):
    def change(_, body):
        old = body["properties"]["encryption"]
        return {"properties": {"encryption": dict(
            old, keyVaultProperties=dict(old["keyVaultProperties"], **changes))}}
    return change


def older(stack, body):
    """Azure would take a newer one for no drift."""
    named = body["properties"]["encryption"]["keyVaultProperties"].get("keyVersion")
    return link(keyVersion=stack.versions[0])(stack, body) if named != stack.versions[0] else None


def unpinned(stack, body):
    return link(keyVersion="")(stack, body) if stack.role != "versionless" else None


def account_deleted(kind, writer, stack):
    if stack.children:
        return None  # Azure does not say what of them comes back
    if writer.arm("DELETE", stack.account_id, ACCOUNTS) is None:
        return None
    return Drift(kind, stack, [Sign(stack, stack.account, "", RECOVERED)], [stack.account_id])


def account_purged(kind, writer, stack):
    """Of what only a purge can take away nothing comes back but what is declared."""
    if stack.children:
        return None
    gone = stack.account_id.replace("/resourceGroups/", (
        f"/providers/Microsoft.CognitiveServices/locations/{LOCATION}/resourceGroups/"))
    gone = gone.replace("/providers/Microsoft.CognitiveServices/accounts/", "/deletedAccounts/")
    if writer.arm("DELETE", stack.account_id, ACCOUNTS) is None:
        return None
    if writer.arm("DELETE", gone, ACCOUNTS) is None:
        return Drift(kind, stack, [Sign(stack, stack.account, "", RECOVERED)],
                     [stack.account_id, stack.key_id])
    stack.was_purged = True
    return Drift(kind, stack, [Sign(stack, stack.account, "", CREATED), granted(stack),
                               Sign(stack, stack.account, "properties.encryption.keySource", AGAIN)],
                 [stack.account_id, stack.key_id + "/providers"])


# ---- grants and keys ----------------------------------------------------------------------------

def grant_deleted(kind, writer, stack):
    body = writer.arm("GET", stack.account_id, ACCOUNTS)
    listed = body and writer.arm("GET", stack.key_id + "/providers/Microsoft.Authorization/roleAssignments",
                                 GRANTS)
    if not listed:
        return None
    principal = body["identity"].get("principalId")
    own = [g["id"] for g in listed["value"] if g["properties"]["principalId"] == principal]
    if not own or any(writer.arm("DELETE", grant, GRANTS) is None for grant in own):
        return None
    return Drift(kind, stack, [granted(stack)], [stack.key_id + "/providers"])


def key_rotated(kind, writer, stack):
    """Whoever rotates, the accounts follow; those that name no version do by themselves."""
    if stack.role in ("rotates", "retires", "versionless"):
        return None
    made = writer.vault(stack.vault, "POST", f"/keys/{stack.key}/rotate")
    if made is None:
        return None
    users = stack.users()
    for user in users:
        user.rotated = getattr(user, "rotated", 0) + (user is users[0])
    return Drift(kind, stack, [Sign(user, user.account, "", REPOINTED) for user in users],
                 [user.account_id for user in users])


def key_disabled(kind, writer, stack):
    body = writer.arm("GET", stack.account_id, ACCOUNTS)
    named = body and body["properties"]["encryption"].get("keyVaultProperties", {}).get("keyVersion")
    if not named:
        return None

    def switch(enabled):
        return writer.vault(stack.vault, "PATCH", f"/keys/{stack.key}/{named}",
                            {"attributes": {"enabled": enabled}})
    if switch(False) is None:
        return None
    touches = [stack.key_id] if stack.role == "reenable" else []
    return Drift(kind, stack, [Sign(stack, stack.key, "properties.attributes.enabled", ENABLED)],
                 touches, lambda: switch(True))


def key_deleted(kind, writer, stack):
    if writer.vault(stack.vault, "DELETE", f"/keys/{stack.key}") is None:
        return None
    return Drift(kind, stack, [Sign(stack, stack.key, "", RECOVERED)], [stack.key_id])


# ---- what hangs under them --------------------------------------------------------------------

def child_changed(section, path, change):
    def make(kind, writer, stack):
        child = stack.children[section]
        if child.put(writer, change(child.body)) is None:
            return None
        return Drift(kind, stack, [Sign(stack, child.label, path, AGAIN)], [child.id],
                     lambda: child.put(writer))
    return make


def child_deleted(section):
    def make(kind, writer, stack):
        child = stack.children[section]
        if child.delete(writer) is None:
            return None
        return Drift(kind, stack, [Sign(stack, child.label, "", CREATED)], [child.id],
                     lambda: child.put(writer))
    return make


KINDS = {
    "vault opened": vault_patch("properties.networkAcls.defaultAction", acls(defaultAction="Allow")),
    "vault rule added": vault_patch("properties.networkAcls.ipRules", more_rules),
    "vault rules gone": vault_patch("properties.networkAcls.ipRules", acls(ipRules=[])),
    "vault bypass": vault_patch("properties.networkAcls.bypass", acls(bypass="None")),
    "vault public": vault_patch("properties.publicNetworkAccess",
                                lambda *_: {"publicNetworkAccess": "Enabled"}),
    "vault on policies": vault_patch("properties.enableRbacAuthorization",
                                     lambda *_: {"enableRbacAuthorization": False}),
    "vault tag": tags("vault_id", "vault", VAULTS),
    "vault deleted": vault_deleted,
    "account opened": account_patch("properties.networkAcls.defaultAction",
                                    account_acls(defaultAction="Allow")),
    "account rule added": account_patch("properties.networkAcls.ipRules", account_acls(
        ipRules=[{"value": "203.0.113.0/24"}, {"value": "198.51.100.7"}])),
    "account public": account_patch("properties.publicNetworkAccess",
                                    lambda *_: {"properties": {"publicNetworkAccess": "Enabled"}}),
    "account tag": tags("account_id", "account", ACCOUNTS),
    "account identity": account_patch("identity.type", lambda *_: {"identity": {"type": "None"}},
                                      new_identity=True),
    "account own key off": account_patch(
        "properties.encryption.keySource",
        lambda *_: {"properties": {"encryption": {"keySource": "Microsoft.CognitiveServices"}}}),
    "account older version": account_patch("properties.encryption.keyVaultProperties.keyVersion",
                                           older, f"{REPOINTED}|{AGAIN}"),
    "account no version": account_patch("properties.encryption.keyVaultProperties.keyVersion",
                                        unpinned),
    "account deleted": account_deleted,
    "account purged": account_purged,
    "grant deleted": grant_deleted,
    "key rotated": key_rotated,
    "key disabled": key_disabled,
    "key deleted": key_deleted,
    **{kind: child_changed(*change) for kind, change in children.CHANGES.items()},
    **{kind: child_deleted(section) for kind, section in children.GONE.items()},
}
# Only to the stacks of one role.
ROLES = {"vault tag": "tags", "account tag": "tags",
         **dict.fromkeys((*children.CHANGES, *children.GONE), children.ROLE)}
# Nothing repairs these but whoever made them (a key, unless "reenable" says otherwise).
BY_HAND = ("vault on policies", "key disabled")


# ---- what is not declared -----------------------------------------------------------------------

def undeclared(writer, stack, random):
    """A change that is nobody's business; (resource, path, value), or None."""
    which = random.choice(("vault", "account", "tag"))
    value = random.random() < 0.5
    if which == "vault":
        body = {"properties": {"enabledForDeployment": value}}
        done = writer.arm("PATCH", stack.vault_id, VAULTS, body)
        return done and (stack.vault_id, ("properties", "enabledForDeployment"), value)
    if which == "account":
        body = {"properties": {"dynamicThrottlingEnabled": value}}
        done = writer.arm("PATCH", stack.account_id, ACCOUNTS, body)
        return done and (stack.account_id, ("properties", "dynamicThrottlingEnabled"), value)
    seen = writer.arm("GET", stack.account_id, ACCOUNTS)
    note = f"note {random.randrange(1000)}"
    done = seen and writer.arm("PATCH", stack.account_id, ACCOUNTS, {"tags": dict(seen.get("tags", {}), note=note)})
    return done and (stack.account_id, ("tags", "note"), note)
