#include "route.h"

#include "access.h"
#include "account.h"
#include "vault.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCOPE "{scope}"

static void drop_args(struct call *call)
{
    for (size_t i = 0; i < CALL_ARGS_MAX; i++)
        free(TAKE(call->args[i]));
    free(TAKE(call->scope));
}

/* Walks both side by side; a segment of the path is an arg where the pattern has {}. */
static bool fits(struct call *call, const char *pattern, const char *path)
{
    size_t n_args = 0;
    while (*pattern) {
        if (strncmp(pattern, "{}", 2) == 0) {
            size_t length = strcspn(path, "/");
            if (!length || n_args == CALL_ARGS_MAX)
                return false;
            call->args[n_args++] = mem_text_n(path, length);
            path += length;
            pattern += 2;
        } else {
            size_t length = strcspn(pattern, "{");
            if (strncasecmp(pattern, path, length) != 0)
                return false;
            path += length;
            pattern += length;
        }
    }
    return *path == '\0' || strcmp(path, "/") == 0;
}

/* An extension hangs on any resource: what counts is the last "/providers/". */
static bool fits_below(struct call *call, const char *pattern, const char *path)
{
    const char *last = NULL;
    for (const char *at = path; (at = strcasestr(at, "/providers/")); at++)
        last = at;
    if (!last || !fits(call, pattern, last))
        return false;
    call->scope = last == path ? mem_text("/") : mem_text_n(path, (size_t)(last - path));
    return true;
}

const struct route *route_find(const struct route *routes, size_t count, struct call *call,
                               const char *path, bool *wrong_method)
{
    *wrong_method = false;
    for (size_t i = 0; i < count; i++) {
        const struct route *route = &routes[i];
        bool below = strncmp(route->pattern, SCOPE, strlen(SCOPE)) == 0;
        drop_args(call);
        if (below ? !fits_below(call, route->pattern + strlen(SCOPE), path)
                  : !fits(call, route->pattern, path))
            continue;
        if (strcmp(route->method, call->request->method) == 0)
            return route;
        *wrong_method = true;
    }
    drop_args(call);
    return NULL;
}

/* ---- by host --------------------------------------------------------------------------------- */

/* The vault in "<vault>.vault.localhost[:port]", or NULL. */
static char *vault_of(const char *host)
{
    const char *suffix = strstr(host, ".vault.localhost");
    return suffix && suffix != host ? mem_text_n(host, (size_t)(suffix - host)) : NULL;
}

static bool host_is(const char *host, const char *name)
{
    size_t length = strlen(name);
    return strncmp(host, name, length) == 0 && (host[length] == '\0' || host[length] == ':');
}

static void serve(struct call *call)
{
    const struct sim_request *request = call->request;
    AUTO(text) char *vault = vault_of(request->host);
    if (vault)
        data_serve(call, vault);
    else if (host_is(request->host, "management.localhost"))
        arm_serve(call);
    else if (host_is(request->host, "login.localhost"))
        entra_serve(call);
    else if (strncmp(request->path, "/metadata/", 10) == 0)
        imds_serve(call);
    else
        call_fail(call, 404, "NotFound", "azsim does not know the host '%s'.", request->host);
}

void sim_serve(struct sim *sim, const struct sim_request *request, struct sim_response *response)
{
    struct call call = {.sim = sim, .request = request, .response = response};
    *response = (struct sim_response){0};
    call.id = mem_text(request->path);
    size_t length = strlen(call.id);
    if (length > 1 && call.id[length - 1] == '/')
        call.id[length - 1] = '\0';
    call.api_version = call_query(&call, "api-version");

    vaults_expire(sim);
    accounts_expire(sim);
    serve(&call);

    access_done(&call);
    drop_args(&call);
    free(call.id);
    free(call.api_version);
}
