#include "azure/backoff.h"

#include "base/iso8601.h"

#include <stdlib.h>
#include <string.h>

static bool seconds_parse(const char *text, uint64_t *wait_ms)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits])
        return false;
    uint64_t most_s = RETRY_AFTER_MAX_MS / 1000;
    uint64_t seconds = digits > 9 ? most_s : strtoull(text, NULL, 10);
    *wait_ms = 1000 * (seconds < most_s ? seconds : most_s);
    return true;
}

bool backoff_retry_after(const struct http_answer *answer, uint64_t *wait_ms)
{
    const char *text = answer_header(answer, "Retry-After");
    int64_t then_s, date_s = answer_date_s(answer);
    if (!text)
        return false;
    if (seconds_parse(text, wait_ms))
        return true;
    if (!date_s || !iso8601_parse_http_date(text, &then_s))
        return false;
    int64_t wait_s = then_s > date_s ? then_s - date_s : 0;
    *wait_ms = wait_s < RETRY_AFTER_MAX_MS / 1000 ? 1000 * (uint64_t)wait_s : RETRY_AFTER_MAX_MS;
    return true;
}

uint64_t backoff_wait_ms(unsigned attempt, double random)
{
    uint64_t wait_ms = attempt > 5 ? BACKOFF_MAX_MS : 1000U << (attempt ? attempt - 1 : 0);
    return wait_ms / 2 + (uint64_t)((double)(wait_ms / 2) * random);
}

uint64_t backoff_poll_ms(unsigned n)
{
    return n < 3 ? 1000U << n : 5000;
}

bool backoff_is_weather(int status)
{
    return status == 429 || backoff_is_ambiguous(status);
}

bool backoff_is_ambiguous(int status)
{
    return status == 408 || status == 500 || status == 502 || status == 503 || status == 504;
}
