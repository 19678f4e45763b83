/* message.h: one Varlink message, from bytes to what it says and back: pure.
 *
 * A message is one JSON object and a NUL byte. A call has "method", "parameters", "more" and
 * "oneway"; a reply has "parameters" and "continues", or "error" and "parameters".
 * https://varlink.org/Method-Call */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define VARLINK_NAME_SIZE 256 /* bytes of the longest name of a method, the end included */

/* Errors of the protocol. The last is younger than the others: the method needs "more". */
#define VARLINK_INTERFACE_NOT_FOUND "org.varlink.service.InterfaceNotFound"
#define VARLINK_METHOD_NOT_FOUND "org.varlink.service.MethodNotFound"
#define VARLINK_METHOD_NOT_IMPLEMENTED "org.varlink.service.MethodNotImplemented"
#define VARLINK_INVALID_PARAMETER "org.varlink.service.InvalidParameter"
#define VARLINK_PERMISSION_DENIED "org.varlink.service.PermissionDenied"
#define VARLINK_EXPECTED_MORE "org.varlink.service.ExpectedMore"

enum message_kind {
    MESSAGE_CALL,
    MESSAGE_INVALID, /* a JSON object that is no proper call: invalid names the member */
    MESSAGE_GARBAGE, /* no JSON object: the connection is worth nothing any more */
};

struct message {
    struct json_object *tree;       /* owned */
    char method[VARLINK_NAME_SIZE]; /* "io.cmkd.Status" */
    size_t interface_length;        /* of "io.cmkd" in it */
    struct json_object *parameters; /* borrowed from tree: an object, or NULL for none */
    const char *invalid;            /* of MESSAGE_INVALID: a constant, "method"; else NULL */
    bool more;                      /* several replies are welcome; false with oneway */
    bool oneway;                    /* no reply is wanted */
};

/* Reads what stands before the NUL. Fills *message whatever it returns: message_done() it. */
enum message_kind message_parse_call(const char *text, size_t length, struct message *message);
void message_done(struct message *message);

/* The texts to send, without the NUL that follows them; the caller frees. parameters is borrowed;
 * NULL is an empty object. error NULL: it is a reply, and continues says whether another comes. */
char *message_format_call(const char *method, struct json_object *parameters, bool more,
                          bool oneway);
char *message_format_reply(const char *error, struct json_object *parameters, bool continues);

/* Reads a reply. *error is "" if it is none. *parameters is handed over, an object. False with
 * code "EPROTO" for what is no reply. */
bool message_parse_reply(const char *text, size_t length, char error[VARLINK_NAME_SIZE],
                         struct json_object **parameters, bool *continues,
                         struct err *err) MUST_CHECK;
