#include "assertion.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEEWAY_S 300
#define DIGEST_MAX 32

static const struct refusal
    malformed = {400, "invalid_request", 50027, "JWT token is invalid or malformed."},
    unknown = {401, "invalid_client", 700027,
               "The certificate with identifier used to sign the client assertion is not "
               "registered on application."},
    unsigned_ = {401, "invalid_client", 700027, "Client assertion failed signature validation."},
    misdirected = {401, "invalid_client", 700023,
                   "Client assertion audience claim does not match Realm issuer."},
    untimely = {401, "invalid_client", 700024,
                "Client assertion is not within its valid time range."},
    unfederated = {401, "invalid_client", 700211,
                   "No matching federated identity record found for presented assertion issuer, "
                   "subject and audience."};

struct jwt {
    char *signed_part;                   /* owned: the first two parts, as they came */
    struct json_object *header, *claims; /* owned */
    gnutls_datum_t signature;            /* owned */
};

static void jwt_done(struct jwt *jwt)
{
    free(jwt->signed_part);
    json_object_put(jwt->header);
    json_object_put(jwt->claims);
    gnutls_free(jwt->signature.data);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* base64url without padding (RFC 7515) */
static bool decode(const char *text, size_t length, gnutls_datum_t *bytes)
{
    AUTO(text) char *plain = mem_new(length + 4, 1);
    for (size_t i = 0; i < length; i++)
        plain[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    for (size_t i = length; i % 4; i++)
        plain[i] = '=';
    const gnutls_datum_t given = {(unsigned char *)plain, (unsigned)strlen(plain)};
    return gnutls_base64_decode2(&given, bytes) == 0;
}

static bool decode_json(const char *text, size_t length, struct json_object **tree)
{
    struct err err;
    gnutls_datum_t bytes = {0};
    bool parsed = decode(text, length, &bytes) &&
                  js_parse((const char *)bytes.data, bytes.size, tree, &err) &&
                  json_object_is_type(*tree, json_type_object);
    gnutls_free(bytes.data);
    return parsed;
}

static bool parse(const char *text, struct jwt *jwt)
{
    const char *dot = strchr(text, '.'), *second = dot ? strchr(dot + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.'))
        return false;
    jwt->signed_part = mem_text_n(text, (size_t)(second - text));
    return decode_json(text, (size_t)(dot - text), &jwt->header) &&
           decode_json(dot + 1, (size_t)(second - dot - 1), &jwt->claims) &&
           decode(second + 1, strlen(second + 1), &jwt->signature);
}

/* ---- the signature --------------------------------------------------------------------------- */

/* Without a thumbprint any certificate is meant: the signature decides. */
static bool is_thumbprint(gnutls_x509_crt_t certificate, gnutls_digest_algorithm_t digest,
                          const char *claimed)
{
    unsigned char own[DIGEST_MAX];
    size_t size = sizeof own;
    gnutls_datum_t given = {0};
    bool same =
        !claimed || (gnutls_x509_crt_get_fingerprint(certificate, digest, own, &size) == 0 &&
                     decode(claimed, strlen(claimed), &given) && given.size == size &&
                     memcmp(given.data, own, size) == 0);
    gnutls_free(given.data);
    return same;
}

static bool has_signed(gnutls_x509_crt_t certificate, const struct jwt *jwt)
{
    gnutls_pubkey_t key = NULL;
    const char *name = js_string(jwt->header, "alg", "");
    gnutls_sign_algorithm_t algorithm = strcmp(name, "PS256") == 0 ? GNUTLS_SIGN_RSA_PSS_RSAE_SHA256
                                        : strcmp(name, "RS256") == 0 ? GNUTLS_SIGN_RSA_SHA256
                                                                     : GNUTLS_SIGN_UNKNOWN;
    const gnutls_datum_t data = {(unsigned char *)jwt->signed_part,
                                 (unsigned)strlen(jwt->signed_part)};
    bool valid = algorithm != GNUTLS_SIGN_UNKNOWN && gnutls_pubkey_init(&key) == 0 &&
                 gnutls_pubkey_import_x509(key, certificate, 0) == 0 &&
                 gnutls_pubkey_verify_data2(key, algorithm, 0, &data, &jwt->signature) >= 0;
    gnutls_pubkey_deinit(key);
    return valid;
}

static const struct refusal *check_signature(const struct jwt *jwt, const char *pem)
{
    gnutls_x509_crt_t certificate = NULL;
    const gnutls_datum_t text = {(unsigned char *)mem_text(pem), (unsigned)strlen(pem)};
    const char *sha1 = js_string(jwt->header, "x5t", NULL);
    struct json_object *sha256 = js_member(jwt->header, "x5t#S256", NULL);
    const struct refusal *refusal = NULL;
    if (gnutls_x509_crt_init(&certificate) != 0 ||
        gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) != 0 ||
        !is_thumbprint(certificate, GNUTLS_DIG_SHA1, sha1) ||
        !is_thumbprint(certificate, GNUTLS_DIG_SHA256,
                       sha256 ? json_object_get_string(sha256) : NULL))
        refusal = &unknown;
    else if (!has_signed(certificate, jwt))
        refusal = &unsigned_;
    gnutls_x509_crt_deinit(certificate);
    free(text.data);
    return refusal;
}

/* ---- the claims ------------------------------------------------------------------------------ */

/* Seconds, which may have a fraction (RFC 7519, 2): Microsoft's library for Python sends one. */
static double claimed_s(struct json_object *claims, const char *name)
{
    struct json_object *value = js_find(claims, name);
    bool is_number =
        json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    return is_number ? json_object_get_double(value) : 0;
}

static bool in_time(struct call *call, struct json_object *claims)
{
    double now_s = (double)sim_now_s(call->sim);
    return claimed_s(claims, "exp") + LEEWAY_S > now_s &&
           claimed_s(claims, "nbf") <= now_s + LEEWAY_S;
}

static bool claims(struct json_object *tree, const char *name, const char *value)
{
    return strcmp(js_string(tree, name, ""), value) == 0;
}

/* One audience, or several in an array, as the tokens of Kubernetes have them (RFC 7519, 4.1.3). */
static bool is_meant_for(struct json_object *tree, const char *audience)
{
    struct json_object *several = js_array(tree, "aud");
    for (size_t i = 0; several && i < json_object_array_length(several); i++) {
        struct json_object *one = json_object_array_get_idx(several, i);
        if (json_object_is_type(one, json_type_string) &&
            strcmp(json_object_get_string(one), audience) == 0)
            return true;
    }
    return claims(tree, "aud", audience);
}

/* The client's own: issuer and subject are itself, the audience is the endpoint. */
static const struct refusal *check_own(const struct jwt *jwt, struct json_object *client,
                                       const char *audience)
{
    const char *id = js_string(client, "clientId", "");
    const char *certificate = js_string(client, "certificate", NULL);
    if (!certificate || !claims(jwt->claims, "iss", id) || !claims(jwt->claims, "sub", id))
        return &unknown;
    if (!is_meant_for(jwt->claims, audience))
        return &misdirected;
    return check_signature(jwt, certificate);
}

static const struct refusal *check_federated(const struct jwt *jwt, struct json_object *trusted)
{
    for (size_t i = 0; i < json_object_array_length(trusted); i++) {
        struct json_object *one = json_object_array_get_idx(trusted, i);
        if (claims(jwt->claims, "iss", js_string(one, "issuer", "")) &&
            claims(jwt->claims, "sub", js_string(one, "subject", "")) &&
            is_meant_for(jwt->claims, js_string(one, "audience", "api://AzureADTokenExchange")))
            return check_signature(jwt, js_string(one, "certificate", ""));
    }
    return &unfederated;
}

const struct refusal *assertion_check(struct call *call, struct json_object *client,
                                      const char *text, const char *audience)
{
    struct jwt jwt = {0};
    const struct refusal *refusal = &malformed;
    struct json_object *trusted = js_array(client, "federated");
    if (parse(text, &jwt)) {
        bool own = claims(jwt.claims, "iss", js_string(client, "clientId", ""));
        refusal =
            trusted && !own ? check_federated(&jwt, trusted) : check_own(&jwt, client, audience);
        if (!refusal && !in_time(call, jwt.claims))
            refusal = &untimely;
    }
    jwt_done(&jwt);
    return refusal;
}
