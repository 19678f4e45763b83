/* settings.c: what stands in the configuration besides stacks. */
#include "model/loader.h"

#include "base/iso8601.h"
#include "base/js.h"
#include "model/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- shared with the stacks ---------------------------------------------------------------- */

bool settings_duration(struct faults *faults, const struct place *place, struct json_object *object,
                       const char *key, const char *minimum, const char *maximum,
                       struct duration *duration)
{
    struct duration parsed, least, most;
    struct json_object *value = words_get(faults, place, object, key, json_type_string);
    if (!value)
        return false;
    const struct place at = place_key(place, key);
    const char *text = json_object_get_string(value);
    if (!iso8601_parse_duration(text, &parsed))
        return fault(faults, &at,
                     "\"%s\" is not a duration, expected ISO 8601 such as \"PT1M\" or \"P90D\"",
                     text);
    if (iso8601_parse_duration(minimum, &least) &&
        iso8601_nominal_s(parsed) < iso8601_nominal_s(least))
        return fault(faults, &at, "%s is too short, expected at least %s", text, minimum);
    if (iso8601_parse_duration(maximum, &most) &&
        iso8601_nominal_s(parsed) > iso8601_nominal_s(most))
        return fault(faults, &at, "%s is too long, expected at most %s", text, maximum);
    *duration = parsed;
    return true;
}

enum mode settings_mode(struct faults *faults, const struct place *place,
                        struct json_object *object, enum mode fallback)
{
    struct json_object *value = words_get(faults, place, object, "mode", json_type_string);
    if (!value)
        return fallback;
    const char *text = json_object_get_string(value);
    if (strcmp(text, "audit") == 0)
        return MODE_AUDIT;
    if (strcmp(text, "enforce") == 0)
        return MODE_ENFORCE;
    const struct place at = place_key(place, "mode");
    fault(faults, &at, "\"%s\" is not a mode, expected \"audit\" or \"enforce\"", text);
    return fallback;
}

/* ---- files that the configuration names ---------------------------------------------------- */

/* True if it is there; what stands in it is for who uses it to say. */
static bool is_file(const char *path, int *failure)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISREG(st.st_mode))
            return true;
        *failure = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return false;
    }
    if (*failure == ENOENT || !*failure)
        *failure = errno;
    return false;
}

char *settings_file(struct loader *loader, const struct place *place, const char *name,
                    bool is_credential)
{
    int failure = 0;
    if (*name == '/') {
        if (is_file(name, &failure))
            return mem_text(name);
        fault(&loader->faults, place, "cannot find %s: %s", name, strerror(failure));
        return NULL;
    }
    const char *directories[] = {is_credential ? loader->credentials_directory : NULL,
                                 loader->directory};
    for (size_t i = 0; i < COUNT(directories); i++) {
        AUTO(text) char *path = directories[i] ? mem_format("%s/%s", directories[i], name) : NULL;
        if (path && is_file(path, &failure))
            return TAKE(path);
    }
    /* A credential's name is not repeated: somebody may have put the secret itself here. */
    fault(&loader->faults, place, "cannot find %s in %s%s%s: %s",
          is_credential ? "this file" : name, directories[0] ? directories[0] : "",
          directories[0] ? " or " : "", directories[1], strerror(failure));
    return NULL;
}

/* ---- cloud --------------------------------------------------------------------------------- */

static char *read_origin(struct loader *loader, const struct place *place,
                         struct json_object *object, const char *key, bool allow_http)
{
    const char *text = words_need(&loader->faults, place, object, key,
                                  allow_http ? "an origin such as \"http://169.254.169.254\""
                                             : "an origin such as \"https://management.example\"");
    char *origin = text ? cloud_origin(text, allow_http) : NULL;
    if (text && !origin) {
        const struct place at = place_key(place, key);
        fault(&loader->faults, &at, "\"%s\" is not an origin, expected %shttps://host[:port] alone",
              text, allow_http ? "http://host[:port] or " : "");
    }
    return origin;
}

/* "vault.example" or "vault.localhost:8443": what follows a vault's name and a dot. */
static char *read_suffix(struct loader *loader, const struct place *place,
                         struct json_object *object)
{
    static const char key[] = "keyVaultSuffix";
    const char *text = words_need(&loader->faults, place, object, key,
                                  "what follows a vault's name, such as \"vault.azure.net\"");
    if (!text)
        return NULL;
    AUTO(text) char *url = mem_format("https://%s", text);
    AUTO(text) char *origin = cloud_origin(url, false);
    if (origin && *text != '.')
        return mem_text(origin + strlen("https://"));
    const struct place at = place_key(place, key);
    fault(&loader->faults, &at,
          "\"%s\" is not a host's suffix, expected \"vault.example\" or \"vault.example:443\"",
          text);
    return NULL;
}

static char *read_audience(struct loader *loader, const struct place *place,
                           struct json_object *object, const char *key)
{
    const char *text = words_need(&loader->faults, place, object, key,
                                  "whom tokens are for, such as \"https://vault.example\"");
    if (text && !*text) {
        const struct place at = place_key(place, key);
        fault(&loader->faults, &at, "is empty, expected whom tokens are for");
    }
    return mem_text(text);
}

static void read_audiences(struct loader *loader, const struct place *place,
                           struct json_object *object, struct cloud *cloud)
{
    static const char *const keys[] = {"resourceManager", "keyVault", NULL};
    struct json_object *audience = NULL;
    if (!json_object_object_get_ex(object, "audience", &audience) || !audience) {
        fault(&loader->faults, place,
              "\"audience\" is missing, expected {\"resourceManager\": ..., \"keyVault\": ...}");
        return;
    }
    audience = words_get(&loader->faults, place, object, "audience", json_type_object);
    if (!audience)
        return;
    const struct place at = place_key(place, "audience");
    words_check(&loader->faults, &at, audience, keys);
    cloud->audience_arm = read_audience(loader, &at, audience, "resourceManager");
    cloud->audience_vault = read_audience(loader, &at, audience, "keyVault");
}

static void read_custom_cloud(struct loader *loader, const struct place *place,
                              struct json_object *object)
{
    static const char *const keys[] = {
        "resourceManager", "authority", "keyVaultSuffix", "audience", "imds", "caFile", NULL};
    struct cloud *cloud = &loader->config->cloud;
    words_check(&loader->faults, place, object, keys);
    cloud->name = mem_text("custom");
    cloud->resource_manager = read_origin(loader, place, object, "resourceManager", false);
    cloud->authority = read_origin(loader, place, object, "authority", false);
    cloud->key_vault_suffix = read_suffix(loader, place, object);
    read_audiences(loader, place, object, cloud);
    cloud->imds = js_find(object, "imds") ? read_origin(loader, place, object, "imds", true)
                                          : mem_text(CLOUD_IMDS);
    struct json_object *file =
        words_get(&loader->faults, place, object, "caFile", json_type_string);
    if (file) {
        const struct place at = place_key(place, "caFile");
        cloud->ca_file = settings_file(loader, &at, json_object_get_string(file), false);
    }
}

static void read_cloud(struct loader *loader, const struct place *root, struct json_object *value)
{
    const struct place place = place_key(root, "cloud");
    const char *name = value ? js_string(value, "", NULL) : "AzureCloud";
    if (json_object_is_type(value, json_type_object))
        read_custom_cloud(loader, &place, value);
    else if (!name || !cloud_by_name(name, &loader->config->cloud))
        fault(&loader->faults, &place,
              "is not a known cloud, expected \"AzureCloud\", \"AzureUSGovernment\", "
              "\"AzureChinaCloud\" or an object that describes one");
}

/* ---- the rest ------------------------------------------------------------------------------ */

static unsigned read_count(struct loader *loader, const struct place *place,
                           struct json_object *object, const char *key, unsigned fallback,
                           unsigned least, unsigned most)
{
    struct json_object *value = words_get(&loader->faults, place, object, key, json_type_int);
    if (!value)
        return fallback;
    int64_t number = json_object_get_int64(value);
    if (number >= least && number <= most)
        return (unsigned)number;
    const struct place at = place_key(place, key);
    fault(&loader->faults, &at, "%lld is out of range, expected %u to %u", (long long)number, least,
          most);
    return fallback;
}

static double read_share(struct loader *loader, const struct place *place,
                         struct json_object *object)
{
    struct json_object *value =
        words_get(&loader->faults, place, object, "share", json_type_double);
    double share = value ? json_object_get_double(value) : 0.25;
    if (share > 0.0 && share <= 1.0)
        return share;
    const struct place at = place_key(place, "share");
    fault(&loader->faults, &at, "is out of range, expected more than 0 and at most 1");
    return 0.25;
}

static void read_limits(struct loader *loader, const struct place *root, struct json_object *value)
{
    static const char *const keys[] = {"changesPerPass", "creations", "absentFor",
                                       "onceDeadline",   "share",     NULL};
    const struct place place = place_key(root, "limits");
    struct limits *limits = &loader->config->limits;
    struct duration duration = {0, 0, 0};
    words_check(&loader->faults, &place, value, keys);
    limits->changes_per_pass =
        read_count(loader, &place, value, "changesPerPass", limits->changes_per_pass, 1, 100000);
    limits->creations =
        read_count(loader, &place, value, "creations", limits->creations, 0, 100000);
    if (settings_duration(&loader->faults, &place, value, "absentFor", "PT1S", "PT1H", &duration))
        limits->absent_for_s = iso8601_nominal_s(duration);
    if (settings_duration(&loader->faults, &place, value, "onceDeadline", "PT1S", "P1D", &duration))
        limits->once_deadline_s = iso8601_nominal_s(duration);
    limits->share = read_share(loader, &place, value);
}

static void read_proxy(struct loader *loader, const struct place *root, const char *text)
{
    const struct place place = place_key(root, "proxy");
    loader->config->proxy = cloud_origin(text, true);
    if (!loader->config->proxy)
        fault(&loader->faults, &place, "is not a proxy, expected http[s]://host[:port] alone");
}

static void read_state_directory(struct loader *loader, const struct place *root, const char *path)
{
    const struct place place = place_key(root, "stateDirectory");
    if (*path != '/')
        fault(&loader->faults, &place,
              "\"%s\" is not an absolute path, expected one such as \"/var/lib/cmkd\"", path);
    loader->config->state_directory = mem_text(path);
}

void settings_read(struct loader *loader, const struct place *place, struct json_object *root)
{
    static const struct limits defaults = {50, 2, 30, 900, 0.25};
    struct faults *faults = &loader->faults;
    struct config *config = loader->config;
    struct json_object *value = NULL;
    struct duration duration = {0, 0, 0};

    json_object_object_get_ex(root, "cloud", &value);
    read_cloud(loader, place, value);
    value = words_get(faults, place, root, "credential", json_type_object);
    credential_read(loader, place, value);
    value = words_get(faults, place, root, "proxy", json_type_string);
    if (value)
        read_proxy(loader, place, json_object_get_string(value));

    loader->mode = settings_mode(faults, place, root, MODE_AUDIT);
    config->interval_s = 60;
    if (settings_duration(faults, place, root, "interval", "PT10S", "P1D", &duration))
        config->interval_s = iso8601_nominal_s(duration);

    config->limits = defaults;
    value = words_get(faults, place, root, "limits", json_type_object);
    if (value)
        read_limits(loader, place, value);

    value = words_get(faults, place, root, "stateDirectory", json_type_string);
    read_state_directory(loader, place, value ? json_object_get_string(value) : "/var/lib/cmkd");
}
