/* script.h: an HTTPS server in a thread of the test, which answers from a script. It serves Entra's
 * token endpoint, Resource Manager, a vault and (over plain HTTP) the metadata service. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define SCRIPT_STEPS_MAX 12

/* Instead of a status. */
enum script_fault {
    RESET = -1,   /* the connection is closed without an answer */
    STALL = -2,   /* no answer comes, until the script ends */
    SHORTEN = -3, /* a 200 whose connection is closed one byte before the body's end */
};

/* One answer. It is used up by the first request whose "METHOD https://host/path?query" begins
 * with request; "{arm}", "{vault}" and "{entra}" stand for the server's own origins, in all texts.
 * Single quotes in a body become double ones. */
struct script_step {
    const char *request; /* NULL ends the script */
    int status;
    const char *headers; /* "Name: value\n...", or NULL */
    const char *body;    /* or NULL */
};

struct script;

/* Under names of the test's own: its origins, what clients are to trust (PEM), and the function of
 * MHD_OPTION_HTTPS_CERT_CALLBACK, which has a certificate for each name. */
struct script_names {
    const char *arm, *vault, *entra;
    const char *ca;
    void (*certificate)(void); /* cast */
};

/* Starts serving. names may be NULL: below ".localhost", with its port. arrived is called in the
 * loop's thread after a request has arrived and before it is answered. */
struct script *script_start(uv_loop_t *loop, const struct script_names *names,
                            void (*arrived)(void *owner), void *owner);

/* The steps are borrowed until the next call. A token is given without any step. */
void script_play(struct script *script, const struct script_step *steps);

/* text with "{arm}" and so on filled in; the caller frees. */
char *script_expand(const struct script *script, const char *text);
const char *script_ca_file(const struct script *script);
unsigned script_port(const struct script *script);
unsigned script_plain_port(const struct script *script);

/* How many requests came whose line begins with prefix; all of them: "". */
size_t script_count(struct script *script, const char *prefix);

/* The nth of those: "METHOD url", then its headers, one a line, then an empty line and the body.
 * NULL if there is none. Borrowed. */
const char *script_request(struct script *script, const char *prefix, size_t n);

/* Steps that no request has used. */
size_t script_unused(struct script *script);

/* The most requests that were there at one time. */
unsigned script_crowd(struct script *script);

/* Ends serving; the handle on the loop closes at its next turn. */
void script_stop(struct script *script);
