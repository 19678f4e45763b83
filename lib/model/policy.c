/* policy.c: what Azure refuses of a rotation policy that is declared under a key.
 * https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation */
#include "model/loader.h"

#include "base/iso8601.h"
#include "base/js.h"
#include "model/lifetime.h"

#include <string.h>
#include <strings.h>

#define ACTIONS "properties.rotationPolicy.lifetimeActions"
#define EXPIRY "properties.rotationPolicy.attributes.expiryTime"
#define WEEK_S (7 * 86400)
#define SHAPE                                                                                      \
    "expected such as {\"trigger\": {\"timeAfterCreate\": \"P90D\"}, \"action\": {\"type\": "      \
    "\"rotate\"}} or {\"trigger\": {\"timeBeforeExpiry\": \"P30D\"}, \"action\": {\"type\": "      \
    "\"notify\"}}"

static bool check_duration(struct faults *faults, const struct place *place, const char *text,
                           const char *minimum, const char *why)
{
    struct duration duration, least;
    if (!iso8601_parse_duration(text, &duration))
        return fault(faults, place,
                     "\"%s\" is not a duration, expected ISO 8601 such as \"P90D\" or \"P1Y\"",
                     text);
    if (iso8601_parse_duration(minimum, &least) &&
        iso8601_nominal_s(duration) < iso8601_nominal_s(least))
        return fault(faults, place, "%s is too short, expected at least %s: %s", text, minimum,
                     why);
    return true;
}

/* ---- one action ---------------------------------------------------------------------------- */

static bool check_trigger(struct faults *faults, const struct place *place,
                          struct json_object *action, bool is_notice)
{
    const char *after = js_string(action, "trigger.timeAfterCreate", NULL);
    const char *before = js_string(action, "trigger.timeBeforeExpiry", NULL);
    if (!after == !before)
        return fault(faults, place, "has %s trigger, " SHAPE, after ? "more than one" : "no");
    if (is_notice && after)
        return fault(faults, place, "a notice counts from the expiry, expected timeBeforeExpiry");
    return check_duration(faults, place, after ? after : before, is_notice ? "P1D" : "P7D",
                          is_notice ? "a notice comes before the expiry"
                                    : "a vault rotates no sooner than a week after the creation "
                                      "of a version, and no later than a week before its expiry");
}

static bool check_action(struct faults *faults, const struct place *place,
                         struct json_object *actions, size_t index)
{
    struct json_object *action = json_object_array_get_idx(actions, index);
    const char *type = js_string(action, "action.type", "");
    bool is_notice = strcasecmp(type, "notify") == 0;
    if (!is_notice && strcasecmp(type, "rotate") != 0)
        return fault(faults, place, "is not an action of a rotation policy, " SHAPE);
    if (lifetime_find(actions, type) != action)
        return fault(faults, place, "is a second %s, expected one action of each type", type);
    return check_trigger(faults, place, action, is_notice);
}

static bool check_actions(struct faults *faults, const struct place *place,
                          struct json_object *actions)
{
    bool good = true;
    for (size_t i = 0; i < json_object_array_length(actions); i++) {
        const struct place at = place_index(place, i);
        good = check_action(faults, &at, actions, i) && good;
    }
    return good;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static struct json_object *declared(const struct body *body, const char *path)
{
    for (size_t i = 0; i < body->count; i++)
        if (strcasecmp(body->wants[i].path, path) == 0)
            return body->wants[i].value;
    return NULL;
}

/* Reported where the latter of the two stands. */
static bool check_fit(struct faults *faults, const struct place *place, struct json_object *actions,
                      struct json_object *expiry)
{
    struct json_object *rotation = lifetime_find(actions, "rotate");
    const char *after = js_string(rotation, "trigger.timeAfterCreate", NULL);
    const char *wait = js_string(rotation, "trigger.timeBeforeExpiry", after);
    struct duration life, until;
    if (!wait || !iso8601_parse_duration(js_string(expiry, "", ""), &life) ||
        !iso8601_parse_duration(wait, &until) ||
        iso8601_nominal_s(until) + WEEK_S <= iso8601_nominal_s(life))
        return true;
    return fault(faults, place,
                 "a version that lives %s is not rotated %s %s: expected a week at least between "
                 "its rotation and its %s",
                 js_string(expiry, "", ""), wait,
                 after ? "after its creation" : "before its expiry", after ? "expiry" : "creation");
}

bool policy_check(const struct body *body, const struct place *place, const char *path,
                  struct json_object *value)
{
    struct faults *faults = &body->loader->faults;
    if (strcasecmp(path, ACTIONS) == 0)
        return check_actions(faults, place, value) &&
               check_fit(faults, place, value, declared(body, EXPIRY));
    if (strcasecmp(path, EXPIRY) == 0)
        return check_duration(faults, place, js_string(value, "", ""), "P28D",
                              "a vault takes no shorter life of its versions") &&
               check_fit(faults, place, declared(body, ACTIONS), value);
    return true;
}
