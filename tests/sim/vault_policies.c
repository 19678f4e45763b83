/* vault_policies.c: accessPolicies/{add,replace,remove}. Recorded: add joins permissions and
 * answers with the whole list under an id with a slash at its end. That replace swaps the entries
 * it names and remove subtracts is SEMANTICS' reading; neither was recorded. */
#include "vault.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const kinds[] = {"keys", "secrets", "certificates", "storage"};

/* tenant, object and application together are an entry's identity. */
static bool same_holder(struct json_object *a, struct json_object *b)
{
    static const char *const names[] = {"tenantId", "objectId", "applicationId"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcasecmp(js_string(a, names[i], ""), js_string(b, names[i], "")) != 0)
            return false;
    return true;
}

/* Two permissions are the same in any case; what is no text is no permission. */
static const char *text_of(struct json_object *word)
{
    const char *text = json_object_get_string(word);
    return text ? text : "";
}

static bool has(struct json_object *words, const char *word)
{
    for (size_t i = 0; words && i < json_object_array_length(words); i++)
        if (strcasecmp(text_of(json_object_array_get_idx(words, i)), word) == 0)
            return true;
    return false;
}

/* a without b, or (join) with what b has more; for the caller. */
static struct json_object *combine(struct json_object *a, struct json_object *b, bool join)
{
    struct json_object *result = json_object_new_array();
    for (size_t i = 0; a && i < json_object_array_length(a); i++) {
        struct json_object *word = json_object_array_get_idx(a, i);
        if (join || !has(b, text_of(word)))
            json_object_array_add(result, json_object_get(word));
    }
    for (size_t i = 0; join && b && i < json_object_array_length(b); i++) {
        struct json_object *word = json_object_array_get_idx(b, i);
        if (!has(a, text_of(word)))
            json_object_array_add(result, json_object_get(word));
    }
    return result;
}

/* The entry after the operation, or NULL if nothing of it is left; for the caller. */
static struct json_object *changed(struct json_object *entry, struct json_object *sent,
                                   const char *word)
{
    if (strcasecmp(word, "replace") == 0)
        return js_copy(sent);
    bool join = strcasecmp(word, "add") == 0;
    struct json_object *result = js_copy(entry);
    size_t left = 0;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        AUTO(text) char *path = mem_format("permissions.%s", kinds[i]);
        struct json_object *old = js_array(entry, path), *new = js_array(sent, path);
        struct json_object *words = combine(old, new, join);
        left += json_object_array_length(words);
        if (old || json_object_array_length(words))
            js_put(result, path, words);
        else
            json_object_put(words);
    }
    if (!join && !left) {
        json_object_put(result);
        return NULL;
    }
    return result;
}

static struct json_object *find_entry(struct json_object *entries, struct json_object *holder)
{
    for (size_t i = 0; entries && i < json_object_array_length(entries); i++)
        if (same_holder(json_object_array_get_idx(entries, i), holder))
            return json_object_array_get_idx(entries, i);
    return NULL;
}

static struct json_object *apply(struct json_object *old, struct json_object *sent,
                                 const char *word)
{
    struct json_object *result = json_object_new_array();
    for (size_t i = 0; old && i < json_object_array_length(old); i++) {
        struct json_object *entry = json_object_array_get_idx(old, i);
        struct json_object *other = find_entry(sent, entry);
        struct json_object *kept = other ? changed(entry, other, word) : json_object_get(entry);
        if (kept)
            json_object_array_add(result, kept);
    }
    for (size_t i = 0; strcasecmp(word, "remove") != 0 && i < json_object_array_length(sent); i++) {
        struct json_object *entry = json_object_array_get_idx(sent, i);
        if (!find_entry(old, entry))
            json_object_array_add(result, js_copy(entry));
    }
    return result;
}

/* args: subscription, group, vault, word */
void vault_put_policies(struct call *call)
{
    const char *word = call->args[3], *slash = call->id;
    for (const char *at = call->id; (at = strcasestr(at, "/accessPolicies/")); at++)
        slash = at;
    AUTO(text) char *id = mem_text_n(call->id, (size_t)(slash - call->id));
    struct resource *vault = table_find(call->sim->vaults, id);
    struct json_object *body = call_object(call);
    struct json_object *sent = js_array(body, "properties.accessPolicies");
    if (!body)
        return;
    if (!vault) {
        call_fail_gateway(call, 404, "ParentResourceNotFound",
                          "Failed to perform 'write' on resource(s) of type "
                          "'vaults/accessPolicies', because the parent resource '%s' could not be "
                          "found.",
                          id);
        return;
    }
    if (!sent || (strcasecmp(word, "add") != 0 && strcasecmp(word, "replace") != 0 &&
                  strcasecmp(word, "remove") != 0)) {
        call_fail(call, 400, "BadRequest", "The parameter accessPolicies is not specified.");
        return;
    }
    struct json_object *whole = js_copy(vault->body);
    js_put(whole, "properties.accessPolicies",
           apply(js_array(whole, "properties.accessPolicies"), sent, word));
    resource_set(vault, whole);

    AUTO(text) char *child = mem_format("%s/accessPolicies/", vault->id);
    struct json_object *answer = json_object_new_object();
    js_put(answer, "id", json_object_new_string(child));
    js_put(answer, "type", json_object_new_string("Microsoft.KeyVault/vaults/accessPolicies"));
    js_put(answer, "properties.accessPolicies",
           js_copy(js_array(whole, "properties.accessPolicies")));
    call_answer(call, 200, answer);
}
