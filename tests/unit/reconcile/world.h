/* world.h: a declared world and what Azure shows of it, for testing the pure core: one call to
 * world_round() is what a round does between looking and sending. No clock: world->at.now_s.
 *
 * Nodes are called "vault", "key", "account", "grant" of the first stack, or by their stack:
 * "other.account"; "deployment" and "raiPolicy" are the first under the account. JSON may be
 * written with single quotes. A world that a test has made wrong ends the test. */
#pragma once

#include "cases.h"

#include "model/config.h"
#include "model/finding.h"
#include "model/observed.h"
#include "reconcile/decide.h"
#include "reconcile/memory.h"
#include "reconcile/plan.h"

#define WORLD_NOW_S INT64_C(1798761600) /* 2027-01-01T00:00:00Z */
#define DAY_S 86400

#define SUBSCRIPTION "/subscriptions/00000000-0000-0000-0000-000000000001"
#define GROUP SUBSCRIPTION "/resourceGroups/rg-openai-prod"
#define VAULT_ID GROUP "/providers/Microsoft.KeyVault/vaults/kv-openai-prod"
#define KEY_ID VAULT_ID "/keys/openai-cmk"
#define ACCOUNT_ID GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-prod"
#define PRINCIPAL "44444444-4444-4444-4444-444444444441"
#define TENANT "11111111-1111-1111-1111-111111111111"

#define VERSION_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 120 days old */
#define VERSION_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" /* 30 days old, the one that is named */
#define VERSION_C "cccccccccccccccccccccccccccccccc"

struct world {
    struct config config;
    struct observed *observed;   /* one a node of config.graph */
    struct json_object **bodies; /* what there is; observed tells what is seen of it */
    struct seen *dependants;
    struct memory *memory;
    struct situation at;
    struct restraint restraint;
    struct findings findings; /* of the last round */
    struct plan plan;
};

/* One stack, "prod": enforced, a vault, a key and an account, with overlay (a merge patch of RFC
 * 7396, or NULL) laid over it. All is as declared, and the pass has seen every stack. */
struct world *world_new(const char *overlay);

/* All stacks: a JSON object of overlays by the stacks' names. The names of the resources must
 * differ where they are to be others. */
struct world *world_of_stacks(const char *stacks);

void world_free(struct world *world);

size_t world_index(const struct world *world, const char *word);
struct node *world_node(const struct world *world, const char *word);

/* Lays overlay over the body. Of a grant the body is the list of assignments: what is not an
 * object replaces it. */
void world_show(struct world *world, const char *word, const char *overlay);

/* Versions of the key "key", in list order: [{'version', 'ageDays', 'enabled', 'expDays',
 * 'nbfDays'}, ...]; the key itself shows the one made last. */
void world_versions(struct world *world, const char *word, const char *versions);

/* What the lists of others hold (the accounts of the subscription): a JSON array; NULL: they cannot
 * be read. By default it is empty. */
void world_others(struct world *world, const char *word, const char *others);

/* A soft-deleted one keeps its record: world_show() it afterwards. */
void world_sight(struct world *world, const char *word, enum sight sight);

/* Looks, compares, remembers, decides, plans; all nodes, in order. */
void world_round(struct world *world);

/* A round that many seconds later. */
void world_later(struct world *world, int64_t seconds);

/* Takes all planned requests for done. */
void world_wrote(struct world *world);

/* What the last round found: "vault properties.x patch, account  waiting". The caller frees. */
char *world_words(const struct world *world);

/* The requests of the last round, "PATCH vault", "POST /keys/k/rotate?..." for the data plane,
 * joined by ", ". The caller frees. */
char *world_requests(const struct world *world);

struct finding *world_finding(const struct world *world, const char *word, const char *path);

/* The outcome of the finding, "right" if there is none. */
const char *world_outcome(const struct world *world, const char *word, const char *path);

/* The body of the request number index; borrowed. */
struct json_object *world_body(const struct world *world, size_t index);

/* Ends the test if the last round's words, or requests, are others. */
void assert_words(const struct world *world, const char *words);
void assert_requests(const struct world *world, const char *requests);

/* Ends the test if the value is not that of the JSON text (null: absent). */
void assert_json(struct json_object *value, const char *expected);

/* A tree of the text, which may have single quotes. */
struct json_object *json_of(const char *text);

/* RFC 7396. target is changed, or replaced where it is no object; a new reference. */
struct json_object *json_merge(struct json_object *target, struct json_object *overlay);
