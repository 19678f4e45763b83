/* loader.h: what the parts of the configuration's loader share. */
#pragma once

#include "model/build.h"
#include "model/config.h"
#include "model/jsonfile.h"
#include "model/place.h"

/* What the baseline says of one type: rows to hold, and members for the body of a creation. */
struct base {
    struct want *rows; /* owned, each value an owned reference */
    size_t count;
    struct json_object *create; /* owned */
};

struct loader {
    const struct type *const *types;   /* the registry, ended by NULL */
    const char *credentials_directory; /* or NULL */
    char *directory;                   /* owned: absolute: the configuration file's own */
    struct faults faults;
    struct jsonfile **documents; /* owned; the configuration is the first */
    size_t n_documents;
    struct jsonfile baseline;
    struct base *bases; /* owned; one for each type, in their order */
    struct build build;
    struct lh_table *stack_places; /* owned: the name of a stack to its "file:line" (owned) */
    enum mode mode;                /* of stacks that do not say */
    struct config *config;         /* being filled */
};

/* What a stack says of itself: for markers and for checks across its resources. */
struct facts {
    const char *subscription_id, *location;
    const char *vault, *key, *account; /* names; NULL where one is wrong */
    bool rotates;                      /* the key, by cmkd or its vault */
    enum mode mode;
};

/* The type that the configuration calls so. Never NULL: the registry has all of its words. */
const struct type *loader_type(const struct loader *loader, const char *word);
const struct base *loader_base(const struct loader *loader, const struct type *type);

/* ---- baseline.c ---- */

void baseline_load(struct loader *loader);
void baseline_done(struct loader *loader);

/* The text with the markers filled in that a stack can fill (${location}, ${account.name},
 * ${key.name}, ${subscriptionId}); NULL if it has none. The caller frees. */
char *baseline_fill(const char *text, const struct facts *facts);

/* The members for the body of a creation, markers filled in: JSON among the graph's names, or NULL
 * if there are none. */
const char *baseline_create(struct loader *loader, const struct base *base,
                            const struct facts *facts);

/* ---- settings.c, credential.c: what stands in the file besides stacks ---- */

void settings_read(struct loader *loader, const struct place *place, struct json_object *root);
void credential_read(struct loader *loader, const struct place *place, struct json_object *value);

/* A duration from minimum to maximum at key. False if absent or reported. */
bool settings_duration(struct faults *faults, const struct place *place, struct json_object *object,
                       const char *key, const char *minimum, const char *maximum,
                       struct duration *duration);

/* The absolute path of a file the configuration names (relative: in the first of directories
 * that has it). NULL if there is none, reported. The caller frees. */
char *settings_file(struct loader *loader, const struct place *place, const char *name,
                    bool is_credential);

/* "audit" or "enforce" at key, else fallback. */
enum mode settings_mode(struct faults *faults, const struct place *place,
                        struct json_object *object, enum mode fallback);

/* ---- stack.c, resource.c, exempt.c ---- */

void stack_read(struct loader *loader, const struct place *place, const char *name,
                struct json_object *object);

/* One resource of a stack, on its way into the graph. */
struct resource {
    const struct type *type;
    struct json_object *object; /* its declaration; NULL: there is none, or it is wrong */
    struct place place;
    const char *name, *subscription_id, *resource_group; /* NULL where wrong */
};

/* Reads what names the resource and checks its keys; what is absent comes from the stack. */
void resource_name(struct loader *loader, struct resource *resource, const struct place *stack,
                   struct json_object *stack_object, const char *word);

/* The text at key of an object that may live elsewhere, else that of its stack; NULL if wrong. */
const char *resource_home(struct loader *loader, const struct place *place,
                          struct json_object *object, struct json_object *stack_object,
                          const char *key, bool (*rule)(const char *), const char *expected);

/* Reports each member of the resource that is neither ARM's, nor among words (ended by NULL), nor
 * a map of what hangs under such a resource. */
void resource_check_words(struct loader *loader, const struct resource *resource,
                          const char *const *words);

/* A node for it: rows merged, nothing known of neighbours. id is handed over. */
struct node *resource_node(struct loader *loader, const struct resource *resource, char *id,
                           const struct facts *facts);

/* The words of a key that are not ARM's. */
void resource_rotation(struct loader *loader, const struct resource *key, struct node *node);

/* What a stack has, for exemptions. */
struct hanging {
    char *path;        /* owned: "vault", "vault.roleAssignments.ours" */
    struct node *node; /* NULL: it is there, but wrong */
};

/* The exemptions of a stack. Good ones are attached to the nodes that they cover. */
void exempt_read(struct loader *loader, const struct place *stack, struct json_object *stack_object,
                 const struct hanging *hanging, size_t count);

/* ---- body.c, checks.c, policy.c: a declaration's ARM body, made into rows ---- */

struct body {
    struct loader *loader;
    const struct type *type;
    const struct base *base;
    const struct facts *facts;
    struct want *wants; /* owned until moved to a node */
    size_t count, room;
    size_t errors_before; /* found when it began: a faulty one is not warned about */
};

/* Descends value, which stands at place and path, and appends a row for each leaf. */
void body_read(struct body *body, const struct place *place, const char *path,
               struct json_object *value);

/* Adds what the baseline demands and the declaration does not say, warns of lists that are not
 * held, and sorts. */
void body_merge(struct body *body, const struct place *place);

/* The baseline's value at path with its markers filled in (a new reference), or NULL. */
struct json_object *body_baseline(const struct body *body, const char *path);

/* Checks one leaf against all that is known of it, and reports what is wrong. */
void check_leaf(struct body *body, const struct place *place, const char *path,
                const struct field *field, struct json_object *value);

/* False, reported, if Azure would refuse the rotation policy of a key that holds value at path. */
bool policy_check(const struct body *body, const struct place *place, const char *path,
                  struct json_object *value);

/* False, reported, if an object may not stand at path. */
bool check_object(struct body *body, const struct place *place, const char *path,
                  const struct field *field);
