/* What stands in the headers of an answer: waits, challenges, links of operations; and the texts of
 * errors. A link that leads elsewhere is never one to follow. */
#include "azure/answer.h"
#include "azure/backoff.h"
#include "azure/challenge.h"
#include "azure/operation.h"
#include "azure/problem.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>

#define ORIGIN "https://management.azure.com"

/* Each line is a header, as libcurl hands them over. */
static void add_lines(struct http_answer *answer, const char *text)
{
    for (size_t length; *text; text += length) {
        length = strcspn(text, "\n");
        length += text[length] == '\n';
        answer_add_header(answer, text, length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t wait_ms;
    struct challenge challenge;
    struct err err = {0};
    struct operation operation = {0};
    AUTO(text) char *text = mem_text_n((const char *)data, size);
    AUTO(text) char *printable = problem_printable((const char *)data, size, 200);
    AUTO(json) struct json_object *body = NULL;
    struct http_answer answer = {.status = 202};
    add_lines(&answer, text);
    if (backoff_retry_after(&answer, &wait_ms) && wait_ms == 0)
        abort();
    if (challenge_parse(text, &challenge) &&
        strlen(challenge.resource) >= sizeof challenge.resource)
        abort();
    if (!js_parse(text, strlen(text), &body, &err))
        body = NULL;
    if (operation_begin(&answer, body, ORIGIN, &operation, &err) == OPERATION_RUNNING &&
        operation.url && strncmp(operation.url, ORIGIN "/", strlen(ORIGIN) + 1) != 0)
        abort();
    problem_read(&answer, body, &err);
    operation_done(&operation);
    answer_done(&answer);
    return 0;
}
