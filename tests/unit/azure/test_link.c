#include "azure/link.h"
#include "base/mem.h"
#include "cases.h"

#define ARM "https://management.azure.com"

/* clang-format off */
static struct link_case {
    const char *name, *text;
    enum link link;
    const char *url;
} cases[] = {
    {"the same origin",               ARM "/x?api-version=1&c=%20a",           LINK_OK, ARM "/x?api-version=1&c=%20a"},
    {"the default port written out",  "https://management.azure.com:443/x",    LINK_OK, ARM "/x"},
    {"another case",                  "HTTPS://Management.Azure.COM/X",        LINK_OK, ARM "/X"},
    {"a path from the root",          "/subscriptions/s/op?a=b",               LINK_OK, ARM "/subscriptions/s/op?a=b"},
    {"a fragment is dropped",         ARM "/x#y",                              LINK_OK, ARM "/x"},
    {"a query without a path",        ARM "?a=b",                              LINK_OK, ARM "/?a=b"},
    {"the bare origin",               ARM,                                     LINK_OK, ARM "/"},
    {"another host",                  "https://evil.example/x",                LINK_FOREIGN, NULL},
    {"a host that begins alike",      "https://management.azure.com.evil.example/x", LINK_FOREIGN, NULL},
    {"a host that ends alike",        "https://evilmanagement.azure.com/x",    LINK_FOREIGN, NULL},
    {"plain HTTP",                    "http://management.azure.com/x",         LINK_FOREIGN, NULL},
    {"another port",                  "https://management.azure.com:8443/x",   LINK_FOREIGN, NULL},
    {"userinfo",                      "https://management.azure.com@evil.example/x", LINK_FOREIGN, NULL},
    {"userinfo with a port",          "https://management.azure.com:443@evil.example/x", LINK_FOREIGN, NULL},
    {"a trailing dot",                "https://management.azure.com./x",       LINK_FOREIGN, NULL},
    {"a backslash after the host",    "https://management.azure.com\\@evil.example/", LINK_FOREIGN, NULL},
    {"a path without a scheme",       "//evil.example/x",                      LINK_FOREIGN, NULL},
    {"another scheme",                "file:///etc/passwd",                    LINK_FOREIGN, NULL},
    {"a fragment before the host's end", "https://management.azure.com#@evil.example/", LINK_OK, ARM "/"},
    {"a line end",                    ARM "/x\r\nHost: evil",                  LINK_FOREIGN, NULL},
    {"a blank in a path",             "/a b",                                  LINK_BAD, NULL},
    {"words",                         "not a url",                             LINK_BAD, NULL},
    {"nothing",                       "",                                      LINK_BAD, NULL},
    {"a relative path",               "operations/1",                          LINK_BAD, NULL},
};
/* clang-format on */

static void check(void **state)
{
    const struct link_case *c = *state;
    AUTO(text) char *url = NULL;
    assert_int_equal(link_resolve(c->text, ARM, &url), c->link);
    if (c->url)
        assert_string_equal(url, c->url);
    else
        assert_null(url);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
