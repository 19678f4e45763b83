/* credential.c: the "credential" object: which keys each type has. */
#include "model/loader.h"

#include "model/rules.h"
#include "model/words.h"

#include <string.h>

enum need { NO, MAY, MUST };

static const struct kind {
    const char *word;
    enum credential_type type;
    enum need client_id, tenant_id;
    const char *file; /* the key that names its file; NULL: none */
    bool is_absolute; /* the file: it is not ours, but some other program's */
} kinds[] = {
    {"managedIdentity", CREDENTIAL_MANAGED_IDENTITY, MAY, NO, NULL, false},
    {"azureArc", CREDENTIAL_AZURE_ARC, NO, NO, NULL, false},
    {"workloadIdentity", CREDENTIAL_WORKLOAD_IDENTITY, MUST, MUST, "tokenFile", true},
    {"clientSecret", CREDENTIAL_CLIENT_SECRET, MUST, MUST, "secretFile", false},
    {"clientCertificate", CREDENTIAL_CLIENT_CERTIFICATE, MUST, MUST, "certificateFile", false},
};

static const struct kind *find_kind(struct loader *loader, const struct place *place,
                                    struct json_object *object)
{
    static const char expected[] = "\"managedIdentity\", \"azureArc\", \"workloadIdentity\", "
                                   "\"clientSecret\" or \"clientCertificate\"";
    const char *word = words_need(&loader->faults, place, object, "type", expected);
    for (size_t i = 0; word && i < COUNT(kinds); i++)
        if (strcmp(kinds[i].word, word) == 0)
            return &kinds[i];
    if (word) {
        const struct place at = place_key(place, "type");
        fault(&loader->faults, &at, "\"%s\" is not a type of credential, expected %s", word,
              expected);
    }
    return NULL;
}

static char *read_id(struct loader *loader, const struct place *place, struct json_object *object,
                     const char *key, enum need need, bool (*rule)(const char *),
                     const char *expected)
{
    const char *text = NULL;
    if (need == MUST) {
        text = words_need(&loader->faults, place, object, key, expected);
    } else if (need == MAY) {
        struct json_object *value =
            words_get(&loader->faults, place, object, key, json_type_string);
        text = value ? json_object_get_string(value) : NULL;
    }
    if (text && !rule(text)) {
        const struct place at = place_key(place, key);
        fault(&loader->faults, &at, "\"%s\" is not valid, expected %s", text, expected);
    }
    return mem_text(text);
}

static char *read_file(struct loader *loader, const struct place *place, struct json_object *object,
                       const struct kind *kind)
{
    const char *name = words_need(&loader->faults, place, object, kind->file, "the name of a file");
    const struct place at = place_key(place, kind->file);
    if (!name)
        return NULL;
    if (kind->is_absolute && *name != '/') {
        fault(&loader->faults, &at, "\"%s\" is relative, expected an absolute path", name);
        return NULL;
    }
    return settings_file(loader, &at, name, true);
}

void credential_read(struct loader *loader, const struct place *root, struct json_object *object)
{
    struct credential_config *credential = &loader->config->credential;
    const struct place place = place_key(root, "credential");
    credential->type = CREDENTIAL_MANAGED_IDENTITY;
    if (!object)
        return;
    const struct kind *kind = find_kind(loader, &place, object);
    if (!kind)
        return;

    const char *allowed[5] = {"type"};
    size_t count = 1;
    if (kind->tenant_id != NO)
        allowed[count++] = "tenantId";
    if (kind->client_id != NO)
        allowed[count++] = "clientId";
    if (kind->file)
        allowed[count++] = kind->file;
    words_check(&loader->faults, &place, object, allowed);

    credential->type = kind->type;
    credential->tenant_id =
        read_id(loader, &place, object, "tenantId", kind->tenant_id, rule_tenant, RULE_TENANT);
    credential->client_id =
        read_id(loader, &place, object, "clientId", kind->client_id, rule_guid, RULE_GUID);
    if (kind->file)
        credential->file = read_file(loader, &place, object, kind);
}
