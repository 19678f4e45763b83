/* ops.c: ways to bend what Azure does, one row of a table each. */
#include "faults.h"

#include "base/armid.h"
#include "base/js.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_MARK "$skiptoken=azsim-"
#define SERIALIZE_MS 300

/* ---- helpers over the state ----------------------------------------------------------------- */

/* What Azure holds at the property of a resource now; a copy, or NULL. */
static struct json_object *stored(struct exchange *x, struct json_object *rule)
{
    AUTO(json) struct json_object *state = sim_state(x->server->sim);
    struct json_object *live = js_object(state, "live");
    if (!live)
        return NULL;
    json_object_object_foreach(live, id, body)
    {
        if (armid_same(id, js_string(rule, "resource", "")))
            return js_copy(js_find(body, js_string(rule, "path", "")));
    }
    return NULL;
}

/* Sets the property behind Azure's back; NULL removes it. Nothing happens to what is not there. */
static void put_back(struct exchange *x, struct json_object *rule, struct json_object *value)
{
    struct err err;
    AUTO(json) struct json_object *patch = json_object_new_object();
    js_put(patch, js_string(rule, "path", ""), js_copy(value));
    if (!sim_drift(x->server->sim, js_string(rule, "resource", ""), patch, &err))
        js_put(x->log_entry, "faultError", json_object_new_string(err.message));
}

/* The answer's body, to be changed: until now it may share parts with the state. */
static struct json_object *own_body(struct exchange *x)
{
    struct json_object *shared = x->response.body;
    x->response.body = js_copy(shared);
    json_object_put(shared);
    return x->response.body;
}

static bool succeeded(const struct exchange *x)
{
    return x->response.status >= 200 && x->response.status < 300;
}

/* ---- revert, set: somebody else writes too -------------------------------------------------- */

static void note_stored(struct exchange *x, struct fault *fault, struct json_object **note)
{
    *note = stored(x, fault->rule);
}

static void revert(struct exchange *x, struct fault *fault, struct json_object *note)
{
    if (succeeded(x))
        put_back(x, fault->rule, note);
}

static void set(struct exchange *x, struct fault *fault, struct json_object *note)
{
    (void)note;
    if (succeeded(x))
        put_back(x, fault->rule, js_find(fault->rule, "value"));
}

/* ---- modify: an assignment of Azure Policy changes each write ------------------------------- */

/* It does so within the write, and the log's record of it has the write's correlation id. */
static void modify(struct exchange *x, struct fault *fault, struct json_object *note)
{
    (void)note;
    if (!succeeded(x))
        return;
    AUTO(json) struct json_object *by = json_object_new_object();
    put_back(x, fault->rule, js_find(fault->rule, "value"));
    js_put(by, "assignment", js_copy(js_find(fault->rule, "assignment")));
    for (int i = 0; i < x->response.n_headers; i++)
        if (strcmp(x->response.headers[i].name, "x-ms-correlation-request-id") == 0)
            js_put(by, "correlationId", json_object_new_string(x->response.headers[i].value));
    sim_activity(x->server->sim, js_string(fault->rule, "resource", ""), by);
}

/* ---- ignoreWrites: 200, the new values in the answer, and nothing behind it ----------------- */

static void merge(struct json_object *into, struct json_object *patch)
{
    json_object_object_foreach(patch, key, value)
    {
        struct json_object *old = js_member(into, key, NULL);
        if (json_object_is_type(old, json_type_object) &&
            json_object_is_type(value, json_type_object))
            merge(old, value);
        else
            json_object_object_add(into, key, js_copy(value));
    }
}

static void ignore_write(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)fault, (void)note;
    struct sim_request read = x->request;
    read.method = "GET";
    read.body = NULL;
    read.body_text = "";
    sim_serve(x->server->sim, &read, &x->response);
    x->answered = true;
    if (json_object_is_type(x->response.body, json_type_object) && succeeded(x) &&
        json_object_is_type(x->body, json_type_object))
        merge(own_body(x), x->body);
}

/* ---- staleReads: the first reads after a write still show the old value --------------------- */

static void remember(struct exchange *x, struct fault *fault, struct json_object **note)
{
    if (exchange_is_write(x))
        *note = stored(x, fault->rule);
}

static void show_old(struct exchange *x, struct fault *fault, struct json_object *note)
{
    const char *path = js_string(fault->rule, "path", "");
    if (!succeeded(x))
        return;
    if (exchange_is_write(x)) {
        json_object_put(fault->stale);
        fault->stale = json_object_new_object();
        js_put(fault->stale, "value", js_copy(note));
    } else if (fault->stale && x->response.body) {
        struct json_object *old = js_find(fault->stale, "value"), *body = own_body(x);
        if (old)
            js_put(body, path, js_copy(old));
        else
            js_remove(body, path);
        fault_fires(fault);
    }
}

/* ---- serialize: a second write in flight under one parent is refused ------------------------ */

static void let_one_through(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)note;
    if (fault->holder) {
        fault_fires(fault);
        exchange_refuse(x, 409, "RequestConflict", NULL,
                        "Another operation is being performed on the parent resource. Please try "
                        "again later.");
        return;
    }
    fault->holder = x;
    x->hold_ms = js_int(fault->rule, "ms", SERIALIZE_MS);
}

static void let_the_next(struct exchange *x, struct fault *fault, struct json_object *note)
{
    (void)note;
    if (fault->holder == x)
        fault->holder = NULL;
}

/* ---- pages, nextLink: lists ----------------------------------------------------------------- */

/* The page that the request asks for, and the query without saying so: the note is the number. */
static void find_page(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)fault;
    char *mark = strstr(x->target, PAGE_MARK);
    *note = json_object_new_int64(mark ? strtoll(mark + strlen(PAGE_MARK), NULL, 10) : 0);
    if (mark)
        mark[-1] = '\0'; /* "?" or "&"; the query is a part of the target */
}

static size_t page_size(struct json_object *sizes, size_t page)
{
    int64_t size = json_object_get_int64(json_object_array_get_idx(sizes, page));
    return size > 0 ? (size_t)size : 0;
}

static void cut_page(struct exchange *x, struct fault *fault, struct json_object *note)
{
    struct json_object *sizes = js_array(fault->rule, "sizes");
    if (!js_array(x->response.body, "value") || !succeeded(x))
        return;

    struct json_object *body = own_body(x), *part = json_object_new_array();
    struct json_object *all = js_array(body, "value");
    size_t page = (size_t)json_object_get_int64(note), pages = json_object_array_length(sizes);
    size_t total = json_object_array_length(all), first = 0;
    for (size_t i = 0; i < page && i < pages; i++)
        first += page_size(sizes, i);
    size_t size = page < pages ? page_size(sizes, page) : total;

    for (size_t i = first; i < total && i - first < size; i++)
        json_object_array_add(part, json_object_get(json_object_array_get_idx(all, i)));
    js_put(body, "value", part);
    if (first + size < total) {
        AUTO(text)
        char *link = mem_format("https://%s%s%s%s%zu", x->host, x->target,
                                strchr(x->target, '?') ? "&" : "?", PAGE_MARK, page + 1);
        js_put(body, "nextLink", json_object_new_string(link));
    }
}

static void link_on(struct exchange *x, struct fault *fault, struct json_object *note)
{
    (void)note;
    const char *value = js_string(fault->rule, "value", NULL);
    if (!js_array(x->response.body, "value") || !succeeded(x))
        return;
    AUTO(text) char *local = value ? origins_local(&x->server->origins, value) : NULL;
    const char *link = value && strcmp(value, "@self") == 0 ? x->url : local;
    json_object_object_add(own_body(x), "nextLink", link ? json_object_new_string(link) : NULL);
    fault_fires(fault);
}

/* ---- alter: an answer that is right but for one member -------------------------------------- */

/* Of a list it is the last element that is altered: among versions, the newest. */
static void alter(struct exchange *x, struct fault *fault, struct json_object *note)
{
    (void)note;
    const char *path = js_string(fault->rule, "path", "");
    struct json_object *value = NULL, *body = x->response.body, *list = js_array(body, "value");
    if (!succeeded(x) || !json_object_is_type(body, json_type_object) ||
        (list && !json_object_array_length(list)))
        return;
    body = own_body(x);
    list = js_array(body, "value");
    if (list)
        body = json_object_array_get_idx(list, json_object_array_length(list) - 1);
    if (json_object_object_get_ex(fault->rule, "value", &value))
        js_put(body, path, js_copy(value));
    else
        js_remove(body, path);
    fault_fires(fault);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static void deny(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)note;
    AUTO(text)
    char *message = mem_format("Resource '%s' was disallowed by policy. Policy "
                               "identifiers: '[{\"policyAssignment\":{\"name\":"
                               "\"azsim\"}}]'.",
                               armid_name(x->path));
    exchange_refuse(x, (int)js_int(fault->rule, "status", 403),
                    js_string(fault->rule, "code", "RequestDisallowedByPolicy"), NULL,
                    js_string(fault->rule, "message", message));
}

static void shift(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)note;
    sim_shift_clock(x->server->sim, js_int(fault->rule, "shift", 0));
}

/* azsim cannot take a name out of the client's resolver; the nearest that it can do. */
static void vanish(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)fault, (void)note;
    exchange_answer(x, 503, NULL);
    x->wire = WIRE_CLOSE;
}

static void delay(struct exchange *x, struct fault *fault, struct json_object **note)
{
    (void)note;
    int64_t ms = js_int(fault->rule, "ms", 0);
    if (x->hold_ms < ms)
        x->hold_ms = ms;
}

/* clang-format off */
static const struct op ops[] = {
    {.name = "revert",       .keys = {"!resource", "!path", "match"},   .writes_only = true,
     .before = note_stored, .after = revert},
    {.name = "set",          .keys = {"!resource", "!path", "!value", "match"}, .writes_only = true,
     .after = set},
    {.name = "modify",       .keys = {"!resource", "!path", "!value", "!assignment"},
     .writes_only = true, .after = modify},
    {.name = "ignoreWrites", .keys = {"match", "resource"},             .writes_only = true,
     .before = ignore_write},
    {.name = "staleReads",   .keys = {"!resource", "!path"},            .by_itself = true,
     .before = remember, .after = show_old},
    {.name = "serialize",    .keys = {"!parent", "ms"},                 .writes_only = true,
     .by_itself = true, .before = let_one_through, .after = let_the_next},
    {.name = "pages",        .keys = {"!match", "!sizes"},
     .before = find_page, .after = cut_page},
    {.name = "nextLink",     .keys = {"!match", "!value"},              .by_itself = true,
     .after = link_on},
    {.name = "alter",        .keys = {"!match", "!path", "value"},      .by_itself = true,
     .after = alter},
    {.name = "policyDeny",   .keys = {"!match", "if", "unless", "status", "code", "message"},
     .writes_only = true, .before = deny},
    {.name = "clock",        .keys = {"!shift", "match"},               .once = true,
     .before = shift},
    {.name = "nxdomain",     .keys = {"!match"},
     .before = vanish},
    {.name = "delay",        .keys = {"!match", "!ms"},
     .before = delay},
};
/* clang-format on */

const struct op *op_find(const char *name)
{
    if (!*name)
        return &op_answer;
    for (size_t i = 0; i < COUNT(ops); i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}
