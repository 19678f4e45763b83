"""What hangs under accounts and vaults: a deployment, a diagnostic setting, a lock. Stacks of the role
"children" declare one of each; here is what they are, and what somebody else does to them."""
from azure import ACCOUNTS

ROLE = "children"
LOCKS, SETTINGS = "2020-05-01", "2021-05-01-preview"


class Child:
    def __init__(self, stack, parent, section, name, label, place, version, body):
        self.parent, self.section, self.name = parent, section, name  # in the declaration
        self.label = f"{label} {name} of {getattr(stack, parent)}"
        self.id = f"{getattr(stack, parent + '_id')}/{place}/{name}"
        self.version, self.body = version, body

    def put(self, writer, body=None):
        return writer.arm("PUT", self.id, self.version, body or self.body)

    def delete(self, writer):
        return writer.arm("DELETE", self.id, self.version)

    def declare(self, stack):
        stack[self.parent].setdefault(self.section, {})[self.name] = self.body


def children_of(stack):
    """By section; none of a stack of another role."""
    if stack.role != ROLE:
        return {}
    workspace = stack.vault_id.split("/providers/")[0] + (
        "/providers/Microsoft.OperationalInsights/workspaces/logs")
    children = (
        Child(stack, "account", "deployments", "gpt-4o", "deployment", "deployments", ACCOUNTS, {
            "sku": {"name": "Standard", "capacity": 10},
            "properties": {"model": {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"},
                           "versionUpgradeOption": "NoAutoUpgrade"}}),
        Child(stack, "account", "diagnosticSettings", "audit", "diagnosticSetting",
              "providers/Microsoft.Insights/diagnosticSettings", SETTINGS, {
                  "properties": {"workspaceId": workspace,
                                 "logs": [{"categoryGroup": "audit", "enabled": True}]}}),
        # It keeps somebody else from deleting the vault.
        Child(stack, "vault", "locks", "keep", "lock", "providers/Microsoft.Authorization/locks", LOCKS, {
            "properties": {"level": "CanNotDelete", "notes": "ours"}}),
    )
    return {child.section: child for child in children}


def is_child(resource):
    """By an id in lower case."""
    return any(part in resource for part in ("/deployments/", "/diagnosticsettings/", "/locks/"))


# What somebody else makes of it, and the path at which that is found.
CHANGES = {
    "deployment capacity": ("deployments", "sku.capacity", lambda body: dict(
        body, sku=dict(body["sku"], capacity=99))),
    "deployment upgrades": ("deployments", "properties.versionUpgradeOption", lambda body: dict(
        body, properties=dict(body["properties"], versionUpgradeOption="OnceCurrentVersionExpired"))),
    "setting off": ("diagnosticSettings", "properties.logs", lambda body: {
        "properties": dict(body["properties"], logs=[{"categoryGroup": "audit", "enabled": False}])}),
    "lock note": ("locks", "properties.notes", lambda body: {
        "properties": dict(body["properties"], notes="mine")}),
}
GONE = {"deployment deleted": "deployments", "setting deleted": "diagnosticSettings",
        "lock deleted": "locks"}
