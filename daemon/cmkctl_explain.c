/* cmkctl_explain.c: what cmkd knows of a path: from the tables of the types and the baseline, which
 * is where the daemon has it from, and from the official schema. Nobody is asked.
 *
 *     vault.properties.networkAcls.defaultAction
 *       baseline:   held at Deny
 *       change:     can be changed, and is
 *       absent:     means "Allow"
 *       severity:   high
 *       why:        an open vault can be reached from the whole internet
 *       PCI DSS     1.4.4
 *       ...
 *
 * Of every path all of it is said: where there is nothing, that there is nothing, and why. */
#include "cmkctl.h"

#include "base/js.h"
#include "model/config.h"
#include "model/words.h"
#include "types/controls.h"
#include "types/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

/* One path of one type. */
struct topic {
    const struct type *type;
    char *path;                 /* owned */
    const struct field *field;  /* or NULL */
    struct json_object *hold;   /* borrowed from the baseline, or NULL */
    struct json_object *create; /* likewise */
};

struct topics {
    struct topic *list;
    size_t count;
    struct json_object *baseline; /* owned */
};

/* clang-format off */
/* What the configuration has of a key besides Azure's own, and what cmkd does about versions. */
static const struct field own_fields[] = {
    /* path                           compare      mutability  strength severity  absent control, why */
    {"rotation.every",                BY_DURATION, DATA_PLANE, FREE,    MEDIUM,   NULL, CONTROL_KEY_ROTATION,
     "a version that is as old as that gets a successor, and the accounts are pointed to it"},
    {"rotation.beforeExpiry",         BY_DURATION, DATA_PLANE, FREE,    MEDIUM,   NULL, CONTROL_KEY_ROTATION,
     "a version that is so close to its expiry gets a successor"},
    {"rotation.expireAfter",          BY_DURATION, DATA_PLANE, FREE,    MEDIUM,   NULL, CONTROL_KEY_EXPIRY,
     "how long the versions that cmkd makes are valid"},
    {"rotation.retireAfter",          BY_DURATION, DATA_PLANE, FREE,    MEDIUM,   NULL, CONTROL_KEY_ACTIVE,
     "older versions are disabled once every account has named the newest for so long"},
    {"properties.attributes.enabled", BY_VALUE,    REPORT,     FREE,    CRITICAL, NULL, CONTROL_KEY_USE,
     "whoever disables a version may be having an incident: it is enabled again where reenable is declared alone"},
};
/* clang-format on */

static bool is_own(const struct field *field)
{
    for (size_t i = 0; i < COUNT(own_fields); i++)
        if (field == &own_fields[i])
            return true;
    return false;
}

/* ---- collecting ---------------------------------------------------------------------------- */

static struct topic *topic_at(struct topics *topics, const struct type *type, const char *path)
{
    for (size_t i = 0; i < topics->count; i++)
        if (topics->list[i].type == type && strcmp(topics->list[i].path, path) == 0)
            return &topics->list[i];
    topics->list = mem_resize(topics->list, topics->count + 1, sizeof *topics->list);
    struct topic *topic = &topics->list[topics->count++];
    *topic = (struct topic){.type = type, .path = mem_text(path), .field = type_field(type, path)};
    return topic;
}

/* The leaves below tree; is_hold tells which of the two parts of the baseline it is. */
static void add_leaves(struct topics *topics, const struct type *type, const char *above,
                       struct json_object *tree, bool is_hold)
{
    if (json_object_is_type(tree, json_type_object)) {
        json_object_object_foreach(tree, name, value)
        {
            AUTO(text) char *path = js_join(above, name);
            add_leaves(topics, type, path, value, is_hold);
        }
        return;
    }
    if (!tree)
        return;
    struct topic *topic = topic_at(topics, type, above);
    if (is_hold)
        topic->hold = tree;
    else
        topic->create = tree;
}

static struct topics collect(void)
{
    struct topics topics = {.baseline = baseline_tree()};
    for (size_t t = 0; registry[t]; t++) {
        const struct type *type = registry[t];
        struct json_object *base = js_object(topics.baseline, type->word);
        for (size_t i = 0; i < type->n_fields; i++)
            topic_at(&topics, type, type->fields[i].path)->field = &type->fields[i];
        add_leaves(&topics, type, "", js_object(base, "hold"), true);
        add_leaves(&topics, type, "", js_object(base, "create"), false);
        for (const char *const *known = type->known; known && *known; known++)
            topic_at(&topics, type, *known);
    }
    for (size_t i = 0; i < COUNT(own_fields); i++)
        topic_at(&topics, &type_key, own_fields[i].path)->field = &own_fields[i];
    return topics;
}

static void topics_done(struct topics *topics)
{
    for (size_t i = 0; i < topics->count; i++)
        free(topics->list[i].path);
    free(topics->list);
    json_object_put(topics->baseline);
}

/* ---- words --------------------------------------------------------------------------------- */

static bool is_azures(const struct topic *topic)
{
    return type_is_read_only(topic->type, topic->path);
}

/* Azure says it, and cmkd goes by it. */
static bool is_judged(const struct topic *topic)
{
    return topic->field && topic->field->control;
}

static const char *change_words(enum mutability mutability)
{
    switch (mutability) {
    case PATCH:
        return "can be changed, and is";
    case ONCE:
        return "is fixed when the resource is made";
    case ONCE_UNSET:
        return "can be set once, while there is none";
    case ONE_WAY:
        return "can be switched on, never off";
    case READ_ONLY:
        return "is Azure's own: a declaration of it is ignored";
    case DATA_PLANE:
    case DATA_PLANE_WHOLE:
        return "is changed through the vault's data plane";
    case REPORT:
        return "is reported; an operator must change it";
    }
    abort();
}

static struct json_object *text_or_null(const char *text)
{
    return text ? json_object_new_string(text) : NULL;
}

static const char *change_of(const struct topic *topic)
{
    if (is_azures(topic))
        return change_words(READ_ONLY);
    return topic->field ? change_words(topic->field->mutability)
                        : "is sent as it is declared: Azure says whether it takes that";
}

static const char *severity_of(const struct topic *topic)
{
    return topic->field ? severity_word(topic->field->severity) : "none of its own";
}

static const char *why_of(const struct topic *topic)
{
    if (is_azures(topic) && !is_judged(topic))
        return "it tells what Azure made or found: it may be pasted, and is not compared";
    if (!topic->field)
        return "the official schema has it: what is declared of it is held, and cmkd knows no more";
    return topic->field->why ? topic->field->why : "";
}

/* Completes "means ..."; the caller frees. */
static char *absent_words(const struct topic *topic)
{
    if (topic->field && topic->field->absent)
        return mem_text(topic->field->absent);
    if (is_azures(topic))
        return mem_text("that Azure has not said it");
    if (is_own(topic->field))
        return mem_text("that cmkd does nothing of the kind");
    return mem_text("that nothing is set: it is no value, and no declared one is equal to it");
}

/* Why no control is named; NULL: some are. */
static const char *no_control(const struct topic *topic)
{
    if (is_azures(topic) && !is_judged(topic))
        return "it is Azure's own, and nobody's to set";
    if (!topic->field)
        return "cmkd knows of none that asks for it";
    return !topic->field->control || strcmp(topic->field->control, CONTROL_NONE) == 0
               ? "PCI DSS, NIST, MCSB, GDPR and Azure Policy do not ask for it"
               : NULL;
}

/* "PCI DSS 1.4.4; NIST AC-4, SC-7; Azure Policy 55..." by who asks for it. */
static struct json_object *controls_of(const struct topic *topic)
{
    static const char *const names[] = {"PCI DSS", "NIST", "MCSB", "GDPR", "Azure Policy"};
    struct json_object *controls = json_object_new_object();
    AUTO(text) char *copy = mem_text(no_control(topic) ? "" : topic->field->control);
    char *rest = copy;
    for (char *part = strsep(&rest, ";"); part; part = strsep(&rest, ";")) {
        part += strspn(part, " ");
        for (size_t i = 0; i < COUNT(names); i++)
            if (strncmp(part, names[i], strlen(names[i])) == 0)
                json_object_object_add(controls, names[i],
                                       json_object_new_string(part + strlen(names[i]) + 1));
    }
    return controls;
}

static struct json_object *topic_json(const struct topic *topic)
{
    const struct field *field = topic->field;
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "resource", json_object_new_string(topic->type->word));
    json_object_object_add(object, "path", json_object_new_string(topic->path));
    json_object_object_add(object, "held", json_object_get(topic->hold));
    json_object_object_add(object, "created", json_object_get(topic->create));
    json_object_object_add(object, "absent", text_or_null(field ? field->absent : NULL));
    json_object_object_add(object, "change", text_or_null(change_of(topic)));
    json_object_object_add(object, "severity",
                           text_or_null(field ? severity_word(field->severity) : NULL));
    json_object_object_add(object, "why", text_or_null(why_of(topic)));
    json_object_object_add(object, "controls", controls_of(topic));
    json_object_object_add(object, "noControls", text_or_null(no_control(topic)));
    return object;
}

static void print_value(const char *before, struct json_object *value)
{
    AUTO(text) char *words = js_words(value, SIZE_MAX);
    printf("  %s%s\n", before, *words ? words : "\"\"");
}

static void print_topic(const struct topic *topic)
{
    AUTO(text) char *absent = absent_words(topic);
    printf("%s.%s\n", topic->type->word, topic->path);
    if (topic->hold)
        print_value("baseline:   held at ", topic->hold);
    else if (topic->create)
        print_value("baseline:   in a creation, and not held after: ", topic->create);
    else
        printf("  baseline:   says nothing%s\n",
               is_azures(topic) ? "" : ": held if it is declared");
    printf("  change:     %s\n", change_of(topic));
    printf("  absent:     means %s\n", absent);
    printf("  severity:   %s\n", severity_of(topic));
    printf("  why:        %s\n", why_of(topic));
    if (no_control(topic))
        printf("  controls:   none: %s\n", no_control(topic));
    AUTO(json) struct json_object *controls = controls_of(topic);
    json_object_object_foreach(controls, name, value)
        printf("  %-11s %s\n", name, json_object_get_string(value));
}

/* ---- finding ------------------------------------------------------------------------------- */

/* True of "tags.owner" and "tags.*". */
static bool is_below(const char *path, const char *pattern)
{
    size_t length = strlen(pattern);
    return length > 2 && strcmp(pattern + length - 2, ".*") == 0 &&
           strncasecmp(path, pattern, length - 1) == 0;
}

/* With the resource's word before it, or without. */
static bool is_about(const struct topic *topic, const char *path)
{
    size_t length = strlen(topic->type->word);
    if (!path || strcmp(path, topic->type->word) == 0)
        return true;
    if (strncmp(path, topic->type->word, length) == 0 && path[length] == '.')
        path += length + 1;
    return js_path_covers(path, topic->path) || is_below(path, topic->path) ||
           (is_own(topic->field) && js_path_covers(topic->path, path)) ||
           (topic->field && type_field(topic->type, path) == topic->field);
}

/* Of all, those that somebody may want to declare, and that cmkd knows something of. */
static bool is_wanted(const struct topic *topic, const char *path)
{
    bool is_known = (topic->field && !is_azures(topic)) || topic->hold || topic->create;
    return path ? is_about(topic, path) : is_known;
}

static int unknown(const struct topics *topics, const char *path)
{
    char **names = mem_new(topics->count + 1, sizeof(char *));
    bool has_word = false;
    for (size_t i = 0; registry[i]; i++)
        has_word |= strncmp(path, registry[i]->word, strlen(registry[i]->word)) == 0;
    for (size_t i = 0; i < topics->count; i++)
        names[i] = has_word ? mem_format("%s.%s", topics->list[i].type->word, topics->list[i].path)
                            : mem_text(topics->list[i].path);
    const char *nearest = words_nearest(path, (const char *const *)names);
    fprintf(stderr,
            "cmkctl: nothing is known of the path \"%s\"%s%s%s; whatever is declared is held, "
            "known or not\n",
            path, nearest ? ", did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    for (size_t i = 0; i < topics->count; i++)
        free(names[i]);
    free(names);
    return EX_USAGE;
}

int ctl_explain(const struct ctl_options *options)
{
    const char *path = options->n_words ? options->words[0] : NULL;
    struct topics topics = collect();
    AUTO(json) struct json_object *list = json_object_new_array();
    size_t found = 0;
    int status = EX_OK;
    for (size_t i = 0; i < topics.count; i++) {
        const struct topic *topic = &topics.list[i];
        if (!is_wanted(topic, path))
            continue;
        if (options->json)
            json_object_array_add(list, topic_json(topic));
        else
            print_topic(topic);
        found++;
    }
    if (!found && path)
        status = unknown(&topics, path);
    else if (options->json)
        status = ctl_print_json(list);
    else if (fflush(stdout) != 0)
        status = EX_IOERR;
    topics_done(&topics);
    return status;
}
