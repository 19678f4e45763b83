/* What stands beside vault and account: identities by @azure/arm-msi, diagnostic settings and the
 * activity log by @azure/arm-monitor, private endpoints by @azure/arm-resources. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import {
    accounts,
    all,
    authorization,
    identities,
    keys,
    monitor,
    refusal,
    resources,
    soon,
    vaults,
    vaultUrl,
} from "./clients.mjs";
import { group, groupId, location, role, roleId, setStage, vaultBody, vaultId } from "./stage.mjs";

const vault = "kv-beside";

beforeEach(() =>
    setStage({ live: { [vaultId(vault)]: vaultBody({ enablePurgeProtection: true }) } }),
);

const names = (items) => items.map((item) => item.name).sort();

/* ---- identities ------------------------------------------------------------------------------- */

test("an identity of its own comes, is listed and goes", async () => {
    const client = identities().userAssignedIdentities;
    const made = await client.createOrUpdate(group, "id-cmk", { location });
    assert.match(made.principalId, /^[0-9a-f-]{36}$/);
    assert.match(made.clientId, /^[0-9a-f-]{36}$/);
    const again = await client.createOrUpdate(group, "id-cmk", { location, tags: { a: "b" } });
    assert.equal(again.principalId, made.principalId);
    assert.deepEqual((await client.get(group, "id-cmk")).tags, { a: "b" });
    assert.deepEqual(names(await all(client.listByResourceGroup(group))), ["id-cmk"]);
    assert.deepEqual(names(await all(client.listBySubscription())), ["id-cmk"]);
    await client.delete(group, "id-cmk");
    await assert.rejects(client.get(group, "id-cmk"), refusal(404, "ResourceNotFound"));
});

test("an account names the key with an identity of its own", async () => {
    const key = await keys(vault).createRsaKey("cmk");
    const identity = await identities().userAssignedIdentities.createOrUpdate(group, "id-cmk", {
        location,
    });
    await authorization().roleAssignments.create(
        vaultId(vault),
        "66666666-6666-4666-8666-000000000009",
        {
            roleDefinitionId: roleId(role.encryptionUser),
            principalId: identity.principalId,
            principalType: "ServicePrincipal",
        },
    );
    await accounts().accounts.beginCreateAndWait(
        group,
        "oai-identity",
        {
            location,
            kind: "OpenAI",
            sku: { name: "S0" },
            identity: { type: "UserAssigned", userAssignedIdentities: { [identity.id]: {} } },
            properties: { customSubDomainName: "oai-identity" },
        },
        soon,
    );
    const keyVaultProperties = {
        keyVaultUri: `${vaultUrl(vault)}/`,
        keyName: "cmk",
        keyVersion: key.properties.version,
        identityClientId: identity.clientId,
    };
    const linked = await accounts().accounts.beginUpdateAndWait(
        group,
        "oai-identity",
        { properties: { encryption: { keySource: "Microsoft.KeyVault", keyVaultProperties } } },
        soon,
    );
    assert.deepEqual({ ...linked.properties.encryption.keyVaultProperties }, keyVaultProperties);
    const [shown] = Object.values(linked.identity.userAssignedIdentities);
    assert.equal(shown.principalId, identity.principalId);
});

/* ---- diagnostic settings and the activity log ------------------------------------------------- */

const workspace = `${groupId}/providers/Microsoft.OperationalInsights/workspaces/logs`;

test("a diagnostic setting comes, is replaced, listed and goes", async () => {
    const client = monitor().diagnosticSettings;
    const put = (logs) =>
        client.createOrUpdate(vaultId(vault), "audit", { workspaceId: workspace, logs });
    /* The client speaks 2017-05-01-preview, which has no groups of categories. */
    const log = (category) => ({ category, enabled: true });

    await put([log("AuditEvent"), log("AzurePolicyEvaluationDetails")]);
    await put([log("AuditEvent")]);
    const setting = await client.get(vaultId(vault), "audit");
    assert.equal(setting.workspaceId, workspace);
    assert.equal(setting.logs.length, 1);
    assert.equal(setting.logs[0].category, "AuditEvent");
    assert.equal(setting.logs[0].enabled, true);
    const listed = await client.list(vaultId(vault));
    assert.deepEqual(names(listed.value ?? (await all(listed))), ["audit"]);

    await client.delete(vaultId(vault), "audit");
    await assert.rejects(client.get(vaultId(vault), "audit"), { statusCode: 404 });
});

test("the activity log says who wrote what", async () => {
    const since = new Date(Date.now() - 3600000).toISOString();
    await vaults().vaults.update(group, vault, { tags: { owner: "conformance" } });
    const filter = `eventTimestamp ge '${since}' and resourceGroupName eq '${group}'`;
    const events = await all(monitor().activityLogs.list(filter));
    const writes = events.filter(
        (event) => event.operationName.value === "Microsoft.KeyVault/vaults/write",
    );
    assert.ok(writes.length > 0);
    assert.equal(writes[0].resourceId.toLowerCase(), vaultId(vault).toLowerCase());
    assert.match(writes[0].correlationId, /^[0-9a-f-]{36}$/);
});

/* ---- private endpoints ------------------------------------------------------------------------ */

test("a private endpoint makes a connection that the vault's owner may reject", async () => {
    const endpoint = `${groupId}/providers/Microsoft.Network/privateEndpoints/pe-vault`;
    await resources().resources.beginCreateOrUpdateByIdAndWait(
        endpoint,
        "2024-05-01",
        {
            location,
            properties: {
                subnet: { id: `${groupId}/providers/Microsoft.Network/virtualNetworks/v/subnets/s` },
                privateLinkServiceConnections: [
                    {
                        name: "pe-vault",
                        properties: { privateLinkServiceId: vaultId(vault), groupIds: ["vault"] },
                    },
                ],
            },
        },
        soon,
    );
    const client = vaults().privateEndpointConnections;
    const [connection] = await all(client.listByResource(group, vault));
    assert.equal(connection.privateLinkServiceConnectionState.status, "Approved");
    assert.equal(connection.privateEndpoint.id, endpoint);

    await client.put(group, vault, connection.name, {
        privateLinkServiceConnectionState: { status: "Rejected", description: "not ours" },
    });
    const rejected = await client.get(group, vault, connection.name);
    assert.equal(rejected.privateLinkServiceConnectionState.status, "Rejected");
    const shown = (await vaults().vaults.get(group, vault)).properties.privateEndpointConnections;
    assert.equal(shown[0].privateLinkServiceConnectionState.status, "Rejected");
});
