/* clients.mjs: how each of Microsoft's clients is told to talk to azsim: by its documented options,
 * and nothing else. README.md beside this folder says what each option is for. */
import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import { ManagementLockClient } from "@azure/arm-locks";
import { MonitorClient } from "@azure/arm-monitor";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { NetworkManagementClient } from "@azure/arm-network";
import { ResourceManagementClient } from "@azure/arm-resources";
import { ClientSecretCredential } from "@azure/identity";
import { KeyClient } from "@azure/keyvault-keys";

import { cloud, operator, subscription } from "./stage.mjs";

/* A directory that is not Microsoft's: its addresses are not asked of Microsoft's. */
export const directory = { authorityHost: cloud.authority, disableInstanceDiscovery: true };

/* A Resource Manager that is not Microsoft's; the scope of its tokens follows from the address. */
export const arm = { endpoint: cloud.resourceManager };

/* Pollers look every 20 ms where Azure does not say when to look again. */
export const soon = { updateIntervalInMs: 20 };

export const credential = (who = operator) =>
    new ClientSecretCredential(who.tenantId, who.clientId, who.secret, directory);

export const vaults = (who, options) =>
    new KeyVaultManagementClient(credential(who), subscription, { ...arm, ...options });
export const accounts = (who, options) =>
    new CognitiveServicesManagementClient(credential(who), subscription, { ...arm, ...options });
export const authorization = (who, options) =>
    new AuthorizationManagementClient(credential(who), subscription, { ...arm, ...options });
export const resources = (who, options) =>
    new ResourceManagementClient(credential(who), subscription, { ...arm, ...options });
export const locks = (who, options) =>
    new ManagementLockClient(credential(who), subscription, { ...arm, ...options });
export const identities = (who, options) =>
    new ManagedServiceIdentityClient(credential(who), subscription, { ...arm, ...options });
export const network = (who, options) =>
    new NetworkManagementClient(credential(who), subscription, { ...arm, ...options });
export const monitor = (who, options) =>
    new MonitorClient(credential(who), subscription, { ...arm, ...options });

export const vaultUrl = (name) => `https://${name}.${cloud.keyVaultSuffix}`;

/* The challenge of azsim's vaults names Azure's resource, https://vault.azure.net, which is not a
 * part of their host names. */
export const keys = (vault, who, options) =>
    new KeyClient(vaultUrl(vault), credential(who), {
        disableChallengeResourceVerification: true,
        ...options,
    });

/* ---- answers --------------------------------------------------------------------------------- */

/* All that a paged list has. */
export async function all(list) {
    const items = [];
    for await (const item of list) items.push(item);
    return items;
}

/* How long each page of it is. */
export async function pageSizes(list) {
    const sizes = [];
    for await (const page of list.byPage()) sizes.push(page.length);
    return sizes;
}

/* What assert.rejects() expects of a refusal. */
export const refusal = (statusCode, code) => ({ name: "RestError", statusCode, code });
