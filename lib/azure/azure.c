#include "azure/engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- what the parts need ------------------------------------------------------------------- */

uint64_t azure_now_ms(struct azure *azure)
{
    uv_update_time(azure->loop);
    return uv_now(azure->loop);
}

const char *azure_audience(const struct azure *azure, enum audience audience)
{
    switch (audience) {
    case AUDIENCE_RESOURCE_MANAGER:
        return azure->cloud.audience_arm;
    case AUDIENCE_KEY_VAULT:
        return azure->cloud.audience_vault;
    }
    abort();
}

static int64_t boot_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

void azure_note(struct azure *azure, int64_t date_s)
{
    if (date_s)
        azure->heard = (struct clock_heard){date_s, boot_s()};
}

double azure_random(void)
{
    return (double)arc4random() / UINT32_MAX;
}

/* ---- the cloud ----------------------------------------------------------------------------- */

static bool normalise(char **origin, bool allow_http, const char *name, struct err *err)
{
    char *normal = cloud_origin(*origin ? *origin : "", allow_http);
    if (!normal)
        return err_set(err, ERR_CONFIG, "Cloud", "the cloud's %s is no origin: %s", name,
                       *origin ? *origin : "(none)");
    free(*origin);
    *origin = normal;
    return true;
}

/* A copy whose origins are in the form in which they compare. */
static bool cloud_normal(const struct cloud *from, struct cloud *to, struct err *err)
{
    struct cloud copy;
    cloud_copy(from, &copy);
    if (!normalise(&copy.resource_manager, false, "resourceManager", err) ||
        !normalise(&copy.authority, false, "authority", err) ||
        (copy.imds && !normalise(&copy.imds, true, "imds", err))) {
        cloud_done(&copy);
        return false;
    }
    *to = copy;
    return true;
}

/* ---- life ---------------------------------------------------------------------------------- */

bool azure_new(uv_loop_t *loop, const struct cloud *cloud,
               const struct credential_config *credential, const char *proxy, struct azure **azure,
               struct err *err)
{
    struct azure *made = mem_new(1, sizeof *made);
    made->loop = loop;
    made->second_ms = 1000;
    if (!cloud_normal(cloud, &made->cloud, err)) {
        free(made);
        return false;
    }
    if (!http_new(loop, cloud->ca_file, proxy, &made->http, err)) {
        cloud_done(&made->cloud);
        free(made);
        return false;
    }
    credential_config_copy(credential, &made->credential);
    made->gate = gate_new(loop);
    made->tokens = tokens_new(made);
    *azure = made;
    return true;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* True if tokens go where they went, and are for the same. */
static bool stays(const struct cloud *old, const struct cloud *cloud)
{
    return is_same(old->resource_manager, cloud->resource_manager) &&
           is_same(old->key_vault_suffix, cloud->key_vault_suffix) &&
           is_same(old->audience_arm, cloud->audience_arm) &&
           is_same(old->audience_vault, cloud->audience_vault);
}

/* True if a token that was got by the old ones is as good under the new ones. */
static bool tokens_hold(const struct azure *azure, const struct cloud *cloud,
                        const struct credential_config *credential)
{
    const struct cloud *old = &azure->cloud;
    const struct credential_config *was = &azure->credential;
    return stays(old, cloud) && is_same(old->authority, cloud->authority) &&
           is_same(old->imds, cloud->imds) && was->type == credential->type &&
           is_same(was->client_id, credential->client_id) &&
           is_same(was->tenant_id, credential->tenant_id) && is_same(was->file, credential->file);
}

void azure_give_token(struct azure *azure, const char *token)
{
    tokens_give(azure->tokens, azure_audience(azure, AUDIENCE_RESOURCE_MANAGER), token);
}

bool azure_reconfigure(struct azure *azure, const struct cloud *cloud,
                       const struct credential_config *credential, const char *proxy,
                       struct err *err)
{
    struct cloud normal;
    if (!cloud_normal(cloud, &normal, err))
        return false;
    if (!http_reconfigure(azure->http, cloud->ca_file, proxy, err)) {
        cloud_done(&normal);
        return false;
    }
    bool hold = tokens_hold(azure, &normal, credential);
    azure->moves += !stays(&azure->cloud, &normal);
    cloud_done(&azure->cloud);
    credential_config_done(&azure->credential);
    azure->cloud = normal;
    credential_config_copy(credential, &azure->credential);
    if (hold)
        tokens_retry(azure->tokens);
    else
        tokens_reset(azure->tokens);
    return true;
}

void azure_stop(struct azure *azure)
{
    azure->is_stopping = true;
    for (struct call *call = azure->calls; call; call = call_next(call))
        call_stop(call);
    tokens_stop(azure->tokens);
}

uint64_t azure_requests(const struct azure *azure)
{
    return azure->requests;
}

const char *azure_principal(const struct azure *azure)
{
    return azure->principal;
}

int64_t azure_clock_skew_s(const struct azure *azure)
{
    return clock_skew_s(&azure->heard, time(NULL), boot_s());
}

bool azure_has_told_time(const struct azure *azure)
{
    return azure->heard.date_s != 0;
}

void azure_set_share(struct azure *azure, double share)
{
    gate_set_share(azure->gate, share);
}

/* Part by part, each when the one before has let go of the loop. */
static void on_http_closed(void *owner)
{
    struct azure *azure = owner;
    void (*closed)(void *owner) = azure->closed;
    void *closed_owner = azure->owner;
    cloud_done(&azure->cloud);
    credential_config_done(&azure->credential);
    free(azure);
    closed(closed_owner);
}

static void on_gate_closed(void *owner)
{
    struct azure *azure = owner;
    http_free(azure->http, on_http_closed, azure);
}

static void on_tokens_closed(void *owner)
{
    struct azure *azure = owner;
    gate_free(azure->gate, on_gate_closed, azure);
}

void azure_free(struct azure *azure, void (*closed)(void *owner), void *owner)
{
    assert(!azure->calls);
    azure->is_stopping = true;
    azure->closed = closed;
    azure->owner = owner;
    tokens_free(azure->tokens, on_tokens_closed, azure);
}
