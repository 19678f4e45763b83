/* Who a client is: every way of @azure/identity that a daemon can take. */
import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { beforeEach, test } from "node:test";

import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import {
    ClientCertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
} from "@azure/identity";

import { all, arm, directory, refusal, vaults } from "./clients.mjs";
import {
    cloud,
    operator,
    reader,
    requests,
    setStage,
    stageFile,
    subscription,
    tenant,
    vaultBody,
    vaultId,
} from "./stage.mjs";

const certificatePath = stageFile("client.pem");
const certificate = readFileSync(stageFile("client.crt"), "utf8");
const privateKey = createPrivateKey(readFileSync(stageFile("client.key")));

const byCertificate = {
    tenantId: tenant,
    clientId: "22222222-2222-4222-8222-222222222223",
    objectId: operator.objectId,
    certificate,
};
const federated = {
    tenantId: tenant,
    clientId: "22222222-2222-4222-8222-222222222224",
    objectId: operator.objectId,
    federated: [
        {
            issuer: "https://issuer.example",
            subject: "system:serviceaccount:cmkd:cmkd",
            audience: "api://AzureADTokenExchange",
            certificate,
        },
    ],
};
const machine = { clientId: "77777777-7777-4777-8777-777777777771", objectId: operator.objectId };
const third = { clientId: "77777777-7777-4777-8777-777777777773", objectId: reader.objectId };
const second = { clientId: "77777777-7777-4777-8777-777777777772", objectId: reader.objectId };

const seed = (more) => ({
    clients: [operator, reader, byCertificate, federated],
    identities: [machine],
    live: { [vaultId("kv-door")]: vaultBody() },
    ...more,
});

beforeEach(() => setStage(seed()));

const scope = `${cloud.resourceManager}/.default`;
const list = (credential) =>
    all(new KeyVaultManagementClient(credential, subscription, arm).vaults.listBySubscription());

async function opens(credential) {
    assert.deepEqual((await list(credential)).map((vault) => vault.name), ["kv-door"]);
}

/* Entra's refusal, with the number that its documentation lists. */
const refused = (number, word) => (error) => {
    assert.equal(error.name, "AuthenticationRequiredError");
    assert.match(error.message, new RegExp(`${word}.*AADSTS${number}: `, "s"));
    return true;
};

/* ---- secrets ---------------------------------------------------------------------------------- */

test("a client gets in by its secret, and asks for a token once", async () => {
    const client = vaults();
    for (let i = 0; i < 3; i++) await all(client.vaults.listBySubscription());
    assert.equal((await requests(/^POST .*\/oauth2\/v2\.0\/token/)).length, 1);
});

test("a token says when it ends", async () => {
    const { tenantId, clientId, secret } = operator;
    const credential = new ClientSecretCredential(tenantId, clientId, secret, directory);
    const token = await credential.getToken(scope);
    const minutes = (token.expiresOnTimestamp - Date.now()) / 60000;
    assert.ok(minutes > 55 && minutes < 24 * 60, `${minutes} minutes`);
});

test("a wrong secret is refused", async () => {
    const credential = new ClientSecretCredential(tenant, operator.clientId, "wrong", directory);
    await assert.rejects(credential.getToken(scope), refused(7000215, "invalid_client"));
    await assert.rejects(list(credential), refused(7000215, "invalid_client"));
});

test("an unknown client is refused", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    const credential = new ClientSecretCredential(tenant, nobody, "any", directory);
    await assert.rejects(credential.getToken(scope), refused(700016, "unauthorized_client"));
});

test("an unknown resource is refused", async () => {
    const { clientId, secret } = operator;
    const credential = new ClientSecretCredential(tenant, clientId, secret, directory);
    await assert.rejects(
        credential.getToken("https://nothing.example/.default"),
        refused(500011, "invalid_resource"),
    );
});

test("a token for vaults does not open Resource Manager", async () => {
    const { clientId, secret } = operator;
    const credential = new ClientSecretCredential(tenant, clientId, secret, directory);
    const client = new AuthorizationManagementClient(credential, subscription, {
        ...arm,
        credentialScopes: "https://vault.azure.net/.default",
    });
    await assert.rejects(all(client.roleAssignments.listForSubscription()), { statusCode: 401 });
});

/* ---- certificates ----------------------------------------------------------------------------- */

test("a client gets in by its certificate", async () => {
    const { clientId } = byCertificate;
    await opens(new ClientCertificateCredential(tenant, clientId, { certificatePath }, directory));
});

test("a certificate of somebody else is refused", async () => {
    const { clientId } = operator;
    const credential = new ClientCertificateCredential(
        tenant,
        clientId,
        { certificatePath },
        directory,
    );
    await assert.rejects(credential.getToken(scope), refused(700027, "invalid_client"));
});

/* ---- federated tokens ------------------------------------------------------------------------- */

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/* A token of a cluster's issuer, in a file, as Kubernetes puts it there. */
function writeToken(subject) {
    const now = Math.floor(Date.now() / 1000);
    const [trust] = federated.federated;
    const head = base64url({ alg: "RS256", typ: "JWT", kid: "cluster" });
    const claims = base64url({
        iss: trust.issuer,
        sub: subject,
        aud: [trust.audience],
        iat: now,
        nbf: now,
        exp: now + 600,
    });
    const signature = sign("sha256", Buffer.from(`${head}.${claims}`), privateKey);
    const path = stageFile("federated.token");
    rmSync(path, { force: true });
    writeFileSync(path, `${head}.${claims}.${signature.toString("base64url")}`, { mode: 0o600 });
    return path;
}

const byWorkload = (subject) =>
    new WorkloadIdentityCredential({
        tenantId: tenant,
        clientId: federated.clientId,
        tokenFilePath: writeToken(subject),
        ...directory,
    });

test("a workload gets in by the token of its cluster", () =>
    opens(byWorkload("system:serviceaccount:cmkd:cmkd")));

test("another workload of the cluster is refused", () =>
    assert.rejects(
        byWorkload("system:serviceaccount:default:default").getToken(scope),
        refused(700211, ""),
    ));

/* ---- the machine's identity ------------------------------------------------------------------- */

test("a machine gets in by its identity", () => opens(new ManagedIdentityCredential()));

test("of several identities the machine is told which", async () => {
    await setStage(seed({ identities: [machine, second] }));
    await opens(new ManagedIdentityCredential({ clientId: machine.clientId }));
    /* For vaults: the client remembers what it got for Resource Manager above. */
    await assert.rejects(
        new ManagedIdentityCredential().getToken("https://vault.azure.net/.default"),
        (error) => /Multiple user assigned identities exist/.test(error.message),
    );
});

test("an identity may do what its roles say, and no more", async () => {
    await setStage(seed({ identities: [second] }));
    const credential = new ManagedIdentityCredential({ clientId: second.clientId });
    const client = new KeyVaultManagementClient(credential, subscription, arm);
    await assert.rejects(
        client.vaults.delete("rg-conformance", "kv-door"),
        refusal(403, "AuthorizationFailed"),
    );
});

test("an identity that the machine does not have is refused", () =>
    assert.rejects(
        new ManagedIdentityCredential({ clientId: third.clientId }).getToken(scope),
        (error) => /Identity not found/.test(error.message),
    ));
