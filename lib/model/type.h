/* type.h: what an Azure resource type is to cmkd: a descriptor. Knowledge is data: the tables of
 * lib/types/ say what Azure allows; diff, decide and observe read them and know no type by name. */
#pragma once

#include "base/js.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct neighbours;
struct findings;
struct finding;

/* How a declared and an observed value are equal. */
enum compare {
    BY_VALUE,      /* JSON equality; arrays as sets */
    BY_NAME,       /* strings without case: enumerations, GUIDs */
    BY_LOCATION,   /* "East US" is "eastus" */
    BY_ID,         /* ARM ids: without case, one trailing slash ignored */
    BY_NAMES,      /* array of such strings, as a set */
    BY_ID_SET,     /* array of {"id": ...}: as a set of ids; of the other members those declared */
    BY_URI,        /* host without case, trailing slash ignored */
    BY_CIDR,       /* array of {"value": ...}: the set of addresses they cover */
    BY_CIDR_BARE,  /* the same; written with a /32 as a bare address, a /31 as two of them */
    BY_WORDS,      /* "SystemAssigned, UserAssigned": every declared word must be there */
    BY_KEYS,       /* object: every declared member name must be there (ids, without case) */
    BY_DURATION,   /* ISO 8601 durations by length: P1Y is P12M */
    BY_CATEGORIES, /* array of logs or metrics: categories.h */
    BY_LIFETIME,   /* array of a rotation policy's actions: lifetime.h */
    BY_PARTS,      /* array of objects that Azure adds members to: parts.h */
};

enum mutability {
    PATCH,            /* a PATCH changes it */
    ONCE,             /* only at creation */
    ONCE_UNSET,       /* only while Azure shows none */
    ONE_WAY,          /* can be switched on, never off */
    READ_ONLY,        /* Azure's own; may be pasted into a declaration, where it is ignored */
    DATA_PLANE,       /* changed through the vault's data plane */
    DATA_PLANE_WHOLE, /* there too, with all that belongs to it, in a request of its own that goes
                       * out after the others */
    REPORT,           /* could be changed, and never is by cmkd: an operator must */
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
    const char *control; /* the controls it serves: controls.h; NULL only of what is READ_ONLY */
    const char *why;     /* for the operator: why it matters; likewise */
};

/* Azure's answer to a write that is not simply a failure. */
struct refusal {
    const char *code;
    bool is_success; /* what was wanted is so already */
    int64_t wait_s;  /* else: it passes by itself; how long after the first try it is waited for */
};

/* What stands in the way of a change, each a static text or NULL, completing the sentences
 * "impossible: ...", "refused: ..." and "waiting until ...". */
struct obstacles {
    const char *impossible, *refused, *waiting;
};

/* One request, as a type words it. */
struct write {
    bool on_data_plane;       /* of the node's vault; else Resource Manager */
    const char *method;       /* static */
    char *path;               /* owned: from '/' on, api-version included */
    char *judge;              /* owned: the same of what tells how it ended, where nothing can be
                               * read at path; NULL: path */
    struct json_object *body; /* owned, or NULL */
    bool repeatable;          /* sending it twice is harmless */
    bool is_rotation;         /* read the versions on the data plane just before; a connection of
                               * its own */
};

/* A path to be freed, or NULL where a neighbour is not known yet. */
typedef char *type_path_fn(const struct neighbours *near);

/* How a type hangs under others: in a map of the configuration, from name to ARM body. */
struct child {
    const char *map;               /* what the configuration calls it: "deployments" */
    const char *const *under;      /* the words of the types that may hold one; ended by NULL */
    bool (*is_name)(const char *); /* a name that Azure accepts */
    const char *expected;          /* completes the sentence "expected ..." about such a name */
    bool is_extension;             /* its id is its parent's, then "/providers/", type and name */
    bool is_apart;                 /* it lives in a group of its own, and points to its parent */
    bool is_single;                /* there is room for one */
    /* What is no resource, but an element of a list in its parent's body, is never asked for:
     * that list; NULL: it is a resource. */
    const char *list;
    const char *const *parts; /* the GUIDs that tell its elements apart and are the end of its id;
                               * all but the first may be absent; ended by NULL */
    const char *const *words; /* all members of an element, ended by NULL */
    /* What a declaration says that is hardly meant: a warning for the operator, which the caller
     * frees, or NULL. NULL: nothing is looked for. */
    char *(*doubt)(const struct node *node);
};

struct type {
    const char *arm_type;      /* "Microsoft.KeyVault/vaults" */
    const char *word;          /* what the configuration and the operator call it: "vault" */
    const char *api_version;   /* of its Resource Manager operations */
    const struct child *child; /* NULL: it is one of the stack's own */

    const struct field *fields; /* what needs more than plain comparison */
    size_t n_fields;
    const char *const *known; /* every property path of the official schema, ended by NULL; a '*'
                               * stands for any member name */
    const char *const *not_found;   /* codes of a 404 that mean: this very resource is not there;
                                     * ended by NULL */
    const char *control;            /* the controls that it serves by being there and alive */
    const char *const *facts;       /* members to keep of what is read, besides those declared:
                                     * paths, ended by NULL */
    const struct refusal *refusals; /* ended by a NULL code */
    bool counts_as_creation;        /* a vault or an account: limits.creations */
    /* Azure replaces it whole: a change is a PUT of all that a look just showed, what is Azure's
     * own taken out. facts must keep all of it. */
    bool is_replaced;
    bool needs_tenant; /* its creation or recovery wants the subscription's tenant */

    /* ---- reading ---- */
    type_path_fn *live_path; /* NULL: the node's id */
    /* The lists by subscription and by resource group show all that live_path does: what they show
     * right needs no read of its own. */
    bool is_listed;
    /* Of a type with find_in_list that is_listed: the member by which the elements of such a list
     * are told apart, and what it must be for one to count; NULL where that is not known. */
    const char *list_key;
    const char *(*list_key_of)(const struct neighbours *near);
    /* What a body of another type says of that beforehand, or NULL: by what stands at list_key_at,
     * paths ended by NULL, and nothing else of it. */
    const char *(*gives_list_key)(const struct node *node, struct json_object *body);
    const char *const *list_key_at;
    /* If set, live_path is a list and this picks the node out of it: borrowed, or NULL. Such a
     * resource is right by being there; its rows are for the creation alone. */
    struct json_object *(*find_in_list)(const struct neighbours *near, struct json_object *list);
    /* The texts without which an element of that list is not what it should be: one that lacks any
     * may be the one that is looked for. Paths, ended by NULL. */
    const char *const *list_must;
    /* What must be there before it can be looked for: completes "waiting until ...", or NULL. */
    const char *(*missing)(const struct neighbours *near);
    type_path_fn *deleted_path;    /* where a soft-deleted one is looked for; NULL: nowhere */
    bool is_deleted_on_data_plane; /* deleted_path is the vault's, not Resource Manager's */
    const char *deleted_not_found; /* the code there that means: not deleted either */
    type_path_fn *versions_path;   /* a list that belongs to it (a key's versions), or NULL */
    /* Lists of what is not declared and that a decision about it hangs on: the path number index,
     * or NULL if there is none (any more). They are asked for last. NULL: never any. */
    char *(*others_path)(const struct neighbours *near, size_t index, int64_t now_s);
    const char *const *others_facts; /* what to keep of their elements, ended by NULL */
    const char *const *others_must;  /* as list_must */

    /* ---- deciding (pure) ---- */

    /* What a row's value means in this round: markers such as "${vault.vaultUri}" are filled in,
     * values that follow others worked out. A new reference, or NULL and in *unknown what it
     * waits for ("the vault's address is known"). NULL: the type has no such rows. */
    struct json_object *(*derive)(const struct neighbours *near, const char *path,
                                  struct json_object *declared, const char **unknown);

    /* What stands in the way of what the finding asks for; NULL: never anything. */
    void (*obstruct)(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles);

    /* Appends findings that no comparison shows (rotation, a guard); NULL: none. */
    void (*changes)(const struct neighbours *near, int64_t now_s, struct findings *findings);

    /* How long a refused write of this finding is waited with: until this instant; 0: not. */
    int64_t (*patience)(const struct neighbours *near, const struct finding *finding);

    /* Words the request of a recovery (NEED_RECOVERY), an action, a field of the data plane, and
     * all of an entry; of a second field it is given the request of the first, to add to. */
    void (*request)(const struct neighbours *near, const struct finding *finding,
                    struct write *write);

    /* True where it is an entry in a list of its parent's or its vault's, made and changed by the
     * parent's operations. NULL: it never is. */
    bool (*is_entry)(const struct neighbours *near);

    /* Where a creation goes, and what it is called; NULL: the node's id. */
    type_path_fn *create_path;

    /* Adds to the body of a creation what hangs on its date, or on what else is in it; NULL:
     * nothing does. */
    void (*complete)(const struct neighbours *near, int64_t now_s, struct json_object *body);

    /* Takes out of a body what may be shown and must not be sent; NULL: nothing. */
    void (*tidy)(struct json_object *body);
};

/* The field at this path (names without case; a row "tags.*" stands for all below), or NULL. */
const struct field *type_field(const struct type *type, const char *path);

/* True if one may hang under what the configuration calls word. */
bool type_hangs_under(const struct type *type, const char *word);

/* The id under parent_id of an element of the list that a type is found in; the caller frees. */
char *type_part_id(const struct type *type, const char *parent_id, struct json_object *element);

/* The element of that id among those in the body of the parent; borrowed, or NULL. */
struct json_object *type_find_part(const struct type *type, const char *parent_id,
                                   struct json_object *parent, const char *id);

/* True for what may be pasted and is ignored: id, name, type, etag, systemData,
 * properties.provisioningState on any type, and the type's own READ_ONLY fields. */
bool type_is_read_only(const struct type *type, const char *path);

/* A copy of a body that is shown, without what is read-only. */
struct json_object *type_writable(const struct type *type, struct json_object *shown);

const char *severity_word(enum severity severity); /* "low", ... */

void write_done(struct write *write); /* frees the members */
