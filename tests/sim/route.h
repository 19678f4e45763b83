/* route.h: which handler serves a request, by method and path. */
#pragma once

#include "call.h"

typedef void serve_fn(struct call *call);

/* A resource provider, as far as Resource Manager knows it. */
struct provider {
    const char *name;     /* "Microsoft.KeyVault" */
    const char *versions; /* the api-versions it takes, the way its refusal lists them */
    const char *service;  /* x-ms-keyvault-service-version, or NULL */
    bool is_gateway;      /* Resource Manager itself */
};

struct route {
    const char *method;
    const char *pattern; /* {} is any one segment; before "{scope}" there may be any path */
    const struct provider *provider;
    serve_fn *serve;
};

/* The row whose method and pattern fit, its args and scope put into the call. If only the method
 * does not fit, *wrong_method is true. */
const struct route *route_find(const struct route *routes, size_t count, struct call *call,
                               const char *path, bool *wrong_method);

/* The same among all that Resource Manager serves: routes.c. */
const struct route *routes_find(struct call *call, bool *wrong_method);

/* The api-versions of the first provider of that name; "" if there is none. */
const char *routes_versions(const char *provider);

/* Hands the call to a handler, by host and path: sim_serve() without its frame. */
void arm_serve(struct call *call);
void data_serve(struct call *call, const char *vault);
void entra_serve(struct call *call);
void imds_serve(struct call *call);

/* token.c: the token that the Authorization header carries, or NULL; *given tells if there is any
 * bearer token at all. An expired one is returned too. */
struct token *token_of(struct sim *sim, const char *authorization, bool *given);

/* True if the audience is one of those of Resource Manager, or of vaults. */
bool token_for_arm(const struct sim *sim, const struct token *token);
bool token_for_vaults(const struct sim *sim, const struct token *token);
