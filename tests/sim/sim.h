/* sim.h: azsim's Azure: the state and the rules, without a network. One request in, one answer
 * out. server.c brings requests from TLS connections and puts faults in between; what a resource
 * provider does lives in one file each and knows no socket.
 *
 * Shapes, codes and texts follow recorded answers of the real Azure (the source is named where a
 * rule is written down). Single-threaded: whoever calls sim_serve() is alone. */
#pragma once

#include "base/err.h"
#include "base/js.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct sim;

struct sim_request {
    const char *method;            /* "GET" */
    const char *host;              /* of the Host header, lower case, with its port */
    const char *path;              /* percent-decoded once, repeated slashes made one, no query */
    const char *query;             /* raw, without '?'; or "" */
    struct json_object *body;      /* parsed, or NULL; borrowed */
    const char *body_text;         /* as it came, or "" */
    const char *authorization;     /* the header, or NULL */
    const char *client_request_id; /* x-ms-client-request-id, or NULL */
    const char *return_client_id;  /* x-ms-return-client-request-id: "true", or NULL */
    const char *correlation_id;    /* x-ms-correlation-request-id, or NULL */
    const char *metadata;          /* the Metadata header (IMDS), or NULL */
    const char *content_type;      /* or NULL */
};

#define SIM_HEADERS_MAX 16

struct sim_response {
    int status;
    struct json_object *body; /* owned; sent as JSON; NULL: body_text, or nothing */
    char *body_text;          /* owned, or NULL */
    const char *content_type; /* static; NULL: application/json; charset=utf-8 */
    struct {
        const char *name; /* static */
        char *value;      /* owned */
    } headers[SIM_HEADERS_MAX];
    int n_headers;
};

/* port is the TLS port that stands in the URLs azsim writes (vaultUri, operations, nextLink).
 * Hosts: management.localhost, login.localhost, <vault>.vault.localhost. */
struct sim *sim_new(unsigned port);
void sim_free(struct sim *sim);

/* Replaces the whole state by a seed document:
 *   { "subscriptions": [id...]            those named in ids are there by themselves
 *     "resourceGroups": [id...]           likewise
 *     "live":  { ARM id: body as GET shows it | null | {"@deleted": body} |
 *              {"@like": id of one before it, and what differs, as a merge patch} },
 *     "keys":  { vault: { key: [ {version, ageDays, enabled, kty, keySize, expDays, nbfDays,
 *                                 exp, nbf} ... ] }, "@deletedKeys": { vault: { key: [...] } } },
 *     "settings": { "grantDelay": s, "operation": s, "deployment": s, "registeringDns": s,
 *                   "recovering": s, "throttling": as in throttle.h, "claims": {...} } }
 * The host suffix vault.azure.net and the origin https://management.azure.com in bodies stand for
 * azsim's own and are rewritten. Borrowed. False with a message that names the place. */
bool sim_seed(struct sim *sim, struct json_object *seed, struct err *err) MUST_CHECK;

/* The whole state as it is now, in the form of a seed; a new tree for the caller. */
struct json_object *sim_state(struct sim *sim);

/* Merges patch (RFC 7396) into the stored body of a resource (ARM id) behind Azure's back: drift.
 * A null patch removes the resource without a trace. False if it is not there. */
bool sim_drift(struct sim *sim, const char *id, struct json_object *patch,
               struct err *err) MUST_CHECK;

/* Somebody else has written the resource: the activity log has a record of it. by (borrowed) is
 * {"caller", "appid", "operation", "correlationId", "assignment": of a policy that modifies}, each
 * of which may be left out. */
void sim_activity(struct sim *sim, const char *id, struct json_object *by);

/* Makes every version of a key that many days older (all keys: key NULL). */
bool sim_age_key(struct sim *sim, const char *vault, const char *key, int64_t days,
                 struct err *err) MUST_CHECK;

/* azsim's clock: the machine's plus a shift. All dates it writes follow it. */
int64_t sim_now_s(const struct sim *sim);
void sim_shift_clock(struct sim *sim, int64_t seconds);

/* Changes settings (the same names as in a seed). */
bool sim_settings(struct sim *sim, struct json_object *settings, struct err *err) MUST_CHECK;

/* Answers one request: Resource Manager, Key Vault's data plane, the token endpoint, IMDS and
 * metadata, by host and path. Always fills *response. */
void sim_serve(struct sim *sim, const struct sim_request *request, struct sim_response *response);

void sim_response_done(struct sim_response *response); /* frees what it owns */
