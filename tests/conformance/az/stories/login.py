"""Clouds, tokens and subscriptions. az keeps its own configuration: these begin with none."""
import re

from steps import Story, az, certify, federate, logged

REGISTER = "cloud register -n azsim --cloud-config $cloud"
LOGIN = "login --service-principal -u $client --tenant $tenant"

STORIES = [
    Story("a service principal logs in, sees its subscription, and logs out",
          az(REGISTER),
          az("cloud set -n azsim"),
          az("account show", fails="az login"),
          az(f"{LOGIN} -p $secret", {"0.isDefault": True, "0.user.type": "servicePrincipal"}),
          logged("POST .*/adfs/oauth2/v2.0/token", 200),
          az("account show", {"id": "00000000-0000-0000-0000-000000000001", "state": "Enabled",
                              "environmentName": "azsim"}),
          az("account list --query [].id", ["00000000-0000-0000-0000-000000000001"]),
          az("account get-access-token", {"tokenType": "Bearer", "expiresOn": re.compile("20.*")}),
          az("logout"),
          az("account list", []),
          blank=True),
    Story("a service principal logs in with a certificate",
          certify(),
          az(REGISTER),
          az("cloud set -n azsim"),
          az(f"{LOGIN} -p $secret", fails="AADSTS7000215"),
          az(f"{LOGIN} -p $certificate", {"0.state": "Enabled"}),
          az("keyvault show -n kv-openai-prod -g rg-openai-prod", {"id": "$vault"}),
          blank=True),
    Story("a service principal logs in with a token of an issuer that it trusts",
          federate(),
          az(REGISTER),
          az("cloud set -n azsim"),
          az(f"{LOGIN} --federated-token none", fails="AADSTS50027"),
          az(f"{LOGIN} --federated-token $token", {"0.state": "Enabled"}),
          blank=True),
    Story("a wrong secret, client or tenant is Entra's error",
          az(REGISTER),
          az("cloud set -n azsim"),
          az(f"{LOGIN} -p wrong", fails="AADSTS7000215: Invalid client secret provided."),
          logged("POST .*/oauth2/v2.0/token", 401),
          az("login --service-principal -u nobody -p $secret --tenant $tenant",
             fails="AADSTS700016"),
          az("account show", fails="az login"),
          blank=True),
]
