/* ctl.h: cmkctl, run by a test against the flow's cmkd. */
#pragma once

#include "flow.h"

/* Runs cmkctl with these words, NULL at the end; *out and *err, for the caller, what it said. Its
 * exit status. */
int ctl_run(void **flow, const char *const words[], char **out, char **err);

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* It must end like this, and say that, on either stream. */
void expect_ctl(void **flow, const char *const words[], int status, const char *said);

/* What it prints with --json, which these words must ask for; it must end with 0. The caller
 * puts it. */
struct json_object *ctl_json(void **flow, const char *const words[]);
