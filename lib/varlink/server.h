/* server.h: a Varlink service on a UNIX socket, on the uv loop. https://varlink.org
 *
 * Callers are not trusted with anything: see struct varlink_limits. On one connection calls are
 * answered in order, one at a time: the next one is not looked at before the one at hand is ended
 * and the caller has read the reply. org.varlink.service is answered here. */
#pragma once

#include "base/err.h"
#include "varlink/idl.h"
#include "varlink/message.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct varlink_call;

/* Who called, as the kernel says, taken when the connection was accepted. */
struct varlink_caller {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    bool is_member; /* of the service's group: its own group, or one of its supplementary ones */
};

/* A method has been called. parameters is borrowed for this call of the function only, an object,
 * never NULL; it fits the interface's description: no unknown member, none of a wrong type, none
 * missing (a member "?type" may be absent or null).
 *
 * The function, or whatever it starts, ends the call exactly once, with varlink_error() or a
 * varlink_reply() that does not continue, now or later: also if the caller has gone meanwhile. */
typedef void varlink_method_fn(struct varlink_call *call, struct json_object *parameters,
                               void *owner);

/* The caller has gone, or was cut off: replies lead nowhere. Comes at most once, from the loop,
 * never inside varlink_reply() and the like; not after the call's end. It may end the call. */
typedef void varlink_gone_fn(struct varlink_call *call, void *owner);

struct varlink_method {
    const char *name;           /* "Status" */
    varlink_method_fn *on_call; /* NULL: described, but MethodNotImplemented */
};

struct varlink_interface {
    const char *name;        /* "io.cmkd" */
    const char *description; /* the text of its file */
    const struct varlink_method *methods;
    size_t n_methods;
};

/* 0: the value in brackets. */
struct varlink_limits {
    size_t message;     /* bytes of one call without its NUL (65536); above: cut off */
    size_t connections; /* at once (64); then the longest idle one goes, or the new one */
    size_t reserved;    /* of these, for uid 0 alone (8); who goes for nobody else */
    size_t queued;      /* bytes of "more" replies unread before the next one (1048576): cut off */
    size_t queued_all;  /* bytes of all replies that nobody has read yet (67108864): cut off */
    uint64_t half_call_ms; /* from a call's first byte to its NUL (10000): cut off */
    uint64_t idle_ms;      /* nothing asked, nothing owed (60000): closed */
    uint64_t unread_ms;    /* a reply stays unread in part (30000): cut off */
};

/* All borrowed; outlives the server. */
struct varlink_service {
    const char *path;  /* of the socket; its folder is there */
    const char *group; /* may call, besides the own user; ignored if there is none of that name */
    const char *vendor, *product, *version, *url; /* what GetInfo answers */
    const struct varlink_interface *interfaces;   /* without org.varlink.service */
    size_t n_interfaces;
    struct varlink_limits limits;
    void *owner; /* what the methods are given */
};

struct varlink_server;

/* Reads the description and compares it with the methods: false with code "BadInterface" if one
 * has what the other has not. The server does it for all of its interfaces. */
bool varlink_interface_load(const struct varlink_interface *interface, struct idl **idl,
                            struct err *err) MUST_CHECK;

/* Listens, from now on. A stale socket file is replaced; codes "EADDRINUSE" if somebody listens
 * there, "ENAMETOOLONG", or errno's; "BadInterface". SIGPIPE is ignored from then on. */
bool varlink_server_new(uv_loop_t *loop, const struct varlink_service *service,
                        struct varlink_server **server, struct err *err) MUST_CHECK;

/* Removes the socket and closes every connection: on_gone comes for the calls under way, from the
 * loop. The server frees itself; service and owner must stay until the loop has run dry. A reply
 * given just before is sent as far as the caller's socket has room. NULL is fine. */
void varlink_server_close(struct varlink_server *server);

/* Connections now, for tests and the status. */
size_t varlink_server_connections(const struct varlink_server *server);

/* ---- a call ------------------------------------------------------------------------------- */

const struct varlink_caller *varlink_caller(const struct varlink_call *call);
const char *varlink_method_name(const struct varlink_call *call); /* "io.cmkd.Status" */
bool varlink_wants_more(const struct varlink_call *call);
void varlink_on_gone(struct varlink_call *call, varlink_gone_fn *on_gone, void *owner);

/* parameters is borrowed; NULL is {}. continues: more replies come, only if varlink_wants_more();
 * if not, the call is ended and the pointer dead. */
void varlink_reply(struct varlink_call *call, struct json_object *parameters, bool continues);

/* Ends the call. error is a full name: "io.cmkd.NoSuchStack", VARLINK_PERMISSION_DENIED. */
void varlink_error(struct varlink_call *call, const char *error, struct json_object *parameters);

/* Ends the call with InvalidParameter. */
void varlink_invalid(struct varlink_call *call, const char *parameter);
