/* Accounts and their deployments, by @azure/arm-cognitiveservices. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { accounts, all, pageSizes, refusal, soon } from "./clients.mjs";
import { faults, group, groupId, location, requests, setStage, settings } from "./stage.mjs";

beforeEach(() => setStage());

const accountId = (name) => `${groupId}/providers/Microsoft.CognitiveServices/accounts/${name}`;

const create = (client, name, body) =>
    client.accounts.beginCreateAndWait(
        group,
        name,
        {
            location,
            kind: "OpenAI",
            sku: { name: "S0" },
            properties: { customSubDomainName: name },
            ...body,
        },
        soon,
    );

const update = (client, name, body) =>
    client.accounts.beginUpdateAndWait(group, name, body, soon);

const model = { format: "OpenAI", name: "gpt-4o", version: "2024-11-20" };
const deploy = (client, account, name, capacity) =>
    client.deployments.beginCreateOrUpdateAndWait(
        group,
        account,
        name,
        { sku: { name: "Standard", capacity }, properties: { model } },
        soon,
    );

const names = (items) => items.map((item) => item.name).sort();

test("a new account is waited for until it is there", async () => {
    const account = await create(accounts(), "oai-new", { identity: { type: "SystemAssigned" } });
    assert.equal(account.id, accountId("oai-new"));
    assert.equal(account.kind, "OpenAI");
    assert.equal(account.sku.name, "S0");
    assert.equal(account.properties.provisioningState, "Succeeded");
    assert.equal(account.properties.customSubDomainName, "oai-new");
    assert.equal(account.properties.publicNetworkAccess, "Enabled");
    assert.match(account.identity.principalId, /^[0-9a-f-]{36}$/);
    const polls = await requests(/\/operationResults\/.*api-version=2017-04-18/);
    assert.ok(polls.length >= 2, "the operation was polled at the address that Azure named");
});

test("tags are changed at once, network rules by an operation", async () => {
    const client = accounts();
    await create(client, "oai-update");
    await update(client, "oai-update", { tags: { owner: "conformance" } });
    const before = (await requests(/\/operationResults\//)).length;

    const networkAcls = {
        defaultAction: "Deny",
        ipRules: [{ value: "203.0.113.0/24" }],
        virtualNetworkRules: [],
    };
    const updated = await update(client, "oai-update", {
        properties: { networkAcls, publicNetworkAccess: "Disabled" },
    });
    assert.ok((await requests(/\/operationResults\//)).length > before, "polled");
    assert.equal(updated.properties.provisioningState, "Succeeded");

    const account = await client.accounts.get(group, "oai-update");
    assert.deepEqual(account.tags, { owner: "conformance" });
    assert.equal(account.properties.networkAcls.defaultAction, "Deny");
    assert.deepEqual(account.properties.networkAcls.ipRules, networkAcls.ipRules);
    assert.equal(account.properties.publicNetworkAccess, "Disabled");
});

test("one write at a time", async () => {
    const client = accounts();
    await create(client, "oai-busy");
    await settings({ operation: 60 });
    const change = { properties: { publicNetworkAccess: "Disabled" } };
    await client.accounts.beginUpdate(group, "oai-busy", change);
    await assert.rejects(
        client.accounts.beginUpdate(group, "oai-busy", change),
        refusal(409, "RequestConflict"),
    );
});

test("an operation that fails is reported with Azure's reason", async () => {
    const client = accounts();
    await create(client, "oai-failing");
    await faults({
        match: "GET .*/operationResults/",
        status: 200,
        body: { status: "Failed", error: { code: "InternalServerError", message: "Out of luck." } },
    });
    await assert.rejects(
        update(client, "oai-failing", { properties: { publicNetworkAccess: "Disabled" } }),
        /InternalServerError.*Out of luck/s,
    );
});

test("lists follow every page, empty ones too", async () => {
    const client = accounts();
    const made = ["oai-a", "oai-b", "oai-c", "oai-d"];
    for (const name of made) await create(client, name);
    await faults({ op: "pages", match: "GET .*/accounts\\?", sizes: [1, 0, 2] });

    assert.deepEqual(await pageSizes(client.accounts.listByResourceGroup(group)), [1, 0, 2, 1]);
    assert.deepEqual(names(await all(client.accounts.listByResourceGroup(group))), made);
    assert.deepEqual(names(await all(client.accounts.list())), made);
});

test("a deleted account keeps its id until it is restored as it was", async () => {
    const client = accounts();
    const made = await create(client, "oai-restore", { tags: { owner: "conformance" } });
    await client.accounts.beginDeleteAndWait(group, "oai-restore", soon);
    await assert.rejects(
        client.accounts.get(group, "oai-restore"),
        refusal(404, "ResourceNotFound"),
    );
    await assert.rejects(create(client, "oai-restore"), refusal(409, "FlagMustBeSetForRestore"));

    const [listed] = await all(client.deletedAccounts.list());
    assert.equal(listed.name, "oai-restore");
    const deleted = await client.deletedAccounts.get(location, group, "oai-restore");
    const { deletionDate, scheduledPurgeDate } = deleted.properties;
    assert.equal((Date.parse(scheduledPurgeDate) - Date.parse(deletionDate)) / 3600000, 48);

    const restored = await client.accounts.beginCreateAndWait(
        group,
        "oai-restore",
        { location, kind: "OpenAI", sku: { name: "S0" }, properties: { restore: true } },
        soon,
    );
    assert.deepEqual(restored.tags, made.tags);
    assert.equal(restored.properties.internalId, made.properties.internalId);
    assert.equal(restored.properties.customSubDomainName, "oai-restore");
    assert.deepEqual(await all(client.deletedAccounts.list()), []);
});

test("a purge is waited for, and then the id is free", async () => {
    const client = accounts();
    const old = await create(client, "oai-purged");
    await client.accounts.beginDeleteAndWait(group, "oai-purged", soon);
    const before = (await requests(/\/operationResults\//)).length;
    await client.deletedAccounts.beginPurgeAndWait(location, group, "oai-purged", soon);
    assert.ok((await requests(/\/operationResults\//)).length > before, "polled");
    await assert.rejects(client.deletedAccounts.get(location, group, "oai-purged"), {
        statusCode: 404,
    });
    const fresh = await create(client, "oai-purged");
    assert.notEqual(fresh.properties.internalId, old.properties.internalId);
});

test("deployments come, change, are listed and go", async () => {
    const client = accounts();
    await create(client, "oai-models");
    const made = await deploy(client, "oai-models", "chat", 10);
    assert.equal(made.properties.provisioningState, "Succeeded");
    assert.equal(made.properties.versionUpgradeOption, "OnceNewDefaultVersionAvailable");
    assert.deepEqual(made.properties.model, { ...made.properties.model, ...model });

    await deploy(client, "oai-models", "chat", 20);
    const chat = await client.deployments.get(group, "oai-models", "chat");
    assert.equal(chat.sku.capacity, 20);
    await deploy(client, "oai-models", "second", 1);
    await client.deployments.beginUpdateAndWait(
        group,
        "oai-models",
        "second",
        { sku: { name: "Standard", capacity: 2 }, tags: { owner: "conformance" } },
        soon,
    );
    const found = await all(client.deployments.list(group, "oai-models"));
    assert.deepEqual(found.map((one) => [one.name, one.sku.capacity]), [
        ["chat", 20],
        ["second", 2],
    ]);

    await client.deployments.beginDeleteAndWait(group, "oai-models", "chat", soon);
    await assert.rejects(
        client.deployments.get(group, "oai-models", "chat"),
        refusal(404, "NotFound"),
    );
    assert.deepEqual(names(await all(client.deployments.list(group, "oai-models"))), ["second"]);
});

test("an account with deployments cannot be deleted", async () => {
    const client = accounts();
    await create(client, "oai-full");
    await deploy(client, "oai-full", "chat", 1);
    await assert.rejects(
        client.accounts.beginDeleteAndWait(group, "oai-full", soon),
        refusal(409, "CannotDeleteResource"),
    );
    await client.deployments.beginDeleteAndWait(group, "oai-full", "chat", soon);
    await client.accounts.beginDeleteAndWait(group, "oai-full", soon);
    assert.deepEqual(await all(client.accounts.list()), []);
});

test("content filters come and go beside the built-in ones", async () => {
    const client = accounts();
    await create(client, "oai-filters");
    const builtIn = names(await all(client.raiPolicies.list(group, "oai-filters")));
    assert.ok(builtIn.includes("Microsoft.Default"));

    const filter = {
        name: "hate",
        enabled: true,
        blocking: true,
        severityThreshold: "Low",
        source: "Prompt",
    };
    await client.raiPolicies.createOrUpdate(group, "oai-filters", "strict", {
        properties: { basePolicyName: "Microsoft.Default", mode: "Blocking", contentFilters: [filter] },
    });
    const policy = await client.raiPolicies.get(group, "oai-filters", "strict");
    assert.equal(policy.properties.contentFilters[0].severityThreshold, "Low");
    await client.raiPolicies.beginDeleteAndWait(group, "oai-filters", "strict", soon);
    assert.deepEqual(names(await all(client.raiPolicies.list(group, "oai-filters"))), builtIn);
});
