cmkd_library(types types
  SOURCES access_policy.c account.c deployment.c diagnostic_setting.c entry.c failed.c grant.c identity.c incident.c key.c
          known_access_policy.c known_account.c known_deployment.c known_diagnostic_setting.c known_grant.c
          known_key.c known_lock.c known_rai_policy.c known_vault.c lock.c outbound.c parent.c policy.c
          private_endpoint.c rai_policy.c registry.c retire.c roles.c rotate.c vault.c versions.c zone_group.c
  LINK graph)
