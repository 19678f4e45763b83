#include "report/words.h"

#include "types/registry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PROVIDERS "/providers/"

static bool is_scalar(struct json_object *value)
{
    return !json_object_is_type(value, json_type_object) &&
           !json_object_is_type(value, json_type_array);
}

static void append(char **text, const char *separator, char *more)
{
    AUTO(text) char *before = *text;
    AUTO(text) char *after = more;
    *text = mem_format("%s%s%s", before ? before : "", before ? separator : "", after);
}

/* What stands for an element of a list: itself, or the only member of a rule, {"value": "..."} or
 * {"id": "..."}. NULL: nothing so short. */
static struct json_object *short_form(struct json_object *element)
{
    struct json_object *value = NULL;
    if (is_scalar(element))
        return element;
    if (!json_object_is_type(element, json_type_object) || json_object_object_length(element) != 1)
        return NULL;
    if (!json_object_object_get_ex(element, "value", &value))
        json_object_object_get_ex(element, "id", &value);
    return value && is_scalar(value) ? value : NULL;
}

/* NULL: some element has no short form, or there is none. */
static char *list_words(struct json_object *list, size_t max)
{
    char *words = NULL;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *element = short_form(json_object_array_get_idx(list, i));
        if (!element) {
            free(words);
            return NULL;
        }
        append(&words, ", ", js_words(element, max));
        if (strlen(words) > max)
            return words; /* the rest would be cut away */
    }
    return words;
}

/* NULL: it is not flat, or empty. */
static char *object_words(struct json_object *object, size_t max)
{
    char *words = NULL;
    json_object_object_foreach(object, name, member)
    {
        if (!is_scalar(member)) {
            free(words);
            return NULL;
        }
        AUTO(text) char *value = js_words(member, max);
        append(&words, ", ", mem_format("%s %s", name, value));
    }
    return words;
}

char *words_of(struct json_object *value, size_t max)
{
    AUTO(text) char *words = NULL;
    if (json_object_is_type(value, json_type_array))
        words = list_words(value, max);
    else if (json_object_is_type(value, json_type_object))
        words = object_words(value, max);
    if (!words)
        return js_words(value, max);
    AUTO(json) struct json_object *text = json_object_new_string(words);
    return js_words(text, max);
}

/* "Microsoft.KeyVault/vaults/keys" of a key's id; the caller frees. */
static char *type_of(const char *resource_id)
{
    AUTO(text) char *copy = mem_text(resource_id);
    char *rest = copy;
    for (char *next = rest; (next = strcasestr(next, PROVIDERS));)
        rest = next += strlen(PROVIDERS);
    char *type = mem_text(strsep(&rest, "/"));
    for (char *part = strsep(&rest, "/"); part; part = strsep(&rest, "/")) {
        append(&type, "/", mem_text(part));
        strsep(&rest, "/"); /* its name */
    }
    return type;
}

const char *words_kind(const char *resource_id)
{
    AUTO(text) char *type = type_of(resource_id);
    for (size_t i = 0; registry[i]; i++)
        if (strcasecmp(registry[i]->arm_type, type) == 0)
            return registry[i]->word;
    return "resource";
}

char *words_node(const struct node *node)
{
    if (node->parent)
        return mem_format("%s %s of %s", node->type->word, node->name, node_label(node->parent));
    const struct node *above = node->cmk ? node->cmk : node->vault;
    return *node->name || !above ? mem_text(node_label(node))
                                 : mem_format("%s on %s", node->type->word, node_label(above));
}
