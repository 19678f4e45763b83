/* told.h: what was told of each node, so that it is not told again. What is known of one node is
 * reached by way of that node alone: an island's end costs what was told of the island, not what
 * was told of all. Pure. */
#pragma once

#include "base/uuid.h"
#include "model/graph.h"
#include "report/events.h"

enum subject {
    SUBJECT_FINDING, /* of one path, and of one version where several may be found there */
    SUBJECT_SIGHT,   /* whether the node can be seen */
    SUBJECT_REACH,   /* whether the vault's data plane can be reached */
    SUBJECT_DEED,    /* what cmkd did to the node as a whole: other nodes may come right by it */
};

/* A write that no look has shown. Azure has taken it: this is what will be told if nobody sees it
 * end, or only another pass does, but the path is right. Or that is in doubt, and so is then who
 * made it right. */
struct sent {
    enum event_kind kind;
    const char *outcome, *control; /* static */
    int64_t sent_s;
    int64_t until_s;  /* if it is found wrong after this, this write is not what makes it right */
    bool is_doubtful; /* whether it has done anything */
    bool is_told;     /* as accepted */
    char pass[UUID_SIZE];
    struct json_object *observed, *desired; /* owned */
    char correlation_id[64], request_id[64];
    char error_code[64]; /* how it ended; "" if it did not */
};

/* The last thing that was told of one kind. */
struct saying {
    struct saying *next;
    enum event_kind kind;
    char signature[]; /* of what was told: another one is news */
};

struct told {
    struct told *next; /* of the same node */
    enum subject subject;
    char *path;    /* owned; "" but for a finding */
    char *version; /* owned; NULL: there is but one finding at the path */
    struct saying *sayings;
    enum event_kind last; /* EVENT_KINDS: nothing yet */
    int64_t last_s;
    int64_t waiting_s;  /* since when it waits; 0: it does not */
    int64_t seen_s;     /* when it was found wrong last */
    bool is_known;      /* to be wrong: not only supposed (finding.h) */
    bool is_inherited;  /* it was so when this process looked first */
    bool is_redeclared; /* found under another declaration, and not since */
    struct sent *sent;  /* owned; NULL: there is none */
    bool is_entry;      /* for news.c: in the ledger that it looks at */
};

struct told_nodes;

struct told_nodes *told_new(void);
void told_free(struct told_nodes *nodes);

/* What was told of this, or NULL; told_get() makes it. version may be NULL or "". */
struct told *told_find(const struct told_nodes *nodes, const struct node *node,
                       enum subject subject, const char *path, const char *version);
struct told *told_get(struct told_nodes *nodes, const struct node *node, enum subject subject,
                      const char *path, const char *version);

/* The first of all that was told of the node, or NULL; the others follow by next. */
struct told *told_first(const struct told_nodes *nodes, const struct node *node);
void told_remove(struct told_nodes *nodes, const struct node *node, struct told *told);

/* Another graph than before: findings of a node that it does not have are removed; of others it is
 * forgotten what was said, but not that something was. */
void told_reload(struct told_nodes *nodes, const struct graph *before, const struct graph *graph);

/* True if this has not been told; from now on it has. */
bool told_is_news(struct told *told, enum event_kind kind, const char *signature, int64_t now_s);

/* The signature of what was told last of this kind, or NULL. */
const char *told_signature(const struct told *told, enum event_kind kind);

void told_forget_sent(struct told *told);
