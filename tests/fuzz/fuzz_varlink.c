/* Varlink messages and interface descriptions, as anybody on the host may send them. */
#include "varlink/idl.h"
#include "varlink/message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message message;
    char error[VARLINK_NAME_SIZE];
    struct json_object *parameters = NULL;
    struct idl *idl = NULL;
    struct err err;
    bool continues;
    (void)message_parse_call((const char *)data, size, &message);
    message_done(&message);
    if (message_parse_reply((const char *)data, size, error, &parameters, &continues, &err))
        json_object_put(parameters);
    AUTO(text) char *text = mem_text_n((const char *)data, size);
    if (idl_parse(text, &idl, &err))
        idl_free(idl);
    return 0;
}
