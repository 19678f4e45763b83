/* news.h: what of a pass is news. Each state of a path, each loss of sight, is told once, when it
 * comes about, and not again in every pass: a steady state is quiet. No clock of its own: now_s is
 * an argument. Pure. */
#pragma once

#include "reconcile/ledger.h"
#include "report/events.h"

struct news;

typedef void news_tell_fn(void *owner, const struct event *event);

/* graph is borrowed (see news_reload()). tell is called inside the functions below. now_s: since
 * when the process runs; what one before it has sent, nobody knows. */
struct news *news_new(const struct graph *graph, news_tell_fn *tell, void *owner, int64_t now_s);
void news_free(struct news *news);

/* Goes on with another graph, before the one of before is freed: who cannot be seen is remembered,
 * and what Azure is at work on; findings are told anew. */
void news_reload(struct news *news, const struct graph *graph);

/* reconciler.h tells when these come. pass is its id. */
void news_entry(struct news *news, const char *pass, const struct entry *entry, int64_t now_s);
/* The pass through an island has ended, early or not: what was written and no look has shown is
 * told as that. To be called before news_island(). */
void news_written(struct news *news, const char *pass, const struct ledger *ledger, int64_t now_s);
/* What the pass through an island has ended with: waits that last are told, and what was told
 * before and is no entry any more is right again: not by cmkd where that is sure (doubt.h). */
void news_island(struct news *news, const char *pass, size_t island, const struct ledger *ledger,
                 int64_t now_s);
/* cmkd ends: what Azure has accepted, no look has shown, and has not been told as that. */
void news_stop(struct news *news);
void news_looked(struct news *news, const char *pass, const struct node *node,
                 const struct err *err, int64_t now_s);
/* The activity log names who is the author of what the pass found. */
void news_author(struct news *news, const char *pass, const struct node *node,
                 const char *resource_id, const char *path, const struct author *author);
/* An order was carried out on the node: what comes right by it was cmkd's. */
void news_ordered(struct news *news, const struct node *node, const char *correlation_id,
                  const char *request_id, int64_t now_s);
void news_reach(struct news *news, const char *pass, const struct node *vault,
                const struct err *err);
