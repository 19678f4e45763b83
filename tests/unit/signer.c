#include "signer.h"

#include "base/mem.h"
#include "cases.h"

#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

void signer_make(struct signer *signer, gnutls_pk_algorithm_t algorithm, time_t expires_s)
{
    unsigned bits = algorithm == GNUTLS_PK_RSA
                        ? 2048
                        : GNUTLS_CURVE_TO_BITS((unsigned)GNUTLS_ECC_CURVE_SECP256R1);
    assert_int_equal(gnutls_x509_privkey_init(&signer->key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(signer->key, algorithm, bits, 0), 0);
    assert_int_equal(gnutls_x509_crt_init(&signer->certificate), 0);
    gnutls_x509_crt_set_version(signer->certificate, 3);
    gnutls_x509_crt_set_serial(signer->certificate, "\1", 1);
    gnutls_x509_crt_set_activation_time(signer->certificate, 0);
    gnutls_x509_crt_set_expiration_time(signer->certificate, expires_s);
    gnutls_x509_crt_set_dn(signer->certificate, "CN=cmkd", NULL);
    gnutls_x509_crt_set_key(signer->certificate, signer->key);
    assert_int_equal(gnutls_x509_crt_sign2(signer->certificate, signer->certificate, signer->key,
                                           GNUTLS_DIG_SHA256, 0),
                     0);
}

void signer_done(struct signer *signer)
{
    gnutls_x509_crt_deinit(signer->certificate);
    gnutls_x509_privkey_deinit(signer->key);
}

static char *taken(gnutls_datum_t *datum)
{
    char *text = mem_text_n((const char *)datum->data, datum->size);
    gnutls_free(datum->data);
    return text;
}

char *signer_certificate(const struct signer *signer)
{
    gnutls_datum_t pem;
    assert_int_equal(gnutls_x509_crt_export2(signer->certificate, GNUTLS_X509_FMT_PEM, &pem), 0);
    return taken(&pem);
}

char *signer_key(const struct signer *signer, const char *passphrase)
{
    gnutls_datum_t pem;
    assert_int_equal(gnutls_x509_privkey_export2_pkcs8(
                         signer->key, GNUTLS_X509_FMT_PEM, passphrase,
                         passphrase ? GNUTLS_PKCS_PBES2_AES_256 : GNUTLS_PKCS_PLAIN, &pem),
                     0);
    return taken(&pem);
}

char *signer_encode(const void *bytes, size_t size)
{
    gnutls_datum_t given = {mem_new(size + 1, 1), (unsigned)size}, coded = {0};
    memcpy(given.data, bytes, size);
    assert_int_equal(gnutls_base64_encode2(&given, &coded), 0);
    free(given.data);
    char *text = taken(&coded);
    for (char *c = text; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    text[strcspn(text, "=")] = '\0';
    return text;
}

char *signer_thumbprint(const struct signer *signer, gnutls_digest_algorithm_t digest)
{
    unsigned char bytes[32];
    size_t size = sizeof bytes;
    assert_int_equal(gnutls_x509_crt_get_fingerprint(signer->certificate, digest, bytes, &size), 0);
    return signer_encode(bytes, size);
}

static char *sign(const struct signer *signer, const char *text, bool is_pss)
{
    gnutls_privkey_t key;
    gnutls_datum_t data = {(unsigned char *)mem_text(text), (unsigned)strlen(text)}, signature;
    assert_int_equal(gnutls_privkey_init(&key), 0);
    assert_int_equal(gnutls_privkey_import_x509(key, signer->key, 0), 0);
    assert_int_equal(gnutls_privkey_sign_data2(
                         key, is_pss ? GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 : GNUTLS_SIGN_RSA_SHA256, 0,
                         &data, &signature),
                     0);
    char *coded = signer_encode(signature.data, signature.size);
    gnutls_free(signature.data);
    gnutls_privkey_deinit(key);
    free(data.data);
    return coded;
}

char *signer_jwt(const struct signer *signer, const char *header, const char *claims, bool is_pss)
{
    AUTO(text) char *first = signer_encode(header, strlen(header));
    AUTO(text) char *second = signer_encode(claims, strlen(claims));
    AUTO(text) char *both = mem_format("%s.%s", first, second);
    AUTO(text) char *signature = sign(signer, both, is_pss);
    return mem_format("%s.%s", both, signature);
}
