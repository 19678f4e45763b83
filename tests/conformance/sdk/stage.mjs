/* stage.mjs: the azsim that sdk.sh has started: its control interface, and what a test finds there.
 * Every test sets its own stage; nothing of another test is left on it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.AZSIM_DIR;
const control = process.env.AZSIM_URL;

export const cloud = JSON.parse(readFileSync(join(folder, "cloud.json"), "utf8"));

/* A file that sdk.sh has put beside azsim's. */
export const stageFile = (name) => join(folder, name);

export const tenant = "11111111-1111-1111-1111-111111111111";
export const subscription = "00000000-0000-0000-0000-000000000001";
export const group = "rg-conformance";
export const location = "swedencentral";

export const subscriptionId = `/subscriptions/${subscription}`;
export const groupId = `${subscriptionId}/resourceGroups/${group}`;
export const vaultId = (name) => `${groupId}/providers/Microsoft.KeyVault/vaults/${name}`;
export const roleId = (name) =>
    `${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${name}`;

/* Roles that Azure has in every tenant. */
export const role = {
    owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    vaultAdministrator: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    encryptionUser: "e147488a-f6f5-4113-8e2d-b22465e65bf6",
};

/* Who asks: the operator, who may do all there is to do, and the reader, who may only look. */
export const operator = {
    tenantId: tenant,
    clientId: "22222222-2222-4222-8222-222222222221",
    secret: "the operator's secret",
    objectId: "33333333-3333-4333-8333-333333333331",
};
export const reader = {
    tenantId: tenant,
    clientId: "22222222-2222-4222-8222-222222222222",
    secret: "the reader's secret",
    objectId: "33333333-3333-4333-8333-333333333332",
};

/* ---- the control interface ------------------------------------------------------------------- */

async function ask(method, path, body) {
    const answer = await fetch(control + path, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${method} ${path}: ${text}`);
    return text ? JSON.parse(text) : undefined;
}

export const faults = (...rules) => ask("POST", "/_sim/faults", rules);
export const settings = (changes) => ask("POST", "/_sim/settings", changes);
export const age = (vault, key, days) => ask("POST", "/_sim/age", { vault, key, days });
export const state = () => ask("GET", "/_sim/state");

/* What was asked of Azure since the stage was set: those requests that the expression matches, on
 * "METHOD https://host/path?query" in Azure's names. */
export async function requests(expression) {
    const log = await ask("GET", "/_sim/log");
    const entries = Array.isArray(log) ? log : log.entries;
    return entries.filter((entry) => expression.test(`${entry.method} ${entry.publicUrl}`));
}

/* ---- the stage ------------------------------------------------------------------------------- */

function assignment(n, scope, roleName, principalId) {
    const name = `55555555-5555-4555-8555-${String(n).padStart(12, "0")}`;
    const prefix = scope === "/" ? "" : scope;
    return {
        [`${prefix}/providers/Microsoft.Authorization/roleAssignments/${name}`]: {
            properties: {
                roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${roleName}`,
                principalId,
                principalType: "ServicePrincipal",
            },
        },
    };
}

/* A vault for a seed. */
export const vaultBody = (properties) => ({
    location,
    tags: {},
    properties: {
        sku: { family: "A", name: "standard" },
        tenantId: tenant,
        accessPolicies: [],
        enabledForDeployment: false,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enableRbacAuthorization: true,
        provisioningState: "Succeeded",
        publicNetworkAccess: "Enabled",
        ...properties,
    },
});

/* An Azure with one empty group, where roles are enforced, operations and new vaults take a tenth
 * of a second, and whatever else the seed says. */
export async function setStage(seed = {}) {
    await ask("DELETE", "/_sim/faults");
    await ask("POST", "/_sim/seed", {
        subscriptions: [subscriptionId],
        resourceGroups: [groupId],
        clients: [operator, reader],
        identities: [{ clientId: "77777777-7777-4777-8777-777777777777", objectId: reader.objectId }],
        ...seed,
        live: {
            ...assignment(1, "/", role.owner, operator.objectId),
            ...assignment(2, "/", role.vaultAdministrator, operator.objectId),
            ...assignment(3, groupId, role.reader, reader.objectId),
            ...seed.live,
        },
        settings: {
            authorization: "enforced",
            operation: 0.1,
            registeringDns: 0.1,
            recovering: 0.1,
            deleting: 0.1,
            grantDelay: 0,
            ...seed.settings,
        },
    });
    await ask("DELETE", "/_sim/log");
}
