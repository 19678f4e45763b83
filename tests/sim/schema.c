/* schema.c: only types are asked for. Enumerations are open in Azure, and what is missing or does
 * not fit together is the providers' to refuse, in words of their own.
 * That a wrong type is a 400 and its code are beliefs, but for Microsoft.Insights, whose errors
 * were recorded without the envelope. */
#include "schema.h"

#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
static const struct provider_schema {
    const char *space;
    const char *code;
    bool is_bare; /* errors have no envelope */
} rows[SCHEMAS] = { /* in the order of schema_text() */
    {"Microsoft.Authorization/locks", "InvalidRequestContent", false},
    {"Microsoft.Authorization/",      "InvalidRequestContent", false},
    {"Microsoft.CognitiveServices/",  "InvalidRequestContent", false},
    {"Microsoft.Insights/",           "BadRequest",            true},
    {"Microsoft.KeyVault/",           "BadRequest",            false},
    {"Microsoft.ManagedIdentity/",    "InvalidRequestContent", false},
};

static const struct {
    const char *name;
    enum json_type type;
} json_types[] = {
    {"string",  json_type_string},
    {"boolean", json_type_boolean},
    {"integer", json_type_int},
    {"array",   json_type_array},
    {"object",  json_type_object},
};
/* clang-format on */

/* ---- finding the definition ------------------------------------------------------------------ */

static struct json_object *schema_of(struct sim *sim, int row)
{
    if (!sim->schemas[row])
        sim->schemas[row] = json_tokener_parse(schema_text(row));
    if (!sim->schemas[row])
        abort(); /* it is built in, and tests read it */
    return sim->schemas[row];
}

/* "vaults/{}/keys/{}" is defined as vaults_keys; the caller frees. */
static char *definition_name(const char *types)
{
    char *name = mem_new(strlen(types) + 1, 1), *end = name;
    for (const char *at = types; *at; at++) {
        size_t length = strcspn(at, "/");
        if (strncmp(at, "{}", 2) != 0) {
            if (end != name)
                *end++ = '_';
            end = mempcpy(end, at, length);
        }
        at += length;
        if (!*at)
            break;
    }
    return name;
}

static struct json_object *find_definition(struct call *call, const struct provider_schema **row)
{
    static const char *const groups[] = {"resourceDefinitions", "extension_resourceDefinitions"};
    const char *provider = strstr(call->route->pattern, "/providers/");
    provider = provider ? provider + strlen("/providers/") : "";
    for (int i = 0; i < SCHEMAS; i++) {
        if (strncmp(provider, rows[i].space, strlen(rows[i].space)) != 0)
            continue;
        AUTO(text) char *name = definition_name(strchr(provider, '/') + 1);
        for (size_t g = 0; g < COUNT(groups); g++) {
            struct json_object *all = js_object(schema_of(call->sim, i), groups[g]);
            struct json_object *definition = all ? js_member(all, name, NULL) : NULL;
            *row = &rows[i];
            if (definition)
                return definition;
        }
    }
    return NULL;
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Where it is, and what was wrong there first. */
struct walk {
    struct json_object *schema; /* borrowed: the whole file */
    char *wrong;                /* owned: the path, or NULL */
    const char *expected;       /* the type there */
};

static bool walk_value(struct walk *walk, struct json_object *node, struct json_object *value,
                       const char *path);

static bool note(struct walk *walk, const char *path, const char *expected)
{
    if (!walk->wrong) {
        walk->wrong = mem_text(path);
        walk->expected = expected;
    }
    return false;
}

/* A template may have an expression in place of any value; a request body may not. */
static struct json_object *resolve(struct walk *walk, struct json_object *node)
{
    static const char local[] = "#/definitions/";
    const char *reference = js_string(node, "$ref", NULL);
    if (!reference)
        return node;
    if (strncmp(reference, local, strlen(local)) != 0)
        return NULL;
    return js_member(js_object(walk->schema, "definitions"), reference + strlen(local), NULL);
}

static bool walk_alternatives(struct walk *walk, struct json_object *alternatives,
                              struct json_object *value, const char *path)
{
    for (size_t i = 0; i < json_object_array_length(alternatives); i++) {
        struct walk trial = {.schema = walk->schema};
        struct json_object *node = resolve(walk, json_object_array_get_idx(alternatives, i));
        bool fits = node && walk_value(&trial, node, value, path);
        if (!fits && trial.wrong && !walk->wrong) {
            walk->wrong = TAKE(trial.wrong);
            walk->expected = trial.expected;
        }
        free(trial.wrong);
        if (fits) {
            free(TAKE(walk->wrong));
            return true;
        }
    }
    return false;
}

static bool walk_members(struct walk *walk, struct json_object *node, struct json_object *value,
                         const char *path)
{
    struct json_object *known = js_object(node, "properties");
    struct json_object *rest = js_object(node, "additionalProperties");
    json_object_object_foreach(value, name, member)
    {
        struct json_object *own = known ? js_member(known, name, NULL) : NULL;
        AUTO(text) char *below = js_join(path, name);
        if ((own || rest) && !walk_value(walk, own ? own : rest, member, below))
            return false;
    }
    return true;
}

static bool walk_items(struct walk *walk, struct json_object *items, struct json_object *value,
                       const char *path)
{
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!walk_value(walk, items, json_object_array_get_idx(value, i), path))
            return false;
    return true;
}

static bool type_fits(const char *type, struct json_object *value)
{
    for (size_t i = 0; i < COUNT(json_types); i++)
        if (strcmp(json_types[i].name, type) == 0)
            return json_object_is_type(value, json_types[i].type);
    return true; /* number, or what the walk does not know */
}

/* null is no value at all. */
static bool walk_value(struct walk *walk, struct json_object *node, struct json_object *value,
                       const char *path)
{
    node = resolve(walk, node);
    if (!node || !value)
        return true;
    const char *type = js_string(node, "type", NULL);
    if (js_array(node, "oneOf"))
        return walk_alternatives(walk, js_array(node, "oneOf"), value, path);
    if (type && !type_fits(type, value))
        return note(walk, path, type);
    if (json_object_is_type(value, json_type_object))
        return walk_members(walk, node, value, path);
    if (json_object_is_type(value, json_type_array) && js_object(node, "items"))
        return walk_items(walk, js_object(node, "items"), value, path);
    return true;
}

/* ---- the answer ------------------------------------------------------------------------------ */

bool schema_allows(struct call *call)
{
    const struct provider_schema *row = NULL;
    struct json_object *sent = call->request->body;
    if ((!call_is(call, "PUT") && !call_is(call, "PATCH")) ||
        !json_object_is_type(sent, json_type_object))
        return true;
    struct json_object *definition = find_definition(call, &row);
    if (!definition)
        return true;
    struct walk walk = {.schema = call->sim->schemas[row - rows]};
    bool fits = walk_value(&walk, definition, sent, "");
    if (!fits) {
        static const char text[] = "The request content was invalid and could not be "
                                   "deserialized: 'Error converting the value of '%s' to type "
                                   "'%s'.'.";
        const char *expected = walk.expected ? walk.expected : "", *wrong = walk.wrong;
        if (row->is_bare)
            call_fail_bare(call, 400, row->code, text, wrong ? wrong : "", expected);
        else
            call_fail(call, 400, row->code, text, wrong ? wrong : "", expected);
    }
    free(walk.wrong);
    return fits;
}
