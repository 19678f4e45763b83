/* What decides whom a token is got from, for whom, and where it goes: answers of token endpoints,
 * challenges with claims, the agent's key file, origins and links. The first line is a text, what
 * follows it a body. */
#include "azure/arc.h"
#include "azure/claims.h"
#include "azure/link.h"
#include "azure/mask.h"
#include "azure/token.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ORIGIN "https://management.azure.com"

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static struct http_answer answer_of(int status, const char *body, size_t length)
{
    return (struct http_answer){
        .status = status, .body = mem_text_n(body, length), .length = strlen(body)};
}

/* A token that is taken can stand in a header, and is not left in the body. */
static void try_token(const char *body)
{
    struct http_answer answer = answer_of(200, body, strlen(body));
    struct token token = {0};
    struct err err;
    if (token_parse(&answer, 1774513178, &token, &err)) {
        for (const char *at = token.value; *at; at++)
            must((unsigned char)*at > ' ' && (unsigned char)*at < 0x7F);
        must(token.life_s >= 0 && token.life_s <= 7 * 86400);
    }
    token_done(&token);
    answer_done(&answer);
}

static void try_refusal(const char *body)
{
    static const enum credential_type types[] = {CREDENTIAL_MANAGED_IDENTITY, CREDENTIAL_AZURE_ARC,
                                                 CREDENTIAL_CLIENT_SECRET};
    for (size_t i = 0; i < COUNT(types); i++) {
        struct http_answer answer = answer_of(400, body, strlen(body));
        struct err err = {0};
        (void)token_refused(&answer, types[i], &err);
        must(err.domain != ERR_NONE && err.code[0]);
        answer_done(&answer);
    }
}

/* Nothing but a file of the folder itself. */
static void try_agent(const char *text)
{
    char *file = NULL;
    struct err err;
    struct http_answer answer = {.status = 401};
    AUTO(text) char *line = mem_format("WWW-Authenticate: %s", text);
    answer_add_header(&answer, line, strlen(line));
    if (arc_challenge(&answer, ARC_FOLDER, &file, &err)) {
        must(strncmp(file, ARC_FOLDER "/", strlen(ARC_FOLDER) + 1) == 0);
        must(!strchr(file + strlen(ARC_FOLDER) + 1, '/'));
    }
    free(file);
    answer_done(&answer);
}

/* Claims are an object, and merged with themselves what they were. */
static void try_claims(const char *text)
{
    struct challenge challenge = {.error = "insufficient_claims"};
    struct err err;
    char *claims = NULL;
    AUTO(json) struct json_object *tree = NULL;
    err_copy(challenge.claims, sizeof challenge.claims, text);
    if (claims_read(&challenge, &claims, &err) && claims) {
        AUTO(text) char *twice = claims_merge(claims, claims);
        must(js_parse(claims, strlen(claims), &tree, &err));
        must(json_object_is_type(tree, json_type_object) && strcmp(claims, twice) == 0);
    }
    free(claims);
}

/* The host that a challenge names, by another reading than ours: none, or one of Entra's. */
static void try_challenge(const char *text)
{
    static const char *const hosts[] = {"login.microsoftonline.com", "login.windows.net",
                                        "login.microsoft.com", "sts.windows.net"};
    struct challenge challenge;
    struct cloud cloud;
    struct err err;
    if (!challenge_parse(text, &challenge) || !cloud_by_name("AzureCloud", &cloud))
        return;
    if (challenge_check(&challenge, &cloud, "https://vault.azure.net", &err) &&
        challenge.authority[0]) {
        must(strncasecmp(challenge.authority, "https://", 8) == 0);
        const char *host = challenge.authority + 8;
        size_t length = strcspn(host, ":/?#"), known = 0;
        must(!memchr(host, '@', strcspn(host, "/?#")));
        for (size_t i = 0; i < COUNT(hosts); i++)
            known += strlen(hosts[i]) == length && strncasecmp(hosts[i], host, length) == 0;
        must(known == 1);
    }
    cloud_done(&cloud);
}

static void try_links(const char *text)
{
    AUTO(text) char *url = NULL;
    AUTO(text) char *origin = cloud_origin(text, true);
    AUTO(text) char *again = origin ? cloud_origin(origin, true) : NULL;
    must(!origin || (again && strcmp(origin, again) == 0));
    if (link_resolve(text, ORIGIN, &url) == LINK_OK)
        must(strncmp(url, ORIGIN "/", strlen(ORIGIN) + 1) == 0 && !strpbrk(url, " \t\r\n\\"));
}

/* What was sent does not come out of what came back. Of a secret that has the mark of the mask in
 * it nobody can tell, for what is left beside a mark may read like one. */
static void try_mask(const char *secret, const char *body)
{
    struct http_answer answer = answer_of(400, body, strlen(body));
    AUTO(text) char *text = mem_text(body);
    bool is_secret = strlen(secret) >= MASK_MIN && !strchr(secret, '*');
    mask_answer(&answer, secret);
    mask_text(text, secret);
    must(!is_secret || !answer.body || !strstr(answer.body, secret));
    must(!is_secret || !strstr(text, secret));
    must(strlen(text) == strlen(body));
    answer_done(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t instant;
    AUTO(text) char *whole = mem_text_n((const char *)data, size);
    size_t line = strcspn(whole, "\n");
    AUTO(text) char *text = mem_text_n(whole, line);
    const char *body = whole + line + (whole[line] == '\n');
    must(!token_parse_instant(text, &instant) || instant > 0);
    try_token(body);
    try_refusal(body);
    try_agent(text);
    try_claims(text);
    try_challenge(text);
    try_links(text);
    try_mask(text, body);
    return 0;
}
