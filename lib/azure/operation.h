/* operation.h: what the answers of a long-running operation mean.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 *
 *     write ─► operation_begin ─► RUNNING ─► (ask) ─► operation_poll ─┬─► DONE
 *                    │               ▲                                ├─► FAILED
 *                    ├─► DONE        └────────── RUNNING ◄────────────┤
 *                    └─► FAILED                                       └─► UNKNOWN: ask the resource
 *
 * Whatever word is not Succeeded, Failed, Canceled or Cancelled means "still running": Azure has
 * many (Creating, Updating, NotStarted, Accepted, RegisteringDns). */
#pragma once

#include "azure/answer.h"
#include "base/err.h"

#include <json-c/json.h>

enum operation_state {
    OPERATION_DONE,
    OPERATION_RUNNING, /* ask again */
    OPERATION_FAILED,  /* err says how */
    OPERATION_UNKNOWN, /* it does not say: the resource itself must */
};

enum operation_ask {
    ASK_OPERATION, /* url is the Azure-AsyncOperation: a body with status */
    ASK_LOCATION,  /* url is the Location: 202 while it runs */
    ASK_RESOURCE,  /* there is no url: GET the resource and watch its provisioningState */
};

struct operation {
    enum operation_ask ask;
    char *url; /* owned; its origin is checked; NULL for ASK_RESOURCE */
};

/* What a 2xx answer to a write says. A link that leads elsewhere is FAILED with "ForeignOrigin";
 * one that is no URL is ignored. body may be NULL. Fills *operation when RUNNING. */
enum operation_state operation_begin(const struct http_answer *answer, struct json_object *body,
                                     const char *origin, struct operation *operation,
                                     struct err *err);

/* What a 2xx answer to a poll says; a newer link in it replaces the old one. */
enum operation_state operation_poll(struct operation *operation, const struct http_answer *answer,
                                    struct json_object *body, const char *origin, struct err *err);

/* From now on the resource is asked. */
void operation_ask_resource(struct operation *operation);

void operation_done(struct operation *operation); /* frees the url */
