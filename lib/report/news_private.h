/* news_private.h: what news.c (what was found and done) and news_sight.c (what can be seen and
 * reached, and who did it) share. */
#pragma once

#include "report/news.h"
#include "report/told.h"

struct news {
    const struct graph *graph;
    news_tell_fn *tell;
    void *owner;
    struct told_nodes *told; /* owned */
    int64_t started_s;
    bool *looked; /* owned, one an island: it was seen, all of it */
};

/* Fills in who is concerned, tells it, and takes the names away again. */
void news_tell(struct news *news, const struct node *node, const char *pass,
               const char *resource_id, struct event *event);
