"""What takes Azure a while, and az with it: without Retry-After it waits 30 s between two polls.
Long lists and throttling, too."""
import json

from steps import Story, az, control, logged

from .accounts import ACCOUNT, CREATE, NEW, PROD

POLL = "GET .*/providers/Microsoft.CognitiveServices/locations/.*/operationResults/.*"
LIST = ("rest -m get -u "
        "$subscription/providers/Microsoft.CognitiveServices/accounts?api-version=2022-12-01")
FOUR = ["oai-prod", "one", "two", "three"]


def encryption(version, **more):
    return "--encryption '" + json.dumps({"keySource": "Microsoft.KeyVault", "keyVaultProperties": {
        "keyName": "openai-cmk", "keyVersion": version, "keyVaultUri": "$data/", **more}}) + "'"


def another(name):
    return az(f"rest -m put -u $group/providers/Microsoft.CognitiveServices/accounts/{name}"
              "?api-version=2022-12-01", {"properties.provisioningState": "Succeeded"},
              body={"location": "$location", "kind": "OpenAI", "sku": {"name": "S0"},
                    "properties": {}})


STORIES = [
    Story("an account's creation is an operation that az follows",
          az(CREATE, {"properties.provisioningState": "Succeeded"}),
          logged(POLL, 200, 200),
          az(f"{ACCOUNT} show {NEW}", {"properties.provisioningState": "Succeeded"}),
          settings={"operation": 2}, slow=True),
    Story("an account's firewall takes another address",
          az(f"{ACCOUNT} network-rule add {PROD} --ip-address 198.51.100.0/24",
             {"properties.networkAcls.ipRules.1.value": "198.51.100.0/24"}),
          logged("PATCH .*", 202),
          az(f"{ACCOUNT} network-rule list {PROD} --query ipRules[].value",
             ["203.0.113.0/24", "198.51.100.0/24"]),
          slow=True),
    Story("an account is pointed at a key that has been rotated",
          az("rest -m post -u $data/keys/openai-cmk/rotate?api-version=7.4 "
             "--resource https://vault.azure.net", {"attributes.enabled": True}),
          az("rest -m get -u $key/versions?api-version=2023-07-01 "
             "--query \"value[?name != '$newest' && name != '$oldest'].name | [0]\"",
             keep={"version": ""}),
          az(f"{ACCOUNT} update {PROD} {encryption('$version')}",
             {"properties.encryption.keyVaultProperties.keyVersion": "$version"}),
          logged("PATCH .*", 202),
          az(f"{ACCOUNT} show {PROD}",
             {"properties.encryption.keyVaultProperties.keyVersion": "$version",
              "properties.provisioningState": "Succeeded"}),
          slow=True),
    Story("an operation that fails in the end is an error",
          control("POST", "faults", [{"match": POLL, "status": 200, "times": 0, "body": {
              "status": "Failed", "error": {"code": "KeyVaultError", "message": "No access."}}}]),
          az(f"{ACCOUNT} network-rule add {PROD} --ip-address 198.51.100.0/24",
             fails="(KeyVaultError) No access."),
          logged(f"PATCH .*|{POLL}", 202, 200)),
    Story("an account cannot be pointed at a version that is not there",
          az(f"{ACCOUNT} update {PROD} {encryption('0' * 32)}", fails="(BadRequest)"),
          az(f"{ACCOUNT} show {PROD}",
             {"properties.encryption.keyVaultProperties.keyVersion": "$newest"})),
    Story("a deleted account is purged, and its name is free",
          az(f"{ACCOUNT} delete {PROD}"),
          az(f"{ACCOUNT} purge {PROD} -l $location"),
          logged("DELETE .*", 200, 202),
          az(f"{ACCOUNT} list-deleted", []),
          az(f"{ACCOUNT} create {PROD} -l $location --kind OpenAI --sku S0 --yes",
             {"properties.encryption": None, "identity": None}),
          slow=True),
    Story("a group is deleted with all that is in it",
          az("group delete -n rg-openai-prod --yes"),
          logged("(DELETE|GET) .*(resourcegroups/rg-openai-prod|operationresults/).*", 202, 200),
          az("group list", []),
          az("keyvault list-deleted --resource-type vault --query [].name", ["kv-openai-prod"]),
          az(f"{ACCOUNT} list-deleted --query [].name", ["oai-prod"]),
          slow=True),
    Story("a list in pages, one of them empty, is one list",
          *(another(name) for name in FOUR[1:]),
          control("POST", "faults", [{"op": "pages", "match": "GET .*/accounts[?]",
                                      "sizes": [1, 0, 2]}]),
          az(f"{ACCOUNT} list --query [].name", FOUR),
          logged("GET .*/accounts[?].*", 200, 200, 200, 200)),
    Story("az waits as long as a 429 says, and asks again",
          control("POST", "faults", [{"match": "GET .*/accounts/oai-prod[?]", "status": 429,
                                      "code": "SubscriptionRequestsThrottled", "times": 2,
                                      "headers": [["Retry-After", "2"]]}]),
          az(f"{ACCOUNT} show {PROD}", {"name": "oai-prod"}),
          logged("GET .*/accounts/oai-prod[?].*", 429, 429, 200, at_least_s=1.9)),
    Story("az waits until an empty bucket has filled again",
          control("POST", "settings", {"throttling": {"reads": {"size": 1, "refill": 0.5}}}),
          az("keyvault show -n kv-openai-prod", {"id": "$vault"}),  # looks for its group first
          logged("GET https://management.azure.com/.*", 200, 429, 200)),
    Story("az rest hands a 429 on, and one page of a list",
          another("one"),
          control("POST", "faults", [
              {"match": "GET .*/accounts[?]", "status": 429, "code": "TooManyRequests",
               "headers": [["Retry-After", "1"]]},
              {"op": "pages", "match": "GET .*/accounts[?]", "sizes": [1]}]),
          az(f"{LIST} --query value[].name", fails="TooManyRequests"),
          az(f"{LIST} --query value[].name", ["oai-prod"]),
          logged("GET .*/accounts[?].*", 429, 200)),
    Story("az asks again after a 503 and a broken connection",
          control("POST", "faults", [
              {"match": "GET .*/vaults/kv-openai-prod[?]", "status": 503},
              {"match": "GET .*/vaults/kv-openai-prod[?]", "action": "reset-before"}]),
          az("keyvault show -n kv-openai-prod -g rg-openai-prod", {"name": "kv-openai-prod"}),
          logged("GET .*/vaults/kv-openai-prod[?].*", 503, 0, 200)),
]
