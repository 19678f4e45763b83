/* How often Azure is asked, in virtual time: a client that always has something to ask, against
 * buckets as Azure has them. */
#include "azure/quota.h"
#include "cases.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#define BEGIN_MS 1000000
#define ANSWER_MS 30 /* until what is left is told */

/* Azure's bucket, of what is ours or of all callers. */
struct bucket {
    const char *header; /* NULL: it does not tell */
    double size, refill;
    double others; /* requests a second by somebody else */
};

/* clang-format off */
static struct quota_case {
    const char *name;
    enum quota_kind kind;
    double share;
    struct bucket ours, all;
    int seconds;
    bool is_idle_first; /* five seconds pass after the first request */
    /* What comes of it, and 429 never does. At any time no more than burst and the refill since. */
    double burst, refill;
    int least, most; /* requests in all */
} cases[] = {
    {"a quarter of the published reads", QUOTA_READS, 0.25, {NULL, 250, 25, 0}, {NULL, 1e9, 1e9, 0}, 60,
     .burst = 62.5, .refill = 6.25, .least = 430, .most = 437},
    {"a quarter of the published writes", QUOTA_WRITES, 0.25, {NULL, 200, 10, 0}, {NULL, 1e9, 1e9, 0}, 60,
     .burst = 50, .refill = 2.5, .least = 195, .most = 200},
    {"a quarter of what a vault takes", QUOTA_VAULT, 0.25, {NULL, 2000, 200, 0}, {NULL, 1e9, 1e9, 0}, 20,
     .burst = 500, .refill = 50, .least = 1480, .most = 1500},
    {"a quarter of the keys that a vault makes", QUOTA_VAULT_KEYS, 0.25, {NULL, 10, 1, 0}, {NULL, 1e9, 1e9, 0}, 20,
     .burst = 2.5, .refill = 0.25, .least = 6, .most = 8},
    {"a tiny share is still one request now and then", QUOTA_VAULT_KEYS, 0.01, {NULL, 10, 1, 0}, {NULL, 1e9, 1e9, 0}, 250,
     .burst = 1, .refill = 0.01, .least = 3, .most = 3},
    {"a bucket that is shown to be larger", QUOTA_READS, 0.25, {"subscription-reads", 1100, 110, 0}, {"subscription-global-reads", 16500, 1650, 0}, 60,
     .burst = 275, .refill = 27.5, .least = 1850, .most = 1925},
    {"a bucket that is shown to be smaller", QUOTA_READS, 0.25, {"subscription-reads", 80, 8, 0}, {NULL, 1e9, 1e9, 0}, 60,
     .burst = 20, .refill = 2, .least = 130, .most = 140},
    {"a bucket of one", QUOTA_READS, 0.5, {"subscription-reads", 1, 1, 0}, {NULL, 1e9, 1e9, 0}, 59, .is_idle_first = true,
     .burst = 1, .refill = 0.05, .least = 3, .most = 3},
    {"larger writes", QUOTA_WRITES, 0.5, {"subscription-writes", 800, 40, 0}, {"subscription-global-writes", 12000, 600, 0}, 30,
     .burst = 400, .refill = 20, .least = 950, .most = 1000},
    {"a rest does not add to it", QUOTA_READS, 0.25, {"subscription-reads", 1100, 110, 0}, {NULL, 1e9, 1e9, 0}, 20, .is_idle_first = true,
     .burst = 275, .refill = 27.5, .least = 660, .most = 690},
    {"all of it, untold: nothing is held up", QUOTA_READS, 1, {NULL, 1e9, 1e9, 0}, {NULL, 1e9, 1e9, 0}, 5,
     .burst = 1e9, .refill = 0, .least = 660, .most = 668},
    {"all of it, and all is left: nothing is held up", QUOTA_READS, 1, {"subscription-reads", 1100, 1e9, 0}, {NULL, 1e9, 1e9, 0}, 5,
     .burst = 1e9, .refill = 0, .least = 660, .most = 668},
    {"all of it, alone: slowed before a 429", QUOTA_READS, 1, {"subscription-reads", 1100, 110, 0}, {NULL, 1e9, 1e9, 0}, 60,
     .burst = 1100, .refill = 110, .least = 1100, .most = 7700},
    {"all of it, beside others in the subscription: slowed before a 429", QUOTA_READS, 1, {"subscription-reads", 1e6, 1e5, 0},
     {"subscription-global-reads", 1000, 100, 60}, 60, .burst = 1000, .refill = 40, .least = 1000, .most = 3400},
    {"all of it, beside others of our own name", QUOTA_WRITES, 1, {"subscription-writes", 200, 10, 9}, {NULL, 1e9, 1e9, 0}, 60,
     .burst = 200, .refill = 1, .least = 100, .most = 260},
    {"a quarter, beside others of our own name: they are given way", QUOTA_READS, 0.25, {"subscription-reads", 1000, 100, 100},
     {NULL, 1e9, 1e9, 0}, 60, .burst = 250, .refill = 25, .least = 250, .most = 600},
    {"a bucket that fills more slowly than is published", QUOTA_WRITES, 0.25, {"subscription-writes", 1200, 2, 0}, {NULL, 1e9, 1e9, 0}, 60,
     .burst = 1200, .refill = 2, .least = 300, .most = 700},
};
/* clang-format on */

struct level {
    const struct bucket *bucket;
    double tokens;
};

static void fill(struct level *level, double passed_s)
{
    double refill = level->bucket->refill - level->bucket->others;
    level->tokens = fmax(0, fmin(level->bucket->size, level->tokens + passed_s * refill));
}

static void tell(struct quota *quota, const struct bucket *bucket, double tokens, uint64_t now_ms)
{
    char left[32];
    snprintf(left, sizeof left, "%d", (int)tokens);
    if (bucket->header)
        quota_learn(quota, bucket->header, left, now_ms);
}

/* What was left after a request that is under way. */
struct answer {
    bool is_due;
    double ours, all;
};

/* Each millisecond one request at the most, four at a time, which are answered 30 ms later. */
static void check(void **state)
{
    const struct quota_case *c = *state;
    struct quota quota;
    struct level ours = {&c->ours, c->ours.size}, all = {&c->all, c->all.size};
    struct answer answers[ANSWER_MS] = {0};
    double used = 0; /* of what we may use */
    int sent = 0, under_way = 0;
    quota_init(&quota, c->kind);
    for (uint64_t ms = 0; ms < (uint64_t)c->seconds * 1000; ms++) {
        struct answer *answer = &answers[ms % ANSWER_MS];
        uint64_t now_ms = BEGIN_MS + ms;
        fill(&ours, 0.001);
        fill(&all, 0.001);
        used = fmax(0, used - 0.001 * c->refill);
        if (answer->is_due) {
            tell(&quota, &c->ours, answer->ours, now_ms);
            tell(&quota, &c->all, answer->all, now_ms);
            answer->is_due = false;
            under_way--;
        }
        bool is_idle = c->is_idle_first && sent == 1 && ms < 5000;
        if (is_idle || under_way == 4 || quota_next_ms(&quota, c->share, now_ms) > now_ms)
            continue;
        quota_spend(&quota, c->share, now_ms);
        sent++;
        under_way++;
        used += 1;
        if (ours.tokens < 1 || all.tokens < 1)
            fail_msg("request %d, after %d ms, is answered with 429", sent, (int)ms);
        if (used > c->burst + 0.5) /* at first the published refill may be too much */
            fail_msg("request %d, after %d ms, is more than the share", sent, (int)ms);
        ours.tokens -= 1;
        all.tokens -= 1;
        *answer = (struct answer){true, ours.tokens, all.tokens};
    }
    assert_in_range(sent, c->least, c->most);
    quota_done(&quota);
}

/* clang-format off */
/* How long after a request the next may go, when a header said most, and then left. */
static struct pace_case {
    const char *name;
    double share;
    const char *header, *most, *left;
    uint64_t least_ms, most_ms;
} paces[] = {
    {"all is left",                       1,    "subscription-global-reads", "100", "100", 0, 0},
    {"more than a fifth is left",         1,    "subscription-global-reads", "100", "22", 0, 0},
    {"half of the last fifth",            1,    "subscription-global-reads", "100", "11", 950, 1050},
    {"nothing is left",                   1,    "subscription-global-reads", "100", "0", 10000, 10000},
    {"of a quarter that is ours nothing is spent", 0.25, "subscription-reads", "100", "76", 0, 0},
    {"of a quarter that is ours all is spent, and more", 0.25, "subscription-reads", "100", "46", 650, 690},
    {"what others spend of theirs is theirs", 0.25, "subscription-global-reads", "100", "46", 0, 0},
    {"words for a number",                1,    "subscription-reads", "100", "few", 0, 0},
    {"a number below nothing",            1,    "subscription-reads", "100", "-1", 0, 0},
    {"no number",                         1,    "subscription-reads", "100", "nan", 0, 0},
    {"each provider's own count, which could be anyone's", 1, "subscription-resource-requests", "100", "0", 0, 0},
    {"it fills up again",                 1,    "subscription-reads", "10",  "100", 0, 0},
};
/* clang-format on */

static void check_pace(void **state)
{
    const struct pace_case *c = *state;
    struct quota quota;
    quota_init(&quota, QUOTA_READS);
    quota_learn(&quota, c->header, c->most, BEGIN_MS);
    quota_learn(&quota, c->header, c->left, BEGIN_MS);
    quota_spend(&quota, c->share, BEGIN_MS);
    assert_in_range(quota_next_ms(&quota, c->share, BEGIN_MS) - BEGIN_MS, c->least_ms, c->most_ms);
    assert_int_equal(quota_next_ms(&quota, c->share, BEGIN_MS + 60000), BEGIN_MS + 60000);
    quota_done(&quota);
}

/* clang-format off */
/* What one answer said, and those that followed, counts for a while and not for ever: a request a
 * second, and the pace when that has gone on for long. */
static struct odd_case {
    const char *name;
    const char *header, *once, *then; /* NULL: no answer says it any more */
    const char *beside; /* another header, by which nothing is ever left; or NULL */
    int seconds;
    uint64_t least_ms, most_ms;
} odds[] = {
    {"less than there was",                    "subscription-reads",        "11999", "249",  NULL, 60, 6000, 10000},
    {"less than there was, for long",          "subscription-reads",        "11999", "249",  NULL, 700, 0, 0},
    {"less of everybody's, for long",          "subscription-global-reads", "16499", "3749", NULL, 700, 0, 0},
    {"a number that cannot be, for long",      "subscription-reads",        "1e308", "249",  NULL, 700, 0, 0},
    {"little is left, for long",               "subscription-global-reads", "16499", "5",    NULL, 700, 5000, 10000},
    {"a small bucket, for long",               "subscription-reads",        "80",    "79",   NULL, 700, 0, 0},
    {"nothing was left, and no more said",     "subscription-global-reads", "0",     NULL,   NULL, 700, 0, 0},
    {"nothing was left to us, and no more said", "subscription-reads",      "0",     NULL,   NULL, 700, 0, 1000},
    {"much was left, and no more said",        "subscription-global-reads", "100",   NULL,   NULL, 700, 0, 0},
    {"of something that nobody knows nothing is left", "subscription-reads", "249",  "249",  "subscription-odd", 60, 0, 0},
};
/* clang-format on */

static void check_odd(void **state)
{
    const struct odd_case *c = *state;
    struct quota quota;
    uint64_t now_ms = BEGIN_MS;
    quota_init(&quota, QUOTA_READS);
    if (c->beside)
        quota_learn(&quota, c->beside, "0", now_ms);
    quota_learn(&quota, c->header, c->once, now_ms);
    for (int i = 0; i < c->seconds; i++) {
        now_ms += 1000;
        quota_spend(&quota, 0.25, now_ms);
        if (c->beside)
            quota_learn(&quota, c->beside, "0", now_ms);
        if (c->then)
            quota_learn(&quota, c->header, c->then, now_ms);
    }
    assert_in_range(quota_next_ms(&quota, 0.25, now_ms) - now_ms, c->least_ms, c->most_ms);
    quota_done(&quota);
}

int main(void)
{
    return CASES_RUN(cases, check) + CASES_RUN(paces, check_pace) + CASES_RUN(odds, check_odd);
}
