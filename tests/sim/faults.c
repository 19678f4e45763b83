/* faults.c: which faults take part in which request, and how often. */
#include "faults.h"

#include "base/armid.h"
#include "base/js.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

struct faults {
    struct sim *sim;    /* borrowed */
    struct fault *list; /* owned, in the order in which they were added */
};

/* clang-format off */
static const struct { const char *name; enum json_type type; } types[] = {
    {"op",       json_type_string},  {"match",  json_type_string}, {"resource", json_type_string},
    {"parent",   json_type_string},  {"path",   json_type_string}, {"if",       json_type_string},
    {"unless",   json_type_string},  {"code",   json_type_string}, {"inner",    json_type_string},
    {"message",  json_type_string},  {"action", json_type_string}, {"after",    json_type_int},
    {"times",    json_type_int},     {"status", json_type_int},    {"ms",       json_type_int},
    {"bytes",    json_type_int},     {"shift",  json_type_int},    {"sizes",    json_type_array},
    {"headers",  json_type_array},   {"takesEffect", json_type_boolean},
};
/* clang-format on */

static void fault_free(struct fault *fault)
{
    json_object_put(fault->rule);
    json_object_put(fault->stale);
    if (fault->has_match)
        regfree(&fault->match);
    if (fault->has_content)
        regfree(&fault->content);
    free(fault);
}

static void list_free(struct fault *list)
{
    while (list) {
        struct fault *next = list->next;
        fault_free(list);
        list = next;
    }
}

struct faults *faults_new(struct sim *sim)
{
    struct faults *faults = mem_new(1, sizeof *faults);
    faults->sim = sim;
    return faults;
}

void faults_free(struct faults *faults)
{
    if (!faults)
        return;
    list_free(faults->list);
    free(faults);
}

/* ---- adding --------------------------------------------------------------------------------- */

static bool bad(struct err *err, const char *what, const char *name)
{
    return err_set(err, ERR_CONFIG, "BadFault", "%s \"%s\"", what, name);
}

static bool key_allowed(const struct op *op, const char *key)
{
    if (strcmp(key, "op") == 0 || strcmp(key, "after") == 0 || strcmp(key, "times") == 0)
        return true;
    for (size_t i = 0; i < COUNT(op->keys) && op->keys[i]; i++)
        if (strcmp(op->keys[i] + (op->keys[i][0] == '!'), key) == 0)
            return true;
    return op == &op_answer && reply_key(key);
}

static bool type_fits(const char *key, struct json_object *value)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (strcmp(types[i].name, key) == 0)
            return json_object_is_type(value, types[i].type);
    return true;
}

static bool check_keys(const struct op *op, struct json_object *rule, struct err *err)
{
    json_object_object_foreach(rule, key, value)
    {
        if (!key_allowed(op, key))
            return bad(err, "a fault of this kind has no key", key);
        if (!type_fits(key, value))
            return bad(err, "of the wrong type is the fault's", key);
    }
    for (size_t i = 0; i < COUNT(op->keys) && op->keys[i]; i++)
        if (op->keys[i][0] == '!' && !json_object_object_get_ex(rule, op->keys[i] + 1, NULL))
            return bad(err, "the fault lacks its", op->keys[i] + 1);
    return true;
}

static bool compile(struct json_object *rule, const char *key, int flags, regex_t *regex, bool *has,
                    struct err *err)
{
    const char *text = js_string(rule, key, NULL);
    if (!text)
        return true;
    if (regcomp(regex, text, REG_EXTENDED | REG_NOSUB | flags) != 0)
        return bad(err, "not a regular expression (POSIX extended) is", text);
    *has = true;
    return true;
}

/* A fault of its own from its JSON; NULL with *err filled if it is none. */
static struct fault *fault_new(const struct op *op, struct json_object *rule, struct err *err)
{
    struct fault *fault = mem_new(1, sizeof *fault);
    int64_t times = js_int(rule, "times", op->once ? 1 : 0);
    fault->op = op;
    fault->rule = js_copy(rule);
    fault->skip = js_int(rule, "after", 0);
    fault->left = times > 0 ? times : INT64_MAX;
    fault->unless = js_find(rule, "unless") != NULL;
    if (compile(rule, "match", REG_ICASE, &fault->match, &fault->has_match, err) &&
        compile(rule, fault->unless ? "unless" : "if", 0, &fault->content, &fault->has_content,
                err))
        return fault;
    fault_free(fault);
    return NULL;
}

/* *made stays NULL for a rule that asks for nothing of azsim. */
static bool parse(struct json_object *rule, struct fault **made, struct err *err)
{
    if (!json_object_is_type(rule, json_type_object))
        return bad(err, "a fault is an object, not", json_object_to_json_string(rule));
    const char *name = js_string(rule, "op", "");
    if (strcmp(name, "variant") == 0) /* for the test harness: run again with this instead */
        return true;

    const struct op *op = op_find(name);
    if (!op)
        return bad(err, "there is no fault with the op", name);
    if (!check_keys(op, rule, err) || (op == &op_answer && !reply_check(rule, err)))
        return false;
    *made = fault_new(op, rule, err);
    return *made != NULL;
}

bool faults_add(struct faults *faults, struct json_object *array, struct err *err)
{
    if (!json_object_is_type(array, json_type_array))
        return bad(err, "faults are an array, not", json_object_to_json_string(array));

    struct fault *list = NULL, **end = &list;
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct err why;
        if (!parse(json_object_array_get_idx(array, i), end, &why)) {
            list_free(list);
            return err_set(err, ERR_CONFIG, why.code, "fault %zu: %s", i, why.message);
        }
        if (*end)
            end = &(*end)->next;
    }

    struct fault **last = &faults->list;
    while (*last)
        last = &(*last)->next;
    *last = list;
    return true;
}

void faults_clear(struct faults *faults)
{
    for (struct fault *fault = faults->list; fault; fault = fault->next)
        fault->cleared = true;
}

struct json_object *faults_list(const struct faults *faults)
{
    struct json_object *list = json_object_new_array();
    for (const struct fault *fault = faults->list; fault; fault = fault->next) {
        if (fault->cleared)
            continue;
        struct json_object *entry = json_object_new_object();
        js_put(entry, "fault", js_copy(fault->rule));
        js_put(entry, "fired", json_object_new_int64(fault->fired));
        js_put(entry, "left", fault->left == INT64_MAX ? NULL : json_object_new_int64(fault->left));
        json_object_array_add(list, entry);
    }
    return list;
}

/* ---- taking part ---------------------------------------------------------------------------- */

static bool content_fits(const struct fault *fault, const struct exchange *x)
{
    if (!fault->has_content)
        return true;
    return (regexec(&fault->content, x->request.body_text, 0, NULL, 0) == 0) != fault->unless;
}

/* Everything that the fault names must fit: the request line, the resource, the body. */
static bool fits(const struct fault *fault, const struct exchange *x)
{
    const char *resource = js_string(fault->rule, "resource", NULL);
    const char *parent = js_string(fault->rule, "parent", NULL);
    AUTO(text) char *line = mem_format("%s %s", x->method, x->public_url);

    if (fault->cleared || fault->left == 0 || (fault->op->writes_only && !exchange_is_write(x)))
        return false;
    if (fault->has_match && regexec(&fault->match, line, 0, NULL, 0) != 0)
        return false;
    if ((resource || parent) && exchange_to_vault(x))
        return false;
    if (resource && !fault->has_match && !armid_same(x->path, resource))
        return false;
    return (!parent || armid_within(x->path, parent)) && content_fits(fault, x);
}

static bool is_answered_by_fault(const struct exchange *x)
{
    for (size_t i = 0; i < x->n_faults; i++)
        if (x->faults[i]->op == &op_answer)
            return true;
    return false;
}

void faults_begin(struct faults *faults, struct exchange *x)
{
    for (struct fault *fault = faults->list; fault; fault = fault->next) {
        if (x->answered || x->n_faults == EXCHANGE_FAULTS_MAX)
            return;
        if (!fits(fault, x) || (fault->op == &op_answer && is_answered_by_fault(x)))
            continue;
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        if (!fault->op->by_itself)
            fault_fires(fault);
        x->faults[x->n_faults++] = fault;
        if (fault->op->before)
            fault->op->before(x, fault, &x->notes[x->n_faults - 1]);
    }
}

void fault_fires(struct fault *fault)
{
    fault->fired++;
    if (fault->left != INT64_MAX)
        fault->left--;
}

void faults_serve(struct faults *faults, struct exchange *x)
{
    bool takes_effect = !x->answered;
    for (size_t i = 0; i < x->n_faults; i++)
        if (x->faults[i]->op == &op_answer && !reply_takes_effect(x->faults[i]))
            takes_effect = false;
    if (takes_effect)
        sim_serve(faults->sim, &x->request, &x->response);
    for (size_t i = 0; i < x->n_faults; i++)
        if (x->faults[i]->op->after)
            x->faults[i]->op->after(x, x->faults[i], x->notes[i]);
}

void faults_end(struct faults *faults, struct exchange *x)
{
    for (struct fault *fault = faults->list; fault; fault = fault->next)
        if (fault->holder == x)
            fault->holder = NULL;
}
