#include "base/uuid.h"

#include <string.h>
#include <uuid/uuid.h>

void uuid_random(char text[UUID_SIZE])
{
    uuid_t id;
    uuid_generate_random(id);
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
