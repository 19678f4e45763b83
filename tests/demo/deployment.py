#!/usr/bin/env python3
"""Makes deployments out of bodies that Azure really answered (recorded.json).

usage: deployment.py seed FIRST COUNT            a seed for azsim: COUNT deployments as they must be
       deployment.py fleet FIRST COUNT           the same in short: all are like the first of them
       deployment.py config DIR MODE FIRST COUNT a configuration of cmkd that declares them

The deployment of number 1 is called prod, 2 prod2, and so on. DIR is azsim's state directory; the
configuration lies there too, with cmkd's own state below it.

The recordings were cut: of long lists a few entries were kept. They are filled up by repetition, so
that an account is as large again as what Azure sent (40 kB).
"""
import copy
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = SUBSCRIPTION + "/resourceGroups/rg-openai-prod"
LOCATION = "swedencentral"
TENANT = "11111111-1111-1111-1111-111111111111"
OFFICE = "203.0.113.0/24"
ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"  # Key Vault Crypto Service Encryption User

with open(os.path.join(HERE, "recorded.json"), encoding="utf-8") as stream:
    RECORDED = {kind: record["body"] for kind, record in json.load(stream).items()}


def body(kind):
    return copy.deepcopy(RECORDED[kind])


class Deployment:
    """The names and bodies of deployment number n."""

    def __init__(self, n, subscription=SUBSCRIPTION):
        suffix = "" if n == 1 else str(n)
        self.n = n
        self.subscription = subscription
        self.group = subscription + GROUP[len(SUBSCRIPTION):]
        self.stack = "prod" + suffix
        self.vault = "kv-openai-prod" + suffix
        self.account = "oai-prod" + suffix
        self.key = "openai-cmk"
        self.vault_id = f"{self.group}/providers/Microsoft.KeyVault/vaults/{self.vault}"
        self.key_id = f"{self.vault_id}/keys/{self.key}"
        self.account_id = f"{self.group}/providers/Microsoft.CognitiveServices/accounts/{self.account}"
        self.grant = f"55555555-5555-4555-8555-{n:012x}"
        self.grant_id = (f"{self.key_id}/providers/Microsoft.Authorization/roleAssignments/"
                         f"{self.grant}")
        self.principal = f"44444444-4444-4444-8444-{n:012x}"
        self.versions = [f"{'a' * 20}{n:012x}", f"{'b' * 20}{n:012x}"]

    def vault_body(self):
        vault = body("vault")
        vault.update(id=self.vault_id, name=self.vault, location=LOCATION)
        vault["properties"].update(
            sku={"family": "A", "name": "premium"}, tenantId=TENANT, accessPolicies=[],
            enableRbacAuthorization=True, softDeleteRetentionInDays=90,
            vaultUri=f"https://{self.vault}.vault.azure.net/", publicNetworkAccess="Disabled",
            networkAcls={"bypass": "AzureServices", "defaultAction": "Deny",
                         "ipRules": [{"value": OFFICE}], "virtualNetworkRules": []})
        return vault

    def account_body(self):
        account = body("account")
        account.update(id=self.account_id, name=self.account, location=LOCATION, kind="OpenAI")
        account["identity"].update(principalId=self.principal, tenantId=TENANT)
        encryption = body("encryption")
        encryption["keyVaultProperties"].update(
            keyName=self.key, keyVersion=self.versions[1],
            keyVaultUri=f"https://{self.vault}.vault.azure.net/")
        properties = account["properties"]
        properties.update(
            endpoint=f"https://{self.account}.openai.azure.com/", customSubDomainName=self.account,
            networkAcls={"defaultAction": "Deny", "ipRules": [{"value": OFFICE}],
                         "virtualNetworkRules": []},
            encryption=encryption, publicNetworkAccess="Disabled")
        self.fill_up(properties)
        return account

    @staticmethod
    def fill_up(properties):
        rules = properties["callRateLimit"]["rules"]
        capabilities = properties["capabilities"]
        endpoints = list(properties["endpoints"].items())
        properties["callRateLimit"]["rules"] = [rules[i % len(rules)] for i in range(235)]
        properties["capabilities"] = [capabilities[i % len(capabilities)] for i in range(27)]
        for i in range(len(endpoints), 63):
            name, url = endpoints[i % len(endpoints)]
            properties["endpoints"][f"{name} {i}"] = url

    def grant_body(self):
        grant = body("roleAssignment")
        grant.update(id=self.grant_id, name=self.grant)
        grant["properties"].update(
            roleDefinitionId=f"{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/"
                             f"{ROLE}",
            principalId=self.principal, scope=self.key_id)
        return grant

    def keys(self):
        key = {"enabled": True, "kty": "RSA", "keySize": 2048}
        return {self.key: [dict(key, version=self.versions[0], ageDays=50),
                           dict(key, version=self.versions[1], ageDays=20)]}

    def declaration(self):
        def rules():
            return {"networkAcls": {"ipRules": [{"value": OFFICE}]}, "publicNetworkAccess": "Disabled"}

        return {
            "subscriptionId": self.subscription.rsplit("/", 1)[1],
            "resourceGroup": self.group.rsplit("/", 1)[1],
            "location": LOCATION,
            "vault": {"name": self.vault, "properties": rules()},
            "key": {"name": self.key, "rotation": {"every": "P90D"}},
            "account": {"name": self.account, "properties": rules()},
        }


def places(deployments):
    """The first subscription and its group are always there."""
    return {"subscriptions": sorted({SUBSCRIPTION, *(d.subscription for d in deployments)}),
            "resourceGroups": sorted({GROUP, *(d.group for d in deployments)})}


def seed(deployments):
    live = {}
    for d in deployments:
        live[d.vault_id] = d.vault_body()
        live[d.account_id] = d.account_body()
        live[d.grant_id] = d.grant_body()
    return {**places(deployments), "live": live,
            "keys": {d.vault: d.keys() for d in deployments},
            "settings": {"grantDelay": 0, "operation": 0, "registeringDns": 0, "recovering": 0}}


def unlike(model, body):
    """The merge patch that makes the body of the model."""
    patch = {name: None for name in model if name not in body}
    for name, value in body.items():
        old = model.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            if value != old:
                patch[name] = unlike(old, value)
        elif name not in model or value != old:
            patch[name] = value
    return patch


def fleet(deployments):
    """A seed of tens of thousands of resources."""
    short = seed(deployments[:1])
    short.update(places(deployments))
    models = list(short["live"].items())
    for d in deployments[1:]:
        bodies = (d.vault_id, d.vault_body()), (d.account_id, d.account_body()), (d.grant_id, d.grant_body())
        for (model_id, model), (body_id, made) in zip(models, bodies):
            short["live"][body_id] = {"@like": model_id, **unlike(model, made)}
        short["keys"][d.vault] = d.keys()
    return short


def config(folder, mode, deployments):
    with open(os.path.join(folder, "cloud.json"), encoding="utf-8") as stream:
        cloud = json.load(stream)
    return {"cloud": cloud, "credential": {"type": "managedIdentity"}, "mode": mode,
            "interval": "P1D",
            "limits": {"absentFor": "PT1S", "onceDeadline": "PT2M", "share": 1},
            "stateDirectory": os.path.join(os.path.abspath(folder), "state"),
            "stacks": {d.stack: d.declaration() for d in deployments}}


def main(arguments):
    what, *rest = arguments
    first, count = int(rest[-2]), int(rest[-1])
    deployments = [Deployment(n) for n in range(first, first + count)]
    makes = {"seed": seed, "fleet": fleet, "config": lambda them: config(rest[0], rest[1], them)}
    json.dump(makes[what](deployments), sys.stdout, indent=None if what == "fleet" else 1)
    print()


if __name__ == "__main__":
    if len(sys.argv) != {"seed": 4, "fleet": 4, "config": 6}.get("".join(sys.argv[1:2])):
        sys.exit(__doc__)
    main(sys.argv[1:])
