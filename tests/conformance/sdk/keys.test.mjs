/* Keys, by @azure/keyvault-keys at the vault and by @azure/arm-keyvault at Resource Manager. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { all, keys, pageSizes, refusal, vaults, vaultUrl } from "./clients.mjs";
import { age, faults, group, requests, setStage, vaultBody, vaultId } from "./stage.mjs";

const vault = "kv-keys";
const shielded = "kv-shielded";

beforeEach(() =>
    setStage({
        live: {
            [vaultId(vault)]: vaultBody(),
            [vaultId(shielded)]: vaultBody({ enablePurgeProtection: true }),
        },
    }),
);

const soon = { intervalInMs: 20 };
const minute = 60 * 1000;

test("a key is made at the vault, and has its attributes", async () => {
    const expiresOn = new Date(Math.floor(Date.now() / 1000) * 1000 + 60 * minute);
    const client = keys(vault);
    const made = await client.createRsaKey("cmk", {
        keySize: 3072,
        keyOps: ["wrapKey", "unwrapKey"],
        expiresOn,
        tags: { owner: "conformance" },
    });

    assert.match(made.id, new RegExp(`^${vaultUrl(vault)}/keys/cmk/[0-9a-f]{32}$`));
    const key = await client.getKey("cmk");
    assert.equal(key.id, made.id);
    assert.equal(key.keyType, "RSA");
    assert.equal(key.key.n.length, 384);
    assert.deepEqual(key.keyOperations, ["wrapKey", "unwrapKey"]);
    assert.equal(key.properties.version, made.properties.version);
    assert.equal(key.properties.enabled, true);
    assert.equal(key.properties.recoverableDays, 90);
    assert.equal(key.properties.recoveryLevel, "Recoverable+Purgeable");
    assert.deepEqual(key.properties.expiresOn, expiresOn);
    assert.ok(Math.abs(key.properties.createdOn - Date.now()) < minute);
    assert.deepEqual(key.properties.tags, { owner: "conformance" });
});

test("the vault challenges once, and then the token is sent at once", async () => {
    const client = keys(vault);
    await client.createRsaKey("cmk");
    await client.getKey("cmk");
    const asked = await requests(/vault\.azure\.net\/keys\/cmk/);
    assert.deepEqual(asked.map((entry) => entry.status), [401, 200, 200]);
});

test("a key is made at Resource Manager, once", async () => {
    const client = vaults();
    const wish = { properties: { kty: "RSA", keySize: 2048, attributes: { enabled: true } } };
    const made = await client.keys.createIfNotExist(group, vault, "arm-key", wish);
    assert.equal(made.id, `${vaultId(vault)}/keys/arm-key`);
    assert.equal(made.keyUri, `${vaultUrl(vault)}/keys/arm-key`);

    const again = await client.keys.createIfNotExist(group, vault, "arm-key", wish);
    assert.equal(again.keyUriWithVersion, made.keyUriWithVersion);
    assert.equal((await keys(vault).getKey("arm-key")).id, made.keyUriWithVersion);
    assert.deepEqual((await all(client.keys.list(group, vault))).map((key) => key.name), ["arm-key"]);
});

test("rotating makes a version, at both doors", async () => {
    const client = keys(vault);
    const first = await client.createRsaKey("cmk");
    const second = await client.rotateKey("cmk");
    assert.notEqual(second.id, first.id);
    assert.equal((await client.getKey("cmk")).id, second.id);
    assert.equal((await client.getKey("cmk", { version: first.properties.version })).id, first.id);

    const wanted = [first.properties.version, second.properties.version].sort();
    const here = await all(client.listPropertiesOfKeyVersions("cmk"));
    assert.deepEqual(here.map((version) => version.version).sort(), wanted);
    const there = await all(vaults().keys.listVersions(group, vault, "cmk"));
    assert.deepEqual(there.map((version) => version.name).sort(), wanted);
    const one = await vaults().keys.getVersion(group, vault, "cmk", first.properties.version);
    assert.equal(one.keyUriWithVersion, first.id);
});

test("versions come in pages of 25", async () => {
    const client = keys(vault);
    const made = new Set();
    for (let i = 0; i < 26; i++) made.add((await client.createRsaKey("many")).properties.version);
    assert.deepEqual(await pageSizes(client.listPropertiesOfKeyVersions("many")), [25, 1]);
    const versions = await all(client.listPropertiesOfKeyVersions("many"));
    assert.deepEqual(new Set(versions.map((version) => version.version)), made);
});

test("keys come in pages, empty ones too", async () => {
    const client = keys(vault);
    for (const name of ["a", "b", "c"]) await client.createRsaKey(name);
    await faults({ op: "pages", match: "GET .*/keys\\?", sizes: [1, 0, 1] });
    assert.deepEqual(await pageSizes(client.listPropertiesOfKeys()), [1, 0, 1, 1]);
    const found = await all(client.listPropertiesOfKeys());
    assert.deepEqual(found.map((key) => key.name).sort(), ["a", "b", "c"]);
});

test("a rotation policy is kept as it was set, with the vault's own notice", async () => {
    const client = keys(vault);
    await client.createRsaKey("cmk");
    const untouched = await client.getKeyRotationPolicy("cmk");
    assert.equal(untouched.lifetimeActions.length, 1);
    assert.equal(untouched.lifetimeActions[0].action, "Notify");
    assert.equal(untouched.lifetimeActions[0].timeBeforeExpiry, "P30D");
    assert.equal(untouched.expiresIn, undefined);

    const rotate = { action: "Rotate", timeAfterCreate: "P90D" };
    await client.updateKeyRotationPolicy("cmk", { lifetimeActions: [rotate], expiresIn: "P2Y" });
    const policy = await client.getKeyRotationPolicy("cmk");
    assert.equal(policy.expiresIn, "P2Y");
    assert.equal(policy.id, `${vaultUrl(vault)}/keys/cmk/rotationpolicy`);
    const rotates = policy.lifetimeActions.filter((action) => action.action === "Rotate");
    assert.equal(rotates.length, 1);
    assert.equal(rotates[0].timeAfterCreate, "P90D");
    assert.ok(policy.lifetimeActions.some((action) => action.action === "Notify"));

    const { properties } = await client.rotateKey("cmk");
    const years = (properties.expiresOn - properties.createdOn) / (365.25 * 24 * 60 * minute);
    assert.ok(years > 1.99 && years < 2.01, `a new version lives ${years} years`);
});

test("a rotation policy that makes no sense is refused", async () => {
    const client = keys(vault);
    await client.createRsaKey("cmk");
    const soonest = { lifetimeActions: [{ action: "Rotate", timeAfterCreate: "soon" }] };
    await assert.rejects(
        client.updateKeyRotationPolicy("cmk", soonest),
        refusal(400, "BadParameter"),
    );
});

test("a key rotates by its policy, and by none once that is taken back", async () => {
    const client = keys(vault);
    const count = async () => (await all(client.listPropertiesOfKeyVersions("cmk"))).length;
    const first = await client.createRsaKey("cmk");
    const rotate = { action: "Rotate", timeAfterCreate: "P90D" };
    await client.updateKeyRotationPolicy("cmk", { lifetimeActions: [rotate], expiresIn: "P1Y" });
    await age(vault, "cmk", 89);
    assert.equal((await client.getKey("cmk")).id, first.id);
    await age(vault, "cmk", 1);
    const second = await client.getKey("cmk");
    assert.notEqual(second.id, first.id);
    const days = (second.properties.expiresOn - second.properties.createdOn) / (24 * 60 * minute);
    assert.ok(days >= 365 && days <= 366, `a new version lives ${days} days`);
    assert.equal(await count(), 2);

    await client.updateKeyRotationPolicy("cmk", { lifetimeActions: [] });
    const policy = await client.getKeyRotationPolicy("cmk");
    assert.deepEqual(policy.lifetimeActions.map((action) => action.action), ["Notify"]);
    assert.equal(policy.expiresIn, undefined);
    await age(vault, "cmk", 400);
    assert.equal(await count(), 2);
});

test("a policy is set with the creation of a key at Resource Manager, and seen at both doors", async () => {
    const wish = { kty: "RSA", rotationPolicy: { lifetimeActions: [
        { action: { type: "rotate" }, trigger: { timeAfterCreate: "P90D" } } ] } };
    const made = await vaults().keys.createIfNotExist(group, vault, "arm-key", { properties: wish });
    const [action] = made.rotationPolicy.lifetimeActions;
    assert.equal(action.action.type, "rotate");
    assert.equal(action.trigger.timeAfterCreate, "P90D");
    const policy = await keys(vault).getKeyRotationPolicy("arm-key");
    assert.equal(policy.lifetimeActions[0].action, "Rotate");
    assert.equal(policy.lifetimeActions[0].timeAfterCreate, "P90D");
});

test("one version is disabled and enabled, and no other", async () => {
    const client = keys(vault);
    const first = await client.createRsaKey("cmk");
    await client.rotateKey("cmk");
    const enabled = async () => {
        const versions = await all(client.listPropertiesOfKeyVersions("cmk"));
        return Object.fromEntries(versions.map((version) => [version.id, version.enabled]));
    };

    await client.updateKeyProperties("cmk", first.properties.version, { enabled: false });
    assert.deepEqual(Object.values(await enabled()).sort(), [false, true]);
    assert.equal((await enabled())[first.id], false);
    await client.updateKeyProperties("cmk", first.properties.version, { enabled: true });
    assert.deepEqual(Object.values(await enabled()), [true, true]);
});

test("a deleted key keeps its name until it is recovered with all its versions", async () => {
    const client = keys(vault);
    await client.createRsaKey("cmk");
    const newest = await client.rotateKey("cmk");

    const deleted = await (await client.beginDeleteKey("cmk", soon)).pollUntilDone();
    assert.equal(deleted.properties.recoveryId, `${vaultUrl(vault)}/deletedkeys/cmk`);
    assert.equal(
        deleted.properties.scheduledPurgeDate - deleted.properties.deletedOn,
        90 * 24 * 60 * minute,
    );
    await assert.rejects(client.getKey("cmk"), refusal(404, "KeyNotFound"));
    await assert.rejects(client.createRsaKey("cmk"), refusal(409, "Conflict"));
    const [listed] = await all(client.listDeletedKeys());
    assert.equal(listed.name, "cmk");
    assert.equal(listed.properties.recoveryId, deleted.properties.recoveryId);
    assert.equal((await client.getDeletedKey("cmk")).name, "cmk");

    const recovered = await (await client.beginRecoverDeletedKey("cmk", soon)).pollUntilDone();
    assert.equal(recovered.name, "cmk");
    assert.equal((await client.getKey("cmk")).id, newest.id);
    assert.equal((await all(client.listPropertiesOfKeyVersions("cmk"))).length, 2);
    assert.deepEqual(await all(client.listDeletedKeys()), []);
});

test("a purged key is gone, and its name free", async () => {
    const client = keys(vault);
    const old = await client.createRsaKey("cmk");
    await (await client.beginDeleteKey("cmk", soon)).pollUntilDone();
    await client.purgeDeletedKey("cmk");
    await assert.rejects(client.getDeletedKey("cmk"), refusal(404, "KeyNotFound"));
    assert.notEqual((await client.createRsaKey("cmk")).id, old.id);
    assert.equal((await all(client.listPropertiesOfKeyVersions("cmk"))).length, 1);
});

test("a protected vault does not purge keys", async () => {
    const client = keys(shielded);
    const made = await client.createRsaKey("cmk");
    assert.equal(made.properties.recoveryLevel, "Recoverable");
    await (await client.beginDeleteKey("cmk", soon)).pollUntilDone();
    await assert.rejects(client.purgeDeletedKey("cmk"), refusal(403, "Forbidden"));
    assert.equal((await client.getDeletedKey("cmk")).name, "cmk");
});
