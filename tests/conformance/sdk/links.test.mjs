/* The story that cmkd guards, by all clients: an account may name a key of a vault once its
 * identity may use the key, and not before. Role assignments and definitions on the way. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { accounts, all, authorization, keys, refusal, soon, vaults, vaultUrl } from "./clients.mjs";
import {
    group,
    groupId,
    location,
    reader,
    role,
    roleId,
    setStage,
    settings,
    subscriptionId,
    tenant,
    vaultBody,
    vaultId,
} from "./stage.mjs";

beforeEach(() => setStage());

const vault = "kv-link";
const account = "oai-link";
const grantName = "66666666-6666-4666-8666-000000000001";
const keyId = `${vaultId(vault)}/keys/cmk`;

async function makeVaultAndKey(properties) {
    await vaults().vaults.beginCreateOrUpdateAndWait(
        group,
        vault,
        {
            location,
            properties: {
                tenantId: tenant,
                sku: { family: "A", name: "premium" },
                enableRbacAuthorization: true,
                enablePurgeProtection: true,
                ...properties,
            },
        },
        soon,
    );
    return keys(vault).createRsaKey("cmk", { keySize: 2048 });
}

const makeAccount = () =>
    accounts().accounts.beginCreateAndWait(
        group,
        account,
        {
            location,
            kind: "OpenAI",
            sku: { name: "S0" },
            identity: { type: "SystemAssigned" },
            properties: { customSubDomainName: account },
        },
        soon,
    );

const link = (key) =>
    accounts().accounts.beginUpdateAndWait(
        group,
        account,
        {
            properties: {
                encryption: {
                    keySource: "Microsoft.KeyVault",
                    keyVaultProperties: {
                        keyVaultUri: `${vaultUrl(vault)}/`,
                        keyName: "cmk",
                        keyVersion: key.properties.version,
                    },
                },
            },
        },
        soon,
    );

const grant = (principalId, scope = keyId, roleName = role.encryptionUser, name = grantName) =>
    authorization().roleAssignments.create(scope, name, {
        roleDefinitionId: roleId(roleName),
        principalId,
        principalType: "ServicePrincipal",
    });

test("a link is refused until the account's identity may use the key", async () => {
    const key = await makeVaultAndKey();
    const { identity } = await makeAccount();
    await assert.rejects(link(key), { name: "RestError", statusCode: 400 });

    await grant(identity.principalId);
    const linked = await link(key);
    assert.equal(linked.properties.provisioningState, "Succeeded");
    const { encryption } = (await accounts().accounts.get(group, account)).properties;
    assert.equal(encryption.keySource, "Microsoft.KeyVault");
    assert.equal(encryption.keyVaultProperties.keyName, "cmk");
    assert.equal(encryption.keyVaultProperties.keyVersion, key.properties.version);
    assert.equal(encryption.keyVaultProperties.keyVaultUri, `${vaultUrl(vault)}/`);
});

test("a rotated key is followed by naming its new version", async () => {
    const first = await makeVaultAndKey();
    const { identity } = await makeAccount();
    await grant(identity.principalId);
    await link(first);
    const second = await keys(vault).rotateKey("cmk");
    await link(second);
    const { encryption } = (await accounts().accounts.get(group, account)).properties;
    assert.equal(encryption.keyVaultProperties.keyVersion, second.properties.version);
    assert.notEqual(second.properties.version, first.properties.version);
});

test("a grant takes effect after a while, and the link with it", async () => {
    const key = await makeVaultAndKey();
    const { identity } = await makeAccount();
    await settings({ grantDelay: 3600 });
    await grant(identity.principalId);
    await assert.rejects(link(key), { name: "RestError", statusCode: 400 });
    await settings({ grantDelay: 0 });
    await link(key);
});

test("a vault without purge protection cannot hold the key", async () => {
    const key = await makeVaultAndKey({ enablePurgeProtection: undefined });
    const { identity } = await makeAccount();
    await grant(identity.principalId);
    await assert.rejects(link(key), (error) => {
        assert.equal(error.statusCode, 400);
        assert.match(error.message, /purge protection/);
        return true;
    });
});

/* ---- role assignments and definitions --------------------------------------------------------- */

test("a role assignment comes, is found from above and below, and goes", async () => {
    await makeVaultAndKey();
    const client = authorization().roleAssignments;
    const made = await grant(reader.objectId);
    assert.equal(made.name, grantName);
    assert.equal(made.scope, keyId);
    assert.equal(made.principalType, "ServicePrincipal");

    const mine = { filter: `assignedTo('${reader.objectId}')` };
    const byPrincipal = { filter: `principalId eq '${reader.objectId}'` };
    const ids = async (list) => (await all(list)).map((item) => item.id);
    assert.ok((await ids(client.listForScope(keyId, mine))).includes(made.id));
    assert.ok((await ids(client.listForSubscription(byPrincipal))).includes(made.id));
    const atScope = await ids(client.listForScope(groupId, { filter: "atScope()" }));
    assert.ok(!atScope.includes(made.id));
    assert.equal((await client.get(keyId, grantName)).principalId, reader.objectId);

    const deleted = await client.delete(keyId, grantName);
    assert.equal(deleted.id, made.id);
    await assert.rejects(client.get(keyId, grantName), refusal(404, "RoleAssignmentNotFound"));
});

test("the same grant under another name exists already", async () => {
    await makeVaultAndKey();
    await grant(reader.objectId);
    const other = grantName.replace(/1$/, "2");
    await assert.rejects(
        grant(reader.objectId, keyId, role.encryptionUser, other),
        refusal(409, "RoleAssignmentExists"),
    );
});

test("roles are found by their name, and one's own are made", async () => {
    const client = authorization().roleDefinitions;
    const filter = "roleName eq 'Key Vault Crypto Service Encryption User'";
    const [found] = await all(client.list(subscriptionId, { filter }));
    assert.equal(found.name, role.encryptionUser);
    assert.equal(found.roleType, "BuiltInRole");
    assert.ok(
        found.permissions[0].dataActions.includes("Microsoft.KeyVault/vaults/keys/wrap/action"),
    );

    const own = "99999999-9999-4999-8999-999999999999";
    await client.createOrUpdate(subscriptionId, own, {
        roleName: "vault watcher",
        roleType: "CustomRole",
        assignableScopes: [subscriptionId],
        permissions: [{ actions: ["Microsoft.KeyVault/vaults/read"] }],
    });
    const made = await client.get(subscriptionId, own);
    assert.equal(made.roleName, "vault watcher");
    assert.deepEqual(made.permissions[0].actions, ["Microsoft.KeyVault/vaults/read"]);
});

/* ---- who may not ------------------------------------------------------------------------------ */

test("a reader sees, and may not change", async () => {
    await setStage({ live: { [vaultId(vault)]: vaultBody() } });
    const seen = await vaults(reader).vaults.get(group, vault);
    assert.equal(seen.name, vault);

    const change = { tags: { owner: "reader" } };
    await assert.rejects(vaults(reader).vaults.update(group, vault, change), (error) => {
        assert.equal(error.statusCode, 403);
        assert.equal(error.code, "AuthorizationFailed");
        assert.match(error.message, new RegExp(reader.objectId));
        assert.match(error.message, /Microsoft.KeyVault\/vaults\/write/);
        return true;
    });
    await assert.rejects(
        authorization(reader).roleAssignments.create(groupId, grantName, {
            roleDefinitionId: roleId(role.owner),
            principalId: reader.objectId,
        }),
        refusal(403, "AuthorizationFailed"),
    );
});

test("a role at Resource Manager does not open the vault, a role for its data does", async () => {
    await setStage({ live: { [vaultId(vault)]: vaultBody() } });
    await keys(vault).createRsaKey("cmk");
    const refused = (error) => {
        assert.equal(error.statusCode, 403);
        assert.equal(error.code, "Forbidden");
        assert.match(error.message, /Microsoft.KeyVault\/vaults\/keys\/read/);
        assert.equal(error.details.error.innerError.code, "ForbiddenByRbac");
        return true;
    };
    await assert.rejects(keys(vault, reader).getKey("cmk"), refused);
    await grant(reader.objectId, keyId);
    assert.equal((await keys(vault, reader).getKey("cmk")).name, "cmk");
});

test("a shut firewall keeps strangers from the keys, and from nothing else", async () => {
    const shut = {
        networkAcls: {
            bypass: "AzureServices",
            defaultAction: "Deny",
            ipRules: [{ value: "203.0.113.0/24" }],
            virtualNetworkRules: [],
        },
    };
    await setStage({ live: { [vaultId(vault)]: vaultBody(shut) } });
    await keys(vault).createRsaKey("cmk");
    await settings({ callerAddress: "198.51.100.7" });
    await assert.rejects(keys(vault).getKey("cmk"), (error) => {
        assert.equal(error.statusCode, 403);
        assert.equal(error.details.error.innerError.code, "ForbiddenByFirewall");
        return true;
    });
    assert.equal((await vaults().vaults.get(group, vault)).name, vault);
    await settings({ callerAddress: "203.0.113.9" });
    assert.equal((await keys(vault).getKey("cmk")).name, "cmk");
});

