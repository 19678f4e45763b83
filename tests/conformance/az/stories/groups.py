"""Resource groups and what is not a vault or an account: identities, locks, diagnostic settings."""
import re

from steps import Story, az, logged

WORKSPACE = "$group/providers/Microsoft.OperationalInsights/workspaces/law"
DIAGNOSTICS = "monitor diagnostic-settings"

STORIES = [
    Story("a group is made, shown, listed and asked for",
          az("group create -n rg-az -l westeurope --tags team=ai",
             {"name": "rg-az", "location": "westeurope", "tags": {"team": "ai"},
              "properties.provisioningState": "Succeeded"}),
          az("group show -n rg-az", {"id": "$subscription/resourceGroups/rg-az"}),
          az("group list --query [].name", ["rg-openai-prod", "rg-az"]),
          az("group exists -n rg-az", True),
          az("group exists -n rg-none", False),
          az("group show -n rg-none",
             fails="(ResourceGroupNotFound) Resource group 'rg-none' could not be found.")),
    Story("a lock keeps a group from deletion until it is taken away",
          az("lock create -n keep --lock-type CanNotDelete -g rg-openai-prod --notes why",
             {"level": "CanNotDelete", "notes": "why"}),
          az("lock list --resource $vault --query [].name", ["keep"]),
          az("group delete -n rg-openai-prod --yes", fails="(ScopeLocked)"),
          az("keyvault delete -n kv-openai-prod -g rg-openai-prod", fails="(ScopeLocked)"),
          az("lock delete -n keep -g rg-openai-prod"),
          az("lock list -g rg-openai-prod", [])),
    Story("an identity is made, listed and deleted",
          az("identity create -n id-az -g rg-openai-prod --tags a=b",
             {"tenantId": "$tenant", "principalId": re.compile("[0-9a-f-]{36}"),
              "tags": {"a": "b"}, "location": "$location"}),
          logged("PUT .*", 201),
          az("identity list -g rg-openai-prod --query [].name", ["id-az"]),
          az("resource list -g rg-openai-prod --resource-type "
             "Microsoft.ManagedIdentity/userAssignedIdentities --query [].name", ["id-az"]),
          az("identity delete -n id-az -g rg-openai-prod"),
          az("identity show -n id-az -g rg-openai-prod", fails="(ResourceNotFound)")),
    Story("a vault's log goes to a workspace",
          az(f"{DIAGNOSTICS} categories list --resource $vault --query value[].name",
             ["AuditEvent", "AzurePolicyEvaluationDetails", "AllMetrics"]),
          az(f"{DIAGNOSTICS} create -n audit --resource $vault --workspace {WORKSPACE} "
             "--logs '[{\"category\": \"AuditEvent\", \"enabled\": true}]'",
             {"name": "audit", "logs.0.category": "AuditEvent", "logs.0.enabled": True,
              "workspaceId": re.compile(".*/workspaces/law")}),
          logged("PUT .*", 200),
          az(f"{DIAGNOSTICS} list --resource $vault --query [].name", ["audit"]),
          az(f"{DIAGNOSTICS} delete -n audit --resource $vault"),
          az(f"{DIAGNOSTICS} list --resource $vault", [])),
    Story("a provider is registered, and the activity log tells of it",
          az("provider show -n Microsoft.KeyVault", {"registrationState": "Registered"}),
          az("provider unregister -n Microsoft.KeyVault"),
          az("keyvault create -n kv-az -g rg-openai-prod --enable-rbac-authorization",
             fails="(MissingSubscriptionRegistration)"),
          az("provider register -n Microsoft.KeyVault"),
          az("keyvault create -n kv-az -g rg-openai-prod --enable-rbac-authorization",
             {"name": "kv-az"}),
          az("monitor activity-log list -g rg-openai-prod --query "
             "[0].[operationName.value,status.value]",
             ["Microsoft.KeyVault/vaults/write", "Succeeded"])),
]
