/* cmkctl_key.c: the life of keys at a glance, as the daemon knows it.
 *
 *     key openai-cmk in kv-openai-prod, of prod, test: enforce, seen 8 s ago
 *
 *       VERSION  CREATED               AGE    STATE    EXPIRES               USED BY
 *       bbbb...  2026-10-30T00:00:00Z  30 d   enabled  2027-10-30T00:00:00Z  oai-prod (prod)
 *       aaaa...  2026-08-01T00:00:00Z  120 d  enabled  never                 oai-test (test)
 *
 *       rotation:   2027-01-28T00:00:00Z, in 60 d, by every P90D
 *       retirement: 2026-12-29T00:00:00Z, in 30 d, by retireAfter P60D: aaaa...
 *         waiting: until every account that uses the key names its newest version (oai-test)
 */
#include "cmkctl.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "base/js.h"
#include "report/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

static struct json_object *at(struct json_object *list, size_t index)
{
    return json_object_array_get_idx(list, index);
}

static size_t count_of(struct json_object *list)
{
    return list ? json_object_array_length(list) : 0;
}

/* The texts of an array, with a comma between them. The caller frees. */
static char *joined(struct json_object *list)
{
    char *text = mem_text("");
    for (size_t i = 0; i < count_of(list); i++) {
        AUTO(text) char *before = text;
        text = mem_format("%s%s%s", before, i ? ", " : "", json_object_get_string(at(list, i)));
    }
    return text;
}

/* How long ago, or how long until then; "" for no time. The caller frees. */
static char *distance(const char *time, int64_t now_s)
{
    int64_t time_s;
    if (!iso8601_parse_time(time, &time_s))
        return mem_text("");
    return ctl_span(time_s < now_s ? now_s - time_s : time_s - now_s);
}

/* ---- who uses it ---------------------------------------------------------------------------- */

/* "oai-prod (prod)", "oai-other (not declared)". The caller frees. */
static char *user_words(struct json_object *user)
{
    struct json_object *stacks = js_array(user, "stacks");
    const char *name = armid_name(js_string(user, "account", ""));
    AUTO(text) char *names = joined(stacks);
    bool is_declared = js_bool(user, "declared", false);
    return mem_format("%s (%s%s%s)", name, names, !is_declared && count_of(stacks) ? "; " : "",
                      is_declared        ? ""
                      : count_of(stacks) ? "declared with another key"
                                         : "not declared");
}

static char *users_of(struct json_object *key, const char *use, const char *version)
{
    struct json_object *users = js_array(key, "accounts");
    char *text = mem_text("");
    for (size_t i = 0; i < count_of(users); i++) {
        struct json_object *user = at(users, i);
        if (strcmp(js_string(user, "use", ""), use) != 0 ||
            (version && strcasecmp(js_string(user, "version", ""), version) != 0))
            continue;
        AUTO(text) char *before = text;
        AUTO(text) char *words = user_words(user);
        text = mem_format("%s%s%s", before, *before ? ", " : "", words);
    }
    return text;
}

static bool is_listed(struct json_object *key, const char *version)
{
    struct json_object *versions = js_array(key, "versions");
    for (size_t i = 0; i < count_of(versions); i++)
        if (strcasecmp(js_string(at(versions, i), "version", ""), version) == 0)
            return true;
    return false;
}

/* Those that name a version which the key does not show. */
static void print_lost(FILE *out, struct json_object *key)
{
    struct json_object *users = js_array(key, "accounts");
    for (size_t i = 0; i < count_of(users); i++) {
        const char *version = js_string(at(users, i), "version", NULL);
        if (!version || is_listed(key, version))
            continue;
        AUTO(text) char *words = user_words(at(users, i));
        escape_print(out, "  names a version that is not among them, ", version, ": ");
        escape_print(out, "", words, "\n");
    }
}

static void print_users(FILE *out, struct json_object *key)
{
    static const struct {
        const char *use, *words;
    } rows[] = {
        {"versionless", "  without a version: "},
        {"none", "  declared with it, and not encrypted under it: "},
        {"unseen", "  declared with it, and CANNOT be seen: "},
    };
    print_lost(out, key);
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO(text) char *users = users_of(key, rows[i].use, NULL);
        if (*users)
            escape_print(out, rows[i].words, users, "\n");
    }
}

/* ---- versions ------------------------------------------------------------------------------- */

static void print_version(FILE *out, struct json_object *key, struct json_object *version,
                          int64_t now_s)
{
    const char *created = js_string(version, "created", "");
    const char *state = js_string(version, "state", "");
    AUTO(text) char *id = escape_line(js_string(version, "version", ""), 0);
    AUTO(text) char *age = distance(created, now_s);
    AUTO(text) char *users = users_of(key, "version", js_string(version, "version", ""));
    fprintf(out, "  %-32s  %-20s  %-7s  %-9s  %-20s  ", id, created, age,
            strcmp(state, "notYetValid") == 0 ? "not yet" : state,
            js_string(version, "expires", "never"));
    escape_print(out, "", *users ? users : "-", "\n");
}

static void print_versions(FILE *out, struct json_object *key, int64_t now_s)
{
    struct json_object *versions = js_array(key, "versions");
    if (!count_of(versions))
        return;
    fprintf(out, "\n  %-32s  %-20s  %-7s  %-9s  %-20s  USED BY\n", "VERSION", "CREATED", "AGE",
            "STATE", "EXPIRES");
    for (size_t i = 0; i < count_of(versions); i++)
        print_version(out, key, at(versions, i), now_s);
}

/* ---- what comes next ------------------------------------------------------------------------ */

static void print_obstacle(FILE *out, struct json_object *obstacle)
{
    const char *account = js_string(obstacle, "account", NULL);
    escape_print(out, "    ", js_string(obstacle, "outcome", ""), ": ");
    escape_print(out, "", js_string(obstacle, "reason", ""), account ? " (" : "\n");
    if (account)
        escape_print(out, "", armid_name(account), ")\n");
}

static void print_time(FILE *out, struct json_object *step, int64_t now_s)
{
    struct json_object *versions = js_array(step, "versions");
    const char *time = js_string(step, "at", ""), *rule = js_string(step, "rule", "");
    bool is_due = js_bool(step, "due", false), expires = strcmp(rule, "expiry") == 0;
    AUTO(text) char *span = distance(time, now_s);
    AUTO(text) char *ids = joined(versions);
    fprintf(out, is_due ? "DUE since %s, %s ago" : "%s, in %s", time, span);
    escape_print(out, ", by ", expires ? "every" : rule, " ");
    escape_print(out, "", js_string(step, "period", ""), expires ? ": it expires then" : "");
    escape_print(out, *ids ? ": " : "", ids, "\n");
}

static void print_step(FILE *out, const char *name, struct json_object *step, int64_t now_s)
{
    struct json_object *obstacles = js_array(step, "obstacles");
    const char *never = js_string(step, "never", NULL);
    fprintf(out, "  %-11s ", name);
    if (never)
        escape_print(out, "none: ", never, "\n");
    else
        print_time(out, step, now_s);
    for (size_t i = 0; i < count_of(obstacles); i++)
        print_obstacle(out, at(obstacles, i));
    if (js_bool(step, "due", false) && !count_of(obstacles))
        fprintf(out, "    nothing is in the way: the next pass does it\n");
}

/* ---- a key ---------------------------------------------------------------------------------- */

static void print_sight(FILE *out, struct json_object *key, int64_t now_s)
{
    static const struct {
        const char *sight, *words;
    } rows[] = {
        {"unseen", "not looked at yet"},
        {"absent", "NOT THERE"},
        {"deleted", "DELETED"},
        {"forbidden", "CANNOT be seen (forbidden)"},
        {"unreachable", "CANNOT be seen"},
        {"unsettled", "busy"},
    };
    const char *sight = js_string(key, "sight", ""), *seen = js_string(key, "seen", NULL);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(sight, rows[i].sight) == 0)
            fputs(rows[i].words, out);
    if (seen) {
        AUTO(text) char *span = distance(seen, now_s);
        fprintf(out, "%sseen %s ago", strcmp(sight, "present") == 0 ? "" : ", ", span);
    }
    fputs("\n", out);
}

static void print_order(FILE *out, struct json_object *order)
{
    if (!order)
        return;
    struct json_object *versions = js_array(order, "versions");
    AUTO(text) char *text = ctl_show_order(order, "");
    AUTO(text) char *ids = joined(versions);
    fprintf(out, "  %s", text);
    escape_print(out, "  restore enables: ",
                 !versions ? "nobody has looked yet which versions were enabled"
                 : *ids    ? ids
                           : "none: none was enabled",
                 "\n");
}

static void print_key(FILE *out, struct json_object *key, int64_t now_s)
{
    const char *id = js_string(key, "key", "");
    AUTO(text) char *vault = armid_parent(id);
    AUTO(text) char *stacks = joined(js_array(key, "stacks"));
    const char *incident = js_string(key, "incident", NULL);
    const char *unreached = js_string(key, "unreached", NULL);
    escape_print(out, "key ", armid_name(id), " in ");
    escape_print(out, "", vault ? armid_name(vault) : "", ", of ");
    escape_print(out, "", stacks, ": ");
    escape_print(out, "", js_string(key, "mode", ""), ", ");
    print_sight(out, key, now_s);
    print_order(out, js_object(key, "order"));
    if (incident)
        escape_print(out, "  INCIDENT? ", incident, "\n");
    if (unreached)
        escape_print(out, "  rotate and revoke are NOT possible: ", unreached, "\n");
    print_versions(out, key, now_s);
    print_users(out, key);
    fputs("\n", out);
    print_step(out, "rotation:", js_object(key, "rotation"), now_s);
    print_step(out, "retirement:", js_object(key, "retirement"), now_s);
}

char *ctl_show_keys(struct json_object *reply, int64_t now_s)
{
    struct json_object *keys = js_array(reply, "keys");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort(); /* out of memory */
    for (size_t i = 0; i < count_of(keys); i++) {
        fputs(i ? "\n" : "", out);
        print_key(out, at(keys, i), now_s);
    }
    if (fclose(out) != 0)
        abort(); /* out of memory */
    return text;
}

int ctl_key(const struct ctl_options *options)
{
    int status = EX_OK;
    AUTO(json) struct json_object *parameters = ctl_stacks(options);
    AUTO(json) struct json_object *reply = ctl_call("Key", parameters, &status);
    if (!reply)
        return status;
    if (options->json)
        return ctl_print_json(reply);
    AUTO(text) char *text = ctl_show_keys(reply, (int64_t)time(NULL));
    return ctl_print(text);
}
