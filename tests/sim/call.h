/* call.h: one request on its way to its handler, and the answer that the handler fills in. */
#pragma once

#include "state.h"

#define CALL_ARGS_MAX 8

struct route;
struct rights;

/* Who asks. */
struct caller {
    const char *tenant, *object, *client; /* borrowed from the token */
};

struct call {
    struct sim *sim;
    const struct sim_request *request;
    struct sim_response *response;
    const struct route *route;
    struct caller caller;
    char *args[CALL_ARGS_MAX]; /* owned: what stood for {} in the route's pattern, in order */
    char *scope;               /* owned: what stood before an extension's route, or NULL */
    char *id;                  /* owned: the path as it came, without a trailing slash */
    char *api_version;         /* owned, or NULL */
    struct rights *rights;     /* owned by access.c: the caller's roles, or NULL */
    bool filters;              /* a list shows only what the caller may read */
};

/* ---- answers --------------------------------------------------------------------------------- */

/* Answers with a body that is handed over; NULL: none. */
void call_answer(struct call *call, int status, struct json_object *body);

/* Answers with a stored body, which stays with its owner. */
void call_show(struct call *call, int status, struct json_object *body);

/* Adds a header; name is static. */
void call_header(struct call *call, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

/* Answers with {"error": {"code", "message"}}; false, so that failing is one line. */
bool call_fail(struct call *call, int status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* The same from Resource Manager itself: x-ms-failure-cause says so. */
bool call_fail_gateway(struct call *call, int status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* The same from a vault, whose errors have a second code inside. inner may be NULL. */
bool call_fail_inner(struct call *call, int status, const char *code, const char *inner,
                     const char *format, ...) PRINTF_LIKE(5, 6);

/* The same without the envelope, as Microsoft.Insights answers: {"code", "message"}. */
bool call_fail_bare(struct call *call, int status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* ---- the request ----------------------------------------------------------------------------- */

/* The value of a query parameter, percent-decoded, its name in any case; NULL if it is not there.
 * The caller frees. */
char *call_query(const struct call *call, const char *name);

/* The body if it is an object, else a 400 has been answered and it is NULL. */
struct json_object *call_object(struct call *call);

bool call_is(const struct call *call, const char *method);
bool call_is_read(const struct call *call); /* GET or HEAD */

/* ---- lists ----------------------------------------------------------------------------------- */

/* Answers with those rows of a table that take() keeps, a page at a time, as Resource Manager
 * pages: $top and $skiptoken come in, nextLink goes out after a full page. take() gives what to
 * show of a row (handed over), or NULL to leave it out. */
typedef struct json_object *call_take_fn(struct call *call, struct resource *resource);
void call_list(struct call *call, struct lh_table *table, call_take_fn *take);

/* True if the id lies in the subscription (args[0]) and the group (args[1] if grouped). */
bool call_covers(const struct call *call, const char *id, bool grouped);
