/* tokens.c
 *
 *     tokens_wait ─► on_timer ─► ask ─► on_answer ─┬─► conclude ─► done() of all who wait
 *     tokens_find ──┘     ▲       ▲                │
 *                         │       └── prove ◄──────┤  (Azure Arc)
 *                         └────── ask_later ◄──────┘    One flight at a time for each audience. */
#include "azure/tokens.h"

#include "azure/arc.h"
#include "azure/backoff.h"
#include "azure/claims.h"
#include "azure/engine.h"
#include "azure/mask.h"
#include "azure/source.h"
#include "azure/token.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLIGHT_MAX_S 100  /* IMDS is away for 70 s while it is upgraded */
#define REFUSED_HOLD_S 30 /* a refusal stands for so long: 100 stacks ask once */
#define RENEW_HOLD_S 30   /* between two tries to renew a token that is still valid */
#define AHEAD_MS 300000   /* renew that long before the end, at the latest */

struct token_entry {
    struct tokens *tokens;
    char *audience; /* owned */
    char *claims;   /* owned: what the next token must have, or NULL */
    char *granted;  /* owned: what the last one was asked for with, or NULL */
    struct token token;
    uint64_t expires_ms, renew_ms; /* uv_now() times */

    bool is_flying; /* a flight: on_timer will ask, or request is on its way */
    bool is_stale;  /* what the request brings is not what is wanted by now */
    bool is_closing;
    uv_timer_t timer;
    struct http_request *request; /* in flight, or NULL */
    struct source_request source;
    bool has_proved; /* what the agent of Azure Arc wanted, in this attempt */
    unsigned attempt;
    uint64_t began_ms;

    struct err trouble; /* why this flight has no token yet, or ERR_NONE */
    struct err refusal; /* the last one */
    uint64_t refused_until_ms;
    struct token_wait *first, **end;
    struct token_entry *next;
};

struct tokens {
    struct azure *azure; /* borrowed */
    struct token_entry *entries;
    unsigned open; /* handles, and one while tokens_free() runs */
    void (*closed)(void *owner);
    void *owner;
};

static void on_timer(uv_timer_t *timer);
static void ask(struct token_entry *entry, const char *key_file);
static void on_answer(void *owner, struct http_answer *answer, bool was_sent,
                      const struct err *err);
static void conclude(struct token_entry *entry, const struct err *err);
static void on_closed(uv_handle_t *handle);

static struct token_entry *entry_of(struct tokens *tokens, const char *audience)
{
    struct token_entry *entry = tokens->entries;
    while (entry && strcmp(entry->audience, audience) != 0)
        entry = entry->next;
    if (entry)
        return entry;
    entry = mem_new(1, sizeof *entry);
    entry->tokens = tokens;
    entry->audience = mem_text(audience);
    entry->end = &entry->first;
    entry->next = tokens->entries;
    tokens->entries = entry;
    uv_timer_init(tokens->azure->loop, &entry->timer);
    entry->timer.data = entry;
    return entry;
}

/* ---- one flight ---------------------------------------------------------------------------- */

static void ask_later(struct token_entry *entry, uint64_t wait_ms)
{
    struct azure *azure = entry->tokens->azure;
    azure_now_ms(azure);
    uv_timer_start(&entry->timer, on_timer, wait_ms * azure->second_ms / 1000, 0);
}

static void fly(struct token_entry *entry)
{
    if (entry->is_flying)
        return;
    entry->is_flying = true;
    entry->attempt = 0;
    entry->trouble = (struct err){0};
    entry->began_ms = azure_now_ms(entry->tokens->azure);
    ask_later(entry, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct token_entry *entry = timer->data;
    struct azure *azure = entry->tokens->azure;
    struct err err;
    if (!entry->attempt && azure_now_ms(azure) < entry->refused_until_ms) {
        err = entry->refusal;
        conclude(entry, &err);
        return;
    }
    entry->attempt++;
    entry->has_proved = false;
    ask(entry, NULL);
}

static void ask(struct token_entry *entry, const char *key_file)
{
    struct azure *azure = entry->tokens->azure;
    struct err err;
    if (source_request(&azure->credential, &azure->cloud, entry->audience, entry->claims, key_file,
                       &entry->source, &err))
        entry->request = http_start(azure->http, &entry->source.send, on_answer, entry);
    else
        conclude(entry, &err);
}

static bool is_challenge(const struct token_entry *entry, const struct http_answer *answer)
{
    const struct azure *azure = entry->tokens->azure;
    return azure->credential.type == CREDENTIAL_AZURE_ARC && answer->status == 401 &&
           !entry->has_proved && !azure->is_stopping;
}

/* The agent of Azure Arc wants to be told what is in a file. */
static void prove(struct token_entry *entry, const struct http_answer *answer)
{
    AUTO(text) char *file = NULL;
    struct err err;
    entry->has_proved = true;
    if (arc_challenge(answer, source_arc_folder(&entry->tokens->azure->cloud), &file, &err))
        ask(entry, file);
    else
        conclude(entry, &err);
}

/* For so long nobody asks again: all get this answer. */
static void hold(struct token_entry *entry, const struct err *err, uint64_t hold_s)
{
    struct azure *azure = entry->tokens->azure;
    uint64_t now_ms = azure_now_ms(azure);
    entry->refusal = *err;
    entry->refused_until_ms = now_ms + hold_s * azure->second_ms;
    entry->renew_ms = now_ms + (hold_s > RENEW_HOLD_S ? hold_s : RENEW_HOLD_S) * azure->second_ms;
}

/* It may pass by itself: again, unless that takes too long. */
static void retry(struct token_entry *entry, const struct http_answer *answer,
                  const struct err *err)
{
    struct azure *azure = entry->tokens->azure;
    uint64_t wait_ms;
    entry->trouble = *err;
    bool is_told = backoff_retry_after(answer, &wait_ms);
    if (!is_told)
        wait_ms = backoff_wait_ms(entry->attempt, azure_random());
    uint64_t passed_ms = azure_now_ms(azure) - entry->began_ms;
    uint64_t left_ms = (uint64_t)FLIGHT_MAX_S * azure->second_ms;
    if (!azure->is_stopping && passed_ms + wait_ms * azure->second_ms / 1000 <= left_ms) {
        ask_later(entry, wait_ms);
        return;
    }
    uint64_t wait_s = wait_ms / 1000;
    if (is_told && wait_s > REFUSED_HOLD_S)
        hold(entry, err, wait_s);
    conclude(entry, err);
}

static bool take_token(struct token_entry *entry, struct http_answer *answer, struct err *err)
{
    struct token token;
    int64_t date_s = answer_date_s(answer);
    if (!token_parse(answer, date_s ? date_s : time(NULL), &token, err))
        return false;
    token_done(&entry->token);
    entry->token = token;
    uint64_t life_ms = 1000 * (uint64_t)token.life_s;
    uint64_t ahead_ms = life_ms / 4 > AHEAD_MS ? life_ms / 4 : AHEAD_MS;
    ahead_ms = ahead_ms < life_ms / 2 ? ahead_ms : life_ms / 2;
    entry->expires_ms = azure_now_ms(entry->tokens->azure) + life_ms;
    entry->renew_ms = entry->expires_ms - ahead_ms;
    return true;
}

/* What came is not what is wanted any more. */
static void ask_again(struct token_entry *entry)
{
    entry->is_stale = false;
    entry->attempt = 0;
    if (entry->tokens->azure->is_stopping)
        entry->is_flying = false; /* nobody waits any more: see azure_stop() */
    else
        ask_later(entry, 0);
}

static void on_answer(void *owner, struct http_answer *answer, bool was_sent,
                      const struct err *failure)
{
    struct token_entry *entry = owner;
    struct err err;
    bool may_pass;
    (void)was_sent;
    entry->request = NULL; /* no longer in flight */
    mask_answer(answer, entry->source.secret);
    source_request_done(&entry->source);

    if (entry->is_closing) {
        uv_close((uv_handle_t *)&entry->timer, on_closed);
        return;
    }
    if (entry->is_stale) {
        ask_again(entry);
        return;
    }
    if (!failure && is_challenge(entry, answer)) {
        prove(entry, answer);
        return;
    }
    if (!failure && answer->status == 200) {
        bool is_good = take_token(entry, answer, &err);
        conclude(entry, is_good ? NULL : &err);
        return;
    }
    if (failure) {
        err = *failure;
        may_pass = err.domain == ERR_TRANSPORT && !http_is_hopeless(&err);
    } else {
        may_pass = token_refused(answer, entry->tokens->azure->credential.type, &err);
    }
    if (may_pass)
        retry(entry, answer, &err);
    else
        conclude(entry, &err);
}

/* The flight is over: all who wait are told. Those who come again meanwhile start another. */
static void conclude(struct token_entry *entry, const struct err *err)
{
    struct azure *azure = entry->tokens->azure;
    uint64_t now_ms = azure_now_ms(azure);
    AUTO(secret) char *value = err ? NULL : mem_text(entry->token.value);
    entry->is_flying = false;
    if (!err) {
        free(entry->granted);
        entry->granted = TAKE(entry->claims);
    }
    free(TAKE(entry->claims)); /* who still wants some says so again */
    if (err && entry->refused_until_ms <= now_ms) {
        hold(entry, err, REFUSED_HOLD_S);
    } else if (!err) {
        entry->refused_until_ms = 0;
    }
    struct token_wait *last = entry->first;
    while (last && last->next)
        last = last->next;
    for (bool is_last = !last; !is_last && entry->first;) {
        struct token_wait *wait = entry->first;
        is_last = wait == last;
        tokens_leave(wait);
        wait->done(wait->owner, value, err);
    }
}

/* ---- for those who need one ---------------------------------------------------------------- */

struct tokens *tokens_new(struct azure *azure)
{
    struct tokens *tokens = mem_new(1, sizeof *tokens);
    tokens->azure = azure;
    return tokens;
}

char *tokens_find(struct tokens *tokens, const char *audience)
{
    struct token_entry *entry = entry_of(tokens, audience);
    uint64_t now_ms = azure_now_ms(tokens->azure);
    if (!entry->token.value || now_ms >= entry->expires_ms)
        return NULL;
    if (now_ms >= entry->renew_ms)
        fly(entry);
    return mem_text(entry->token.value);
}

void tokens_give(struct tokens *tokens, const char *audience, const char *value)
{
    struct token_entry *entry = entry_of(tokens, audience);
    token_done(&entry->token);
    entry->token.value = mem_text(value);
    entry->expires_ms = entry->renew_ms = UINT64_MAX;
}

void tokens_wait(struct tokens *tokens, const char *audience, struct token_wait *wait,
                 tokens_done_fn *done, void *owner)
{
    struct token_entry *entry = entry_of(tokens, audience);
    assert(!wait->entry);
    *wait = (struct token_wait){.entry = entry, .done = done, .owner = owner};
    *entry->end = wait;
    entry->end = &wait->next;
    fly(entry);
}

bool tokens_trouble(const struct token_wait *wait, struct err *err)
{
    if (!wait->entry || wait->entry->trouble.domain == ERR_NONE)
        return false;
    *err = wait->entry->trouble;
    return true;
}

void tokens_leave(struct token_wait *wait)
{
    struct token_entry *entry = wait->entry;
    if (!entry)
        return;
    struct token_wait **at = &entry->first;
    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    if (!wait->next)
        entry->end = at;
    wait->entry = NULL;
    wait->next = NULL;
}

/* What is on its way is not what is wanted any more: on_answer() comes, and asks anew. */
static void ask_anew(struct token_entry *entry)
{
    entry->is_stale = entry->request;
    if (entry->request)
        http_cancel(entry->request);
}

/* The token that came meanwhile was asked for with all of that. */
static bool is_met(const struct token_entry *entry, const char *claims)
{
    AUTO(text) char *whole = claims_merge(entry->granted, claims);
    return entry->token.value && entry->granted && strcmp(whole, entry->granted) == 0;
}

static void demand(struct token_entry *entry, const char *claims)
{
    AUTO(text) char *old = TAKE(entry->claims);
    AUTO(text) char *so_far = claims_merge(entry->granted, old);
    entry->claims = claims_merge(so_far, claims);
    if (!old || strcmp(old, entry->claims) != 0)
        ask_anew(entry);
}

void tokens_forget(struct tokens *tokens, const char *audience, const char *value,
                   const char *claims)
{
    struct token_entry *entry = entry_of(tokens, audience);
    bool is_able = credential_takes_claims(tokens->azure->credential.type);
    if (entry->token.value && strcmp(entry->token.value, value) == 0)
        token_done(&entry->token);
    if (!claims || !is_able || is_met(entry, claims))
        return;
    token_done(&entry->token);
    demand(entry, claims);
}

/* ---- life ---------------------------------------------------------------------------------- */

void tokens_reset(struct tokens *tokens)
{
    for (struct token_entry *entry = tokens->entries; entry; entry = entry->next) {
        token_done(&entry->token);
        entry->refused_until_ms = 0;
        free(TAKE(entry->claims));
        free(TAKE(entry->granted));
        ask_anew(entry);
    }
}

void tokens_retry(struct tokens *tokens)
{
    for (struct token_entry *entry = tokens->entries; entry; entry = entry->next)
        entry->refused_until_ms = 0;
}

void tokens_stop(struct tokens *tokens)
{
    for (struct token_entry *entry = tokens->entries; entry; entry = entry->next)
        if (entry->is_flying && !entry->request) {
            uv_timer_stop(&entry->timer);
            entry->is_flying = false;
        }
}

static void close_one(struct tokens *tokens)
{
    if (--tokens->open)
        return;
    void (*closed)(void *owner) = tokens->closed;
    void *owner = tokens->owner;
    free(tokens);
    closed(owner);
}

static void on_closed(uv_handle_t *handle)
{
    struct token_entry *entry = handle->data;
    struct tokens *tokens = entry->tokens;
    token_done(&entry->token);
    free(entry->audience);
    free(entry->claims);
    free(entry->granted);
    free(entry);
    close_one(tokens);
}

void tokens_free(struct tokens *tokens, void (*closed)(void *owner), void *owner)
{
    tokens->closed = closed;
    tokens->owner = owner;
    tokens->open = 1;
    for (struct token_entry *entry = tokens->entries; entry; entry = entry->next) {
        assert(!entry->first);
        tokens->open++;
        entry->is_closing = true;
        if (entry->request)
            http_cancel(entry->request); /* on_answer() comes, and closes */
        else
            uv_close((uv_handle_t *)&entry->timer, on_closed);
    }
    close_one(tokens);
}
