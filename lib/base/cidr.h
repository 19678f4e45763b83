/* cidr.h: IPv4 ranges by meaning: 203.0.113.7 equals 203.0.113.7/32. RFC 4632. */
#pragma once

#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

#define CIDR_SIZE 20 /* bytes that a formatted range needs */

struct cidr {
    uint32_t base; /* host order, host bits zero */
    uint8_t length;
};

/* "203.0.113.7" or "203.0.113.0/24". Host bits that are set are dropped, as Azure does. */
bool cidr_parse(const char *text, struct cidr *cidr) MUST_CHECK;

/* "203.0.113.0/24", always with its length; with bare, a /32 as an address alone. */
void cidr_format(struct cidr cidr, bool bare, char text[CIDR_SIZE]);

/* Makes the set smallest: sorted, ranges inside others dropped, neighbours joined. Two arrays
 * of ranges mean the same addresses exactly if they are equal after this. Returns the count. */
size_t cidr_normalise(struct cidr *ranges, size_t count);
