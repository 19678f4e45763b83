/* tls.c: azsim's certificate authority and server certificate, by GnuTLS: the library that
 * libmicrohttpd brings along, so that no second TLS is linked. */
#include "tls.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

/* OpenSSL accepts a wildcard only with two labels after it: *.localhost would not do. */
static const char *const names[] = {"localhost", "management.localhost", "login.localhost",
                                    "*.vault.localhost"};

/* What one certificate is made of; the authority signs itself. */
struct pair {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

static bool make_pair(struct pair *pair, const char *common_name, bool is_authority);
static int sign(struct pair *pair, const struct pair *authority);
static int add_names(gnutls_x509_crt_t certificate);
static bool export(const struct pair *authority, const struct pair *server, struct tls *tls);

static void pair_done(struct pair *pair)
{
    gnutls_x509_crt_deinit(pair->certificate);
    gnutls_x509_privkey_deinit(pair->key);
}

bool tls_make(struct tls *tls, struct err *err)
{
    struct pair authority = {0}, server = {0};
    *tls = (struct tls){0};

    bool made = make_pair(&authority, "azsim's own authority", true) &&
                sign(&authority, &authority) == 0 && make_pair(&server, "azsim", false) &&
                add_names(server.certificate) == 0 && sign(&server, &authority) == 0 &&
                export(&authority, &server, tls);

    pair_done(&server);
    pair_done(&authority);
    if (!made) {
        tls_done(tls);
        return err_set(err, ERR_SYSTEM, "Tls", "GnuTLS could not make the certificates");
    }
    return true;
}

void tls_done(struct tls *tls)
{
    free(tls->ca);
    free(tls->certificate);
    mem_free_secret(tls->key);
    *tls = (struct tls){0};
}

/* A fresh key and an unsigned certificate for it: valid from yesterday (clocks differ) for a year,
 * with a random serial number so that a browser's memory of an earlier azsim does no harm. */
static bool make_pair(struct pair *pair, const char *common_name, bool is_authority)
{
    unsigned char serial[16];
    time_t now = time(NULL);

    if (gnutls_x509_privkey_init(&pair->key) < 0 ||
        gnutls_x509_privkey_generate(pair->key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) < 0 ||
        gnutls_x509_crt_init(&pair->certificate) < 0 ||
        gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial) < 0)
        return false;

    serial[0] &= 0x7f; /* a positive number */
    gnutls_x509_crt_t crt = pair->certificate;
    unsigned usage = is_authority ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                  : GNUTLS_KEY_DIGITAL_SIGNATURE;
    return gnutls_x509_crt_set_version(crt, 3) == 0 &&
           gnutls_x509_crt_set_serial(crt, serial, sizeof serial) == 0 &&
           gnutls_x509_crt_set_activation_time(crt, now - DAY_S) == 0 &&
           gnutls_x509_crt_set_expiration_time(crt, now + (time_t)3650 * DAY_S) == 0 &&
           gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                         (unsigned)strlen(common_name)) == 0 &&
           gnutls_x509_crt_set_basic_constraints(crt, is_authority, -1) == 0 &&
           gnutls_x509_crt_set_key_usage(crt, usage) == 0 &&
           gnutls_x509_crt_set_key(crt, pair->key) == 0;
}

/* Python and Java demand both key identifiers; OpenSSL finds the issuer by them. */
static int sign(struct pair *pair, const struct pair *authority)
{
    unsigned char id[64];
    size_t size = sizeof id;
    int rc = gnutls_x509_crt_get_key_id(pair->certificate, 0, id, &size);
    if (rc == 0)
        rc = gnutls_x509_crt_set_subject_key_id(pair->certificate, id, size);
    size = sizeof id;
    if (rc == 0)
        rc = gnutls_x509_crt_get_key_id(authority->certificate, 0, id, &size);
    if (rc == 0)
        rc = gnutls_x509_crt_set_authority_key_id(pair->certificate, id, size);
    if (rc == 0)
        rc = gnutls_x509_crt_sign2(pair->certificate, authority->certificate, authority->key,
                                   GNUTLS_DIG_SHA256, 0);
    return rc;
}

static int add_names(gnutls_x509_crt_t certificate)
{
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    int rc = gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);

    for (size_t i = 0; i < COUNT(names) && rc == 0; i++)
        rc = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, names[i],
                                                  (unsigned)strlen(names[i]), GNUTLS_FSAN_APPEND);
    if (rc == 0)
        rc = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &loopback,
                                                  sizeof loopback, GNUTLS_FSAN_APPEND);
    return rc;
}

static char *text_of(gnutls_datum_t *datum)
{
    char *text = mem_text_n((const char *)datum->data, datum->size);
    gnutls_memset(datum->data, 0, datum->size);
    gnutls_free(datum->data);
    return text;
}

static bool export(const struct pair *authority, const struct pair *server, struct tls *tls)
{
    gnutls_datum_t datum;
    if (gnutls_x509_crt_export2(authority->certificate, GNUTLS_X509_FMT_PEM, &datum) < 0)
        return false;
    tls->ca = text_of(&datum);
    if (gnutls_x509_crt_export2(server->certificate, GNUTLS_X509_FMT_PEM, &datum) < 0)
        return false;
    tls->certificate = text_of(&datum);
    if (gnutls_x509_privkey_export2(server->key, GNUTLS_X509_FMT_PEM, &datum) < 0)
        return false;
    tls->key = text_of(&datum);
    return true;
}
