/* assertion.c: the signature is OpenSSL's, which is what libcurl runs TLS on: one such library in
 * the process, not two. */
#include "azure/assertion.h"

#include "base/js.h"
#include "base/uuid.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For AUTO(). */
static void auto_bio(BIO **bio)
{
    BIO_free(*bio);
}

static void auto_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key); /* and zeroes it */
}

static void auto_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

static void auto_digest(EVP_MD_CTX **digest)
{
    EVP_MD_CTX_free(*digest);
}

/* ---- what the file holds --------------------------------------------------------------------- */

/* OpenSSL would ask on the terminal. */
static int no_passphrase(char *buffer, int size, int for_writing, void *owner)
{
    (void)buffer;
    (void)size;
    (void)for_writing;
    (void)owner;
    return 0;
}

static bool read_key(const char *pem, const char *path, EVP_PKEY **key, struct err *err)
{
    AUTO(bio) BIO *text = BIO_new_mem_buf(pem, -1);
    AUTO(key) EVP_PKEY *found = PEM_read_bio_PrivateKey(text, NULL, no_passphrase, NULL);
    if (!found)
        return err_set(err, ERR_CONFIG, "CertificateInvalid",
                       "the certificate file %s holds no private key in PEM that can be read "
                       "without a passphrase",
                       path);
    if (EVP_PKEY_base_id(found) != EVP_PKEY_RSA)
        return err_set(err, ERR_CONFIG, "CertificateInvalid",
                       "the private key in %s is no RSA key, and Entra takes no other", path);
    *key = TAKE(found);
    return true;
}

/* A chain may be there too: the certificate that is meant is the one of the key. */
static bool read_certificate(const char *pem, const char *path, EVP_PKEY *key, X509 **certificate,
                             struct err *err)
{
    AUTO(bio) BIO *text = BIO_new_mem_buf(pem, -1);
    X509 *found;
    while ((found = PEM_read_bio_X509(text, NULL, no_passphrase, NULL))) {
        if (X509_check_private_key(found, key) == 1) {
            *certificate = found;
            return true;
        }
        X509_free(found);
    }
    return err_set(err, ERR_CONFIG, "CertificateInvalid",
                   "the certificate file %s holds no certificate (PEM) of its private key", path);
}

static bool is_in_time(const X509 *certificate, const char *path, int64_t now_s, struct err *err)
{
    time_t now = (time_t)now_s;
    if (X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0)
        return true;
    return err_set(err, ERR_CONFIG, "CertificateExpired",
                   "the certificate in %s has expired: replace it there and in the application's "
                   "registration",
                   path);
}

/* ---- the token ------------------------------------------------------------------------------- */

/* base64url without padding: RFC 7515 section 2. The caller frees. */
static char *encode(const unsigned char *bytes, size_t length)
{
    char *text = mem_new(4 * (length / 3 + 1) + 1, 1);
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)length);
    for (char *at = text; *at; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    text[strcspn(text, "=")] = '\0';
    return text;
}

static char *encode_json(struct json_object *tree)
{
    const char *text = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE);
    return encode((const unsigned char *)text, strlen(text));
}

static char *make_header(const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
        abort(); /* out of memory */
    AUTO(text) char *thumbprint = encode(digest, length);
    AUTO(json) struct json_object *header = json_object_new_object();
    json_object_object_add(header, "alg", json_object_new_string("PS256"));
    json_object_object_add(header, "typ", json_object_new_string("JWT"));
    json_object_object_add(header, "x5t#S256", json_object_new_string(thumbprint));
    return encode_json(header);
}

static char *make_claims(const char *client_id, const char *audience, int64_t now_s)
{
    char id[UUID_SIZE];
    uuid_random(id);
    AUTO(json) struct json_object *claims = json_object_new_object();
    json_object_object_add(claims, "aud", json_object_new_string(audience));
    json_object_object_add(claims, "iss", json_object_new_string(client_id));
    json_object_object_add(claims, "sub", json_object_new_string(client_id));
    json_object_object_add(claims, "jti", json_object_new_string(id));
    json_object_object_add(claims, "iat", json_object_new_int64(now_s));
    json_object_object_add(claims, "nbf", json_object_new_int64(now_s));
    json_object_object_add(claims, "exp", json_object_new_int64(now_s + ASSERTION_LIFE_S));
    return encode_json(claims);
}

/* PS256: the salt is as long as the digest. NULL if the key is of no use (too short). */
static char *sign(const char *text, EVP_PKEY *key)
{
    AUTO(digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings; /* digest's */
    size_t length = 0;
    const unsigned char *bytes = (const unsigned char *)text;
    if (EVP_DigestSignInit(digest, &settings, EVP_sha256(), NULL, key) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1 ||
        EVP_DigestSign(digest, NULL, &length, bytes, strlen(text)) != 1)
        return NULL;
    AUTO(text) char *signature = mem_new(length, 1);
    if (EVP_DigestSign(digest, (unsigned char *)signature, &length, bytes, strlen(text)) != 1)
        return NULL;
    return encode((const unsigned char *)signature, length);
}

static bool make(const char *pem, const char *path, const char *client_id, const char *audience,
                 int64_t now_s, char **jwt, struct err *err)
{
    AUTO(key) EVP_PKEY *key = NULL;
    AUTO(certificate) X509 *certificate = NULL;
    if (!read_key(pem, path, &key, err) || !read_certificate(pem, path, key, &certificate, err) ||
        !is_in_time(certificate, path, now_s, err))
        return false;

    AUTO(text) char *header = make_header(certificate);
    AUTO(text) char *claims = make_claims(client_id, audience, now_s);
    AUTO(text) char *signed_part = mem_format("%s.%s", header, claims);
    AUTO(secret) char *signature = sign(signed_part, key);
    if (!signature)
        return err_set(err, ERR_CONFIG, "CertificateInvalid",
                       "the private key in %s cannot sign: it is too short, or broken", path);
    *jwt = mem_format("%s.%s", signed_part, signature);
    return true;
}

bool assertion_sign(const char *pem, const char *path, const char *client_id, const char *audience,
                    int64_t now_s, char **jwt, struct err *err)
{
    bool is_signed = make(pem, path, client_id, audience, now_s, jwt, err);
    ERR_clear_error(); /* libcurl looks into the same queue */
    return is_signed;
}
