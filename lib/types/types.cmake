cmkd_library(types types
  SOURCES account.c deployment.c diagnostic_setting.c grant.c known_diagnostic_setting.c known_deployment.c known_rai_policy.c rai_policy.c incident.c key.c known_account.c known_grant.c known_key.c
          known_lock.c known_vault.c lock.c parent.c policy.c private_endpoint.c registry.c retire.c roles.c rotate.c vault.c
          versions.c zone_group.c
  LINK graph)
