#include "types/registry.h"

const struct type *const registry[] = {&type_vault,
                                       &type_key,
                                       &type_account,
                                       &type_grant,
                                       &type_access_policy,
                                       &type_rai_policy,
                                       &type_deployment,
                                       &type_diagnostic_setting,
                                       &type_private_endpoint,
                                       &type_zone_group,
                                       &type_lock,
                                       NULL};
