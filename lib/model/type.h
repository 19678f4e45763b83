/* type.h: what an Azure resource type is to cmkd: a descriptor. Knowledge is data: the tables of
 * lib/types/ say what Azure allows; diff, decide and observe read them and know no type by name. */
#pragma once

#include "azure/cloud.h"
#include "base/js.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct neighbours;
struct observed;
struct change;

/* How a declared and an observed value are equal. */
enum compare {
    BY_VALUE,    /* JSON equality; arrays as sets */
    BY_NAME,     /* strings without case: enumerations, GUIDs */
    BY_LOCATION, /* "East US" is "eastus" */
    BY_ID,       /* ARM ids: without case, one trailing slash ignored */
    BY_ID_SET,   /* array of {"id": ...}: as a set of ids; other members are the service's noise */
    BY_URI,      /* host without case, trailing slash ignored */
    BY_CIDR,     /* array of {"value": ...}: the set of addresses they cover */
    BY_WORDS,    /* "SystemAssigned, UserAssigned": every declared word must be there */
    BY_KEYS,     /* object: every declared member name must be there (ids, without case) */
    BY_DURATION, /* ISO 8601 durations by length: P1Y is P12M */
};

enum mutability {
    PATCH,      /* a PATCH (or PUT) changes it */
    ONCE,       /* only at creation */
    ONE_WAY,    /* can be switched on, never off */
    READ_ONLY,  /* Azure's own; may be pasted into a declaration, where it is ignored */
    DATA_PLANE, /* changed through the vault's data plane */
    REPORT,     /* could be changed, and never is by cmkd: an operator must */
};

/* When a declared value counts as weaker than the baseline's. */
enum strength {
    FREE,     /* nothing is weaker */
    EXACT,    /* everything else */
    AT_LEAST, /* a smaller number */
    INCLUDES, /* a list of words that lacks one of the baseline's */
};

enum severity { LOW, MEDIUM, HIGH, CRITICAL };

struct field {
    const char *path;
    enum compare compare;
    enum mutability mutability;
    enum strength strength;
    enum severity severity;
    const char *absent;  /* JSON: what Azure means when it shows nothing; NULL: nothing */
    const char *control; /* the controls it serves, or NULL */
    const char *whole;   /* Azure replaces this object whole: the request repeats what was read
                          * of it around the change ("properties.networkAcls"); NULL: not so */
    bool bare_ip;        /* write form: a /32 as a bare address, a /31 as two */
    const char *why;     /* for the operator: why it matters */
};

/* A text that must be freed, or NULL where a neighbour is not known yet. */
typedef char *type_path_fn(const struct node *node, const struct neighbours *near);

struct type {
    const char *arm_type;    /* "Microsoft.KeyVault/vaults" */
    const char *word;        /* what the configuration and the operator call it: "vault" */
    const char *api_version; /* of its Resource Manager operations */
    const char *namespace;   /* what its schema is filed under: "Microsoft.KeyVault" */

    const struct field *fields; /* what needs more than plain comparison, by path */
    size_t n_fields;
    const char *const *not_found; /* codes of a 404 that mean: this very resource is not there;
                                   * ended by NULL */
    const char *const *facts;     /* members to keep of what is read, besides those declared:
                                   * paths, ended by NULL */
    const char *const *known; /* every property path of the official schema, ended by NULL; a '*'
                               * stands for any member name */
    bool counts_as_creation; /* a vault or an account: limits.creations */
    bool is_found_in_list;   /* live_path is a list; find_in_list() picks the node out of it */

    /* ---- reading ---- */
    type_path_fn *live_path;
    struct json_object *(*find_in_list)(const struct node *node, const struct neighbours *near,
                                        struct json_object *list); /* borrowed from list, or NULL */
    type_path_fn *deleted_path;        /* where a soft-deleted one is looked for; NULL: nowhere */
    bool is_deleted_on_data_plane;     /* deleted_path is the vault's, not Resource Manager's */
    const char *deleted_not_found;     /* the code there that means: not deleted either */
    type_path_fn *versions_path;       /* a list that belongs to it (a key's versions), or NULL */
    bool needs_tenant;                 /* a creation wants the subscription's tenantId */

    /* ---- deciding (pure) ---- */

    /* What a derived or specially compared value is in this round. declared is the row's value,
     * a marker string such as "${vault.vaultUri}" among them. Returns a new reference, or NULL
     * and in *waiting what it waits for ("the vault's address is known"). NULL: no such values. */
    struct json_object *(*derive)(const struct node *node, const struct neighbours *near,
                                  const char *path, struct json_object *declared,
                                  const char **waiting);

    /* What must hold before the value at path may be written (or the resource made: path ""), or
     * NULL when all of it does. Completes the sentence "waiting until ...". */
    const char *(*precondition)(const struct node *node, const struct neighbours *near,
                                const char *path, int64_t now_s);

    /* A guard against writing the value at path (or making the resource: path ""), or NULL:
     * "the key is disabled". Completes the sentence "refused: ...". */
    const char *(*guard)(const struct node *node, const struct neighbours *near, const char *path,
                         int64_t now_s);

    /* Changes that no comparison shows (rotation), appended to the change set. */
    void (*changes)(const struct node *node, const struct neighbours *near, int64_t now_s,
                    struct change *changes, size_t max, size_t *count);

    /* What is sent. kind says what for; *path is where to (api-version included). */
    bool (*request)(const struct node *node, const struct neighbours *near,
                    const struct change *change, struct json_object *body);
};

/* The field at exactly this path, or NULL. Tables are small: a linear search. */
const struct field *type_field(const struct type *type, const char *path);

/* True for what may be pasted and is ignored: id, name, type, etag, systemData,
 * properties.provisioningState on any type, and the type's own READ_ONLY fields. */
bool type_is_read_only(const struct type *type, const char *path);
