/* problem.h: what an error answer says, in whatever dress it comes.
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md; the
 * vault's data plane adds an innererror, and its code is the one that tells something. */
#pragma once

#include "azure/answer.h"
#include "base/err.h"

#include <json-c/json.h>

/* Fills err (ERR_AZURE, the HTTP status): code is the inner code where there is one, else Azure's
 * own, else "Http<status>"; message is Azure's text, else the status and the first 200 bytes of
 * what came, control characters escaped. body is the answer's JSON, or NULL. */
void problem_read(const struct http_answer *answer, struct json_object *body, struct err *err);

/* The same of a failed operation, whose error stands in a body that came with 200; code and text
 * are the fallbacks. */
void problem_of_operation(const struct http_answer *answer, struct json_object *body,
                          const char *code, const char *text, struct err *err);

/* At most max bytes of text for a sentence: control characters as \n or \x1b, bytes that are no
 * UTF-8 as '?', a byte order mark dropped. The caller frees. */
char *problem_printable(const char *text, size_t length, size_t max);
