#include "base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* struct digest is OpenSSL's context, under a name of our own. */
static EVP_MD_CTX *context_of(struct digest *digest)
{
    return (EVP_MD_CTX *)(void *)digest;
}

struct digest *digest_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        abort();
    return (struct digest *)(void *)context;
}

void digest_add(struct digest *digest, const char *text)
{
    if (EVP_DigestUpdate(context_of(digest), text ? text : "", text ? strlen(text) + 1 : 1) != 1)
        abort();
}

void digest_end(struct digest *digest, uint8_t bytes[DIGEST_SIZE])
{
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context_of(digest), bytes, &length) != 1 || length != DIGEST_SIZE)
        abort();
    EVP_MD_CTX_free(context_of(digest));
}
