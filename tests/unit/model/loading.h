/* loading.h: configurations from texts, for tests. */
#pragma once

#include "model/config.h"
#include "types/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Loads a text by way of a file in /tmp; with quotes, single ones are made double. */
static inline bool load_bytes(const char *text, size_t length, struct config *config,
                              struct problems *problems)
{
    char path[] = "/tmp/cmkd-test-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || close(fd) != 0)
        abort();
    bool loaded = config_load(path, registry, NULL, config, problems);
    unlink(path);
    return loaded;
}

static inline bool load_text(const char *text, struct config *config, struct problems *problems)
{
    AUTO(text) char *copy = mem_text(text);
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    return load_bytes(copy, strlen(copy), config, problems);
}

/* A stack of three resources that are open to nobody; each argument is members with a comma
 * after them, or "". */
static inline char *stack_text(const char *name, const char *stack, const char *vault,
                               const char *key, const char *account)
{
    return mem_format("'%s': {'subscriptionId': '00000000-0000-0000-0000-000000000001',"
                      "'resourceGroup': 'rg', 'location': 'swedencentral', %s"
                      "'vault': {%s 'type': null}, 'key': {%s 'type': null},"
                      "'account': {%s 'type': null}}",
                      name, stack, vault, key, account);
}
