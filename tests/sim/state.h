/* state.h: what azsim's Azure remembers. Resources are found by their id in lower case; tables
 * keep the order in which things came, which is the order of lists.
 *
 * A body that is stored is never changed, only replaced: answers share it without a copy. */
#pragma once

#include "sim.h"

#include <json-c/linkhash.h>

#define TENANT "11111111-1111-1111-1111-111111111111"   /* where a seed names none */
#define OPERATOR "33333333-3333-3333-3333-333333333333" /* the object id of default callers */

#define SCHEMAS 6 /* in schemas/ */

/* What Azure counts: throttle.c. The two of Resource Manager's lines have the same order. */
enum bucket_kind {
    BUCKET_READS,
    BUCKET_WRITES,
    BUCKET_DELETES,
    BUCKET_GLOBAL_READS,
    BUCKET_GLOBAL_WRITES,
    BUCKET_GLOBAL_DELETES,
    BUCKET_VAULT,
    BUCKET_VAULT_CREATES,
    BUCKETS,
};

struct bucket_rate {
    double size, refill; /* requests; requests a second, INFINITY: full at once */
};

struct bucket {
    double tokens;
    int64_t filled_ms;
};

/* Times are milliseconds since 1970 by azsim's clock, 0 for never. */
struct settings {
    int64_t grant_delay_ms;     /* until a role assignment has effect */
    int64_t operation_ms;       /* how long an operation on an account takes */
    int64_t registering_dns_ms; /* of a new vault */
    int64_t recovering_ms;      /* a recovered key is not found for so long */
    int64_t deployment_ms;      /* how long a write to a deployment takes */
    int64_t activity_lag_ms;    /* until the activity log shows a record */
    int64_t deleting_ms;        /* nor is a deleted one among the deleted */
    int64_t principal_delay_ms; /* until the directory knows a new principal */
    int64_t token_ms;           /* how long a token lives */
    int64_t page_size;          /* of Resource Manager's lists */
    char *caller_address;       /* owned: "allowed", or the IPv4 address that vaults see */
    char *claims;               /* owned: those that a token must have (JSON), or NULL */
    bool enforced;              /* callers may do what their roles say, not everything */
    struct bucket_rate rates[BUCKETS];
};

/* Any resource that is a body and little else. */
struct resource {
    char *id;                 /* owned, as it is spelled in the body */
    struct json_object *body; /* owned, shared with answers: as GET shows it */
    int64_t since_ms;         /* role assignment: created; 0 if it was seeded */
    int64_t settles_ms;       /* an operation or RegisteringDns ends then; 0: settled */
    int64_t child_ms;         /* account, vault: a write to something below it ends then */
    int64_t deleted_ms;       /* of deleted ones */
};

struct key_version {
    char id[33];
    bool enabled;
    int64_t created_s, updated_s, exp_s, nbf_s; /* the latter two 0 if unset */
    char *kty, *curve;                          /* owned; curve NULL for RSA */
    int64_t size;                               /* bits; 0 for curves */
    struct json_object *ops;                    /* owned, array */
    struct json_object *tags;                   /* owned, or NULL */
};

struct key {
    char *vault, *name;            /* owned, as they were spelled first */
    struct key_version **versions; /* owned, in the order in which they came */
    size_t count;
    struct json_object *policy; /* owned: the rotation policy that was set, or NULL */
    int64_t deleted_ms;         /* 0: alive */
    int64_t hidden_ms;          /* after a deletion or a recovery it cannot be seen until then */
};

struct token {
    char *audience, *tenant, *object, *client; /* owned */
    char *claims;                              /* owned: the request's for it, or NULL */
    int64_t expires_ms;
};

struct operation {
    char *id, *path;    /* owned; path without host and query */
    const char *word;   /* static: its status while it runs */
    bool purge;         /* in Key Vault's form */
    char *subscription; /* owned */
    char *account;      /* owned: the id of the account that it changes, or NULL */
    int64_t started_ms, ends_ms;
};

struct sim {
    unsigned port;
    int64_t shift_s;
    struct settings settings;
    struct lh_table *subscriptions, *groups, *vaults, *accounts, *grants, *roles, *others;
    struct lh_table *locks;
    struct lh_table *deleted_vaults, *deleted_accounts; /* by the live id: struct resource */
    struct lh_table *vault_names;                       /* name to the live or deleted vault */
    struct lh_table *keys;                              /* "vault/key" to struct key */
    struct lh_table *tokens, *operations;
    struct lh_table *buckets;                 /* "reads subscription principal" to struct bucket */
    struct lh_table *principals;              /* id to int64_t: when the directory got it */
    struct json_object *clients, *identities; /* owned: who may ask for tokens */
    struct json_object *arc;                  /* owned, or NULL: the machine is one of Azure Arc */
    struct json_object *schemas[SCHEMAS];     /* owned: parsed when first asked for: schema.c */
    struct json_object *events;               /* owned: the activity log, or NULL */
    struct json_object *template;             /* owned: the recorded account */
    struct json_object *builtin_roles;        /* owned, or NULL until asked for: role.c */
};

/* ---- the clock ------------------------------------------------------------------------------- */

int64_t state_now_ms(const struct sim *sim);

/* "2026-11-25T03:30:20.1234567Z" as the resource providers write it; with whole seconds for
 * fraction false. The caller frees. */
char *state_time(int64_t time_ms, bool fraction);

/* ---- tables ---------------------------------------------------------------------------------- */

/* By name in any case. NULL if it is not there. */
void *table_find(struct lh_table *table, const char *name);
void table_put(struct lh_table *table, const char *name, void *value); /* value handed over */
void table_remove(struct lh_table *table, const char *name);           /* and frees the value */
void *table_take(struct lh_table *table, const char *name);            /* out, for the caller */

/* ---- the things in them ---------------------------------------------------------------------- */

struct resource *resource_new(const char *id, struct json_object *body); /* body handed over */
void resource_set(struct resource *resource, struct json_object *body);  /* body handed over */
void resource_free(struct resource *resource);

/* Empties everything: the state of a new sim. */
void state_clear(struct sim *sim);

/* Makes the subscription and the group that the id names, if they are not there yet. */
void state_place(struct sim *sim, const char *id);

/* The vault of that name, deleted or not; NULL if there is none. */
struct resource *state_vault(struct sim *sim, const char *name);

/* A copy of the tree in which Azure's own origins are azsim's. */
struct json_object *state_rehost(const struct sim *sim, struct json_object *tree);

/* The table that holds resources of the id's type ("" and "others" included). */
struct lh_table *state_table(struct sim *sim, const char *id);

/* RFC 7396. A copy of tree with the patch merged in; NULL members of patch remove. */
struct json_object *state_merge(struct json_object *tree, struct json_object *patch);
