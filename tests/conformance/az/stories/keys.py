"""Keys. Debian's az has no module for `az keyvault key`, so `az rest` does it, through Resource
Manager and at the vault's own address."""
import re

from steps import Story, az, control

MADE = "rest -m put -u $vault/keys/made?api-version=2023-07-01"
DATA = "--resource https://vault.azure.net --uri-parameters api-version=7.4"
POLICY = {"lifetimeActions": [{"trigger": {"timeAfterCreate": "P90D"},
                               "action": {"type": "Rotate"}}],
          "attributes": {"expiryTime": "P1Y"}}


def vault(method, path):
    """A request at the vault's address."""
    return f"rest -m {method} -u $data{path} {DATA}"


STORIES = [
    Story("a key is made through Resource Manager, once",
          az(MADE, {"properties.kty": "RSA", "properties.keySize": 2048,
                    "properties.keyUri": "$data/keys/made"},
             body={"properties": {"kty": "RSA", "keySize": 2048}},
             keep={"version": "properties.keyUriWithVersion"}),
          az(MADE, {"properties.keyUriWithVersion": "$version"},
             body={"properties": {"kty": "RSA", "keySize": 2048}}),
          az("rest -m get -u $vault/keys/made/versions?api-version=2023-07-01 --query value[].name",
             [re.compile("[0-9a-f]{32}")]),
          az("rest -m get -u $vault/keys?api-version=2023-07-01 --query value[].name",
             ["made", "openai-cmk"]),
          az("rest -m get -u $vault/keys/none?api-version=2023-07-01", fails="KeyNotFound")),
    Story("a key is rotated, and its policy kept",
          az(vault("post", "/keys/openai-cmk/rotate"),
             {"key.kid": re.compile("https://.*/keys/openai-cmk/[0-9a-f]{32}"),
              "attributes.enabled": True}, keep={"kid": "key.kid"}),
          az(vault("get", "/keys/openai-cmk"), {"key.kid": "$kid"}),
          az(vault("get", "/keys/openai-cmk/versions") + " --query length(value)", 3),
          az(vault("put", "/keys/openai-cmk/rotationpolicy"),
             {"attributes.expiryTime": "P1Y", "lifetimeActions.0.action.type": "Rotate",
              "lifetimeActions.0.trigger.timeAfterCreate": "P90D"}, body=POLICY),
          az(vault("get", "/keys/openai-cmk/rotationpolicy"),
             {"attributes.expiryTime": "P1Y", "lifetimeActions.1.action.type": "Notify"}),
          az(vault("put", "/keys/openai-cmk/rotationpolicy"), fails="BadParameter",
             body={"attributes": {"expiryTime": "1 day"}, "lifetimeActions": []}),
          az(vault("post", "/keys/openai-cmk/rotate") +
             " --query 'attributes.exp > attributes.created'", True)),
    Story("a version is disabled and enabled again",
          az(vault("patch", "/keys/openai-cmk/$newest"), {"attributes.enabled": False},
             body={"attributes": {"enabled": False}}),
          az(vault("get", "/keys/openai-cmk"), {"attributes.enabled": False}),
          az(vault("patch", "/keys/openai-cmk/$newest"), {"attributes.enabled": True},
             body={"attributes": {"enabled": True}})),
    Story("a key is made at the vault, deleted, not purged, and recovered",
          az(vault("post", "/keys/own/create"), {"key.kty": "RSA", "tags": {"a": "b"}},
             body={"kty": "RSA", "key_size": 3072, "tags": {"a": "b"}}),
          az(vault("delete", "/keys/own"), {"recoveryId": "$data/deletedkeys/own"}),
          az(vault("get", "/keys/own"), fails="KeyNotFound"),
          az(vault("get", "/deletedkeys") + " --query value[].kid", ["$data/keys/own"]),
          az(vault("get", "/deletedkeys/own"), {"key.kty": "RSA"}),
          az(vault("post", "/keys/own/create"), fails="ObjectIsDeletedButRecoverable",
             body={"kty": "RSA"}),
          az(vault("delete", "/deletedkeys/own"), fails="Forbidden"),
          az(vault("post", "/deletedkeys/own/recover"), {"key.kty": "RSA"}),
          az(vault("get", "/keys/own"), {"tags": {"a": "b"}})),
    Story("a shut vault answers Resource Manager, and no stranger at its own address",
          control("POST", "settings", {"callerAddress": "192.0.2.1"}),
          az(vault("get", "/keys/openai-cmk"), fails="ForbiddenByConnection"),
          az("keyvault update -n kv-openai-prod -g rg-openai-prod --public-network-access Enabled",
             {"properties.publicNetworkAccess": "Enabled",
              "properties.networkAcls.ipRules": [{"value": "203.0.113.0/24"}]}),
          az(vault("get", "/keys/openai-cmk"), fails="ForbiddenByFirewall"),
          control("POST", "settings", {"callerAddress": "203.0.113.9"}),
          az(vault("get", "/keys/openai-cmk"), {"attributes.enabled": True}),
          az("rest -m get -u $key?api-version=2023-07-01", {"name": "openai-cmk"}),
          az("rest -m get -u $data/keys/openai-cmk?api-version=7.4 --skip-authorization-header",
             fails="Unauthorized")),
]
