/* posture.mjs: the posture that cmkd holds, read with Microsoft's SDKs and compared: what a careful
 * operator would write who has no cmkd. Vaults, accounts and role assignments come by lists, a
 * subscription each; keys by one read each, four at a time in a subscription.
 *
 * usage: node posture.mjs CMKD_CONFIGURATION      prints what is not as declared, and ends with 1
 * environment: PASSES (1), one after the other, in a process that stays; each prints its own line to
 *        stderr, {"wall": seconds, "cpu": seconds}; VERSIONS=1 to read each key's versions too, as cmkd
 *        does */
import { readFileSync } from "node:fs";

import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import { ClientSecretCredential } from "@azure/identity";

const AT_ONCE = 4;
const ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6";

const { cloud, stacks } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const credential = new ClientSecretCredential(
    process.env.TENANT,
    process.env.CLIENT,
    process.env.SECRET,
    { authorityHost: cloud.authority, disableInstanceDiscovery: true },
);
const arm = { endpoint: cloud.resourceManager };
let drifts = [];

/* ---- comparing ------------------------------------------------------------------------------- */

const lower = (text) => (text ?? "").toLowerCase();

function expect(resource, path, observed, desired) {
    const same =
        typeof desired === "string" ? lower(observed) === lower(desired) : observed === desired;
    if (!same) drifts.push({ resource, path, observed, desired });
}

/* Addresses as a set; a single one may be written with /32. */
function expectAddresses(resource, path, observed, desired) {
    const set = (rules) =>
        (rules ?? [])
            .map((rule) => (rule.value ?? rule.addressRange).replace(/\/32$/, ""))
            .sort()
            .join(" ");
    expect(resource, path, set(observed), set(desired));
}

function compareVault(vault, declared) {
    const { properties } = vault;
    expect(vault.id, "enablePurgeProtection", properties.enablePurgeProtection, true);
    expect(vault.id, "softDeleteRetentionInDays", properties.softDeleteRetentionInDays, 90);
    expect(vault.id, "enableRbacAuthorization", properties.enableRbacAuthorization, true);
    expect(vault.id, "networkAcls.defaultAction", properties.networkAcls?.defaultAction, "Deny");
    expect(vault.id, "networkAcls.bypass", properties.networkAcls?.bypass, "AzureServices");
    expect(vault.id, "publicNetworkAccess", properties.publicNetworkAccess, declared.properties.publicNetworkAccess);
    expectAddresses(vault.id, "networkAcls.ipRules", properties.networkAcls?.ipRules, declared.properties.networkAcls.ipRules);
}

function compareAccount(account, declared, vault, key) {
    const { properties, identity } = account;
    const link = properties.encryption?.keyVaultProperties;
    expect(account.id, "identity", /SystemAssigned/.test(identity?.type), true);
    expect(account.id, "networkAcls.defaultAction", properties.networkAcls?.defaultAction, "Deny");
    expect(account.id, "publicNetworkAccess", properties.publicNetworkAccess, declared.properties.publicNetworkAccess);
    expectAddresses(account.id, "networkAcls.ipRules", properties.networkAcls?.ipRules, declared.properties.networkAcls.ipRules);
    expect(account.id, "encryption.keySource", properties.encryption?.keySource, "Microsoft.KeyVault");
    expect(account.id, "encryption.keyVaultUri", link?.keyVaultUri, vault.properties.vaultUri);
    expect(account.id, "encryption.keyName", link?.keyName, key.name);
    expect(account.id, "encryption.keyVersion", link?.keyVersion, key.keyUriWithVersion.split("/").pop());
}

function compareKey(key, declared) {
    const days = (Date.now() / 1000 - key.attributes.created) / 86400;
    const every = Number(/^P(\d+)D$/.exec(declared.rotation.every)[1]);
    expect(key.id, "attributes.enabled", key.attributes.enabled, true);
    expect(key.id, "rotation", days < every, true);
}

function compareNewest(key, versions) {
    const created = [...versions.values()].map(({ attributes }) => attributes.created);
    expect(key.id, "attributes.created", key.attributes.created, Math.max(...created));
}

function compareGrant(key, account, grants) {
    const granted = (grants.get(lower(key.id)) ?? []).some(
        (grant) =>
            grant.principalId === account.identity?.principalId &&
            lower(grant.roleDefinitionId).endsWith(ENCRYPTION_USER),
    );
    expect(key.id, "roleAssignment", granted, true);
}

/* ---- reading --------------------------------------------------------------------------------- */

async function byId(list) {
    const found = new Map();
    for await (const item of list) found.set(lower(item.id), item);
    return found;
}

async function byScope(list) {
    const found = new Map();
    for await (const item of list) {
        const scope = lower(item.scope);
        found.set(scope, [...(found.get(scope) ?? []), item]);
    }
    return found;
}

/* Calls act for each item, so many at a time. */
async function inTurn(items, act) {
    const left = items.values();
    const worker = async () => {
        for (const item of left) await act(item);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function look(subscription, declared) {
    const vaultClient = new KeyVaultManagementClient(credential, subscription, arm);
    const accountClient = new CognitiveServicesManagementClient(credential, subscription, arm);
    const roleClient = new AuthorizationManagementClient(credential, subscription, arm);
    const [vaults, accounts, grants] = await Promise.all([
        byId(vaultClient.vaults.listBySubscription()),
        byId(accountClient.accounts.list()),
        byScope(roleClient.roleAssignments.listForSubscription()),
    ]);
    await inTurn(declared, async (stack) => {
        const group = `/subscriptions/${subscription}/resourceGroups/${stack.resourceGroup}/providers`;
        const vault = vaults.get(lower(`${group}/Microsoft.KeyVault/vaults/${stack.vault.name}`));
        const account = accounts.get(
            lower(`${group}/Microsoft.CognitiveServices/accounts/${stack.account.name}`),
        );
        if (!vault || !account) {
            drifts.push({ resource: stack.vault.name, path: "", observed: "missing" });
            return;
        }
        const key = await vaultClient.keys.get(stack.resourceGroup, stack.vault.name, stack.key.name);
        if (process.env.VERSIONS) {
            const versions = vaultClient.keys.listVersions(stack.resourceGroup, stack.vault.name, stack.key.name);
            compareNewest(key, await byId(versions));
        }
        compareVault(vault, stack.vault);
        compareKey(key, stack.key);
        compareAccount(account, stack.account, vault, key);
        compareGrant(key, account, grants);
    });
}

const bySubscription = new Map();
for (const stack of Object.values(stacks)) {
    const list = bySubscription.get(stack.subscriptionId) ?? [];
    list.push(stack);
    bySubscription.set(stack.subscriptionId, list);
}

async function pass() {
    const cpu = process.cpuUsage();
    const begun = performance.now();
    drifts = [];
    await Promise.all([...bySubscription].map(([subscription, list]) => look(subscription, list)));
    const { user, system } = process.cpuUsage(cpu);
    const wall = (performance.now() - begun) / 1000;
    console.error(JSON.stringify({ wall, cpu: (user + system) / 1e6 }));
}

for (let left = Number(process.env.PASSES ?? 1); left; left--) await pass();
console.log(JSON.stringify(drifts));
process.exitCode = drifts.length ? 1 : 0;
