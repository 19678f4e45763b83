/* known.h: every property path of the official schemas of the types, for spotting a misspelt one.
 * Arrays are leaves; a '*' stands for any member name, at the end also for all below it. Each
 * table is ended by NULL. Made by known.py. */
#pragma once

extern const char *const known_vault[];
extern const char *const known_access_policy[];
extern const char *const known_key[];
extern const char *const known_account[];
extern const char *const known_grant[];
extern const char *const known_lock[];
extern const char *const known_diagnostic_setting[];
extern const char *const known_deployment[];
extern const char *const known_rai_policy[];
