#include "types/versions.h"

#include "base/armid.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const version_facts[] = {"id", "properties.attributes", "properties.keyUriWithVersion",
                                     NULL};

/* Resource Manager puts the attributes below properties, the data plane at the top. */
static struct json_object *attributes(struct json_object *item)
{
    struct json_object *found = js_object(item, "properties.attributes");
    return found ? found : js_object(item, "attributes");
}

static const char *uri_of(struct json_object *item)
{
    const char *uri = js_string(item, "properties.keyUriWithVersion", NULL);
    if (!uri)
        uri = js_string(item, "kid", NULL);
    return uri ? uri : js_string(item, "id", "");
}

static bool is_id(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]))
        length++;
    return length && !text[length];
}

static void free_read(struct json_object *item, void *read)
{
    (void)item;
    free(read);
}

/* It is asked for dozens of times in a round: what was read hangs on the element. */
static const struct version *read_once(struct json_object *item)
{
    struct version *read = json_object_get_userdata(item);
    if (read)
        return read;
    struct json_object *of = attributes(item);
    const char *id = armid_name(uri_of(item));
    read = mem_new(1, sizeof *read);
    *read = (struct version){
        .id = is_id(id) ? id : "",
        .is_enabled = js_bool(of, "enabled", false),
        .created_s = js_int(of, "created", 0),
        .not_before_s = js_int(of, "nbf", 0),
        .expires_s = js_int(of, "exp", INT64_MAX),
    };
    json_object_set_userdata(item, read, free_read);
    return read;
}

bool version_read(struct json_object *item, struct version *version)
{
    static const struct version none = {.id = "", .expires_s = INT64_MAX};
    *version = json_object_is_type(item, json_type_object) ? *read_once(item) : none;
    return version->id[0] && version->created_s > 0;
}

bool versions_are_whole(struct json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        struct version version;
        if (!version_read(item, &version) ||
            !json_object_is_type(js_find(attributes(item), "enabled"), json_type_boolean))
            return false;
    }
    return true;
}

char *version_text(struct json_object *list)
{
    char *text = NULL;
    size_t size, count = list ? json_object_array_length(list) : 0;
    struct version version;
    FILE *out = open_memstream(&text, &size);
    const char *before = "[";
    for (size_t i = 0; out && i < count; i++) {
        if (!version_read(json_object_array_get_idx(list, i), &version))
            continue;
        fprintf(out, "%s{\"kid\":\"%s\",\"attributes\":{\"enabled\":%s,\"created\":%" PRId64,
                before, version.id, version.is_enabled ? "true" : "false", version.created_s);
        if (version.not_before_s)
            fprintf(out, ",\"nbf\":%" PRId64, version.not_before_s);
        if (version.expires_s != INT64_MAX)
            fprintf(out, ",\"exp\":%" PRId64, version.expires_s);
        fputs("}}", out);
        before = ",";
    }
    if (!out || fprintf(out, "%s]", *before == '[' ? "[" : "") < 0 || fclose(out) != 0)
        abort();
    return text;
}

/* Of several made in one second the one with the id current; "" is none's. */
static bool newest(struct json_object *list, bool enabled_only, const char *current,
                   struct version *version)
{
    bool found = false;
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct version candidate;
        if (!version_read(json_object_array_get_idx(list, i), &candidate) ||
            (enabled_only && !candidate.is_enabled))
            continue;
        bool is_newer = !found || candidate.created_s > version->created_s;
        bool is_current = found && candidate.created_s == version->created_s &&
                          strcasecmp(candidate.id, current) == 0;
        if (is_newer || is_current)
            *version = candidate;
        found = true;
    }
    return found;
}

bool version_newest(struct json_object *list, bool enabled_only, struct version *version)
{
    return newest(list, enabled_only, "", version);
}

bool version_newest_of(const struct seen *key, bool enabled_only, struct version *version)
{
    struct json_object *list = key->now ? key->now->versions : NULL;
    const char *current = armid_name(js_string(seen_body(key), "properties.keyUriWithVersion", ""));
    return newest(list, enabled_only, current, version);
}

bool version_has_older(struct json_object *list, const struct version *version)
{
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct version other;
        if (version_read(json_object_array_get_idx(list, i), &other) &&
            other.created_s < version->created_s)
            return true;
    }
    return false;
}

bool version_find(struct json_object *list, const char *id, struct version *version)
{
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct version candidate;
        if (version_read(json_object_array_get_idx(list, i), &candidate) &&
            strcasecmp(candidate.id, id) == 0) {
            *version = candidate;
            return true;
        }
    }
    return false;
}

static bool has_word(struct json_object *list, const char *word)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        if (strcasecmp(js_string(item, "", ""), word) == 0)
            return true;
    }
    return false;
}

bool version_can_wrap(struct json_object *key)
{
    struct json_object *operations = js_array(key, "properties.keyOps");
    return !operations || (has_word(operations, "wrapKey") && has_word(operations, "unwrapKey"));
}

enum version_state version_state_at(const struct version *version, int64_t now_s)
{
    if (!version->is_enabled)
        return VERSION_DISABLED;
    if (version->expires_s <= now_s)
        return VERSION_EXPIRED;
    return version->not_before_s <= now_s ? VERSION_ENABLED : VERSION_NOT_YET_VALID;
}

bool version_is_valid_at(const struct version *version, int64_t now_s)
{
    return version_state_at(version, now_s) == VERSION_ENABLED;
}

bool version_body_names(struct json_object *account, const struct node *key)
{
    struct json_object *link = js_object(account, "properties.encryption.keyVaultProperties");
    return strcasecmp(js_string(link, "keyName", ""), key->name) == 0 &&
           armid_uri_is_of(js_string(link, "keyVaultUri", ""), key->vault->name);
}

bool version_link_names(const struct seen *account, const struct node *key)
{
    bool is_account = account->node->cmk && !account->node->account;
    return is_account && version_body_names(seen_body(account), key);
}

const char *version_named_by(const struct seen *account, const struct node *key)
{
    const char *version =
        js_string(seen_body(account), "properties.encryption.keyVaultProperties.keyVersion", "");
    return version[0] && version_link_names(account, key) ? version : NULL;
}
