/* revoked.h: for tests of revocation: the key of prod.h with its two versions, and orders about it.
 */
#pragma once

#include "prod.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define OLDER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_PATTERN "https://kv-openai-prod[.]vault[.]azure[.]net/keys/openai-cmk"
#define LIST "^GET " KEY_PATTERN "/versions"
#define SWITCH "^PATCH " KEY_PATTERN "/"
#define DISABLES "\"enabled\": *false"
#define ENABLES "\"enabled\": *true"
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define SLOWLY "'interval': 'PT1H', "

/* So many versions of the key are enabled, and so many disabled. */
void expect_versions(void **flow, size_t enabled, size_t disabled);

/* Somebody with all rights asks the vault for something; path is below the key. */
void somebody(void **flow, const char *method, const char *path, const char *body);
void somebody_switches(void **flow, const char *version, bool enabled);

/* A call of io.cmkd; its reply, for the caller. */
struct json_object *call_cmkd(void **flow, const char *method, const char *parameters);
struct json_object *revoke_key(void **flow, const char *stack);
void restore_key(void **flow, const char *stack);

/* root records an order while no cmkd runs. */
void record_revocation(void **flow, const char *stack);
void record_restoration(void **flow);

/* The order stands for so many days more. */
void order_is_older(void **flow, int days);

/* What is on disk. */
void expect_recorded(void **flow, size_t count);
void expect_no_order(void **flow);

/* A daemon that has been through with its first pass. */
void cmkd_running(void **flow, const char *config);
