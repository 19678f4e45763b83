"""Roles and their assignments. Debian's `az role assignment` breaks down by itself: `az rest`."""
import re

from steps import Story, az, control

from .operations import encryption

AUTHORIZATION = "/providers/Microsoft.Authorization"
VERSION = "?api-version=2022-04-01"
ROLES = f"$subscription{AUTHORIZATION}/roleDefinitions"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
NEW = "66666666-6666-4666-8666-666666666666"
OTHER = "77777777-7777-4777-8777-777777777777"
ENFORCED = control("POST", "settings", {"authorization": "enforced"})
LINK = ("cognitiveservices account update -n oai-az -g rg-openai-prod "
        + encryption("$newest"))


def assignment(method, scope, name, more=""):
    return f"rest -m {method} -u {scope}{AUTHORIZATION}/roleAssignments/{name}{VERSION}{more}"


def grant(role, principal):
    return {"properties": {"roleDefinitionId": f"{ROLES}/{role}", "principalId": principal,
                           "principalType": "ServicePrincipal"}}


STORIES = [
    Story("a role is assigned, listed and taken away",
          az("identity create -n id-az -g rg-openai-prod", keep={"new": "principalId"}),
          az(f"rest -m get -u {ROLES}/{ENCRYPTION_USER}{VERSION}",
             {"properties.roleName": "Key Vault Crypto Service Encryption User",
              "properties.type": "BuiltInRole"}),
          az(assignment("put", "$key", NEW),
             {"properties.principalId": "$new", "properties.scope": "$key", "name": NEW,
              "properties.condition": None}, body=grant(ENCRYPTION_USER, "$new")),
          az(assignment("put", "$key", OTHER), fails="RoleAssignmentExists",
             body=grant(ENCRYPTION_USER, "$new")),
          az(assignment("get", "$key", "", " --query value[].properties.principalId"),
             ["$principal", "$new"]),
          az(assignment("delete", "$key", NEW), {"name": NEW}),
          az(assignment("get", "$key", NEW), fails="RoleAssignmentNotFound")),
    Story("a new account is pointed at a key once its identity may use it",
          az("cognitiveservices account create -n oai-az -g rg-openai-prod -l $location "
             "--kind OpenAI --sku S0 --custom-domain oai-az --assign-identity --yes",
             keep={"new": "identity.principalId"}),
          az(f"{LINK} --query properties.encryption.keySource", fails="(BadRequest)"),
          az(assignment("put", "$key", NEW), body=grant(ENCRYPTION_USER, "$new")),
          az(f"{LINK} --query properties.encryption",
             {"keySource": "Microsoft.KeyVault", "keyVaultProperties.keyName": "openai-cmk",
              "keyVaultProperties.keyVersion": "$newest"}),
          az(assignment("delete", "$key", NEW), {"properties.principalId": "$new"})),
    Story("an account uses its key as an identity that is attached to it",
          az("identity create -n id-az -g rg-openai-prod",
             keep={"new": "principalId", "id": "id", "client_of_id": "clientId"}),
          az(assignment("put", "$key", NEW), body=grant(ENCRYPTION_USER, "$new")),
          az("rest -m patch -u $account?api-version=2022-12-01",
             {"identity.type": "SystemAssigned, UserAssigned",
              "identity.principalId": "$principal"},
             body={"identity": {"type": "SystemAssigned, UserAssigned",
                                "userAssignedIdentities": {"$id": {}}}}),
          az("cognitiveservices account update -n oai-prod -g rg-openai-prod "
             + encryption("$newest", identityClientId="$client_of_id"),
             {"properties.encryption.keyVaultProperties.identityClientId": "$client_of_id",
              "properties.provisioningState": "Succeeded"}),
          az("cognitiveservices account identity show -n oai-prod -g rg-openai-prod "
             "--query values(userAssignedIdentities)[].principalId", ["$new"])),
    Story("who may read may not write",
          az(assignment("put", "$subscription", NEW), body=grant(READER, "$caller")),
          ENFORCED,
          az("keyvault show -n kv-openai-prod -g rg-openai-prod", {"id": "$vault"}),
          az("group create -n rg-az -l westeurope", fails="(AuthorizationFailed) The client"),
          az("keyvault update -n kv-openai-prod -g rg-openai-prod --default-action Allow",
             fails="does not have authorization to perform action "
                   "'Microsoft.KeyVault/vaults/write' over scope"),
          az("rest -m get -u $data/keys/openai-cmk?api-version=7.4 "
             "--resource https://vault.azure.net", fails="ForbiddenByRbac")),
    Story("who may do nothing sees nothing",
          ENFORCED,
          az("group list", []),
          az("keyvault show -n kv-openai-prod -g rg-openai-prod", fails="(AuthorizationFailed)")),
    Story("a role of one's own lets in where it is assigned",
          az(f"rest -m put -u {ROLES}/{OTHER}{VERSION}", {"properties.type": "CustomRole"},
             body={"properties": {
                 "roleName": "vault reader", "type": "CustomRole",
                 "assignableScopes": ["$subscription"],
                 "permissions": [{"actions": ["Microsoft.KeyVault/vaults/read"]}]}}),
          az(assignment("put", "$vault", NEW), {"name": re.compile(NEW)},
             body=grant(OTHER, "$caller")),
          ENFORCED,
          az("keyvault show -n kv-openai-prod -g rg-openai-prod", {"id": "$vault"}),
          az("cognitiveservices account show -n oai-prod -g rg-openai-prod",
             fails="(AuthorizationFailed)")),
]
