/* plan.h: the requests that the decided findings come to: all changed fields of one resource in
 * one request. Pure. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"

/* One request and the findings it is sent for. */
struct planned {
    const struct node *node;
    struct write write;
    size_t *findings; /* owned: indices */
    size_t n_findings;
    bool is_fields; /* changed fields of the data plane */
    bool is_whole;  /* of something there that is replaced whole */
};

struct plan {
    struct planned *list; /* owned; in the order in which they are to be sent */
    size_t count;
};

/* Appends the requests for the findings from first on, all of near->self, whose outcome is one. */
void plan_node(const struct neighbours *near, int64_t now_s, const struct findings *findings,
               size_t first, struct plan *plan);

void plan_done(struct plan *plan); /* frees the members, zeroes it */
