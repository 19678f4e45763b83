#include "azure/challenge.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- parsing ------------------------------------------------------------------------------- */

static const char *blanks(const char *at)
{
    return at + strspn(at, " \t,");
}

static size_t token_length(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) ||
           (at[length] && strchr("!#$%&'*+-.^_`|~", at[length])))
        length++;
    return length;
}

/* A quoted string or a token at *at, into value; cut text counts as malformed. */
static bool value_parse(const char **at, char *value, size_t size)
{
    size_t length = 0;
    const char *from = *at;
    bool is_quoted = *from == '"';
    size_t plain = is_quoted ? 0 : strcspn(from, " \t,\"");
    for (from += is_quoted; is_quoted ? *from && *from != '"' : plain; from++) {
        if (is_quoted && *from == '\\' && from[1])
            from++;
        if (length + 1 >= size)
            return false;
        value[length++] = *from;
        plain -= !is_quoted;
    }
    if (is_quoted && *from++ != '"')
        return false;
    value[length] = '\0';
    *at = from;
    return true;
}

static void keep(struct challenge *challenge, const char *name, size_t length, const char *value)
{
    const struct {
        const char *name;
        char *field;
        size_t size;
    } known[] = {
        {"authorization", challenge->authority, sizeof challenge->authority},
        {"authorization_uri", challenge->authority, sizeof challenge->authority},
        {"resource", challenge->resource, sizeof challenge->resource},
        {"scope", challenge->scope, sizeof challenge->scope},
        {"error", challenge->error, sizeof challenge->error},
        {"claims", challenge->claims, sizeof challenge->claims},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (strlen(known[i].name) == length && strncasecmp(known[i].name, name, length) == 0)
            err_copy(known[i].field, known[i].size, value);
}

/* The parameters up to the end, or up to the next scheme: a token that no '=' follows. */
static bool parameters_parse(const char *at, struct challenge *challenge)
{
    char value[2048];
    for (at = blanks(at); *at; at = blanks(at)) {
        const char *name = at;
        size_t length = token_length(at);
        at += length;
        at += strspn(at, " \t");
        if (length && *at != '=')
            return true;
        if (!length)
            return false;
        at++;
        at += strspn(at, " \t");
        if (!value_parse(&at, value, sizeof value))
            return false;
        keep(challenge, name, length, value);
    }
    return true;
}

bool challenge_parse(const char *text, struct challenge *challenge)
{
    struct challenge found = {0};
    const char *at = text + strspn(text, " \t");
    if (strncasecmp(at, "Bearer", 6) != 0 || (at[6] && at[6] != ' ' && at[6] != '\t'))
        return false;
    if (!parameters_parse(at + 6, &found))
        return false;
    *challenge = found;
    return true;
}

/* ---- checking ------------------------------------------------------------------------------ */

/* Other names of the same, as Entra's own instance discovery lists them. */
/* clang-format off */
static const struct {
    const char *authority, *alias;
} aliases[] = {
    {"https://login.microsoftonline.com", "https://login.windows.net"},
    {"https://login.microsoftonline.com", "https://login.microsoft.com"},
    {"https://login.microsoftonline.com", "https://sts.windows.net"},
    {"https://login.microsoftonline.us",  "https://login.usgovcloudapi.net"},
    {"https://login.chinacloudapi.cn",    "https://login.partner.microsoftonline.cn"},
};
/* clang-format on */

static bool is_alias(const char *origin, const char *authority)
{
    for (size_t i = 0; i < COUNT(aliases); i++)
        if (strcmp(aliases[i].authority, authority) == 0 && strcmp(aliases[i].alias, origin) == 0)
            return true;
    return false;
}

static bool authority_known(const char *named, const char *authority)
{
    AUTO(text) char *text = mem_text(named);
    if (strncasecmp(text, "https://", 8) != 0)
        return false;
    text[8 + strcspn(text + 8, "/?#")] = '\0';
    AUTO(text) char *theirs = cloud_origin(text, false);
    if (!theirs)
        return false;
    return strcmp(theirs, authority) == 0 || is_alias(theirs, authority);
}

static bool same_audience(const char *a, const char *b)
{
    size_t length_a = strlen(a), length_b = strlen(b);
    length_a -= length_a && a[length_a - 1] == '/';
    length_b -= length_b && b[length_b - 1] == '/';
    return length_a == length_b && strncasecmp(a, b, length_a) == 0;
}

/* "<audience>/.default", or the bare audience. */
static bool scope_of(const char *scope, const char *audience)
{
    static const char all[] = "/.default";
    size_t length = strlen(scope), end = strlen(all);
    bool is_all = length >= end && strcmp(scope + length - end, all) == 0;
    AUTO(text) char *theirs = mem_text_n(scope, is_all ? length - end : length);
    return same_audience(theirs, audience);
}

bool challenge_check(const struct challenge *challenge, const struct cloud *cloud,
                     const char *audience, struct err *err)
{
    if (challenge->authority[0] && !authority_known(challenge->authority, cloud->authority))
        return err_set(err, ERR_AZURE, "ForeignOrigin",
                       "the 401 wants a token of %s, which is not this cloud's authority %s: "
                       "not followed",
                       challenge->authority, cloud->authority);
    if (challenge->resource[0] && !same_audience(challenge->resource, audience))
        return err_set(err, ERR_AZURE, "ForeignOrigin",
                       "the 401 wants a token for %s, this cloud's audience is %s: not followed",
                       challenge->resource, audience);
    if (challenge->scope[0] && !scope_of(challenge->scope, audience))
        return err_set(err, ERR_AZURE, "ForeignOrigin",
                       "the 401 wants a token with the scope %s, this cloud's audience is %s: not "
                       "followed",
                       challenge->scope, audience);
    return true;
}
