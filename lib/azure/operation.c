#include "azure/operation.h"

#include "azure/link.h"
#include "azure/problem.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ASYNC_HEADER "Azure-AsyncOperation"

static enum operation_state meaning(const char *word)
{
    if (strcasecmp(word, "Succeeded") == 0)
        return OPERATION_DONE;
    if (strcasecmp(word, "Failed") == 0 || strcasecmp(word, "Canceled") == 0 ||
        strcasecmp(word, "Cancelled") == 0)
        return OPERATION_FAILED;
    return OPERATION_RUNNING;
}

static enum operation_state failed(const struct http_answer *answer, struct json_object *body,
                                   const char *word, struct err *err)
{
    bool is_cancelled = strncasecmp(word, "Cancel", 6) == 0;
    AUTO(text)
    char *text = mem_format("the operation ended as %s, and Azure does not say why", word);
    problem_of_operation(answer, body, is_cancelled ? "OperationCanceled" : "OperationFailed", text,
                         err);
    return OPERATION_FAILED;
}

static enum operation_state judge(const struct http_answer *answer, struct json_object *body,
                                  const char *word, struct err *err)
{
    enum operation_state state = meaning(word);
    return state == OPERATION_FAILED ? failed(answer, body, word, err) : state;
}

/* Takes the link of that header for the operation's url. False: it leads elsewhere. */
static bool take_link(struct operation *operation, enum operation_ask ask,
                      const struct http_answer *answer, const char *header, const char *origin,
                      struct err *err)
{
    const char *text = answer_header(answer, header);
    char *url = NULL;
    switch (text ? link_resolve(text, origin, &url) : LINK_BAD) {
    case LINK_OK:
        free(operation->url);
        *operation = (struct operation){.ask = ask, .url = url};
        return true;
    case LINK_BAD:
        return true;
    case LINK_FOREIGN:
        break;
    }
    AUTO(text) char *shown = problem_printable(text, strcspn(text, "?"), 160);
    err_set(err, ERR_AZURE, "ForeignOrigin",
            "the answer's %s leads to %s, outside %s: not followed, so nobody can tell how the "
            "operation ends",
            header, shown, origin);
    err->status = answer->status;
    return false;
}

enum operation_state operation_begin(const struct http_answer *answer, struct json_object *body,
                                     const char *origin, struct operation *operation,
                                     struct err *err)
{
    struct operation begun = {.ask = ASK_RESOURCE};
    const char *word = js_string(body, "properties.provisioningState", NULL);
    bool is_accepted = answer->status == 202;

    /* The fast path of a creation: done, whatever its headers say. */
    if (!is_accepted && word && meaning(word) == OPERATION_DONE)
        return OPERATION_DONE;
    if (!take_link(&begun, ASK_OPERATION, answer, ASYNC_HEADER, origin, err))
        return OPERATION_FAILED;
    /* With 201 a Location is but the address of what was created (identities show a bare path). */
    if (!begun.url && is_accepted &&
        !take_link(&begun, ASK_LOCATION, answer, "Location", origin, err))
        return OPERATION_FAILED;

    if (!begun.url && !is_accepted) {
        enum operation_state state = word ? judge(answer, body, word, err) : OPERATION_DONE;
        if (state != OPERATION_RUNNING)
            return state;
    }
    *operation = begun;
    return OPERATION_RUNNING;
}

enum operation_state operation_poll(struct operation *operation, const struct http_answer *answer,
                                    struct json_object *body, const char *origin, struct err *err)
{
    enum operation_ask ask = operation->ask;
    const char *state = js_string(body, "properties.provisioningState", NULL);
    const char *status = ask == ASK_RESOURCE ? NULL : js_string(body, "status", NULL);
    /* A vault's private endpoint names itself as its operation: no status, but a state. */
    const char *word = status ? status : state;

    if (ask == ASK_RESOURCE)
        return word ? judge(answer, body, word, err) : OPERATION_DONE;
    if (!take_link(operation, ask, answer, ask == ASK_OPERATION ? ASYNC_HEADER : "Location", origin,
                   err))
        return OPERATION_FAILED;
    if (answer->status == 204)
        return OPERATION_DONE;
    if (ask == ASK_LOCATION && answer->status == 202 &&
        (!word || meaning(word) != OPERATION_FAILED))
        return OPERATION_RUNNING;
    if (word)
        return judge(answer, body, word, err);
    return answer->status == 202 ? OPERATION_RUNNING : OPERATION_UNKNOWN;
}

void operation_ask_resource(struct operation *operation)
{
    free(operation->url);
    *operation = (struct operation){.ask = ASK_RESOURCE};
}

void operation_done(struct operation *operation)
{
    free(operation->url);
    *operation = (struct operation){0};
}
