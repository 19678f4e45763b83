/* cmkctl_adopt.c: a file of stacks out of live accounts.
 *
 *     accounts ─► their links ─► their vaults ─► what is declared ─► a dry run of that ─► the text
 *
 * What deviates is not worked out here: it is what cmkd itself finds, of the very declaration that
 * is printed. So adopting and planning cannot disagree. */
#include "cmkctl_adopt.h"

#include "base/armid.h"
#include "base/js.h"
#include "harden.h"
#include "model/adopt.h"
#include "model/rules.h"
#include "report/escape.h"
#include "types/entry.h"
#include "types/identity.h"
#include "types/registry.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#define TOKEN_MAX 65536
#define NO_ORDERS "/proc/self/task" /* a folder without orders */

struct adoption {
    const struct ctl_options *options;
    struct config config; /* who asks, and of which Azure */
    struct reader reader;
    struct adopt_ids ids;
    struct json_object *stacks; /* owned */
    char *vaults_of;            /* owned: the subscription that vaults are of */
    struct json_object *vaults; /* owned: the list */
    char **footnotes;           /* owned, ended by NULL */
    size_t n_footnotes;
    int status;
};

/* ---- what could not be adopted --------------------------------------------------------------- */

static int status_of(const struct err *err)
{
    if (err->domain == ERR_TRANSPORT)
        return EX_UNAVAILABLE;
    if (err_is(err, "NoToken"))
        return EX_NOPERM;
    if (err_is(err, "NotDeclarable"))
        return EX_DATAERR;
    if (err->domain == ERR_CONFIG || err->domain == ERR_SYSTEM)
        return EX_CONFIG;
    return err->status == 401 || err->status == 403 ? EX_NOPERM : EX_DATAERR;
}

static void footnote(struct adoption *adoption, char *text)
{
    adoption->footnotes =
        mem_resize(adoption->footnotes, adoption->n_footnotes + 2, sizeof(char *));
    adoption->footnotes[adoption->n_footnotes++] = text;
    adoption->footnotes[adoption->n_footnotes] = NULL;
}

/* In the file too, where there is one. Of a subscription, an account under Microsoft's key is no
 * failure. */
static void leave(struct adoption *adoption, const char *id, const struct err *err)
{
    bool is_fine = adoption->options->subscription && err_is(err, "NoCmk");
    AUTO(text) char *message = escape_line(err->message, 0);
    footnote(adoption, mem_format("not adopted: %s: %s: %s", id, err->code, err->message));
    if (is_fine)
        return;
    adoption->status = status_of(err);
    fprintf(stderr, "cmkctl: %s: %s: %s\n", id, err->code, message);
}

/* ---- one account ----------------------------------------------------------------------------- */

static struct json_object *get(struct adoption *adoption, const char *id, const struct type *type,
                               struct err *err)
{
    AUTO(text) char *path = mem_format("%s?api-version=%s", id, type->api_version);
    struct json_object *body = reader_get(&adoption->reader, path, false, err);
    if (body && !armid_same(js_string(body, "id", ""), id)) {
        json_object_put(body);
        (void)err_set(err, ERR_AZURE, "BadJson", "Azure's answer is about something else");
        return NULL;
    }
    return body;
}

static bool list_vaults(struct adoption *adoption, const char *subscription, struct err *err)
{
    if (adoption->vaults && strcasecmp(adoption->vaults_of, subscription) == 0)
        return true;
    AUTO(text)
    char *path = mem_format("/subscriptions/%s/providers/%s?api-version=%s", subscription,
                            type_vault.arm_type, type_vault.api_version);
    struct json_object *list = reader_get(&adoption->reader, path, true, err);
    if (!list)
        return false;
    json_object_put(adoption->vaults);
    free(adoption->vaults_of);
    adoption->vaults = list;
    adoption->vaults_of = mem_text(subscription);
    return true;
}

/* The id of the vault of that name, which is unique in all of Azure: among those that were named,
 * else in the account's subscription. */
static char *find_vault(struct adoption *adoption, const char *name, const char *account,
                        struct err *err)
{
    const struct adopt_ids *ids = &adoption->ids;
    for (size_t i = 0; i < ids->n_vaults; i++)
        if (strcasecmp(armid_name(ids->vaults[i]), name) == 0)
            return mem_text(ids->vaults[i]);
    AUTO(text) char *subscription = armid_part(account, "subscriptions");
    if (!list_vaults(adoption, subscription, err))
        return NULL;
    struct json_object *list = js_array(adoption->vaults, "value");
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        const char *id = js_string(json_object_array_get_idx(list, i), "id", "");
        if (strcasecmp(armid_name(id), name) == 0 && adopt_is_vault(id))
            return mem_text(id);
    }
    (void)err_set(err, ERR_AZURE, "VaultNotFound",
                  "its vault %s is not seen in subscription %s: give its id with --vault-id", name,
                  subscription);
    return NULL;
}

/* What hangs under it, by every type that cmkd knows. */
static void adopt_below(struct adoption *adoption, struct json_object *above, const char *word,
                        const char *id)
{
    for (const struct type *const *type = registry; *type; type++) {
        struct err err;
        AUTO(text) char *path = adopt_list_path(*type, word, id);
        AUTO(json)
        struct json_object *list = path ? reader_get(&adoption->reader, path, true, &err) : NULL;
        if (list)
            adopt_children(above, *type, id, js_array(list, "value"));
        if (!path || list)
            continue;
        AUTO(text) char *what = mem_format("%s (its %s)", id, (*type)->child->map);
        leave(adoption, what, &err);
    }
}

/* Of a vault that asks them: the account's own is its grant, and held without a declaration. */
static void adopt_policies(struct json_object *declared, struct json_object *vault,
                           const char *vault_id, struct json_object *account)
{
    const char *principal = identity_principal(NULL, account);
    AUTO(json) struct json_object *list = entry_list(vault, principal ? principal : "");
    adopt_children(declared, &type_access_policy, vault_id, list);
}

static void adopt_endpoint_of(struct adoption *adoption, struct json_object *above,
                              const char *home, const char *id)
{
    struct err err;
    AUTO(json) struct json_object *body = get(adoption, id, &type_private_endpoint, &err);
    if (body) {
        struct json_object *endpoint = adopt_endpoint(above, &type_private_endpoint, home, body);
        if (endpoint) {
            adopt_below(adoption, endpoint, type_private_endpoint.word, id);
            return;
        }
        (void)err_set(&err, ERR_CONFIG, "SameName", "another one of its name is declared already");
    }
    leave(adoption, id, &err);
}

/* One that is not approved may be anybody's: declared, it would be approved. */
static void adopt_endpoints(struct adoption *adoption, const char *name, const char *word,
                            const char *home, struct json_object *body)
{
    struct json_object *stack = js_member(adoption->stacks, name, NULL);
    struct json_object *list = js_array(body, "properties.privateEndpointConnections");
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *connection = json_object_array_get_idx(list, i);
        const char *id = js_string(connection, "properties.privateEndpoint.id", "unknown");
        const char *status =
            js_string(connection, "properties.privateLinkServiceConnectionState.status", "unknown");
        if (strcasecmp(status, "Approved") == 0 && adopt_is_endpoint(id))
            adopt_endpoint_of(adoption, js_object(stack, word), home, id);
        else
            footnote(adoption,
                     mem_format("%s: not declared: the %s has a private endpoint, %s (%s)", name,
                                word, id, status));
    }
}

static void adopt(struct adoption *adoption, struct json_object *account)
{
    struct err err;
    AUTO(text) char *name = NULL;
    const char *id = js_string(account, "id", "");
    bool is_linked = adopt_vault(&adoption->config.cloud, account, &name, &err);
    AUTO(text) char *vault_id = is_linked ? find_vault(adoption, name, id, &err) : NULL;
    if (!vault_id) {
        leave(adoption, id, &err);
        return;
    }
    AUTO(json) struct json_object *vault = get(adoption, vault_id, &type_vault, &err);
    const char *stack = adopt_stack(adoption->stacks, account, vault_id, vault);
    struct json_object *declared = js_member(adoption->stacks, stack, NULL);
    if (vault) { /* else it is no use to ask for more of it */
        adopt_policies(js_object(declared, "vault"), vault, vault_id, account);
        adopt_below(adoption, js_object(declared, "vault"), "vault", vault_id);
    }
    adopt_below(adoption, js_object(declared, "account"), "account", id);
    adopt_endpoints(adoption, stack, "vault", id, vault);
    adopt_endpoints(adoption, stack, "account", id, account);
}

static bool is_openai(struct json_object *account)
{
    const char *kind = js_string(account, "kind", "");
    return strcasecmp(kind, "OpenAI") == 0 || strcasecmp(kind, "AIServices") == 0;
}

/* The soft-deleted record says it better than "not found". */
static void tell_missing(struct adoption *adoption, const char *id, struct err *err)
{
    AUTO(text) char *subscription = armid_part(id, "subscriptions");
    AUTO(text)
    char *path = mem_format("/subscriptions/%s/providers/Microsoft.CognitiveServices/"
                            "deletedAccounts?api-version=%s",
                            subscription, type_account.api_version);
    struct err ignored;
    AUTO(json) struct json_object *deleted = reader_get(&adoption->reader, path, true, &ignored);
    struct json_object *list = js_array(deleted, "value");
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        if (strcasecmp(armid_name(js_string(json_object_array_get_idx(list, i), "id", "")),
                       armid_name(id)) == 0)
            (void)err_set(err, ERR_AZURE, "SoftDeleted",
                          "it is soft-deleted: recover it first, there is nothing live to adopt");
}

static void adopt_id(struct adoption *adoption, const char *id)
{
    struct err err;
    AUTO(json) struct json_object *account = get(adoption, id, &type_account, &err);
    if (account && is_openai(account)) {
        adopt(adoption, account);
        return;
    }
    if (account)
        (void)err_set(&err, ERR_AZURE, "BadKind", "it is of kind %s: cmkd holds OpenAI, AIServices",
                      js_string(account, "kind", "unknown"));
    else if (err.status == 404)
        tell_missing(adoption, id, &err);
    leave(adoption, id, &err);
}

static int by_id(const void *a, const void *b)
{
    struct json_object *const *left = a, *const *right = b;
    return strcasecmp(js_string(*left, "id", ""), js_string(*right, "id", ""));
}

static void adopt_subscription(struct adoption *adoption, const char *subscription)
{
    struct err err;
    AUTO(text) char *id = mem_format("/subscriptions/%s", subscription);
    AUTO(text)
    char *path = mem_format("%s/providers/%s?api-version=%s", id, type_account.arm_type,
                            type_account.api_version);
    AUTO(json) struct json_object *answer = reader_get(&adoption->reader, path, true, &err);
    struct json_object *list = js_array(answer, "value");
    if (!answer)
        leave(adoption, id, &err);
    if (list)
        json_object_array_sort(list, by_id);
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *account = json_object_array_get_idx(list, i);
        if (is_openai(account) && adopt_is_account(js_string(account, "id", "")))
            adopt(adoption, account);
    }
}

/* ---- what cmkd finds of it ------------------------------------------------------------------- */

static struct json_object *cloud_of(const struct config *config)
{
    AUTO(json) struct json_object *shown = config_show(config);
    AUTO(json) struct json_object *cloud = json_object_get(js_find(shown, "cloud"));
    if (strcmp(config->cloud.name, "custom") != 0)
        return json_object_new_string(config->cloud.name);
    js_remove(cloud, "name");
    return TAKE(cloud);
}

/* By the daemon's own loader, which reads files: one in memory. */
static bool load(struct adoption *adoption, struct config *config, struct problems *problems)
{
    AUTO(json) struct json_object *file = json_object_new_object();
    AUTO(fd) int fd = memfd_create("adopted.json", MFD_CLOEXEC);
    js_put(file, "cloud", cloud_of(&adoption->config));
    js_put(file, "credential.type", json_object_new_string("managedIdentity"));
    js_put(file, "mode", json_object_new_string("enforce")); /* what it would do */
    js_put(file, "stateDirectory", json_object_new_string(NO_ORDERS));
    json_object_object_add(file, "stacks", json_object_get(adoption->stacks));
    const char *text = json_object_to_json_string(file);
    AUTO(text) char *path = mem_format("/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    return config_load(path, registry, NULL, config, problems);
}

/* True if what is declared so far loads. */
static bool is_loadable(struct adoption *adoption, struct err *err)
{
    struct config config = {0};
    struct problems problems = {0};
    bool is_good = load(adoption, &config, &problems);
    for (size_t i = problems.count; !is_good && i-- > 0;)
        if (!problems.list[i].is_warning)
            (void)err_set(err, ERR_CONFIG, "NotDeclarable", "%s",
                          strchr(problems.list[i].text, ' ') + 1); /* after the file, in memory */
    problems_done(&problems);
    config_done(&config);
    return is_good;
}

/* One that cannot be declared, or not beside the others (accounts of two regions share a vault), is
 * left out; mostly there is none. */
static void winnow(struct adoption *adoption)
{
    struct err err;
    if (is_loadable(adoption, &err))
        return;
    AUTO(json) struct json_object *all = adoption->stacks;
    adoption->stacks = json_object_new_object();
    json_object_object_foreach(all, name, stack)
    {
        json_object_object_add(adoption->stacks, name, json_object_get(stack));
        if (is_loadable(adoption, &err))
            continue;
        json_object_object_del(adoption->stacks, name);
        leave(adoption, name, &err);
    }
}

static void print_plan(struct adoption *adoption)
{
    static char *const none[] = {NULL};
    struct config config = {0};
    struct problems problems = {0};
    bool is_whole, is_good = load(adoption, &config, &problems);
    assert(is_good); /* winnow() has seen it load */
    (void)is_good;
    AUTO(text)
    char *text = reader_plan(&adoption->reader, &config, adoption->stacks,
                             adoption->footnotes ? adoption->footnotes : none, &is_whole);
    int printed = ctl_print(text);
    if (printed != EX_OK)
        adoption->status = printed;
    else if (!is_whole && adoption->status == EX_OK)
        adoption->status = ctl_fail(EX_NOPERM, "not all could be seen: look for UNKNOWN");
    problems_done(&problems);
    config_done(&config);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int check(const struct ctl_options *options)
{
    size_t sources =
        options->n_words + (options->subscription != NULL) + (options->terraform != NULL);
    if (sources != 1)
        return ctl_fail(EX_USAGE, "adopt wants one of ACCOUNT_ID, --subscription, "
                                  "--terraform-state");
    if (options->n_words && !adopt_is_account(options->words[0]))
        return ctl_fail(EX_USAGE, "that is not the id of an account, expected /subscriptions/.../"
                                  "resourceGroups/.../providers/Microsoft.CognitiveServices/"
                                  "accounts/NAME");
    if (options->subscription && !rule_guid(options->subscription))
        return ctl_fail(EX_USAGE, "--subscription wants " RULE_GUID);
    if (options->vault_id && !adopt_is_vault(options->vault_id))
        return ctl_fail(EX_USAGE,
                        "--vault-id wants /subscriptions/.../resourceGroups/.../providers/"
                        "Microsoft.KeyVault/vaults/NAME");
    return EX_OK;
}

/* A person with a token may have no configuration yet. */
static bool load_settings(struct adoption *adoption)
{
    const struct ctl_options *options = adoption->options;
    struct problems problems = {0};
    const char *path = options->config ? options->config : CONFIG_DEFAULT;
    if (options->token && !options->config && access(path, F_OK) != 0)
        return cloud_by_name("AzureCloud", &adoption->config.cloud);
    bool is_good = config_load_settings(path, registry, secure_getenv("CREDENTIALS_DIRECTORY"),
                                        options->token, &adoption->config, &problems);
    for (size_t i = 0; !is_good && i < problems.count; i++)
        if (!problems.list[i].is_warning)
            fprintf(stderr, "cmkctl: %s\n", problems.list[i].text);
    problems_done(&problems);
    return is_good;
}

static char *read_token(void)
{
    AUTO(secret) char *token = mem_new(TOKEN_MAX + 1, 1);
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length < TOKEN_MAX) {
        got = read(STDIN_FILENO, token + length, TOKEN_MAX - length);
        length += got > 0 ? (size_t)got : 0;
    }
    while (length && strchr(" \r\n", token[length - 1]))
        token[--length] = '\0';
    bool is_plain = got == 0 && length;
    for (size_t i = 0; i < length; i++)
        is_plain &= token[i] > ' ' && token[i] < 0x7f;
    return is_plain ? TAKE(token) : NULL;
}

static void adopt_all(struct adoption *adoption)
{
    if (adoption->options->subscription)
        adopt_subscription(adoption, adoption->options->subscription);
    for (size_t i = 0; i < adoption->ids.n_accounts; i++)
        adopt_id(adoption, adoption->ids.accounts[i]);
    if (json_object_object_length(adoption->stacks))
        winnow(adoption);
    if (json_object_object_length(adoption->stacks))
        print_plan(adoption);
    else if (adoption->status == EX_OK)
        adoption->status = ctl_fail(EX_DATAERR, "no account with a customer-managed key is there");
}

static int with_token(struct adoption *adoption, const char *token)
{
    struct err err;
    if (!reader_open(&adoption->reader, &adoption->config, token, &err))
        return ctl_fail(EX_CONFIG, err.message);
    adoption->stacks = json_object_new_object();
    adopt_all(adoption);
    reader_close(&adoption->reader);
    return adoption->status;
}

static int run(struct adoption *adoption)
{
    const struct ctl_options *options = adoption->options;
    int status = check(options);
    AUTO(secret) char *token = NULL;
    if (status != EX_OK)
        return status;
    if (options->terraform && !adopt_terraform(options->terraform, &adoption->ids, &status))
        return status;
    if (options->n_words)
        adopt_add(&adoption->ids.accounts, &adoption->ids.n_accounts, options->words[0]);
    if (options->vault_id)
        adopt_add(&adoption->ids.vaults, &adoption->ids.n_vaults, options->vault_id);
    if (!load_settings(adoption))
        return EX_CONFIG;
    if (options->token)
        token = read_token();
    if (options->token && !token)
        return ctl_fail(EX_DATAERR, "standard input holds no token");
    return with_token(adoption, token);
}

int ctl_adopt(const struct ctl_options *options)
{
    struct adoption adoption = {.options = options};
    harden(); /* there are tokens in this memory */
    int status = run(&adoption);
    for (size_t i = 0; i < adoption.n_footnotes; i++)
        free(adoption.footnotes[i]);
    free(adoption.footnotes);
    free(adoption.vaults_of);
    json_object_put(adoption.vaults);
    json_object_put(adoption.stacks);
    adopt_ids_done(&adoption.ids);
    config_done(&adoption.config);
    return status;
}
