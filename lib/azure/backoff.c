#include "azure/backoff.h"

#include "base/iso8601.h"

#include <stdlib.h>
#include <string.h>

#define MOST_S ((int64_t)(RETRY_AFTER_MAX_MS / 1000))

static bool seconds_parse(const char *text, int64_t *seconds)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits])
        return false;
    *seconds = digits > 9 ? MOST_S : strtoll(text, NULL, 10);
    return true;
}

bool backoff_retry_after(const struct http_answer *answer, uint64_t *wait_ms)
{
    const char *text = answer_header(answer, "Retry-After");
    int64_t wait_s, then_s, date_s = answer_date_s(answer);
    if (!text)
        return false;
    if (!seconds_parse(text, &wait_s)) {
        if (!date_s || !iso8601_parse_http_date(text, &then_s))
            return false;
        wait_s = then_s - date_s;
    }
    if (wait_s <= 0)
        return false;
    *wait_ms = 1000 * (uint64_t)(wait_s < MOST_S ? wait_s : MOST_S);
    return true;
}

uint64_t backoff_wait_ms(unsigned attempt, double random)
{
    uint64_t wait_ms = attempt > 5 ? BACKOFF_MAX_MS : 1000U << (attempt ? attempt - 1 : 0);
    uint64_t half_ms = wait_ms / 2;
    return half_ms + (uint64_t)((double)half_ms * random);
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
