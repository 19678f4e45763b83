/* digest.h: what a row of texts was, in 32 bytes: SHA-256 (FIPS 180-4), OpenSSL's. */
#pragma once

#include <stdint.h>

#define DIGEST_SIZE 32

struct digest;

struct digest *digest_new(void);

/* Takes in the text with its end, so that no two rows of texts are alike; NULL as an end alone. */
void digest_add(struct digest *digest, const char *text);

/* What it has come to; frees it. */
void digest_end(struct digest *digest, uint8_t bytes[DIGEST_SIZE]);
