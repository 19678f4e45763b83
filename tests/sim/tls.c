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
                                    "*.vault.localhost", NULL};

static bool make_pair(struct tls_pair *pair, const char *common_name, bool is_authority);
static int sign(struct tls_pair *pair, const struct tls_pair *authority);
static int add_names(gnutls_x509_crt_t certificate, const char *const *list);
static char *key_text(const struct tls_pair *pair);

void tls_pair_done(struct tls_pair *pair)
{
    gnutls_x509_crt_deinit(pair->certificate);
    gnutls_x509_privkey_deinit(pair->key);
    *pair = (struct tls_pair){0};
}

bool tls_pair_make(struct tls_pair *pair, const struct tls_pair *authority, const char *const *list)
{
    bool is_authority = !authority;
    *pair = (struct tls_pair){0};
    return make_pair(pair, is_authority ? "azsim's own authority" : "azsim", is_authority) &&
           (is_authority || add_names(pair->certificate, list) == 0) &&
           sign(pair, is_authority ? pair : authority) == 0;
}

bool tls_make(struct tls *tls, struct err *err)
{
    struct tls_pair authority, server = {0};
    bool made = tls_pair_make(&authority, NULL, NULL) && tls_pair_make(&server, &authority, names);
    *tls = (struct tls){
        .ca = made ? tls_certificate(&authority) : NULL,
        .certificate = made ? tls_certificate(&server) : NULL,
        .key = made ? key_text(&server) : NULL,
    };
    tls_pair_done(&server);
    tls_pair_done(&authority);
    if (tls->ca && tls->certificate && tls->key)
        return true;
    tls_done(tls);
    return err_set(err, ERR_SYSTEM, "Tls", "GnuTLS could not make the certificates");
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
static bool make_pair(struct tls_pair *pair, const char *common_name, bool is_authority)
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
static int sign(struct tls_pair *pair, const struct tls_pair *authority)
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

static int add_names(gnutls_x509_crt_t certificate, const char *const *list)
{
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    int rc = gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);

    for (; list && *list && rc == 0; list++)
        rc = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, *list,
                                                  (unsigned)strlen(*list), GNUTLS_FSAN_APPEND);
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

char *tls_certificate(const struct tls_pair *pair)
{
    gnutls_datum_t datum;
    return gnutls_x509_crt_export2(pair->certificate, GNUTLS_X509_FMT_PEM, &datum) < 0
               ? NULL
               : text_of(&datum);
}

static char *key_text(const struct tls_pair *pair)
{
    gnutls_datum_t datum;
    return gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &datum) < 0
               ? NULL
               : text_of(&datum);
}
