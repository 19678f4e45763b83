#include "answers.h"
#include "azure/backoff.h"
#include "cases.h"

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\n"

/* clang-format off */
static struct retry_case {
    const char *name, *headers;
    bool is_there;
    uint64_t wait_ms;
} retries[] = {
    {"seconds",                        "Retry-After: 17\n",                                       true,  17000},
    {"in another case",                "retry-after:2\n",                                         true,  2000},
    {"none",                           "Retry-After: 0\n",                                        false, 0},
    {"a date, from the answer's own",  DATE "Retry-After: Sun, 06 Nov 1994 08:50:00 GMT\n",       true,  23000},
    {"a date that has passed",         DATE "Retry-After: Sun, 06 Nov 1994 08:00:00 GMT\n",       false, 0},
    {"a date far away",                DATE "Retry-After: Sun, 06 Nov 2094 08:00:00 GMT\n",       true,  3600000},
    {"a date and no Date",             "Retry-After: Sun, 06 Nov 1994 08:50:00 GMT\n",            false, 0},
    {"many seconds",                   "Retry-After: 99999999999999999999\n",                     true,  3600000},
    {"less than none",                 "Retry-After: -1\n",                                       false, 0},
    {"a fraction",                     "Retry-After: 1.5\n",                                      false, 0},
    {"words",                          "Retry-After: soon\n",                                     false, 0},
    {"nothing",                        "Retry-After:\n",                                          false, 0},
    {"no header",                      DATE,                                                      false, 0},
};

static struct wait_case {
    const char *name;
    unsigned attempt;
    double random;
    uint64_t wait_ms;
} waits[] = {
    {"the first wait, at least",  1, 0, 500},   {"the first wait, at most", 1, 1, 1000},
    {"the fourth, at most",       4, 1, 8000},  {"the fifth, at most",      5, 1, 16000},
    {"later ones, at least",      6, 0, 15000}, {"very late ones, at most", 4000000000, 1, 30000},
};

static struct status_case {
    const char *name;
    int status;
    bool is_weather, is_ambiguous;
} statuses[] = {
    {"408", 408, true,  true},  {"429", 429, true,  false}, {"500", 500, true,  true},  {"501", 501, false, false},
    {"502", 502, true,  true},  {"503", 503, true,  true},  {"504", 504, true,  true},  {"400", 400, false, false},
    {"401", 401, false, false}, {"409", 409, false, false}, {"412", 412, false, false}, {"404", 404, false, false},
};
/* clang-format on */

static void check_retry(void **state)
{
    const struct retry_case *c = *state;
    struct http_answer answer = answer_of(429, c->headers, NULL);
    uint64_t wait_ms = 0;
    assert_int_equal(backoff_retry_after(&answer, &wait_ms), c->is_there);
    assert_int_equal(wait_ms, c->wait_ms);
    answer_done(&answer);
}

static void check_wait(void **state)
{
    const struct wait_case *c = *state;
    assert_int_equal(backoff_wait_ms(c->attempt, c->random), c->wait_ms);
}

static void check_status(void **state)
{
    const struct status_case *c = *state;
    assert_int_equal(backoff_is_weather(c->status), c->is_weather);
    assert_int_equal(backoff_is_ambiguous(c->status), c->is_ambiguous);
}

int main(void)
{
    return CASES_RUN(retries, check_retry) + CASES_RUN(waits, check_wait) +
           CASES_RUN(statuses, check_status);
}
