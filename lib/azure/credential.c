#include "azure/credential.h"

#include <stdlib.h>

bool credential_takes_claims(enum credential_type type)
{
    return type != CREDENTIAL_MANAGED_IDENTITY && type != CREDENTIAL_AZURE_ARC &&
           type != CREDENTIAL_GIVEN;
}

void credential_config_copy(const struct credential_config *from, struct credential_config *to)
{
    *to = (struct credential_config){
        .type = from->type,
        .client_id = mem_text(from->client_id),
        .tenant_id = mem_text(from->tenant_id),
        .file = mem_text(from->file),
    };
}

void credential_config_done(struct credential_config *config)
{
    free(config->client_id);
    free(config->tenant_id);
    free(config->file);
    *config = (struct credential_config){0};
}
