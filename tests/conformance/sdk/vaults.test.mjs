/* Vaults, by @azure/arm-keyvault. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { all, pageSizes, refusal, soon, vaults, vaultUrl } from "./clients.mjs";
import { faults, group, location, operator, requests, setStage, tenant, vaultId } from "./stage.mjs";

beforeEach(() => setStage());

const sku = { family: "A", name: "standard" };
const ordinary = { tenantId: tenant, sku, enableRbacAuthorization: true };

const create = (client, name, properties) =>
    client.vaults.beginCreateOrUpdateAndWait(
        group,
        name,
        { location, properties: { ...ordinary, ...properties }, tags: { owner: "conformance" } },
        soon,
    );

const names = (items) => items.map((item) => item.name).sort();

test("a new vault is waited for until its name is registered", async () => {
    const vault = await create(vaults(), "kv-new");

    assert.equal(vault.id, vaultId("kv-new"));
    assert.equal(vault.properties.provisioningState, "Succeeded");
    assert.equal(vault.properties.vaultUri, `${vaultUrl("kv-new")}/`);
    assert.equal(vault.properties.softDeleteRetentionInDays, 90);
    assert.equal(vault.properties.enableRbacAuthorization, true);
    assert.equal(vault.properties.publicNetworkAccess, "Enabled");
    assert.deepEqual(vault.tags, { owner: "conformance" });
    assert.ok((await requests(/^GET .*\/vaults\/kv-new\?/)).length >= 2, "its state was polled");
});

test("an update of a vault merges what it sends", async () => {
    const client = vaults();
    await create(client, "kv-update");
    const updated = await client.vaults.update(group, "kv-update", {
        properties: {
            enablePurgeProtection: true,
            publicNetworkAccess: "Disabled",
            networkAcls: {
                bypass: "AzureServices",
                defaultAction: "Deny",
                ipRules: [{ value: "203.0.113.0/24" }],
            },
        },
    });

    assert.equal(updated.properties.enablePurgeProtection, true);
    const vault = await client.vaults.get(group, "kv-update");
    assert.equal(vault.properties.enablePurgeProtection, true);
    assert.equal(vault.properties.publicNetworkAccess, "Disabled");
    assert.equal(vault.properties.networkAcls.defaultAction, "Deny");
    assert.deepEqual(vault.properties.networkAcls.ipRules, [{ value: "203.0.113.0/24" }]);
    assert.deepEqual(vault.properties.networkAcls.virtualNetworkRules, []);
    assert.deepEqual(vault.tags, { owner: "conformance" });
    assert.equal(vault.properties.enableRbacAuthorization, true);
});

test("purge protection cannot be turned off", async () => {
    const client = vaults();
    await create(client, "kv-protected", { enablePurgeProtection: true });
    const off = { properties: { enablePurgeProtection: false } };
    await assert.rejects(client.vaults.update(group, "kv-protected", off), refusal(400, "BadRequest"));
});

test("lists follow every page, empty ones too", async () => {
    const client = vaults();
    const made = ["kv-a", "kv-b", "kv-c", "kv-d", "kv-e"];
    for (const name of made) await create(client, name);
    await faults({ op: "pages", match: "GET .*/vaults\\?", sizes: [2, 0, 1] });

    assert.deepEqual(await pageSizes(client.vaults.listByResourceGroup(group)), [2, 0, 1, 2]);
    assert.deepEqual(names(await all(client.vaults.listByResourceGroup(group))), made);
    assert.deepEqual(names(await all(client.vaults.listBySubscription())), made);
});

test("the page size that a client asks for holds", async () => {
    const client = vaults();
    for (const name of ["kv-a", "kv-b", "kv-c"]) await create(client, name);
    assert.deepEqual(await pageSizes(client.vaults.listBySubscription({ top: 1 })), [1, 1, 1, 0]);
    const found = await all(client.vaults.list());
    assert.deepEqual(names(found), ["kv-a", "kv-b", "kv-c"]);
    assert.equal(found[0].type, "Microsoft.KeyVault/vaults");
});

test("a deleted vault keeps its name until it is recovered as it was", async () => {
    const client = vaults();
    const made = await create(client, "kv-recover", { softDeleteRetentionInDays: 7 });
    await client.vaults.delete(group, "kv-recover");
    await assert.rejects(client.vaults.get(group, "kv-recover"), refusal(404, "ResourceNotFound"));
    assert.deepEqual(await all(client.vaults.listByResourceGroup(group)), []);

    const [listed] = await all(client.vaults.listDeleted());
    assert.equal(listed.properties.vaultId, made.id);
    const deleted = await client.vaults.getDeleted("kv-recover", location);
    const { deletionDate, scheduledPurgeDate } = deleted.properties;
    assert.equal(scheduledPurgeDate - deletionDate, 7 * 24 * 3600 * 1000);
    assert.equal(deleted.properties.purgeProtectionEnabled, undefined);
    await assert.rejects(create(client, "kv-recover"), refusal(409, "ConflictError"));

    const recovered = await client.vaults.beginCreateOrUpdateAndWait(
        group,
        "kv-recover",
        { location, properties: { tenantId: tenant, sku, createMode: "recover" } },
        soon,
    );
    assert.deepEqual(recovered.tags, made.tags);
    assert.equal(recovered.properties.softDeleteRetentionInDays, 7);
    assert.deepEqual(await all(client.vaults.listDeleted()), []);
});

test("a protected vault cannot be purged", async () => {
    const client = vaults();
    await create(client, "kv-kept", { enablePurgeProtection: true });
    await client.vaults.delete(group, "kv-kept");
    const deleted = await client.vaults.getDeleted("kv-kept", location);
    assert.equal(deleted.properties.purgeProtectionEnabled, true);
    await assert.rejects(
        client.vaults.beginPurgeDeletedAndWait("kv-kept", location, soon),
        refusal(403, "MethodNotAllowed"),
    );
});

/* Azure says Retry-After: 5, and the poller keeps to it. */
test("a purge is waited for, and then the name is free", async () => {
    const client = vaults();
    await create(client, "kv-purged");
    await client.vaults.delete(group, "kv-purged");
    await client.vaults.beginPurgeDeletedAndWait("kv-purged", location, soon);
    assert.equal((await requests(/^GET .*\/operationResults\//)).at(-1).status, 200);
    await assert.rejects(
        client.vaults.getDeleted("kv-purged", location),
        refusal(404, "DeletedVaultNotFound"),
    );
    assert.equal((await create(client, "kv-purged")).properties.provisioningState, "Succeeded");
});

test("names are asked for before they are taken", async () => {
    const client = vaults();
    const ask = (name) =>
        client.vaults.checkNameAvailability({ name, type: "Microsoft.KeyVault/vaults" });
    assert.equal((await ask("kv-free")).nameAvailable, true);
    await create(client, "kv-taken");
    const taken = await ask("kv-taken");
    assert.equal(taken.nameAvailable, false);
    assert.equal(taken.reason, "AlreadyExists");
});

test("access policies are joined to what an entry has", async () => {
    const client = vaults();
    await create(client, "kv-policies", { enableRbacAuthorization: false, accessPolicies: [] });
    const entry = (keys) => ({ tenantId: tenant, objectId: operator.objectId, permissions: { keys } });
    const update = (kind, keys) =>
        client.vaults.updateAccessPolicy(group, "kv-policies", kind, {
            properties: { accessPolicies: [entry(keys)] },
        });
    const held = async () => {
        const vault = await client.vaults.get(group, "kv-policies");
        return vault.properties.accessPolicies.map((policy) => [...policy.permissions.keys].sort());
    };

    await update("add", ["get"]);
    await update("add", ["wrapKey"]);
    assert.deepEqual(await held(), [["get", "wrapKey"]]);
    await update("replace", ["list"]);
    assert.deepEqual(await held(), [["list"]]);
});
