/* link.h: an URL that an answer gives us to follow (nextLink, Location, Azure-AsyncOperation).
 * A bearer token goes only where it belongs, so the origin must be exactly that of the call.
 * RFC 3986. */
#pragma once

enum link {
    LINK_OK,      /* *url is absolute, its origin in normal form; the caller frees */
    LINK_FOREIGN, /* it leads elsewhere, or cannot be told not to: never follow it */
    LINK_BAD,     /* it is no URL at all */
};

/* Resolves text against origin (the normal form of cloud_origin()). A path from '/' on is
 * relative to it; the default port may be written out; a fragment is dropped. */
enum link link_resolve(const char *text, const char *origin, char **url);
