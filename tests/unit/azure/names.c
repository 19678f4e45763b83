#include "names.h"

#include "base/mem.h"
#include "tls.h"

#include <assert.h>
#include <dlfcn.h>
#include <gnutls/abstract.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CERTIFICATES_MAX 128

static const char *const at_home[] = {"management.azure.com", "login.microsoftonline.com",
                                      "kv-test.vault.azure.net"};

static struct {
    pthread_mutex_t lock; /* the servers have threads of their own, and so has the resolver */
    struct tls_pair authority;
    char *ca; /* owned */
    struct script_names names;
    struct certificate {
        char *name; /* owned */
        gnutls_pcert_st certificate;
        gnutls_privkey_t key;
    } certificates[CERTIFICATES_MAX];
    size_t count;
    const struct script *home, *thief; /* borrowed */
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- certificates -------------------------------------------------------------------------- */

static void make_certificate(struct certificate *made, const char *name)
{
    const char *const names[] = {*name ? name : "localhost", NULL};
    struct tls_pair pair;
    bool is_made = tls_pair_make(&pair, &world.authority, names) &&
                   gnutls_pcert_import_x509(&made->certificate, pair.certificate, 0) == 0 &&
                   gnutls_privkey_init(&made->key) == 0 &&
                   gnutls_privkey_import_x509(made->key, pair.key, GNUTLS_PRIVKEY_IMPORT_COPY) == 0;
    assert(is_made);
    tls_pair_done(&pair);
    made->name = mem_text(name);
}

static struct certificate *certificate_for(const char *name)
{
    for (size_t i = 0; i < world.count; i++)
        if (strcmp(world.certificates[i].name, name) == 0)
            return &world.certificates[i];
    assert(world.count < CERTIFICATES_MAX);
    make_certificate(&world.certificates[world.count], name);
    return &world.certificates[world.count++];
}

/* For the name that the client says it wants; those who say none mean an address. */
static int on_hello(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
                    const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                    gnutls_pcert_st **certificate, unsigned *length, gnutls_privkey_t *key)
{
    char name[256] = "";
    size_t size = sizeof name - 1;
    unsigned type;
    (void)authorities, (void)n_authorities, (void)algorithms, (void)n_algorithms;
    if (gnutls_server_name_get(session, name, &size, &type, 0) != 0)
        *name = '\0';
    pthread_mutex_lock(&world.lock);
    struct certificate *found = certificate_for(name);
    pthread_mutex_unlock(&world.lock);
    *certificate = &found->certificate;
    *length = 1;
    *key = found->key;
    return 0;
}

const struct script_names *names_of_public_cloud(void)
{
    if (world.ca)
        return &world.names;
    bool is_made = tls_pair_make(&world.authority, NULL, NULL);
    assert(is_made);
    world.ca = tls_certificate(&world.authority);
    world.names = (struct script_names){
        .arm = "https://management.azure.com",
        .vault = "https://kv-test.vault.azure.net",
        .entra = "https://login.microsoftonline.com",
        .ca = world.ca,
        .certificate = (void (*)(void))on_hello,
    };
    return &world.names;
}

void names_done(void)
{
    for (size_t i = 0; i < world.count; i++) {
        gnutls_pcert_deinit(&world.certificates[i].certificate);
        gnutls_privkey_deinit(world.certificates[i].key);
        free(world.certificates[i].name);
    }
    world.count = 0;
    tls_pair_done(&world.authority);
    free(TAKE(world.ca));
}

/* ---- where names lead ---------------------------------------------------------------------- */

void names_lead(const struct script *home, const struct script *thief)
{
    pthread_mutex_lock(&world.lock);
    world.home = home;
    world.thief = thief;
    pthread_mutex_unlock(&world.lock);
}

/* The server that is meant by an address and a port; 0: nobody's but the system's. */
static unsigned port_for(in_addr_t address, unsigned port)
{
    bool is_home = address == INADDR_LOOPBACK && port == 443;
    bool is_agent = (address == 0xA9FEA9FE && port == 80) || /* 169.254.169.254 */
                    (address == INADDR_LOOPBACK && port == 40342);
    if (!world.home)
        return 0;
    if (is_home)
        return script_port(world.home);
    if (is_agent)
        return script_plain_port(world.home);
    return port == 80 ? script_plain_port(world.thief) : script_port(world.thief);
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(
            RTLD_NEXT, "getaddrinfo");
    bool is_home = false;
    for (size_t i = 0; i < COUNT(at_home); i++)
        is_home |= strcasecmp(name, at_home[i]) == 0;
    return next(is_home ? "127.0.0.1" : "127.0.0.2", service, hints, list);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    struct sockaddr_in to = {.sin_family = AF_INET};
    unsigned port = 0;
    if (address->sa_family == AF_INET)
        memcpy(&to, address, sizeof to);
    pthread_mutex_lock(&world.lock);
    if (address->sa_family == AF_INET || address->sa_family == AF_INET6)
        port = port_for(ntohl(to.sin_addr.s_addr), ntohs(to.sin_port));
    pthread_mutex_unlock(&world.lock);
    if (port) {
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons((uint16_t)port);
        return next(fd, (const struct sockaddr *)&to, sizeof to);
    }
    return next(fd, address, length);
}
