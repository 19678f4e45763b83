/* What Microsoft's SDK made is adopted: a plan of the printed file shows what was planted, and
 * nothing else. cmkd made none of it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { KeyVaultManagementClient } from "@azure/arm-keyvault";

import {
    accounts,
    arm,
    authorization,
    credential,
    keys,
    locks,
    network,
    resources,
    soon,
    vaults,
    vaultUrl,
} from "./clients.mjs";
import {
    age,
    cloud,
    group,
    groupId,
    location,
    operator,
    requests,
    role,
    roleId,
    setStage,
    stageFile,
    subscription,
    subscriptionId,
    tenant,
} from "./stage.mjs";

const bin = process.env.CMKD_BIN;
const config = stageFile("adopt.json");
const cryptoUser = "12338af0-0e69-4776-bea7-57ae8d297424";
const acls = (more) => ({ defaultAction: "Deny", ipRules: [], virtualNetworkRules: [], ...more });
const subnet = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/default`;

/* ---- programs --------------------------------------------------------------------------------- */

/* What it printed, and how it ended. */
const runWith = (input, name, ...words) =>
    new Promise((resolve) => {
        const child = execFile(join(bin, name), words, (error, stdout, stderr) =>
            resolve({ status: error ? error.code : 0, stdout, stderr }),
        );
        child.stdin.on("error", () => {}); // it need not read
        child.stdin.end(input);
    });
const run = (name, ...words) => runWith("", name, ...words);

function configure(members) {
    const { tenantId, clientId, secret } = operator;
    const secretFile = stageFile("adopt.secret");
    writeFileSync(secretFile, secret, { mode: 0o600 });
    const file = {
        cloud,
        credential: { type: "clientSecret", tenantId, clientId, secretFile },
        stateDirectory: stageFile("state"),
        ...members,
    };
    writeFileSync(config, JSON.stringify(file));
}

/* What cmkctl prints; Azure is only read. */
async function adopt(status, ...words) {
    configure({});
    const writes = /^(PUT|PATCH|DELETE) |^POST (?!.*\/oauth2\/)/;
    const before = (await requests(writes)).length;
    const adopted = await run("cmkctl", "adopt", "--config", config, ...words);
    assert.equal(adopted.status, status, adopted.stdout + adopted.stderr);
    assert.equal((await requests(writes)).length, before, "something was written");
    return adopted;
}

/* What cmkd finds of it: "path outcome" of each, below the last word of its type. */
async function plan(text) {
    writeFileSync(stageFile("adopted.json"), text);
    configure({ include: ["adopted.json"] });
    const planned = await run("cmkd", "--config", config, "--once", "--dry-run", "--output", "json");
    assert.ok(planned.status < 2, planned.stdout + planned.stderr);
    const { stacks } = JSON.parse(planned.stdout);
    assert.deepEqual(stacks.flatMap((stack) => stack.errors), []);
    const findings = stacks.flatMap((stack) => stack.findings);
    return findings
        .map(({ resource, path, outcome }) => `${resource.split("/").at(-2)} ${path} ${outcome}`)
        .sort();
}

/* ---- a deployment ----------------------------------------------------------------------------- */

const plain = (more) => ({
    vault: "kv-adopt",
    vaultGroup: group,
    account: "oai-adopt",
    kind: "OpenAI",
    subDomain: "oai-adopt",
    vaultAcls: acls({ bypass: "AzureServices" }),
    accountAcls: acls(),
    ...more,
});

async function makeVault(made) {
    const body = {
        location,
        tags: made.tags,
        properties: {
            tenantId: tenant,
            sku: { family: "A", name: made.sku ?? "premium" },
            enableRbacAuthorization: true,
            enablePurgeProtection: true,
            softDeleteRetentionInDays: 90,
            ...made.vaultProperties,
        },
    };
    await vaults().vaults.beginCreateOrUpdateAndWait(made.vaultGroup, made.vault, body, soon);
    made.vaultId = `${subscriptionId}/resourceGroups/${made.vaultGroup}/providers/Microsoft.KeyVault/vaults/${made.vault}`;
    made.key = await keys(made.vault).createRsaKey("cmk", { keySize: 2048 });
}

async function makeAccount(made) {
    const body = {
        location,
        kind: made.kind,
        sku: { name: "S0" },
        tags: made.tags,
        identity: made.identity ?? { type: "SystemAssigned" },
        properties: { customSubDomainName: made.subDomain },
    };
    const account = await accounts().accounts.beginCreateAndWait(group, made.account, body, soon);
    made.principalId = account.identity.principalId;
    made.accountId = account.id;
}

const grant = (made) =>
    authorization().roleAssignments.create(
        (made.scope ?? ((one) => `${one.vaultId}/keys/cmk`))(made),
        "66666666-6666-4666-8666-000000000001",
        {
            roleDefinitionId: roleId(made.role ?? role.encryptionUser),
            principalId: made.principalId,
            principalType: "ServicePrincipal",
        },
    );

const changeAccount = (made, properties) =>
    accounts().accounts.beginUpdateAndWait(group, made.account, { properties }, soon);
const changeVault = (made, properties) =>
    vaults().vaults.update(made.vaultGroup, made.vault, { properties });

const link = (made) =>
    changeAccount(made, {
        encryption: {
            keySource: "Microsoft.KeyVault",
            keyVaultProperties: {
                keyVaultUri: `${vaultUrl(made.vault)}/`,
                keyName: "cmk",
                keyVersion: made.isVersionless ? "" : made.key.properties.version,
            },
        },
        networkAcls: made.accountAcls,
    });

async function make(more) {
    const made = plain(more);
    await makeVault(made);
    await makeAccount(made);
    await (made.allow ?? grant)(made);
    await link(made);
    if (made.vaultAcls) await changeVault(made, { networkAcls: made.vaultAcls });
    await made.plant?.(made);
    return made;
}

const allowByPolicy = (made) =>
    vaults().vaults.updateAccessPolicy(made.vaultGroup, made.vault, "add", {
        properties: {
            accessPolicies: [
                {
                    tenantId: tenant,
                    objectId: made.principalId,
                    permissions: { keys: ["get", "wrapKey", "unwrapKey"] },
                },
            ],
        },
    });

/* As a person makes them: the names are nobody's rule. */
async function makeEndpoint(name, target, way, zone) {
    const client = network();
    await client.privateEndpoints.beginCreateOrUpdateAndWait(
        otherGroup,
        name,
        {
            location,
            subnet: { id: subnet },
            privateLinkServiceConnections: [
                { name: `${name}-link`, privateLinkServiceId: target, groupIds: [way] },
            ],
        },
        soon,
    );
    await client.privateDnsZoneGroups.beginCreateOrUpdateAndWait(
        otherGroup,
        name,
        "default",
        {
            privateDnsZoneConfigs: [
                {
                    name: "zone",
                    privateDnsZoneId: `${groupId}/providers/Microsoft.Network/privateDnsZones/${zone}`,
                },
            ],
        },
        soon,
    );
}

async function makeEndpoints(made) {
    await makeEndpoint("pe-kv", made.vaultId, "vault", "privatelink.vaultcore.azure.net");
    await makeEndpoint("pe-oai", made.accountId, "account", "privatelink.openai.azure.com");
}

/* Somebody without a say over the vault has asked for a way in. */
async function askForEndpoint(made) {
    await network().privateEndpoints.beginCreateOrUpdateAndWait(
        otherGroup,
        "pe-stranger",
        {
            location,
            subnet: { id: subnet },
            manualPrivateLinkServiceConnections: [
                {
                    name: "asked",
                    privateLinkServiceId: made.vaultId,
                    groupIds: ["vault"],
                    requestMessage: "please",
                },
            ],
        },
        soon,
    );
}

const otherGroup = "rg-keys";
const useOtherGroup = () =>
    resources().resourceGroups.createOrUpdate(otherGroup, { location });

/* ---- the table -------------------------------------------------------------------------------- */

const action = "properties.networkAcls.defaultAction";

/* What was planted, what a plan must show, and what the file must say of it. */
const deployments = [
    ["a sound one", {}, []],
    ["an open vault", { vaultAcls: acls({ defaultAction: "Allow" }) }, [`vaults ${action} audit`], /will be Deny/],
    ["a vault without network rules", { vaultAcls: undefined }, [`vaults ${action} audit`], /is Allow: will be Deny/],
    ["an open account", { accountAcls: acls({ defaultAction: "Allow" }) }, [`accounts ${action} audit`]],
    [
        "both open",
        { vaultAcls: acls({ defaultAction: "Allow" }), accountAcls: acls({ defaultAction: "Allow" }) },
        [`accounts ${action} audit`, `vaults ${action} audit`],
    ],
    [
        "a vault that forgets after a week",
        { vaultProperties: { softDeleteRetentionInDays: 7 } },
        ["vaults properties.softDeleteRetentionInDays impossible"],
        /softDeleteRetentionInDays is 7: the baseline says 90, and cmkd cannot change it/,
    ],
    [
        "addresses that may pass",
        {
            vaultAcls: acls({ bypass: "AzureServices", ipRules: [{ value: "203.0.113.0/24" }] }),
            accountAcls: acls({ ipRules: [{ value: "203.0.113.7" }] }),
        },
        [],
        /is all of it still wanted/,
    ],
    [
        "a subnet that may pass",
        { accountAcls: acls({ virtualNetworkRules: [{ id: subnet }] }) },
        [],
        /virtualNetworks\/vnet/,
    ],
    [
        "a vault that lets no service pass",
        { plant: (made) => changeVault(made, { networkAcls: acls({ bypass: "None" }) }) },
        ["vaults properties.networkAcls.bypass audit"],
        /bypass is None: will be AzureServices/,
    ],
    ["a grant on the vault", { scope: (made) => made.vaultId }, []],
    ["a grant of another role on the group", { scope: () => groupId, role: cryptoUser }, []],
    [
        "a grant that was taken away",
        {
            plant: (made) =>
                authorization().roleAssignments.delete(
                    `${made.vaultId}/keys/cmk`,
                    "66666666-6666-4666-8666-000000000001",
                ),
        },
        ["roleAssignments  audit"],
        /grant: is not there/,
    ],
    [
        "a vault with access policies",
        {
            vaultProperties: {
                enableRbacAuthorization: false,
                accessPolicies: [
                    { tenantId: tenant, objectId: operator.objectId, permissions: { keys: ["all"] } },
                ],
            },
            allow: allowByPolicy,
        },
        ["vaults properties.enableRbacAuthorization impossible"],
        /enableRbacAuthorization is false: the baseline says true, and cmkd cannot change it/,
    ],
    [
        "a rotated key that the account did not follow",
        {
            plant: async (made) => {
                await age(made.vault, "cmk", 1); // else both are of one second
                await keys(made.vault).rotateKey("cmk");
            },
        },
        ["accounts properties.encryption.keyVaultProperties.keyVersion audit"],
    ],
    ["a link without a version", { isVersionless: true }, [], /"keyVersion": ""/],
    ["an account of many models", { kind: "AIServices" }, [], /"kind": "AIServices"/],
    ["another sub-domain", { subDomain: "oai-elsewhere" }, [], /"customSubDomainName": "oai-elsewhere"/],
    [
        "a vault in another group",
        { vaultGroup: otherGroup, before: useOtherGroup },
        [],
        /"name": "kv-adopt",\s*"resourceGroup": "rg-keys"/,
    ],
    ["tags, and a cheaper vault", { tags: { owner: "us" }, sku: "standard" }, []],
    [
        "no public address",
        { plant: (made) => changeAccount(made, { publicNetworkAccess: "Disabled" }) },
        [],
    ],
    [
        "locks on it, and one above",
        {
            plant: async (made) => {
                const body = { level: "CanNotDelete", notes: "mine" };
                await locks().managementLocks.createOrUpdateByScope(made.accountId, "keep", body);
                await locks().managementLocks.createOrUpdateByScope(made.vaultId, "keep", body);
                await locks().managementLocks.createOrUpdateByScope(groupId, "above", body);
            },
        },
        [],
        /"locks": \{\s*"keep"[^]*"locks": \{\s*"keep"/,
    ],
    [
        "private endpoints in the network's group, with their zones",
        { before: useOtherGroup, plant: makeEndpoints },
        [],
        /"pe-kv": \{[^]*"resourceGroup": "rg-keys"[^]*"pe-oai": \{[^]*privatelink\.openai\.azure\.com/,
    ],
    [
        "a private endpoint that nobody has approved",
        { before: useOtherGroup, plant: askForEndpoint },
        [],
        /not declared: the vault has a private endpoint, [^ ]*pe-stranger \(Pending\)/,
    ],
    [
        "models and a content filter",
        {
            plant: async (made) => {
                const client = accounts();
                const model = { format: "OpenAI", name: "gpt-4o", version: "2024-11-20" };
                await client.raiPolicies.createOrUpdate(group, made.account, "strict", {
                    properties: { basePolicyName: "Microsoft.Default", mode: "Blocking" },
                });
                for (const [name, versionUpgradeOption] of [
                    ["chat", "NoAutoUpgrade"],
                    ["moving", "OnceNewDefaultVersionAvailable"],
                ])
                    await client.deployments.beginCreateOrUpdateAndWait(
                        group,
                        made.account,
                        name,
                        {
                            sku: { name: "Standard", capacity: 10 },
                            properties: { model, versionUpgradeOption, raiPolicyName: "strict" },
                        },
                        soon,
                    );
            },
        },
        [],
        /"raiPolicies": \{\s*"strict"(?![^]*"Microsoft\.DefaultV2"\s*:)[^]*"chat": \{[^]*"version": "2024-11-20"[^]*"moving": \{(?![^]*"version")/,
    ],
    ["names with capitals", { vault: "KV-Adopt", account: "Oai-Adopt" }, [], /"Oai-Adopt": \{/],
    [
        "a version that somebody disabled",
        {
            plant: (made) =>
                keys(made.vault).updateKeyProperties("cmk", made.key.properties.version, { enabled: false }),
        },
        ["keys properties.attributes.enabled audit"],
    ],
];

for (const [name, more, findings, said] of deployments)
    test(`adopted: ${name}`, async () => {
        await setStage();
        await more.before?.();
        const made = await make(more);
        const { stdout } = await adopt(0, made.accountId);
        assert.deepEqual(await plan(stdout), findings, stdout);
        assert.equal(/DEVIATES: (?!what is otherwise)/.test(stdout), findings.length > 0, stdout);
        if (said) assert.match(stdout, said);
    });

/* ---- more than one ---------------------------------------------------------------------------- */

test("an account under Microsoft's key is not adopted", async () => {
    await setStage();
    const made = plain();
    await makeAccount(made);
    const { stdout, stderr } = await adopt(65, made.accountId);
    assert.equal(stdout, "");
    assert.match(stderr, /NoCmk: it has no customer-managed key/);
});

test("an account that was deleted is told from one that never was", async () => {
    await setStage();
    const made = plain();
    await makeAccount(made);
    await accounts().accounts.beginDeleteAndWait(group, made.account, soon);
    assert.match((await adopt(65, made.accountId)).stderr, /SoftDeleted: it is soft-deleted/);
    assert.match((await adopt(65, `${made.accountId}-2`)).stderr, /ResourceNotFound: /);
});

test("a subscription is adopted whole, and what has no key is named", async () => {
    await setStage();
    const first = await make();
    const second = { ...first, account: "oai-second", subDomain: "oai-second" };
    await makeAccount(second);
    await authorization().roleAssignments.create(
        `${second.vaultId}/keys/cmk`,
        "66666666-6666-4666-8666-000000000002",
        {
            roleDefinitionId: roleId(role.encryptionUser),
            principalId: second.principalId,
            principalType: "ServicePrincipal",
        },
    );
    await link(second);
    await makeAccount(plain({ account: "oai-bare", subDomain: "oai-bare" }));
    const { stdout } = await adopt(0, "--subscription", subscription);
    assert.match(stdout, /"oai-adopt": \{[^]*"oai-second": \{[^]*\/\/ not adopted: .*oai-bare: NoCmk/);
    assert.deepEqual(await plan(stdout), []);
});

test("a vault in another subscription is found by its id", async () => {
    const other = "00000000-0000-0000-0000-000000000002";
    const otherGroupId = `/subscriptions/${other}/resourceGroups/${otherGroup}`;
    const elsewhere = `${otherGroupId}/providers/Microsoft.KeyVault/vaults/kv-adopt`;
    await setStage({
        subscriptions: [subscriptionId, `/subscriptions/${other}`],
        resourceGroups: [groupId, otherGroupId],
    });
    const made = plain({ vaultId: elsewhere });
    const client = new KeyVaultManagementClient(credential(), other, arm);
    await client.vaults.beginCreateOrUpdateAndWait(
        otherGroup,
        made.vault,
        {
            location,
            properties: {
                tenantId: tenant,
                sku: { family: "A", name: "premium" },
                enableRbacAuthorization: true,
                enablePurgeProtection: true,
                networkAcls: acls({ bypass: "AzureServices", defaultAction: "Allow" }),
            },
        },
        soon,
    );
    made.key = await keys(made.vault).createRsaKey("cmk", { keySize: 2048 });
    await makeAccount(made);
    await grant(made);
    await link(made);
    const { stderr } = await adopt(65, made.accountId);
    assert.match(stderr, /VaultNotFound: .*: give its id with --vault-id/);
    const { stdout } = await adopt(0, made.accountId, "--vault-id", elsewhere);
    assert.match(stdout, new RegExp(`"subscriptionId": "${other}",\\s*"resourceGroup": "${otherGroup}"`));
    assert.deepEqual(await plan(stdout), [`vaults ${action} audit`]);
});

test("a token on standard input is enough, and goes to nobody else", async () => {
    await setStage();
    const made = await make();
    const absent = { ...operator, type: "clientSecret", secretFile: "for-the-daemon-alone" };
    delete absent.secret;
    delete absent.objectId;
    configure({ credential: absent });
    const { token } = await credential().getToken(`${cloud.resourceManager}/.default`);
    const words = ["adopt", made.accountId, "--token-stdin", "--config", config];
    const asked = /\/token\?|\/oauth2\/|^[A-Z]+ https:\/\/kv-adopt\./; // or a vault was
    const before = (await requests(asked)).length;
    const adopted = await runWith(`${token}\n`, "cmkctl", ...words);
    assert.equal(adopted.status, 0, adopted.stderr);
    assert.equal((await requests(asked)).length, before, "more was asked");
    assert.deepEqual(await plan(adopted.stdout), []);

    configure({ credential: absent });
    const refused = await runWith("no.such.token", "cmkctl", ...words);
    assert.equal(refused.status, 77, refused.stderr);
    assert.match(refused.stderr, /NoToken: the token that was given is no longer taken/);
    assert.equal((await runWith("", "cmkctl", ...words)).status, 65);
});
