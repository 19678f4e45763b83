"""The stacks: in several subscriptions, some of which share vaults and keys, some restrained."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo"))
import deployment  # noqa: E402
from children import children_of  # noqa: E402

LOCATION = deployment.LOCATION
SUBSCRIPTIONS = 5
# Of twenty stacks these, by what makes them special; the others are plain.
ROLES = {1: "shares its key", 3: "shares its vault", 4: "audit", 5: "versionless", 6: "held",
         7: "exempt", 8: "reenable", 9: "tags", 10: "rotates", 11: "retires", 12: "no rotation",
         13: "children", 17: "children"}


class Stack(deployment.Deployment):
    def __init__(self, n, before):
        super().__init__(n)
        self.role = ROLES.get((n - 1) % 20, "plain")
        self.subscription = f"/subscriptions/00000000-0000-0000-0000-{n // 4 % SUBSCRIPTIONS + 1:012x}"
        for name in ("vault_id", "key_id", "account_id", "grant_id"):
            setattr(self, name, self.local(getattr(self, name)))
        self.sharers = [self]  # of the vault, the first one is its owner
        if self.role in ("shares its key", "shares its vault"):
            self.join(before)
        self.held = self.role == "held"
        self.children = children_of(self)

    def local(self, text):
        return text.replace(deployment.SUBSCRIPTION, self.subscription)

    def join(self, owner):
        own_key = self.role == "shares its vault"
        self.subscription = owner.subscription
        self.account_id = self.local(deployment.Deployment(self.n).account_id)
        self.vault, self.vault_id = owner.vault, owner.vault_id
        if own_key:
            self.key = f"openai-cmk{self.n}"
        else:
            self.versions = owner.versions
        self.key_id = f"{self.vault_id}/keys/{self.key}"
        self.grant_id = f"{self.key_id}/providers/Microsoft.Authorization/roleAssignments/{self.grant}"
        self.sharers = owner.sharers
        self.sharers.append(self)

    def users(self):
        """Those whose accounts use the same key."""
        return [stack for stack in self.sharers if stack.key == self.key]

    # ---- as it is at first -----------------------------------------------------------------

    def account_body(self):
        account = super().account_body()
        account["systemData"] = {"lastModifiedAt": "2020-01-01T00:00:00Z"}
        account["tags"] = {"env": "prod", "owner": "team"}
        for name in ("callRateLimit", "capabilities", "endpoints"):
            del account["properties"][name]  # 27 kB that nobody looks at
        if self.role == "versionless":
            account["properties"]["encryption"]["keyVaultProperties"]["keyVersion"] = ""
        return account

    def vault_body(self):
        vault = super().vault_body()
        vault["tags"] = {"env": "prod", "owner": "team"}
        return vault

    def grant_body(self):
        grant = super().grant_body()
        grant["properties"]["roleDefinitionId"] = self.local(grant["properties"]["roleDefinitionId"])
        return grant

    def keys(self):
        old, new = super().keys()[self.key]
        if self.role == "rotates":
            old["ageDays"], new["ageDays"] = 180, 90 - (self.n % 7 + 1) / 50
        if self.role == "retires":
            new["ageDays"] = 0.95
        return {self.key: [old, new]}

    # ---- as it is declared -----------------------------------------------------------------

    def declaration(self, restrained):
        stack = super().declaration()
        stack["subscriptionId"] = self.subscription.rsplit("/", 1)[1]
        stack["key"]["name"] = self.key
        if self.role == "audit":
            stack["mode"] = "audit" if restrained else "enforce"
        if self.role == "versionless":
            stack["account"]["properties"]["encryption"] = {"keyVaultProperties": {"keyVersion": ""}}
        if self.role == "exempt" and restrained:
            stack["exemptions"] = [{"path": "vault.properties.networkAcls", "reason": "SEC-1"}]
        if self.role == "reenable":
            stack["key"]["reenable"] = True
        if self.role == "tags":
            stack["vault"]["tags"] = {"env": "prod"}
            stack["account"]["tags"] = {"env": "prod"}
        if self.role == "retires":
            stack["key"]["rotation"]["retireAfter"] = "P1D"
        if self.role == "no rotation":
            del stack["key"]["rotation"]
        for child in self.children.values():
            child.declare(stack)
        return stack


class Fleet:
    def __init__(self, count):
        self.stacks = []
        for n in range(1, count + 1):
            self.stacks.append(Stack(n, self.stacks[-1] if self.stacks else None))
        self.by_name = {stack.stack: stack for stack in self.stacks}

    def seed(self):
        live, keys = {}, {}
        for stack in self.stacks:
            if stack is stack.sharers[0]:
                live[stack.vault_id] = stack.vault_body()
            live[stack.account_id] = stack.account_body()
            live[stack.grant_id] = stack.grant_body()
            if stack is stack.users()[0]:
                keys.setdefault(stack.vault, {}).update(stack.keys())
        return {"live": live, "keys": keys, "settings": {
            "grantDelay": 20, "operation": 5, "registeringDns": 5, "recovering": 20, "deleting": 1,
            "principalDelay": 10, "tokenLifetime": 3600}}

    def write_config(self, folder, restrained=True, **changes):
        config = deployment.config(folder, "enforce", [])
        config["interval"] = "PT30M"
        config["limits"] = {"absentFor": "PT30S", "changesPerPass": 200, "share": 1}
        config["stacks"] = {stack.stack: stack.declaration(restrained) for stack in self.stacks}
        config.update(changes)
        path = os.path.join(folder, "cmkd.json")
        with open(path + ".new", "w", encoding="utf-8") as stream:
            json.dump(config, stream)
        os.rename(path + ".new", path)
