/* Groups, providers, locks and what is in a group, by @azure/arm-resources and @azure/arm-locks. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { all, locks, refusal, resources, soon, vaults } from "./clients.mjs";
import { group, groupId, location, requests, setStage, vaultBody, vaultId } from "./stage.mjs";

beforeEach(() => setStage({ live: { [vaultId("kv-group")]: vaultBody() } }));

const names = (items) => items.map((item) => item.name).sort();

test("groups are made, found and listed", async () => {
    const client = resources().resourceGroups;
    assert.equal((await client.checkExistence("rg-new")).body, false);
    const made = await client.createOrUpdate("rg-new", { location, tags: { owner: "conformance" } });
    assert.equal(made.name, "rg-new");
    assert.equal(made.properties.provisioningState, "Succeeded");
    assert.equal((await client.checkExistence("rg-new")).body, true);
    assert.deepEqual((await client.get("rg-new")).tags, { owner: "conformance" });
    assert.deepEqual(names(await all(client.list())), [group, "rg-new"]);
});

/* Azure says Retry-After: 15, and the poller keeps to it. */
test("a group is deleted with all that is in it, softly", async () => {
    await resources().resourceGroups.beginDeleteAndWait(group, soon);
    assert.equal((await requests(/^GET .*\/operationresults\//)).at(-1).status, 200);
    await assert.rejects(
        resources().resourceGroups.get(group),
        refusal(404, "ResourceGroupNotFound"),
    );
    assert.deepEqual(names(await all(vaults().vaults.listDeleted())), ["kv-group"]);
});

test("resources are listed and found by their type and id", async () => {
    const client = resources().resources;
    const filter = "resourceType eq 'Microsoft.KeyVault/vaults'";
    assert.deepEqual(names(await all(client.list({ filter }))), ["kv-group"]);
    assert.deepEqual(names(await all(client.listByResourceGroup(group, { filter }))), ["kv-group"]);
    const found = await client.getById(vaultId("kv-group"), "2024-11-01");
    assert.equal(found.properties.softDeleteRetentionInDays, 90);
});

test("providers are registered", async () => {
    const client = resources().providers;
    assert.equal((await client.get("Microsoft.KeyVault")).namespace, "Microsoft.KeyVault");
    assert.ok(names(await all(client.list())).length > 0);
    const provider = await client.register("Microsoft.CognitiveServices");
    assert.match(provider.registrationState, /^Regist/);
});

test("a lock stops a deletion until it goes", async () => {
    const client = locks().managementLocks;
    const lock = await client.createOrUpdateAtResourceGroupLevel(group, "keep", {
        level: "CanNotDelete",
        notes: "guarded",
    });
    assert.equal(lock.id, `${groupId}/providers/Microsoft.Authorization/locks/keep`);
    await assert.rejects(vaults().vaults.delete(group, "kv-group"), refusal(409, "ScopeLocked"));

    const below = await all(client.listByScope(vaultId("kv-group")));
    assert.deepEqual(names(below), ["keep"]);
    await client.deleteAtResourceGroupLevel(group, "keep");
    await vaults().vaults.delete(group, "kv-group");
});
