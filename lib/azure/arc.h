/* arc.h: the agent of Azure Arc. It hands out tokens as the metadata service of a virtual machine
 * does, but first names a file that not everybody on the machine can read, and wants to be told
 * what is in it.
 * https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication */
#pragma once

#include "azure/answer.h"
#include "base/err.h"

#define ARC_ORIGIN "http://127.0.0.1:40342"
#define ARC_FOLDER "/var/opt/azcmagent/tokens"

/* The file that the agent's 401 names; the caller frees it. Whatever answers there could name any
 * file, and would be sent what is in it: it must be called *.key and lie in the folder itself
 * (NULL: in any). Errors: ERR_AZURE "BadChallenge". */
bool arc_challenge(const struct http_answer *answer, const char *folder, char **file,
                   struct err *err) MUST_CHECK;

/* What is in the file, as a header "Authorization: ..."; the caller frees it as a secret. Errors:
 * those of secret_load(). */
bool arc_header(const char *file, char **header, struct err *err) MUST_CHECK;
