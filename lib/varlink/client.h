/* client.h: the caller's side of Varlink over a UNIX socket; it blocks. https://varlink.org */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct varlink_client;

/* Connects. timeout_ms everywhere: how long it may take, -1 for ever. Codes are errno's: "ENOENT"
 * and "ECONNREFUSED" nobody listens there, "EACCES", "ETIMEDOUT", "ENAMETOOLONG". */
bool varlink_connect(const char *path, int64_t timeout_ms, struct varlink_client **client,
                     struct err *err) MUST_CHECK;
void varlink_disconnect(struct varlink_client *client);

/* Sends a call; with more, several replies may come. parameters is borrowed; NULL is {}. */
bool varlink_send(struct varlink_client *client, const char *method, struct json_object *parameters,
                  bool more, int64_t timeout_ms, struct err *err) MUST_CHECK;

/* The next reply. *parameters is handed over, an object; *continues: another one follows.
 *
 * A Varlink error is an error whose code is its full name ("io.cmkd.NoSuchStack", domain
 * ERR_SYSTEM, status 0: varlink_is_answer() tells it from failures of the system) and whose
 * parameters varlink_error_parameters() has. Else the code is errno's: "ETIMEDOUT"; "ECONNRESET" if
 * the service has gone; "EPROTO" for what is no reply. After these the client is good for
 * varlink_disconnect() only.
 */
bool varlink_receive(struct varlink_client *client, int64_t timeout_ms,
                     struct json_object **parameters, bool *continues, struct err *err) MUST_CHECK;

/* One call, one reply, both within timeout_ms. */
bool varlink_call(struct varlink_client *client, const char *method, struct json_object *parameters,
                  int64_t timeout_ms, struct json_object **reply, struct err *err) MUST_CHECK;

/* True if err is a Varlink error, from the service. */
bool varlink_is_answer(const struct err *err);

/* The parameters of the last Varlink error, borrowed until the next call; NULL if there was none.
 */
struct json_object *varlink_error_parameters(const struct varlink_client *client);
