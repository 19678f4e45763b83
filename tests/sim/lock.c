/* lock.c: management locks. They hold for the scope they hang on and for all below it, extension
 * resources included (SEMANTICS 2); the vaults' data plane never asks them. Locks themselves are
 * not locked, or nobody could take one away.
 * OBSERVED 4, traffic/authz-locks, traffic/issue-quoted-errors (ScopeLocked). */
#include "lock.h"

#include "base/armid.h"
#include "child.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.Authorization/locks"

/* The scope that a lock hangs on, out of the lock's id; the caller frees. */
static char *scope_of(const struct resource *lock)
{
    const char *last = strcasestr(lock->id, "/providers/" TYPE "/");
    return last ? mem_text_n(lock->id, (size_t)(last - lock->id)) : mem_text(lock->id);
}

/* ---- what they forbid ------------------------------------------------------------------------ */

/* A GET never writes, nor do these POSTs. */
static const char *const harmless[] = {"/checkNameAvailability"};

enum effect { EFFECT_NONE, EFFECT_WRITE, EFFECT_DELETE };

static enum effect effect_of(const struct call *call)
{
    size_t length = strlen(call->id);
    if (call_is_read(call) || strstr(call->route->pattern, "/providers/" TYPE))
        return EFFECT_NONE;
    if (call_is(call, "DELETE"))
        return EFFECT_DELETE;
    for (size_t i = 0; i < COUNT(harmless); i++) {
        size_t tail = strlen(harmless[i]);
        if (length > tail && strcasecmp(call->id + length - tail, harmless[i]) == 0)
            return EFFECT_NONE;
    }
    return EFFECT_WRITE;
}

/* CanNotDelete and ReadOnly both forbid deleting; a deletion would take what is below along, so
 * locks there forbid it too. */
static bool forbids(const struct resource *lock, const char *scope, const char *id,
                    enum effect effect)
{
    if (effect == EFFECT_DELETE)
        return armid_within(id, scope) || armid_within(scope, id);
    return strcasecmp(js_string(lock->body, "properties.level", ""), "ReadOnly") == 0 &&
           armid_within(id, scope);
}

/* Adds a scope to the list in the message. That several are told apart by commas is a belief. */
static char *add_scope(char *scopes, const char *scope)
{
    char *longer = mem_format("%s%s%s", scopes ? scopes : "", scopes ? "," : "", scope);
    free(scopes);
    return longer;
}

bool lock_allows(struct call *call)
{
    AUTO(text) char *scopes = NULL;
    enum effect effect = effect_of(call);
    if (effect == EFFECT_NONE)
        return true;
    for (struct lh_entry *at = lh_table_head(call->sim->locks); at; at = lh_entry_next(at)) {
        const struct resource *lock = lh_entry_v(at);
        AUTO(text) char *scope = scope_of(lock);
        if (forbids(lock, scope, call->id, effect))
            scopes = add_scope(scopes, scope);
    }
    return !scopes ||
           call_fail_gateway(call, 409, "ScopeLocked",
                             "The scope '%s' cannot perform %s operation because following "
                             "scope(s) are locked: '%s'. Please remove the lock and try again.",
                             call->id, effect == EFFECT_DELETE ? "delete" : "write", scopes);
}

/* ---- the locks themselves -------------------------------------------------------------------- */

/* The code of this 404 is a belief. */
static struct resource *find(struct call *call)
{
    struct resource *lock = table_find(call->sim->locks, call->id);
    if (!lock)
        call_fail(call, 404, "LockNotFound", "The lock '%s' could not be found.", call->args[0]);
    return lock;
}

void lock_get(struct call *call)
{
    struct resource *lock = find(call);
    if (lock)
        call_show(call, 200, lock->body);
}

/* The levels are those of the official schema; how another is refused is a belief. */
static bool level_valid(struct call *call, const char *level)
{
    static const char *const levels[] = {"CanNotDelete", "ReadOnly", "NotSpecified"};
    for (size_t i = 0; i < COUNT(levels); i++)
        if (strcasecmp(levels[i], level) == 0)
            return true;
    return call_fail(call, 400, "InvalidRequestContent",
                     "The request content was invalid: the level '%s' of a lock is one of "
                     "'CanNotDelete', 'ReadOnly' and 'NotSpecified'.",
                     level);
}

void lock_put(struct call *call)
{
    struct json_object *sent = child_scope(call) ? call_object(call) : NULL;
    const char *level = js_string(sent, "properties.level", "");
    const char *notes = js_string(sent, "properties.notes", NULL);
    if (!sent || !level_valid(call, level))
        return;

    struct json_object *body = json_object_new_object();
    js_put(body, "properties.level", json_object_new_string(level));
    if (notes)
        js_put(body, "properties.notes", json_object_new_string(notes));
    if (js_array(sent, "properties.owners"))
        js_put(body, "properties.owners", js_copy(js_array(sent, "properties.owners")));
    js_put(body, "id", json_object_new_string(call->id));
    js_put(body, "type", json_object_new_string(TYPE));
    js_put(body, "name", json_object_new_string(call->args[0]));

    bool is_new = !table_find(call->sim->locks, call->id);
    table_put(call->sim->locks, call->id, resource_new(call->id, body));
    call_show(call, is_new ? 201 : 200, body);
}

void lock_delete(struct call *call)
{
    bool there = table_find(call->sim->locks, call->id) != NULL;
    table_remove(call->sim->locks, call->id);
    call_answer(call, there ? 200 : 204, NULL);
}

/* A list has the inherited ones too, told apart by their ids. That it has those below the scope
 * as well, unless the filter is atScope(), is what the REST reference says of groups. */
void locks_list(struct call *call)
{
    AUTO(text) char *filter = call_query(call, "$filter");
    bool at_scope = filter && strcasestr(filter, "atScope()");
    if (!child_scope(call))
        return;
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    json_object_object_add(body, "value", value);
    for (struct lh_entry *at = lh_table_head(call->sim->locks); at; at = lh_entry_next(at)) {
        const struct resource *lock = lh_entry_v(at);
        AUTO(text) char *scope = scope_of(lock);
        if (armid_within(call->scope, scope) || (!at_scope && armid_within(scope, call->scope)))
            json_object_array_add(value, json_object_get(lock->body));
    }
    call_answer(call, 200, body);
}
