/* survey.h: what lists show of many resources at once.
 *
 * REST: Vaults, Accounts: List By Subscription, List By Resource Group; Role Assignments: List For
 * Subscription, List For Resource Group.
 *
 * A fleet is looked at by the page and not by the resource: what a list shows to be right needs no
 * read of its own. A list only clears suspicion: whatever it does not show, or shows to be wrong,
 * is looked at singly (observe.h) before anything is made of it. So a list that fails costs
 * requests and no sight: one by subscription that is refused, or too big for Azure to answer, is
 * replaced by lists by resource group, and these by single reads. */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"

struct survey;

/* A node and what a list shows of it, reduced to what counts, in a state that is final. Borrowed
 * for the call. It may come twice: the later one counts. */
typedef void survey_seen_fn(void *owner, const struct node *node, const char *body);

/* Called exactly once for each start, from the loop, never inside survey_start() or
 * survey_cancel(). */
typedef void survey_done_fn(void *owner);

/* The survey of count nodes (copied; those that no list shows are passed over). azure and graph are
 * borrowed and outlive it. No request is sent yet. What a list cost is remembered: where single
 * reads are fewer, it is not asked for again for an hour. */
struct survey *survey_new(struct azure *azure, const struct graph *graph,
                          const struct node *const *nodes, size_t count);

/* Asks for the lists that are worth it at now_s. False, and no callback comes, if there are none,
 * or if it is at work already. */
bool survey_start(struct survey *survey, int64_t now_s, survey_seen_fn *seen, survey_done_fn *done,
                  void *owner) MUST_CHECK;

/* What its last run read of a type that is found in lists (see type.h), with this key: an array of
 * elements, as JSON, for the caller; NULL if nothing, or too much. */
char *survey_found(const struct survey *survey, const struct type *type, const char *key);

/* Frees what was found. */
void survey_forget(struct survey *survey);

/* done comes soon. Only while it is at work. */
void survey_cancel(struct survey *survey);

/* Must not be at work. */
void survey_free(struct survey *survey);
