/* quota.h: how often Azure may be asked for one kind of thing, in one subscription or vault: never
 * more than a share of what it allows, and less while its own count of what is left runs low. Pure:
 * time is an argument.
 *
 * Azure counts by token buckets: so many requests at once, which come back within so many seconds.
 * How many it is told by the headers of its answers, in which the numbers grow with the years
 * (OpenAI's callers saw 200 and later 800); until they have come the published ones hold.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * https://learn.microsoft.com/azure/key-vault/general/service-limits */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum quota_kind {
    QUOTA_READS, /* of Resource Manager */
    QUOTA_WRITES,
    QUOTA_VAULT,      /* the data plane of a vault */
    QUOTA_VAULT_KEYS, /* what makes a version of a key there */
    QUOTA_KINDS,
};

struct remaining;

struct quota {
    enum quota_kind kind;
    double spent;   /* at at_ms, of what Azure allows at once: it comes back with time */
    uint64_t at_ms; /* the last request, or 0 */
    size_t n_counts;
    struct remaining *counts; /* owned: what Azure said is left */
};

void quota_init(struct quota *quota, enum quota_kind kind);

/* When the next request may be sent; at once if that has passed. 0 < share <= 1: of all that Azure
 * allows only its own counts keep us. All times are of one clock that begins anywhere. */
uint64_t quota_next_ms(const struct quota *quota, double share, uint64_t now_ms);

/* One is sent. */
void quota_spend(struct quota *quota, double share, uint64_t now_ms);

/* An answer's "x-ms-ratelimit-remaining-<name>: <left>". It counts for a minute, and the most that
 * was ever left for ten: what Azure allows may become less, and one odd answer slows nobody down
 * for ever. */
void quota_learn(struct quota *quota, const char *name, const char *left, uint64_t now_ms);

void quota_done(struct quota *quota); /* frees what it holds */
