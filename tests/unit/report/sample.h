/* sample.h: a graph made by hand: the stacks "prod" and "test" share the vault kv-openai-prod; prod
 * has the key openai-cmk besides; the stack "lonely" is an island of its own, the vault kv-lone. */
#pragma once

#include "cases.h"

#include "model/graph.h"
#include "reconcile/ledger.h"
#include "report/events.h"

#define SAMPLE_VAULT                                                                               \
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/"             \
    "Microsoft.KeyVault/vaults/kv-openai-prod"
#define SAMPLE_KEY SAMPLE_VAULT "/keys/openai-cmk"
#define SAMPLE_LONE SAMPLE_VAULT "-lone"

enum { SAMPLE_PROD, SAMPLE_TEST, SAMPLE_LONELY }; /* stacks */

struct sample {
    struct graph graph;
    struct node *vault, *key, *lone;
};

void sample_init(struct sample *sample);
void sample_done(struct sample *sample);

/* An entry as the ledger makes it; observed and desired are JSON with single quotes, or NULL. */
struct entry sample_entry(const struct node *node, const char *path, const char *observed,
                          const char *desired, enum outcome outcome, enum finding_status status);
void sample_entry_done(struct entry *entry);

/* Puts an entry into a ledger, handed over. */
void sample_add(struct ledger *ledger, struct entry entry);

/* What news tells, for it: appends the kind to the text at heard, which is owned. */
void sample_hear(void *heard, const struct event *event);
