/* Days on which Azure is unwell, and the retry policies of Microsoft's clients: what azsim sends must
 * be what they wait for. How often they ask is counted in azsim's log. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { keys, refusal, vaults } from "./clients.mjs";
import { faults, group, requests, setStage, settings, vaultBody, vaultId } from "./stage.mjs";

const vault = "kv-throttled";

beforeEach(() => setStage({ live: { [vaultId(vault)]: vaultBody() } }));

const reads = /^GET https:\/\/management\.azure\.com\/.*\/vaults\/kv-throttled\?/;
const match = "GET .*/vaults/kv-throttled\\?";
const throttled = { match, status: 429, code: "TooManyRequests", message: "Slow down." };

const statuses = async (expression = reads) =>
    (await requests(expression)).map((entry) => entry.status);

/* Between the requests, in seconds of azsim's log. */
async function pauses(expression = reads) {
    const times = (await requests(expression)).map((entry) => Date.parse(entry.time) || entry.time);
    return times.slice(1).map((time, i) => (time - times[i]) / 1000);
}

test("throttling is waited out as Retry-After says", async () => {
    await faults({ ...throttled, times: 2, headers: [["Retry-After", "1"]] });
    assert.equal((await vaults().vaults.get(group, vault)).name, vault);
    assert.deepEqual(await statuses(), [429, 429, 200]);
    for (const pause of await pauses()) assert.ok(pause >= 0.9, `${pause} s`);
});

test("an empty bucket is waited out, and what is left is said", async () => {
    await settings({ throttling: { reads: { size: 3, refill: 0.5 } } });
    const client = vaults();
    const left = [];
    const onResponse = (response) => {
        const header = response.headers.get("x-ms-ratelimit-remaining-subscription-reads");
        if (response.status === 200) left.push(Number(header));
    };
    for (let i = 0; i < 4; i++) await client.vaults.get(group, vault, { onResponse });

    assert.deepEqual(left.slice(0, 3), [2, 1, 0]);
    const answers = await statuses();
    assert.deepEqual(answers.slice(0, 4), [200, 200, 200, 429]);
    assert.equal(answers.filter((status) => status === 200).length, 4);
});

/* So the client is made: OBSERVED 5 has such answers, and who uses it sees them. */
test("throttling without Retry-After is reported at once", async () => {
    await faults({ ...throttled, times: 1 });
    await assert.rejects(vaults().vaults.get(group, vault), refusal(429, "TooManyRequests"));
    assert.deepEqual(await statuses(), [429]);
});

test("throttling that does not end is reported", async () => {
    await faults({ ...throttled, times: 0, headers: [["Retry-After", "1"]] });
    const client = vaults(undefined, { retryOptions: { maxRetries: 2 } });
    await assert.rejects(client.vaults.get(group, vault), refusal(429, "TooManyRequests"));
    assert.deepEqual(await statuses(), [429, 429, 429]);
});

/* A vault's 429 has no Retry-After. */
test("a vault that is asked for too many keys says so", async () => {
    await settings({ throttling: { vaultCreates: { size: 1, refill: 0.1 } } });
    const client = keys(vault);
    await client.createRsaKey("first");
    await assert.rejects(client.createRsaKey("second"), refusal(429, "Throttled"));
    assert.equal((await client.getKey("first")).name, "first");
});

test("if a vault says when to come again, the client does", async () => {
    const client = keys(vault);
    await client.createRsaKey("cmk");
    await faults({
        match: "GET .*/keys/cmk",
        status: 429,
        code: "Throttled",
        headers: [["Retry-After", "1"]],
    });
    assert.equal((await client.getKey("cmk")).name, "cmk");
    assert.deepEqual(await statuses(/^GET .*vault\.azure\.net\/keys\/cmk/), [429, 200]);
});

test("an unwell provider is asked again", async () => {
    await faults({ match, status: 503, code: "ServiceUnavailable", times: 1 });
    assert.equal((await vaults().vaults.get(group, vault)).name, vault);
    assert.deepEqual(await statuses(), [503, 200]);
});

test("a connection that is cut is opened again", async () => {
    await faults({ match, action: "reset-before", times: 1 });
    assert.equal((await vaults().vaults.get(group, vault)).name, vault);
    assert.deepEqual(await statuses(), [0, 200]);
});

test("a refusal is not asked again", async () => {
    await assert.rejects(vaults().vaults.get(group, "kv-none"), refusal(404, "ResourceNotFound"));
    assert.deepEqual(await statuses(/^GET .*\/vaults\/kv-none\?/), [404]);
});

test("the id that the client gives a request stands in azsim's log", async () => {
    let sent;
    await vaults().vaults.get(group, vault, {
        onResponse: (response) => {
            sent = response.request.headers.get("x-ms-client-request-id");
        },
    });
    assert.match(sent, /^[0-9a-f-]{36}$/);
    const [entry] = await requests(reads);
    assert.equal(entry.clientRequestId, sent);
});
