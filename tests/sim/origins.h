/* origins.h: azsim's own names for Azure's, and back. Cases, faults and the log are written with
 * Azure's (management.azure.com, <vault>.vault.azure.net); on the wire stand azsim's. */
#pragma once

struct origins {
    unsigned port;      /* of HTTPS */
    unsigned imds_port; /* of plain HTTP */
};

/* The text with every one of azsim's origins replaced by Azure's; the caller frees. */
char *origins_public(const struct origins *origins, const char *text);

/* The other way round. */
char *origins_local(const struct origins *origins, const char *text);

/* The cloud object of cmkd's configuration that leads to this azsim, as a text; the caller
 * frees. */
char *origins_cloud(const struct origins *origins, const char *ca_file);
