/* kind.c: accounts are of a kind, and Microsoft documents customer-managed keys for OpenAI and for
 * AIServices on different pages, which differ. What the page of a kind does not have may work all
 * the same: it is held, and the operator is told.
 * https://learn.microsoft.com/azure/ai-services/openai/encrypt-data-at-rest
 * https://learn.microsoft.com/azure/ai-foundry/concepts/encryption-keys-portal */
#include "model/stack.h"

#include "base/js.h"

#include <stdlib.h>
#include <strings.h>

#define DOCUMENTED_BITS 2048

static bool is_text(struct json_object *value)
{
    return *js_string(value, "", "") != '\0';
}

static bool is_empty(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) && !is_text(value);
}

static bool is_long(struct json_object *value)
{
    return js_int(value, "", 0) > DOCUMENTED_BITS;
}

/* What is documented for AIServices alone. */
static const struct undocumented {
    bool of_key; /* else of the account */
    const char *path;
    bool (*is)(struct json_object *value);
    const char *what;
} rows[] = {
    {false, "properties.encryption.keyVaultProperties.identityClientId", is_text,
     "a user-assigned identity for the key"},
    {false, "properties.encryption.keyVaultProperties.keyVersion", is_empty,
     "a link without a version"},
    {true, "properties.keySize", is_long, "a key of more than 2048 bits"},
};

/* At what stands below place on the path, or at the deepest above it that is there. */
static void warn_at(struct faults *faults, const struct place *place, const char *path,
                    const char *text)
{
    char step[JS_SEGMENT_MAX];
    if (!js_step(&path, step)) {
        fault_warn(faults, place, "%s", text);
        return;
    }
    const struct place below = place_key(place, step);
    warn_at(faults, &below, path, text);
}

static void check_row(struct reading *reading, const struct undocumented *row)
{
    const struct node *node = row->of_key ? reading->key_node : reading->account_node;
    const struct place *place = row->of_key ? &reading->key.place : &reading->account.place;
    const struct want *want = node ? node_want(node, row->path) : NULL;
    if (!want || !row->is(want->value))
        return;
    bool is_assumed = !node_want(reading->account_node, "kind");
    AUTO(text)
    char *text =
        mem_format("%s is documented for accounts of kind AIServices, and not for OpenAI: "
                   "held all the same; Azure may refuse it%s",
                   row->what, is_assumed ? ". If the account is one, declare its \"kind\"" : "");
    warn_at(&reading->loader->faults, place, row->path, text);
}

void kind_check(struct reading *reading)
{
    const struct node *account = reading->account_node;
    const struct want *want = account ? node_want(account, "kind") : NULL;
    AUTO(json) struct json_object *made = account && !want ? node_create(account) : NULL;
    const char *kind = js_string(want ? want->value : made, want ? "" : "kind", "");
    bool is_openai = strcasecmp(kind, "OpenAI") == 0;
    if (!account || strcasecmp(kind, "AIServices") == 0)
        return;
    for (size_t i = 0; is_openai && i < COUNT(rows); i++)
        check_row(reading, &rows[i]);
    if (is_openai)
        return;
    AUTO(text)
    char *text = mem_format("customer-managed keys are documented for the kinds OpenAI and "
                            "AIServices: what Azure does with \"%s\" is not known, held all the "
                            "same",
                            kind);
    warn_at(&reading->loader->faults, &reading->account.place, "kind", text);
}
