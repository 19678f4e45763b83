/* uuid.h: UUIDs as texts, RFC 9562, lower case. libuuid does the work. */
#pragma once

#include <stdbool.h>

#define UUID_SIZE 37

/* A random one (version 4), for request ids. */
void uuid_random(char text[UUID_SIZE]);

/* The one that always belongs to this name (version 5, in cmkd's own name space). */
void uuid_of_name(const char *name, char text[UUID_SIZE]);

bool uuid_valid(const char *text);
