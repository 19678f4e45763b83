/* log.h: every request that azsim got, in order. Entries are JSON objects from the start:
 *   { "seq", "time", "method", "url", "publicUrl", "kind": "azure" | "token" | "control", "body"?,
 *     "clientRequestId"?, "expect": true?, "status" }
 * status is absent until the answer is decided, and 0 if the connection was cut without one. */
#pragma once

#include "exchange.h"

#include <regex.h>

struct log *log_new(void);
void log_free(struct log *log);

/* Appends the exchange's request; its log_entry points there. */
void log_request(struct log *log, struct exchange *exchange);
void log_answer(struct exchange *exchange, int status);

/* Entries with a sequence number above since; with writes_only only PUT, PATCH, POST and DELETE
 * to Azure itself. { "entries": [...], "last": seq, "requests": n, "writes": n }: the counts are of
 * those entries, without tokens and control. A new tree for the caller. */
struct json_object *log_read(const struct log *log, int64_t since, bool writes_only);

/* The first entry above *since, control left out, whose "METHOD publicUrl" matches; borrowed. NULL
 * if there is none: then *since is the last of all, so that nobody looks at an entry twice. */
struct json_object *log_find(const struct log *log, int64_t *since, const regex_t *match);

/* Forgets all entries. Sequence numbers go on. */
void log_clear(struct log *log);
