#include "report/news_private.h"

#include "base/iso8601.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- sight and reach ----------------------------------------------------------------------- */

/* True for what does not go by itself: rights, firewalls, credentials, certificates. */
static bool needs_a_human(const struct err *err)
{
    switch (err->domain) {
    case ERR_AZURE:
        return err->status >= 400 && err->status < 500 && err->status != 408 && err->status != 429;
    case ERR_TRANSPORT:
        return err_is(err, "Tls");
    case ERR_CONFIG:
    case ERR_SYSTEM:
        return true;
    case ERR_CANCELLED:
    case ERR_NONE:
        return false;
    }
    abort();
}

static void tell_err(struct news *news, const char *pass, const struct node *node,
                     enum event_kind kind, const struct err *err)
{
    struct event event = {
        .kind = kind,
        .correlation_id = err->correlation_id,
        .error_code = err->code,
        .reason = err->message,
    };
    news_tell(news, node, pass, node->id, &event);
}

static void tell_sight(struct news *news, const char *pass, const struct node *node,
                       const struct told *told, int64_t now_s)
{
    char since[ISO8601_TIME_SIZE];
    iso8601_format_time(told->last_s, since);
    AUTO(text)
    char *reason = mem_format("after %" PRId64 " s, unseen since %s", now_s - told->last_s, since);
    struct event event = {.kind = EVENT_SEEN_AGAIN, .reason = reason};
    news_tell(news, node, pass, node->id, &event);
}

void news_looked(struct news *news, const char *pass, const struct node *node,
                 const struct err *err, int64_t now_s)
{
    struct told *told = told_find(news->told, node, SUBJECT_SIGHT, "", NULL);
    if (!err && told) {
        tell_sight(news, pass, node, told, now_s);
        told_remove(news->told, node, told);
    }
    if (!err || err->domain == ERR_CANCELLED)
        return;
    enum event_kind kind = needs_a_human(err) ? EVENT_FORBIDDEN : EVENT_UNREACHABLE;
    int64_t since_s = told ? told->last_s : now_s;
    told = told_get(news->told, node, SUBJECT_SIGHT, "", NULL);
    if (told_is_news(told, kind, err->code, since_s))
        tell_err(news, pass, node, kind, err);
}

void news_reach(struct news *news, const char *pass, const struct node *vault,
                const struct err *err)
{
    struct told *told = told_find(news->told, vault, SUBJECT_REACH, "", NULL);
    if (err && err->domain == ERR_CANCELLED)
        return;
    if (!err && told) {
        struct event event = {.kind = EVENT_REACH};
        news_tell(news, vault, pass, vault->id, &event);
        told_remove(news->told, vault, told);
    }
    if (!err)
        return;
    told = told_get(news->told, vault, SUBJECT_REACH, "", NULL);
    if (told_is_news(told, EVENT_NO_REACH, err->code, 0))
        tell_err(news, pass, vault, EVENT_NO_REACH, err);
}

void news_author(struct news *news, const char *pass, const struct node *node,
                 const char *resource_id, const char *path, const struct author *author)
{
    struct event event = {
        .kind = EVENT_AUTHOR,
        .path = path,
        .correlation_id = author->correlation_id,
        .author = author,
    };
    news_tell(news, node, pass, resource_id, &event);
}
