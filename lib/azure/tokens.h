/* tokens.h: the tokens that cmkd holds, one for each audience: asked for once however many need
 * it, renewed ahead, served until they expire even while renewing fails. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct azure;
struct tokens;
struct token_entry;

/* value is borrowed for the call, NULL if there is an err. */
typedef void tokens_done_fn(void *owner, const char *value, const struct err *err);

/* The caller's memory; zeroed before its first use. */
struct token_wait {
    struct token_entry *entry; /* NULL: not waiting */
    struct token_wait *next;
    tokens_done_fn *done;
    void *owner;
};

struct tokens *tokens_new(struct azure *azure);

/* A copy of the token at hand, for the caller to free as a secret; NULL: wait for one. Near its
 * end a new one is asked for besides. */
char *tokens_find(struct tokens *tokens, const char *audience);

/* done is called once, from the loop, never inside tokens_wait(), unless the wait is left. Errors:
 * those of source.h; ERR_AZURE with Entra's code; ERR_TRANSPORT. A refusal is not asked for again
 * for some seconds. */
void tokens_wait(struct tokens *tokens, const char *audience, struct token_wait *wait,
                 tokens_done_fn *done, void *owner);
void tokens_leave(struct token_wait *wait);

/* What the flight that is waited for has met so far; false: nothing. */
bool tokens_trouble(const struct token_wait *wait, struct err *err);

/* A token from elsewhere: it serves until Azure refuses it. */
void tokens_give(struct tokens *tokens, const char *audience, const char *value);

/* Azure refused this token: the next one is another, and asked for with these claims (claims.h;
 * NULL: none), where the credential can. They are kept until a token comes, or is refused for good.
 */
void tokens_forget(struct tokens *tokens, const char *audience, const char *value,
                   const char *claims);

/* The cloud or the credential is another: nothing of the old ones is used again. */
void tokens_reset(struct tokens *tokens);

/* The credential is named as before, but its file may hold something new: what was refused is asked
 * for again at once. */
void tokens_retry(struct tokens *tokens);

/* Nothing new is sent. */
void tokens_stop(struct tokens *tokens);

/* Nobody may wait. closed is called when no handle is left: within tokens_free() if there never
 * was one. */
void tokens_free(struct tokens *tokens, void (*closed)(void *owner), void *owner);
