/* wipe.h: libcurl's memory, which carries tokens and secrets, is zeroed as it is let go. */
#pragma once

#include <stdbool.h>

/* curl_global_init() with such memory, where this is the first; false if libcurl cannot be used.
 * curl_global_cleanup() is the caller's. */
bool wipe_curl_init(void);
