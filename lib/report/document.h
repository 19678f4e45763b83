/* document.h: what a pass found and did, as one JSON document (DESIGN section 9) or as text for a
 * person. Pure: a pass is given as values. */
#pragma once

#include "reconcile/author.h"
#include "reconcile/ledger.h"

#include <stdio.h>

/* All borrowed. */
struct document {
    const char *pass; /* its id */
    int64_t started_s;
    double seconds;
    uint64_t requests;
    const struct graph *graph;
    const struct ledger *const *ledgers; /* one for each island; NULL: the pass does not cover it */
};

/* The document; a finding stands under each stack that its resource belongs to. */
struct json_object *document_json(const struct document *document);

/* Who is known to have made what the entry finds; NULL: nobody. Borrowed for the call. */
typedef const struct author *document_author_fn(void *owner, const struct entry *entry);

/* What the ledger of its island says of one stack: {name, state, findings, errors}. With author_of
 * each finding has a member "author", null where nobody is known; NULL: none has. */
struct json_object *document_stack(const struct graph *graph, size_t stack,
                                   const struct ledger *ledger, document_author_fn *author_of,
                                   void *owner);

/* {caller, client, operation, policy, time, correlationId}, each null where the activity log says
 * nothing; NULL of nobody. */
struct json_object *document_author(const struct author *author);

/* Reads that again. False of nobody. */
bool document_read_author(struct json_object *tree, struct author *author);

/* JSON as --output json prints it: UTF-8, slashes as they are, a line end at the end. The caller
 * frees. */
char *document_text(struct json_object *tree);

/* The document for a person: each stack, each resource with what is amiss as a diff, what was or
 * would be sent. tree is what document_json() makes. The caller frees. */
char *document_prose(struct json_object *tree);

/* DESIGN section 9, exit status of --once: the worst of the islands that the pass covers. */
int document_exit_status(const struct document *document);
