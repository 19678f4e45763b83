/* cmkctl_terraform.c: what a state of Terraform names. Its format (version 4) is Terraform's own
 * affair, but that each resource has "instances" with "attributes", and these the provider's "id",
 * has been so since 0.12: azurerm, azapi and modules of either do not differ in it. */
#include "cmkctl_adopt.h"

#include "base/armid.h"
#include "base/js.h"
#include "model/adopt.h"
#include "model/jsonfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define STATE_SIZE_MAX ((size_t)64 << 20)

void adopt_add(char ***ids, size_t *count, const char *id)
{
    for (size_t i = 0; i < *count; i++)
        if (armid_same((*ids)[i], id))
            return;
    *ids = mem_resize(*ids, *count + 1, sizeof **ids);
    (*ids)[(*count)++] = mem_text(id);
}

void adopt_ids_done(struct adopt_ids *ids)
{
    for (size_t i = 0; i < ids->n_accounts; i++)
        free(ids->accounts[i]);
    for (size_t i = 0; i < ids->n_vaults; i++)
        free(ids->vaults[i]);
    free(ids->accounts);
    free(ids->vaults);
    *ids = (struct adopt_ids){0};
}

/* ---- what is in it ------------------------------------------------------------------------- */

static void take(struct json_object *instance, struct adopt_ids *ids)
{
    const char *id = js_string(instance, "attributes.id", "");
    if (adopt_is_account(id))
        adopt_add(&ids->accounts, &ids->n_accounts, id);
    else if (adopt_is_vault(id))
        adopt_add(&ids->vaults, &ids->n_vaults, id);
}

static void take_all(struct json_object *state, struct adopt_ids *ids)
{
    struct json_object *resources = js_array(state, "resources");
    for (size_t i = 0; resources && i < json_object_array_length(resources); i++) {
        struct json_object *resource = json_object_array_get_idx(resources, i);
        struct json_object *instances = js_array(resource, "instances");
        bool is_managed = strcmp(js_string(resource, "mode", "managed"), "managed") == 0;
        for (size_t k = 0; is_managed && instances && k < json_object_array_length(instances); k++)
            take(json_object_array_get_idx(instances, k), ids);
    }
}

/* ---- reading ------------------------------------------------------------------------------- */

/* There are secrets in a state: it is zeroed. */
static bool read_state(const char *path, char **text, size_t *length, struct err *err)
{
    struct stat st;
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, "cannot read %s", path);
    if (!S_ISREG(st.st_mode) || (uintmax_t)st.st_size > STATE_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "BadState",
                       "%s is no regular file of at most 64 MB: terraform state pull gives one",
                       path);
    size_t size = (size_t)st.st_size;
    AUTO(secret) char *bytes = mem_new(size + 1, 1);
    for (*length = 0; *length < size;) {
        ssize_t got = read(fd, bytes + *length, size - *length);
        if (got < 0)
            return err_errno(err, "cannot read %s", path);
        if (got == 0)
            break;
        *length += (size_t)got;
    }
    *text = TAKE(bytes);
    return true;
}

static int tell(struct faults *faults)
{
    struct problems problems = {0};
    faults_take(faults, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "cmkctl: %s\n", problems.list[i].text);
    problems_done(&problems);
    return EX_DATAERR;
}

bool adopt_terraform(const char *path, struct adopt_ids *ids, int *status)
{
    struct err err;
    struct faults faults = {0};
    struct jsonfile document = {.path = mem_text(path)};
    AUTO(secret) char *text = NULL;
    size_t length = 0, before = ids->n_accounts;
    *status = EX_OK;
    if (!read_state(path, &text, &length, &err)) {
        *status = ctl_fail(err.domain == ERR_SYSTEM ? EX_NOINPUT : EX_DATAERR, err.message);
    } else if (!jsonfile_parse(&document, text, length, &faults)) {
        *status = tell(&faults);
    } else {
        take_all(document.tree, ids);
        if (ids->n_accounts == before)
            *status = ctl_fail(EX_DATAERR, "no account of Azure AI is in that state of Terraform");
    }
    jsonfile_done(&document);
    return *status == EX_OK;
}
