/* zone_group.c: Microsoft.Network/privateEndpoints/privateDnsZoneGroups, the zones in which a
 * private endpoint's names are found: "privatelink.vaultcore.azure.net" for a vault; for an account
 * "privatelink.openai.azure.com", "privatelink.cognitiveservices.azure.com" and, of kind
 * AIServices, "privatelink.services.ai.azure.com".
 *
 * REST: Private Dns Zone Groups, operations Get, Create Or Update.
 * https://learn.microsoft.com/rest/api/virtualnetwork/private-dns-zone-groups
 * https://learn.microsoft.com/azure/private-link/private-endpoint-dns
 * An endpoint has room for one. Until 2023 a Get of one that is not there was answered with 200 and
 * no body: https://github.com/Azure/azure-rest-api-specs/issues/20313 */
#include "types/registry.h"

#include "base/armid.h"
#include "base/mem.h"
#include "model/finding.h"
#include "model/parts.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/failed.h"
#include "types/parent.h"

#include <string.h>
#include <strings.h>

#define CONFIGS "properties.privateDnsZoneConfigs"

/* clang-format off */
static const struct field fields[] = {
    /* path   compare   mutability strength severity absent control, why */
    {CONFIGS, BY_PARTS, PATCH,     FREE,     HIGH,   "[]",  CONTROL_PRIVATE_LINK,
     "without a record in its zone, clients go to the public address, which is shut"},
    {FAILED_STATE, BY_NAME, READ_ONLY, FREE, HIGH,   NULL,  CONTROL_PRIVATE_LINK,
     "of what Azure could not finish there need be no record: it is written again as it is"},
};
/* clang-format on */

/* How the zones begin, whatever the cloud. */
static const struct {
    const char *word; /* of what the endpoint leads to */
    const char *zone;
} zones[] = {
    {"vault", "privatelink.vaultcore."},
    {"account", "privatelink.openai."},
    {"account", "privatelink.cognitiveservices."},
    {"account", "privatelink.services.ai."},
};

static bool is_zone_of(const char *word, const char *zone)
{
    for (size_t i = 0; i < COUNT(zones); i++)
        if (strcmp(zones[i].word, word) == 0 &&
            strncasecmp(zones[i].zone, zone, strlen(zones[i].zone)) == 0)
            return true;
    return false;
}

/* A record in another zone is one that nobody looks for. */
static char *doubt(const struct node *node)
{
    const struct want *want = node_want(node, CONFIGS);
    const struct node *target = node->parent->parent;
    struct json_object *configs = want && target ? js_array(want->value, "") : NULL;
    for (size_t i = 0; configs && i < json_object_array_length(configs); i++) {
        const char *zone = armid_name(
            js_string(json_object_array_get_idx(configs, i), "properties.privateDnsZoneId", ""));
        if (!is_zone_of(target->type->word, zone))
            return mem_format("%s is no zone in which clients look for %s", zone,
                              strcmp(target->type->word, "vault") == 0 ? "a vault" : "an account");
    }
    return NULL;
}

static const char *const under[] = {"privateEndpoint", NULL};
static const struct child child = {.map = "privateDnsZoneGroups",
                                   .under = under,
                                   .is_name = rule_network,
                                   .expected = RULE_NETWORK,
                                   .is_single = true,
                                   .doubt = doubt};

static const char *const not_found[] = {"NotFound", "ResourceNotFound", NULL};
static const char *const facts[] = {"properties", NULL};

/* Its records carry the addresses that a finished endpoint has. */
static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    (void)finding, (void)now_s;
    if (!seen_is(&near->parent, SIGHT_PRESENT))
        obstacles->waiting = "the private endpoint is ready";
}

static void changes(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    (void)now_s;
    (void)failed_find(near, findings);
}

static void tidy(struct json_object *body)
{
    if (js_array(body, CONFIGS))
        js_put(body, CONFIGS, parts_copy(js_array(body, CONFIGS)));
}

const struct type type_zone_group = {
    .arm_type = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
    .word = "privateDnsZoneGroup",
    .api_version = "2024-05-01",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .not_found = not_found,
    .control = CONTROL_PRIVATE_LINK,
    .facts = facts,
    .refusals = parent_network_refusals,
    .is_replaced = true,
    .missing = parent_missing,
    .obstruct = obstruct,
    .changes = changes,
    .tidy = tidy,
};
