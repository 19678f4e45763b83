#include "base/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t mask(uint8_t length)
{
    return length ? UINT32_MAX << (32 - length) : 0;
}

bool cidr_parse(const char *text, struct cidr *cidr)
{
    char address[16];
    const char *slash = strchr(text, '/');
    size_t size = slash ? (size_t)(slash - text) : strlen(text);
    struct in_addr parsed;
    unsigned length = 32;
    if (!size || size >= sizeof address)
        return false;
    memcpy(address, text, size);
    address[size] = '\0';
    if (inet_pton(AF_INET, address, &parsed) != 1)
        return false;
    if (slash) {
        const char *digit = slash + 1;
        if (!*digit || strlen(digit) > 2)
            return false;
        for (length = 0; *digit; digit++) {
            if (*digit < '0' || *digit > '9')
                return false;
            length = length * 10 + (unsigned)(*digit - '0');
        }
        if (length > 32)
            return false;
    }
    cidr->length = (uint8_t)length;
    cidr->base = ntohl(parsed.s_addr) & mask(cidr->length);
    return true;
}

void cidr_format(struct cidr cidr, bool bare, char text[CIDR_SIZE])
{
    int used = snprintf(text, CIDR_SIZE, "%u.%u.%u.%u", cidr.base >> 24, cidr.base >> 16 & 255,
                        cidr.base >> 8 & 255, cidr.base & 255);
    if (!bare || cidr.length < 32)
        snprintf(text + used, CIDR_SIZE - (size_t)used, "/%u", cidr.length);
}

static int by_base(const void *a, const void *b)
{
    const struct cidr *x = a, *y = b;
    if (x->base != y->base)
        return x->base < y->base ? -1 : 1;
    return (int)x->length - (int)y->length; /* the wider range first */
}

size_t cidr_normalise(struct cidr *ranges, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(ranges, count, sizeof *ranges, by_base);
    for (size_t i = 0; i < count; i++) {
        struct cidr *top = kept ? &ranges[kept - 1] : NULL;
        if (top && (ranges[i].base & mask(top->length)) == top->base &&
            ranges[i].length >= top->length)
            continue;
        ranges[kept++] = ranges[i];
        while (kept >= 2) { /* two halves of one wider range are that range */
            struct cidr *low = &ranges[kept - 2], *high = &ranges[kept - 1];
            if (low->length != high->length || !low->length ||
                (low->base & ~mask((uint8_t)(low->length - 1))) != 0 ||
                (high->base & mask((uint8_t)(low->length - 1))) != low->base)
                break;
            low->length--;
            kept--;
        }
    }
    return kept;
}
