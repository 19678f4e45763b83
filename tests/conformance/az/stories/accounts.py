"""Azure OpenAI accounts. Here an operation takes no time; operations.py has those that do."""
import re

from steps import Story, az, logged

ACCOUNT = "cognitiveservices account"
PROD = "-n oai-prod -g rg-openai-prod"
NEW = "-n oai-az -g rg-openai-prod"
CREATE = f"{ACCOUNT} create {NEW} -l $location --kind OpenAI --sku S0 --custom-domain oai-az --yes"
DEPLOYMENT = f"{ACCOUNT} deployment"
MODEL = ("--model-name gpt-4o --model-version 2024-08-06 --model-format OpenAI "
         "--scale-type Standard --scale-capacity 10")

STORIES = [
    Story("an account is made, shown, listed and tagged",
          az(f"{CREATE} --assign-identity --tags a=b",
             {"properties.provisioningState": "Succeeded", "kind": "OpenAI", "sku.name": "S0",
              "identity.type": "SystemAssigned", "identity.tenantId": "$tenant",
              "identity.principalId": re.compile("[0-9a-f-]{36}"),
              "properties.customSubDomainName": "oai-az", "properties.encryption": None}),
          logged("PUT .*", 201),
          az(f"{ACCOUNT} list --query [].name", ["oai-prod", "oai-az"]),
          az(f"{ACCOUNT} list -g rg-openai-prod --query [].name", ["oai-prod", "oai-az"]),
          az(f"{ACCOUNT} update {NEW} --tags c=d", {"tags": {"c": "d"}}),
          logged("PATCH .*", 200),
          az(f"{ACCOUNT} show {NEW}", {"tags": {"c": "d"}, "etag": re.compile('".*"')}),
          az(f"{ACCOUNT} identity show {PROD}", {"principalId": "$principal"}),
          az(f"{ACCOUNT} show -n none -g rg-openai-prod", fails="(ResourceNotFound)")),
    Story("a model is deployed and taken away, and until then the account stays",
          az(f"{DEPLOYMENT} create {PROD} --deployment-name chat {MODEL}",
             {"name": "chat", "properties.provisioningState": "Succeeded",
              "properties.model.name": "gpt-4o", "properties.scaleSettings.scaleType": "Standard"}),
          logged("PUT .*", 201),
          az(f"{DEPLOYMENT} list {PROD} --query [].name", ["chat"]),
          az(f"{ACCOUNT} delete {PROD}", fails="(CannotDeleteResource)"),
          az(f"{DEPLOYMENT} delete {PROD} --deployment-name chat"),
          az(f"{DEPLOYMENT} show {PROD} --deployment-name chat", fails="(NotFound)"),
          az(f"{ACCOUNT} delete {PROD}")),
    Story("an account is deleted, blocks its name, and is recovered",
          az(f"{ACCOUNT} delete {PROD}"),
          az(f"{ACCOUNT} list-deleted --query [].name", ["oai-prod"]),
          az(f"{ACCOUNT} show-deleted {PROD} -l $location",
             {"type": "Microsoft.CognitiveServices/deletedAccounts",
              "properties.scheduledPurgeDate": re.compile("20.*")}),
          az(f"{ACCOUNT} create {PROD} -l $location --kind OpenAI --sku S0 --yes",
             fails="(FlagMustBeSetForRestore)"),
          az(f"{ACCOUNT} recover {PROD} -l $location"),
          logged("PUT .*", 409, 201),
          az(f"{ACCOUNT} show {PROD}",
             {"id": "$account", "identity.principalId": "$principal",
              "properties.encryption.keySource": "Microsoft.KeyVault",
              "properties.encryption.keyVaultProperties.keyVersion": "$newest"}),
          az(f"{ACCOUNT} list-deleted", [])),
]
