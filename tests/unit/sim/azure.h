/* azure.h: azsim's Azure without a network, as tests of it see it: a story is a few requests, each
 * with what must come back. Between them the clock can move and Azure can drift. */
#pragma once

#include "cases.h"

#include "sim.h"

/* The rows of a story say only what they are about. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SUB "/subscriptions/00000000-0000-0000-0000-000000000001"
#define RG SUB "/resourceGroups/rg"
#define VAULTS RG "/providers/Microsoft.KeyVault/vaults/"
#define VAULT VAULTS "kvt"
#define KEY VAULT "/keys/cmk"
#define ACCOUNTS RG "/providers/Microsoft.CognitiveServices/accounts/"
#define ACCOUNT ACCOUNTS "oai"
#define GRANTS "/providers/Microsoft.Authorization/roleAssignments"
#define OLD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 120 days old */
#define NEW "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" /* 30 days old */
#define PRINCIPAL "44444444-4444-4444-4444-444444444441"
#define TENANT_ID "11111111-1111-1111-1111-111111111111"
#define ROLE SUB "/providers/Microsoft.Authorization/roleDefinitions/"
#define ENCRYPTION_USER ROLE "e147488a-f6f5-4113-8e2d-b22465e65bf6"
#define GRANT_NAME "55555555-5555-5555-5555-555555555555"

/* One request, or (ask NULL) only what happens before it. */
struct step {
    /* "GET /path" to Resource Manager, "GET kv:/path" to the vault "kvt"; the api-version is added
     * where none stands. "@Name" in place of a path is the last answer's header, "@nextLink" its
     * member. */
    const char *ask;
    const char *body; /* JSON, single quotes will do; or NULL */
    int status;
    const char *code;              /* "Code" or "Code/Inner"; NULL: not looked at */
    const char *path, *value;      /* a member of the answer as text; value NULL: absent */
    const char *path2, *value2;    /* another one */
    const char *header, *contains; /* a header and a part of it; contains NULL: absent */
    int64_t later_s;               /* before the request the clock moves on */
    const char *drift, *patch;     /* and this resource changes behind Azure's back */
};

#define STEPS_MAX 14

struct story {
    const char *name;
    const char *settings; /* of the seed; NULL: everything takes no time */
    struct step steps[STEPS_MAX];
};

/* A healthy deployment: the vault kvt with the key cmk in two versions, the account oai linked to
 * the newer one, the grant on the key. settings as in a seed, or NULL: no delays. */
struct sim *azure_new(const char *settings);

/* Parses with single quotes; a text that is wrong ends the test. */
struct json_object *azure_json(const char *text);

/* A token for "https://management.azure.com" or "https://vault.azure.net"; the caller frees. */
char *azure_token(struct sim *sim, const char *audience);

/* One step of a story; last is the answer before it, all zero at first, and becomes this one. */
void story_step(struct sim *sim, const struct step *step, struct sim_response *last);

/* The check function of a table of stories. */
void story_check(void **state);
