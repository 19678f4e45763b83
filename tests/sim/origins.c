/* origins.c: azsim's own names for Azure's, and back. */
#include "origins.h"

#include "base/js.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *azure, *azsim;
    bool imds;
} names[] = {
    {"https://management.azure.com",      "https://management.localhost:%u", false},
    {"https://login.microsoftonline.com", "https://login.localhost:%u",      false},
    {".vault.azure.net",                  ".vault.localhost:%u",             false},
    {"http://169.254.169.254",            "http://127.0.0.1:%u",             true},
};
/* clang-format on */

static char *local_name(const struct origins *origins, size_t row)
{
    const char *format = names[row].azsim;
    const char *port = strstr(format, "%u");
    return mem_format("%.*s%u", (int)(port - format), format,
                      names[row].imds ? origins->imds_port : origins->port);
}

/* Where the name ends, nothing may follow that would make it another one. */
static bool ends_here(char c)
{
    return !c || !strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", c);
}

static char *replace(char *text, const char *from, const char *to)
{
    AUTO(text) char *old = text;
    size_t hits = 0;
    for (const char *at = old; (at = strstr(at, from)); at += strlen(from))
        hits++;

    char *new = mem_new(strlen(old) + hits * strlen(to) + 1, 1), *end = new;
    const char *done = old, *at = old;
    while ((at = strstr(at, from))) {
        const char *after = at + strlen(from);
        if (ends_here(*after)) {
            end = mempcpy(end, done, (size_t)(at - done));
            end = stpcpy(end, to);
            done = after;
        }
        at = after;
    }
    stpcpy(end, done);
    return new;
}

static char *rewrite(const struct origins *origins, const char *text, bool to_local)
{
    char *result = mem_text(text);
    for (size_t i = 0; i < COUNT(names); i++) {
        AUTO(text) char *local = local_name(origins, i);
        result = to_local ? replace(result, names[i].azure, local)
                          : replace(result, local, names[i].azure);
    }
    return result;
}

char *origins_public(const struct origins *origins, const char *text)
{
    return rewrite(origins, text, false);
}

char *origins_local(const struct origins *origins, const char *text)
{
    return rewrite(origins, text, true);
}

char *origins_cloud(const struct origins *origins, const char *ca_file)
{
    AUTO(text) char *arm = mem_format("https://management.localhost:%u", origins->port);
    AUTO(text) char *login = mem_format("https://login.localhost:%u", origins->port);
    AUTO(text) char *vaults = mem_format("vault.localhost:%u", origins->port);
    AUTO(text) char *imds = mem_format("http://127.0.0.1:%u", origins->imds_port);
    AUTO(json) struct json_object *cloud = json_object_new_object();

    js_put(cloud, "resourceManager", json_object_new_string(arm));
    js_put(cloud, "authority", json_object_new_string(login));
    js_put(cloud, "keyVaultSuffix", json_object_new_string(vaults));
    js_put(cloud, "audience.resourceManager",
           json_object_new_string("https://management.azure.com"));
    js_put(cloud, "audience.keyVault", json_object_new_string("https://vault.azure.net"));
    js_put(cloud, "imds", json_object_new_string(imds));
    js_put(cloud, "caFile", json_object_new_string(ca_file));
    return mem_text(json_object_to_json_string_ext(
        cloud, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
}
