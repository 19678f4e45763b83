/* azure.h: the engine. One cloud, one credential, one set of connections; requests go in, and
 * each is carried to its end: token, retries, throttling, long-running operations, pages.
 *
 * The reconciler sees only "these calls, then what came of each". */
#pragma once

#include "azure/cloud.h"
#include "azure/credential.h"
#include "base/err.h"

#include <json-c/json.h>
#include <stdint.h>
#include <uv.h>

struct azure;
struct call;

enum audience {
    AUDIENCE_RESOURCE_MANAGER, /* goes to the cloud's Resource Manager */
    AUDIENCE_KEY_VAULT,        /* goes to the data plane of the vault named in the request */
};

struct call_request {
    enum audience audience;
    const char *vault;  /* the vault's name, for AUDIENCE_KEY_VAULT: the host is made from it */
    const char *method; /* "GET", "PUT", "PATCH", "POST" */
    const char *path;   /* from the '/' on, api-version included */
    struct json_object *body; /* or NULL; borrowed for the duration of call_start() */

    bool repeatable;   /* a write that may be sent again when its outcome is unknown */
    bool once;         /* the host is not asked again soon: the connection is not kept */
    bool fresh;        /* on a connection of its own (see CURLOPT_FRESH_CONNECT), never repeated
                        * but after a 401 */
    bool as_text;      /* GET of one resource: the answer's text is not parsed */
    bool list;         /* GET: all pages; the answer's body is {"value": [...]} of all of them */
    const char *judge; /* path of a GET that tells how a write ended where the operation itself
                        * does not say (provisioningState); NULL: the write's own path */

    /* The members of the answer's body to keep, each a path ("properties.networkAcls"), ended
     * by NULL; NULL keeps all. What is left out is freed as soon as the body is parsed. */
    const char *const *keep;

    /* A list that is not kept: each element of every page, reduced to keep, as it streams in: a
     * text, compact JSON, borrowed for the call (split_each_fn). False: the list is no good.
     * answer->body is NULL then. After a failure in the middle of a page the page is read again and
     * gives its elements again. Never called inside call_start() or call_cancel(), and not after
     * call_cancel(); called from within libcurl, so it only takes what it is shown: it starts and
     * cancels nothing. The owner is done's. */
    bool (*each)(void *owner, const char *text, size_t length, struct err *err);

    uint64_t deadline_ms; /* for the whole call, retries and operation included; 0: 120 s */
    /* uv_now() time: no request but a poll of the operation is sent later, and no read outlasts it;
     * 0: none. A write that was sent in time is waited for. */
    uint64_t send_by_ms;
};

/* Errors, besides Azure's own codes: its inner code where there is one, "Http<status>" where there
 * is none at all.
 *
 * ERR_AZURE: "ForeignOrigin" (a link or a challenge leads elsewhere), "Redirect", "BadJson";
 * "NotAList" (or what is in it are no objects), "BadLink", "PagingLoop", "TooManyPages" (a list
 * that cannot be had whole);
 * "OperationFailed", "OperationCanceled" (where Azure does not say more); "BadToken",
 * "BadChallenge", "InsufficientClaims", and Entra's "invalid_client" and others (no token).
 *
 * ERR_CONFIG: "VaultName", "Audience"; "CredentialIncomplete", "IdentityAmbiguous",
 * "SecretExposed", "SecretInvalid", "CertificateInvalid", "CertificateExpired", "ArcGroup".
 * ERR_SYSTEM: the credential's file cannot be read.
 *
 * ERR_TRANSPORT: "Timeout", "Resolve", "Connect", "Tls", "TooLarge", "Proxy", "Broken".
 *
 * ERR_CANCELLED: "Cancelled". */
struct call_answer {
    struct err err;           /* ERR_NONE: it succeeded, to the end of its operation */
    int status;               /* HTTP status of the last answer; 0 if there was none */
    struct json_object *body; /* of the first 2xx answer (a list: all of it), or NULL; borrowed */
    const char *text; /* of one as_text, as it came; NULL: none, or one with a NUL; borrowed */
    struct json_object *error_body; /* what came with an error, if it was JSON; borrowed */
    bool unknown_outcome; /* a write whose effect nobody has told us: look before repeating */
    bool was_accepted;    /* a write that Azure took (2xx), whatever came of its operation */
    unsigned requests;    /* HTTP requests sent for it, tokens not counted */
    int64_t date_s;       /* the Date of the last answer; 0 if none */
    /* Of the last answer; of a write that was accepted: of that answer, whatever its polls said. */
    char client_request_id[40]; /* ours, sent with it */
    char request_id[64];        /* x-ms-request-id */
    char correlation_id[64];    /* x-ms-correlation-request-id, else request_id */
};

/* Called exactly once, from the loop, never inside call_start() or call_cancel(). What the answer
 * points to lives until it returns; take references with json_object_get() to keep. */
typedef void call_done_fn(void *owner, const struct call_answer *answer);

/* Called when Azure has accepted a write whose operation goes on (LRO); at most once per call,
 * before done. */
typedef void call_running_fn(void *owner, const struct call_answer *so_far);

/* cloud and credential are copied. No request is sent yet. False if libcurl or the CA file
 * cannot be used: code "CaFile". proxy may be NULL; the environment's is always ignored. */
bool azure_new(uv_loop_t *loop, const struct cloud *cloud,
               const struct credential_config *credential, const char *proxy, struct azure **azure,
               struct err *err) MUST_CHECK;

/* What is configured may change on reload: the new token source is used from the next token on;
 * running calls go on, but to a cloud that is elsewhere now nothing more is sent: they end with
 * ERR_CANCELLED. Tokens are kept where neither cloud nor credential is another. */
bool azure_reconfigure(struct azure *azure, const struct cloud *cloud,
                       const struct credential_config *credential, const char *proxy,
                       struct err *err) MUST_CHECK;

/* A token for Resource Manager that serves until Azure refuses it; for CREDENTIAL_GIVEN. Copied. */
void azure_give_token(struct azure *azure, const char *token);

/* Starts one call. The request is copied. running may be NULL. */
struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner);

/* done comes soon, with ERR_CANCELLED unless the answer was already there. */
void call_cancel(struct call *call);

/* From now on: HTTP exchanges in flight are finished, nothing new is sent: calls that would poll,
 * wait or retry end with ERR_CANCELLED (was_accepted tells whether Azure took the write). */
void azure_stop(struct azure *azure);

/* How many HTTP requests were sent so far, tokens not counted. */
uint64_t azure_requests(const struct azure *azure);

/* The object id of the caller, by what Resource Manager says in its answers
 * (x-ms-operation-identifier); "" before the first one that does. */
const char *azure_principal(const struct azure *azure);

/* Own clock minus Azure's, now, in seconds: by the Date of its latest answer, see clock.h; 0 before
 * the first one. */
int64_t azure_clock_skew_s(const struct azure *azure);
bool azure_has_told_time(const struct azure *azure);

/* How much of Azure's rate limits may be used, 0 < share <= 1 (limits.share). */
void azure_set_share(struct azure *azure, double share);

/* Closes all handles. closed is called from the loop when nothing of it is left there; every
 * call must have ended before. */
void azure_free(struct azure *azure, void (*closed)(void *owner), void *owner);
