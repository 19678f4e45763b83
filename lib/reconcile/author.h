/* author.h: who changed it: which record of the activity log tells the author of a finding. Pure.
 * https://learn.microsoft.com/azure/azure-monitor/essentials/activity-log-schema */
#pragma once

#include "base/js.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As the log has it; what is longer is cut. "" where it says nothing. */
struct author {
    int64_t time_s;          /* of the write, by Azure's clock; 0: nobody is known */
    char caller[160];        /* a person's sign-in name, or an object id */
    char client[64];         /* the application that was used */
    char operation[160];     /* "Microsoft.KeyVault/vaults/write" */
    char policy[400];        /* the id of the assignment of Azure Policy that did it */
    char correlation_id[64]; /* of the write, for the log and for Microsoft's support */
};

/* What is asked. All borrowed. */
struct author_question {
    const char *resource_id; /* of the finding */
    int64_t from_s, to_s;    /* by Azure's clock: seen right at the one, found wrong at the other */
    const char *principal;   /* the object id that cmkd writes as; "": not known yet */
    bool (*is_own)(void *owner, const char *correlation_id); /* of a write of cmkd's */
    void *owner;
};

/* The members of a record that are looked at, ended by NULL. */
extern const char *const author_keep[];

/* Takes in a record. True if it tells more than what *author holds, which is then of it: the
 * latest write that succeeded counts, and before all others a policy that meddles with each write.
 */
bool author_consider(const struct author_question *question, struct json_object *record,
                     struct author *author);

/* "alice@contoso.com by client ... at ..., Microsoft.KeyVault/vaults/write". The caller frees. */
char *author_words(const struct author *author);

/* Who it is in one word: the policy, else the caller. */
const char *author_name(const struct author *author);
