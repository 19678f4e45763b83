/* cmkctl_adopt.h: what the files of `cmkctl adopt` share. */
#pragma once

#include "cmkctl.h"

#include "azure/azure.h"
#include "model/config.h"

/* ---- cmkctl_terraform.c ---- */

struct adopt_ids {
    char **accounts, **vaults; /* owned */
    size_t n_accounts, n_vaults;
};

/* Adds an id, unless it is there. */
void adopt_add(char ***ids, size_t *count, const char *id);
void adopt_ids_done(struct adopt_ids *ids); /* frees the members, zeroes it */

/* The ids of accounts and vaults in a state of Terraform, whichever provider or module made them:
 * they are the "id" of what is managed. False: told, and *status is the exit status. */
bool adopt_terraform(const char *path, struct adopt_ids *ids, int *status);

/* ---- cmkctl_adopt_read.c: Azure, one GET after the other ---- */

struct reader {
    uv_loop_t loop;
    struct azure *azure;
    bool is_done;             /* what is waited for */
    struct json_object *body; /* owned: of the last answer */
    struct err err;           /* of the last answer */
};

/* token: NULL, or what a person has given, instead of the credential. */
bool reader_open(struct reader *reader, const struct config *config, const char *token,
                 struct err *err) MUST_CHECK;

/* The body, for the caller; of a list {"value": [...]} of all its pages. NULL and *err: the
 * engine's. */
struct json_object *reader_get(struct reader *reader, const char *path, bool is_list,
                               struct err *err);

/* A dry run over the graph of config, until it is through; text is for the caller. */
char *reader_plan(struct reader *reader, const struct config *config, struct json_object *stacks,
                  char *const *footnotes, bool *is_whole);

void reader_close(struct reader *reader);
