/* wipe.c: a request's head and its body stand in buffers of libcurl's own, which frees them as they
 * are; what is asked for next mostly writes over them, and sometimes does not. */
#include "azure/wipe.h"

#include "base/mem.h"

#include <curl/curl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void wipe(void *p)
{
    if (p)
        mem_zero(p, malloc_usable_size(p));
    free(p);
}

/* realloc() would leave the old place as it was. */
static void *move(void *p, size_t size)
{
    void *moved = malloc(size ? size : 1);
    size_t had = p ? malloc_usable_size(p) : 0;
    if (!moved)
        return NULL;
    if (p)
        memcpy(moved, p, had < size ? had : size);
    wipe(p);
    return moved;
}

bool wipe_curl_init(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe, move, strdup, calloc) ==
           CURLE_OK;
}
