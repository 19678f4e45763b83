/* config.h: the configuration, read, checked whole, and turned into the desired graph.
 * The file's format is DESIGN's and config/cmkd.schema.json's; the man page is cmkd.json(5). */
#pragma once

#include "azure/cloud.h"
#include "azure/credential.h"
#include "model/graph.h"
#include "model/type.h"

#define CONFIG_DEFAULT "/etc/cmkd/cmkd.json" /* where nobody says where it is */

struct limits {
    unsigned changes_per_pass; /* 50 */
    unsigned creations;        /* 2: vaults and accounts */
    int64_t absent_for_s;      /* 30: between the two looks that make an absence */
    int64_t once_deadline_s;   /* 900 */
    double share;              /* 0.25 of Azure's rate limits */
};

struct config {
    struct cloud cloud;
    struct credential_config credential;
    char *proxy; /* owned, or NULL */
    int64_t interval_s;
    struct limits limits;
    char *state_directory; /* owned, absolute */
    struct graph graph;
};

/* What a faulty (or doubtful) file says about itself; all of them, in the order of the file. */
struct problem {
    bool is_warning; /* it loads all the same */
    char *text;      /* owned: "file:line: /json/pointer: what is wrong, what was expected" */
};

struct problems {
    struct problem *list; /* owned */
    size_t count;
};

void problems_done(struct problems *problems); /* frees the members */

/* Loads path and what it includes. types is the registry (see types/registry.h), ended by NULL.
 * credentials_directory is $CREDENTIALS_DIRECTORY or NULL: where relative credential files are
 * looked for first. Whether a file is valid never depends on the date.
 *
 * Every mistake of all files goes into *problems, warnings too (init it with {0}). True if none
 * is an error: then *config is filled and the caller frees it with config_done(). */
bool config_load(const char *path, const struct type *const *types,
                 const char *credentials_directory, struct config *config,
                 struct problems *problems) MUST_CHECK;

/* The same without stacks, which are not looked at: who asks, and of which Azure. Nor is the
 * credential where a token takes its place: its file may be for the daemon alone. */
bool config_load_settings(const char *path, const struct type *const *types,
                          const char *credentials_directory, bool has_token, struct config *config,
                          struct problems *problems) MUST_CHECK;

void config_done(struct config *config); /* frees the members */

/* The configuration as it was understood: defaults filled in, baseline merged, rows as ARM bodies;
 * no secrets (only names of files are in it). A new tree for the caller. */
struct json_object *config_show(const struct config *config);

/* The text of config/baseline.json as it is built in. */
const char *baseline_text(void);

/* The same as JSON. A new reference. */
struct json_object *baseline_tree(void);
