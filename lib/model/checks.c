/* checks.c: what can be wrong with one declared value of an ARM body. The tables of lib/types/
 * know how values compare and what is weaker; the rules across resources stand here. */
#include "model/loader.h"

#include "base/armid.h"
#include "base/cidr.h"
#include "base/js.h"
#include "model/compare.h"
#include "model/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct faults *faults_of(struct body *body)
{
    return &body->loader->faults;
}

/* ---- is it a path that Azure has? ---------------------------------------------------------- */

/* A '*' in known stands for any one name, at its end for all below too. */
static bool is_known_as(const char *known, const char *path)
{
    char expected[JS_SEGMENT_MAX], step[JS_SEGMENT_MAX];
    while (*path) {
        if (!*known)
            return strcmp(expected, "*") == 0;
        if (!js_step(&known, expected) || !js_step(&path, step))
            return false;
        if (strcmp(expected, "*") != 0 && strcasecmp(expected, step) != 0)
            return false;
    }
    return true; /* or it is above a known one: an object that is compared whole */
}

/* The known path that begins and ends in the same names: the right word in the wrong place. */
static const char *same_name_elsewhere(const char *const *known, const char *path)
{
    const char *dot = strrchr(path, '.');
    const char *name = dot ? dot + 1 : path;
    size_t first = strcspn(path, ".");
    for (; *known; known++) {
        const char *known_dot = strrchr(*known, '.');
        if (strcasecmp(known_dot ? known_dot + 1 : *known, name) == 0 &&
            strcspn(*known, ".") == first && strncasecmp(*known, path, first) == 0)
            return *known;
    }
    return NULL;
}

static void check_known(struct body *body, const struct place *place, const char *path)
{
    if (!body->type->known || type_field(body->type, path))
        return;
    for (const char *const *known = body->type->known; *known; known++)
        if (is_known_as(*known, path))
            return;
    const char *nearest = words_nearest(path, body->type->known);
    if (!nearest)
        nearest = same_name_elsewhere(body->type->known, path);
    fault_warn(faults_of(body), place, "%s has no such property in %s, held all the same%s%s%s",
               body->type->arm_type, body->type->api_version, nearest ? "; did you mean " : "",
               nearest ? nearest : "", nearest ? "?" : "");
}

/* ---- is it of the right kind? -------------------------------------------------------------- */

static enum json_type type_of_text(const char *json)
{
    struct err err;
    AUTO(json) struct json_object *value = NULL;
    if (!json || !js_parse(json, strlen(json), &value, &err))
        return json_type_null;
    return json_object_get_type(value);
}

/* What Resource Manager wants of any resource. */
static const struct {
    const char *path;
    enum json_type type;
} envelope[] = {
    {"properties", json_type_object}, {"tags", json_type_object},
    {"identity", json_type_object},   {"sku", json_type_object},
    {"location", json_type_string},   {"kind", json_type_string},
};

/* A value that each round works out: nothing is known of it beforehand. */
static bool is_marker(struct json_object *demanded)
{
    return strncmp(js_string(demanded, "", ""), "${", 2) == 0;
}

/* json_type_null: any. */
static enum json_type expected_type(const struct body *body, const char *path,
                                    const struct field *field)
{
    AUTO(json) struct json_object *demanded = body_baseline(body, path);
    if (demanded && !is_marker(demanded))
        return json_object_get_type(demanded);
    for (size_t i = 0; i < COUNT(envelope); i++)
        if (strcasecmp(envelope[i].path, path) == 0)
            return envelope[i].type;
    if (strncasecmp(path, "tags", 4) == 0 && (path[4] == '.' || path[4] == '['))
        return json_type_string;
    if (!field)
        return json_type_null;
    switch (field->compare) {
    case BY_VALUE:
        return type_of_text(field->absent);
    case BY_NAME:
    case BY_LOCATION:
    case BY_ID:
    case BY_URI:
    case BY_WORDS:
    case BY_DURATION:
        return json_type_string;
    case BY_NAMES:
    case BY_ID_SET:
    case BY_CIDR:
    case BY_CIDR_BARE:
    case BY_LIFETIME:
    case BY_PARTS:
    case BY_CATEGORIES:
        return json_type_array;
    case BY_KEYS:
        return json_type_object;
    }
    abort();
}

/* True if Azure knows properties below path. */
static bool is_object_in_azure(const struct body *body, const char *path)
{
    for (const char *const *known = body->type->known; known && *known; known++)
        if (js_path_covers(path, *known) && !js_path_covers(*known, path))
            return true;
    return false;
}

static bool check_type(struct body *body, const struct place *place, const char *path,
                       const struct field *field, struct json_object *value)
{
    enum json_type expected = expected_type(body, path, field);
    enum json_type actual = json_object_get_type(value);
    if (expected == json_type_null && is_object_in_azure(body, path))
        expected = json_type_object;
    if (expected == json_type_null || expected == actual)
        return true;
    return fault(faults_of(body), place, "is %s, expected %s", words_type(actual),
                 words_type(expected));
}

bool check_object(struct body *body, const struct place *place, const char *path,
                  const struct field *field)
{
    enum json_type expected = expected_type(body, path, field);
    if (expected == json_type_null || expected == json_type_object)
        return true;
    return fault(faults_of(body), place, "is an object, expected %s", words_type(expected));
}

/* {"value": "203.0.113.0/24"}, and nothing beside it. */
static bool check_ranges(struct body *body, const struct place *place, struct json_object *array)
{
    struct cidr range;
    bool good = true;
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        const struct place at = place_index(place, i);
        struct json_object *element = json_object_array_get_idx(array, i);
        const char *text = js_string(element, "value", NULL);
        if (!text || json_object_object_length(element) != 1 || !cidr_parse(text, &range))
            good = fault(faults_of(body), &at,
                         "expected {\"value\": an IPv4 address or range}, such as {\"value\": "
                         "\"203.0.113.0/24\"}");
    }
    return good;
}

static bool check_names(struct body *body, const struct place *place, struct json_object *array)
{
    bool good = true;
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        const struct place at = place_index(place, i);
        struct json_object *element = json_object_array_get_idx(array, i);
        if (!json_object_is_type(element, json_type_string))
            good = fault(faults_of(body), &at, "is %s, expected a string",
                         words_type(json_object_get_type(element)));
    }
    return good;
}

/* ---- is it weaker than the baseline? ------------------------------------------------------- */

static bool is_weaker(const struct field *field, struct json_object *declared,
                      struct json_object *demanded)
{
    switch (field->strength) {
    case FREE:
        return false;
    case EXACT:
        return !compare_equal(field->compare, demanded, declared);
    case AT_LEAST:
        return js_int(declared, "", 0) < js_int(demanded, "", 0);
    case INCLUDES:
        return !compare_equal(BY_WORDS, demanded, declared);
    }
    abort();
}

static bool check_strength(struct body *body, const struct place *place, const char *path,
                           const struct field *field, struct json_object *value)
{
    AUTO(json) struct json_object *demanded = field ? body_baseline(body, path) : NULL;
    if (!demanded || is_marker(demanded) || !is_weaker(field, value, demanded))
        return true;
    AUTO(text) char *said = js_words(value, 80);
    AUTO(text) char *demand = js_words(demanded, 80);
    return fault(faults_of(body), place,
                 "%s is weaker than the baseline, which demands %s%s%s; the one way out is to "
                 "declare nothing here and an exemption for \"%s.%s\": cmkd then reports it and "
                 "leaves it alone",
                 said, demand, field->why ? ": " : "", field->why ? field->why : "",
                 body->type->word, path);
}

/* ---- does it agree with the rest of the stack? --------------------------------------------- */

static bool check_location(struct body *body, const struct place *place, const char *said)
{
    AUTO(text) char *here = armid_location(said);
    AUTO(text) char *stack = armid_location(body->facts->location ? body->facts->location : said);
    if (strcmp(here, stack) == 0)
        return true;
    return fault(faults_of(body), place,
                 "\"%s\" is not the stack's location, expected \"%s\" (vault, key and account must "
                 "be in one region)",
                 said, body->facts->location);
}

static bool check_key_name(struct body *body, const struct place *place, const char *said)
{
    if (!body->facts->key || strcasecmp(said, body->facts->key) == 0)
        return true;
    return fault(faults_of(body), place,
                 "\"%s\" is not the stack's key, expected \"%s\" or nothing", said,
                 body->facts->key);
}

/* Only the vault's name is compared: which suffix it has is the cloud's to say. */
static bool check_vault_uri(struct body *body, const struct place *place, const char *said)
{
    const char *host = strncasecmp(said, "https://", 8) == 0 ? said + 8 : "";
    const char *vault = body->facts->vault;
    if (!vault || strcmp(said, "${vault.vaultUri}") == 0 ||
        (strcspn(host, ".:/") == strlen(vault) && strncasecmp(host, vault, strlen(vault)) == 0))
        return true;
    return fault(faults_of(body), place,
                 "\"%s\" is not the stack's vault, expected the address of \"%s\" or nothing", said,
                 vault);
}

static bool check_key_version(struct body *body, const struct place *place, const char *said)
{
    if (!*said || strcmp(said, "${key.version}") == 0 || !body->facts->rotates)
        return true;
    return fault(faults_of(body), place,
                 "names one version of a key that is rotated, expected nothing (the link follows "
                 "the newest version) or \"\" (a link without a version)");
}

/* A check has its own message, or what it says is that it may not be declared. */
static const struct {
    const char *word, *path;
    bool (*check)(struct body *body, const struct place *place, const char *said);
    const char *refusal;
} rules[] = {
    {"vault", "location", check_location, NULL},
    {"account", "location", check_location, NULL},
    {"account", "properties.encryption.keyVaultProperties.keyName", check_key_name, NULL},
    {"account", "properties.encryption.keyVaultProperties.keyVaultUri", check_vault_uri, NULL},
    {"account", "properties.encryption.keyVaultProperties.keyVersion", check_key_version, NULL},
    {"key", "properties.attributes.enabled", NULL,
     "cannot be declared: cmkd never disables a key but by order (cmkctl revoke), and enables one "
     "again only with \"reenable\": true beside the key's name"},
    {"vault", "properties.createMode", NULL,
     "cannot be declared: it is a command to Azure; cmkd recovers a deleted vault by itself"},
    {"account", "properties.restore", NULL,
     "cannot be declared: it is a command to Azure; cmkd recovers a deleted account by itself"},
};

static bool check_rules(struct body *body, const struct place *place, const char *path,
                        struct json_object *value)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (strcmp(rules[i].word, body->type->word) != 0 || strcasecmp(rules[i].path, path) != 0)
            continue;
        if (rules[i].refusal)
            return fault(faults_of(body), place, "%s", rules[i].refusal);
        return rules[i].check(body, place, js_string(value, "", ""));
    }
    return true;
}

void check_leaf(struct body *body, const struct place *place, const char *path,
                const struct field *field, struct json_object *value)
{
    bool is_cidr = field && (field->compare == BY_CIDR || field->compare == BY_CIDR_BARE);
    bool are_names = field && field->compare == BY_NAMES;
    check_known(body, place, path);
    (void)(check_type(body, place, path, field, value) &&
           (!is_cidr || check_ranges(body, place, value)) &&
           (!are_names || check_names(body, place, value)) &&
           check_rules(body, place, path, value) && policy_check(body, place, path, value) &&
           check_strength(body, place, path, field, value));
}
