/* What a certificate signs, judged by GnuTLS, and which files are no certificate to sign with. */
#include "azure/assertion.h"
#include "cases.h"
#include "signer.h"

#include "base/js.h"

#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

#define NOW_S 1790000000
#define ENDPOINT "https://login.example/tenant/oauth2/v2.0/token"

enum piece {
    END,
    KEY,
    CERTIFICATE,
    LOCKED_KEY,
    STRANGE_CERTIFICATE,
    CURVE_KEY,
    CURVE_CERTIFICATE,
    OLD_KEY,
    OLD_CERTIFICATE,
    NONSENSE
};

/* clang-format off */
static struct file_case {
    const char *name;
    enum piece pieces[4];
    const char *code; /* NULL: it signs */
} cases[] = {
    {"a key and its certificate",            {KEY, CERTIFICATE}, NULL},
    {"the other way round",                  {CERTIFICATE, KEY}, NULL},
    {"a chain, whatever its order",          {STRANGE_CERTIFICATE, CERTIFICATE, KEY}, NULL},
    {"text around them",                     {NONSENSE, CERTIFICATE, NONSENSE, KEY}, NULL},
    {"a certificate without its key",        {CERTIFICATE}, "CertificateInvalid"},
    {"a key without its certificate",        {KEY}, "CertificateInvalid"},
    {"a certificate of another key",         {KEY, STRANGE_CERTIFICATE}, "CertificateInvalid"},
    {"a key under a passphrase",             {LOCKED_KEY, CERTIFICATE}, "CertificateInvalid"},
    {"a key on a curve",                     {CURVE_KEY, CURVE_CERTIFICATE}, "CertificateInvalid"},
    {"a certificate whose time is over",     {OLD_KEY, OLD_CERTIFICATE}, "CertificateExpired"},
    {"nonsense",                             {NONSENSE}, "CertificateInvalid"},
};
/* clang-format on */

static struct signer own, strange, curve, old;

static char *piece_of(enum piece piece)
{
    switch (piece) {
    case KEY:
        return signer_key(&own, NULL);
    case CERTIFICATE:
        return signer_certificate(&own);
    case LOCKED_KEY:
        return signer_key(&own, "passphrase");
    case STRANGE_CERTIFICATE:
        return signer_certificate(&strange);
    case CURVE_KEY:
        return signer_key(&curve, NULL);
    case CURVE_CERTIFICATE:
        return signer_certificate(&curve);
    case OLD_KEY:
        return signer_key(&old, NULL);
    case OLD_CERTIFICATE:
        return signer_certificate(&old);
    case NONSENSE:
        return mem_text("Bag Attributes: none\n");
    case END:
        break;
    }
    return mem_text("");
}

/* One of the three parts of a token. */
static gnutls_datum_t decode(const char *text, size_t length)
{
    gnutls_datum_t bytes;
    AUTO(text) char *plain = mem_format("%.*s===", (int)length, text);
    for (char *at = plain; *at; at++)
        *at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
    plain[(length + 3) / 4 * 4] = '\0';
    const gnutls_datum_t given = {(unsigned char *)plain, (unsigned)strlen(plain)};
    assert_int_equal(gnutls_base64_decode2(&given, &bytes), 0);
    return bytes;
}

static struct json_object *decode_json(const char *text, size_t length)
{
    struct json_object *tree = NULL;
    struct err err;
    gnutls_datum_t bytes = decode(text, length);
    assert_true(js_parse((const char *)bytes.data, bytes.size, &tree, &err));
    gnutls_free(bytes.data);
    return tree;
}

static void expect_signed_by_own(const char *jwt, const char *last_dot)
{
    gnutls_pubkey_t key;
    gnutls_datum_t signature = decode(last_dot + 1, strlen(last_dot + 1));
    AUTO(text) char *text = mem_text_n(jwt, (size_t)(last_dot - jwt));
    const gnutls_datum_t data = {(unsigned char *)text, (unsigned)strlen(text)};
    assert_int_equal(gnutls_pubkey_init(&key), 0);
    assert_int_equal(gnutls_pubkey_import_x509(key, own.certificate, 0), 0);
    assert_true(gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0, &data,
                                           &signature) >= 0);
    gnutls_pubkey_deinit(key);
    gnutls_free(signature.data);
}

static void expect_good(const char *jwt)
{
    const char *dot = strchr(jwt, '.'), *last = strrchr(jwt, '.');
    AUTO(json) struct json_object *header = decode_json(jwt, (size_t)(dot - jwt));
    AUTO(json) struct json_object *claims = decode_json(dot + 1, (size_t)(last - dot - 1));
    AUTO(text) char *thumbprint = signer_thumbprint(&own, GNUTLS_DIG_SHA256);
    assert_string_equal(js_string(header, "alg", ""), "PS256");
    assert_string_equal(json_object_get_string(js_member(header, "x5t#S256", NULL)), thumbprint);
    assert_string_equal(js_string(claims, "iss", ""), "client");
    assert_string_equal(js_string(claims, "sub", ""), "client");
    assert_string_equal(js_string(claims, "aud", ""), ENDPOINT);
    assert_int_equal(strlen(js_string(claims, "jti", "")), 36);
    assert_int_equal(js_int(claims, "nbf", 0), NOW_S);
    assert_int_equal(js_int(claims, "exp", 0), NOW_S + ASSERTION_LIFE_S);
    expect_signed_by_own(jwt, last);
}

static void check(void **state)
{
    const struct file_case *c = *state;
    AUTO(secret) char *pem = mem_text("");
    AUTO(secret) char *jwt = NULL;
    struct err err;
    for (size_t i = 0; i < COUNT(c->pieces) && c->pieces[i] != END; i++) {
        AUTO(secret) char *before = pem;
        AUTO(secret) char *piece = piece_of(c->pieces[i]);
        pem = mem_format("%s%s", before, piece);
    }
    bool is_signed =
        assertion_sign(pem, "/etc/cmkd/client.pem", "client", ENDPOINT, NOW_S, &jwt, &err);
    assert_int_equal(is_signed, c->code == NULL);
    if (is_signed) {
        expect_good(jwt);
        return;
    }
    assert_string_equal(err.code, c->code);
    assert_int_equal(err.domain, ERR_CONFIG);
    assert_non_null(strstr(err.message, "/etc/cmkd/client.pem"));
    assert_null(strstr(err.message, "-----BEGIN"));
}

int main(void)
{
    signer_make(&own, GNUTLS_PK_RSA, 4000000000);
    signer_make(&strange, GNUTLS_PK_RSA, 4000000000);
    signer_make(&curve, GNUTLS_PK_ECDSA, 4000000000);
    signer_make(&old, GNUTLS_PK_RSA, NOW_S - 1);
    int failed = CASES_RUN(cases, check);
    signer_done(&own);
    signer_done(&strange);
    signer_done(&curve);
    signer_done(&old);
    return failed;
}
