/* versions.h: the versions of a key, from what Resource Manager or the data plane lists. The
 * lists come sorted by id, not by age: the newest is the one created last. */
#pragma once

#include "base/js.h"
#include "model/observed.h"

#include <stdbool.h>
#include <stdint.h>

struct version {
    const char *id; /* 32 hexadecimal digits; borrowed from the list */
    bool is_enabled;
    int64_t created_s;
    int64_t not_before_s; /* 0: none */
    int64_t expires_s;    /* INT64_MAX: never */
};

/* What is read of an element of Resource Manager's list, for call_request.keep. */
extern const char *const version_facts[];

/* One element of a list of either form; false if it has no id (which stands in URLs: of letters and
 * digits) or no date of creation. */
bool version_read(struct json_object *item, struct version *version);

/* True if each element of the list can be read and says whether it is enabled. In one that does
 * not an enabled version may hide. */
bool versions_are_whole(struct json_object *list);

/* The list in the form of the data plane, as a text for the caller: what version_read() reads of
 * it, and no more. */
char *version_text(struct json_object *list);

/* The newest of all, or of the enabled ones; false if there is none. */
bool version_newest(struct json_object *list, bool enabled_only, struct version *version);

/* The newest of a key that has been seen, or of its enabled ones. Of several made in one second it
 * is the one that the key itself shows: Azure's dates have no fractions. */
bool version_newest_of(const struct seen *key, bool enabled_only, struct version *version);

/* True if an older one than this is in the list, enabled or not. */
bool version_has_older(struct json_object *list, const struct version *version);

/* The one with this id; false if it is not in the list. */
bool version_find(struct json_object *list, const char *id, struct version *version);

/* True unless the body of a key shows operations without both wrapKey and unwrapKey. */
bool version_can_wrap(struct json_object *key);

/* What a version can be used for at an instant. A disabled one is that first. */
enum version_state {
    VERSION_ENABLED,
    VERSION_DISABLED,
    VERSION_EXPIRED, /* it still unwraps */
    VERSION_NOT_YET_VALID,
};
enum version_state version_state_at(const struct version *version, int64_t now_s);

/* True while the version may wrap keys. */
bool version_is_valid_at(const struct version *version, int64_t now_s);

/* True if the body of an account names this very key, in whatever version; NULL does not. */
bool version_body_names(struct json_object *account, const struct node *key);

/* True if it is an account that is seen to be encrypted under this very key, in whatever version.
 */
bool version_link_names(const struct seen *account, const struct node *key);

/* The version of the account's link, if the account is seen to name this very key; NULL if not,
 * or if the link is versionless. Borrowed. */
const char *version_named_by(const struct seen *account, const struct node *key);
