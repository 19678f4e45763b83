#include "base/uuid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uuid/uuid.h>

void uuid_random(char text[UUID_SIZE])
{
    /* uuid_generate_random(3) asks the kernel for five things more, and each request has an id. */
    uuid_t id;
    if (getrandom(id, sizeof id, 0) != sizeof id) /* never short: that few */
        abort();
    id[6] = (id[6] & 0x0f) | 0x40; /* version 4, RFC 9562 section 5.4 */
    id[8] = (id[8] & 0x3f) | 0x80;
    uuid_unparse_lower(id, text);
}

void uuid_of_name(const char *name, char text[UUID_SIZE])
{
    /* Never changes: the names of the role assignments that cmkd makes hang on it. */
    static const uuid_t name_space = {0x5b, 0x0e, 0x2f, 0x6c, 0x8a, 0x51, 0x4d, 0x3e,
                                      0x9f, 0x27, 0xc4, 0x1d, 0x60, 0x73, 0xb8, 0xe2};
    uuid_t id;
    uuid_generate_sha1(id, name_space, name, strlen(name));
    uuid_unparse_lower(id, text);
}

bool uuid_valid(const char *text)
{
    uuid_t id;
    return uuid_parse(text, id) == 0;
}
