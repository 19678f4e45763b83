/* What is told of what can be seen and reached: each loss once, and its end. */
#include "sample.h"

#include "report/news.h"

static struct sight_case {
    const char *name, *expected;
    struct err looks[4]; /* of one node, pass after pass; ERR_NONE: seen */
} sights[] = {
    {.name = "who can see says nothing", .expected = ""},
    {
        .name = "a loss of sight and its end are told once each",
        .looks = {{ERR_AZURE, 403, "AuthorizationFailed", "m", "", "", ""},
                  {ERR_AZURE, 403, "AuthorizationFailed", "m", "", "", ""},
                  {0},
                  {0}},
        .expected = "FORBIDDEN SEEN_AGAIN ",
    },
    {
        .name = "another cause is news",
        .looks = {{ERR_TRANSPORT, 28, "Timeout", "m", "", "", ""},
                  {ERR_AZURE, 503, "ServerBusy", "m", "", "", ""},
                  {ERR_AZURE, 404, "ResourceGroupNotFound", "m", "", "", ""}},
        .expected = "UNREACHABLE UNREACHABLE FORBIDDEN SEEN_AGAIN ",
    },
    {
        .name = "a certificate that does not verify wants a human",
        .looks = {{ERR_TRANSPORT, 60, "Tls", "m", "", "", ""},
                  {ERR_TRANSPORT, 60, "Tls", "m", "", "", ""}},
        .expected = "FORBIDDEN SEEN_AGAIN ",
    },
    {
        .name = "throttling goes by itself",
        .looks = {{ERR_AZURE, 429, "TooManyRequests", "m", "", "", ""}},
        .expected = "UNREACHABLE SEEN_AGAIN ",
    },
    {
        .name = "that cmkd is stopping is no blindness",
        .looks = {{ERR_CANCELLED, 0, "Cancelled", "m", "", "", ""}},
        .expected = "",
    },
};

static void check_sight(void **state)
{
    const struct sight_case *c = *state;
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = news_new(&sample.graph, sample_hear, &heard, 0);
    for (size_t i = 0; i < COUNT(c->looks); i++)
        news_looked(news, "p", sample.vault, c->looks[i].domain ? &c->looks[i] : NULL, 1000);
    assert_string_equal(heard, c->expected);
    news_free(news);
    sample_done(&sample);
}

static void a_shut_data_plane_is_told_once_and_its_opening_too(void **state)
{
    (void)state;
    static const struct err shut = {ERR_AZURE, 403, "ForbiddenByFirewall", "m", "", "", ""};
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = news_new(&sample.graph, sample_hear, &heard, 0);
    news_reach(news, "p", sample.vault, NULL);
    news_reach(news, "p", sample.vault, &shut);
    news_reach(news, "p", sample.vault, &shut);
    news_reach(news, "p", sample.vault, NULL);
    news_reach(news, "p", sample.vault, NULL);
    assert_string_equal(heard, "NO_REACH REACH ");
    news_free(news);
    sample_done(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shut_data_plane_is_told_once_and_its_opening_too),
    };
    return CASES_RUN(sights, check_sight) + cmocka_run_group_tests(tests, NULL, NULL);
}
