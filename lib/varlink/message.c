#include "varlink/message.h"

#include "base/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------ */

/* Names are exact here: ARM's habit of ignoring case (js_find()) is not Varlink's. */
static struct json_object *member(struct json_object *tree, const char *name)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(tree, name, &value);
    return value;
}

/* False if the member is there and no boolean. */
static bool read_flag(struct json_object *tree, const char *name, bool *flag)
{
    struct json_object *value = member(tree, name);
    if (value && !json_object_is_type(value, json_type_boolean))
        return false;
    *flag = value && json_object_get_boolean(value);
    return true;
}

/* A method's name has a dot before its last part. What json-c counts and what C sees of it must be
 * the same, or a NUL within would hide something. */
static bool read_method(struct json_object *tree, struct message *message)
{
    struct json_object *value = member(tree, "method");
    if (!json_object_is_type(value, json_type_string))
        return false;
    const char *name = json_object_get_string(value);
    size_t length = strlen(name);
    const char *dot = strrchr(name, '.');
    if (length != (size_t)json_object_get_string_len(value) || length >= VARLINK_NAME_SIZE ||
        !dot || dot == name || !dot[1])
        return false;
    memcpy(message->method, name, length + 1);
    message->interface_length = (size_t)(dot - name);
    return true;
}

/* NULL, or the member that is not what it has to be. */
static const char *read_call(struct message *message)
{
    struct json_object *tree = message->tree;
    bool upgrade = false;

    if (!read_method(tree, message))
        return "method";
    message->parameters = member(tree, "parameters");
    if (message->parameters && !json_object_is_type(message->parameters, json_type_object)) {
        message->parameters = NULL;
        return "parameters";
    }
    if (!read_flag(tree, "more", &message->more))
        return "more";
    if (!read_flag(tree, "upgrade", &upgrade) || upgrade) /* to another protocol: there is none */
        return "upgrade";
    return NULL;
}

enum message_kind message_parse_call(const char *text, size_t length, struct message *message)
{
    struct err ignored;

    *message = (struct message){0};
    if (!js_parse(text, length, &message->tree, &ignored) ||
        !json_object_is_type(message->tree, json_type_object))
        return MESSAGE_GARBAGE;

    /* First, since it says whether there may be a reply at all, to a bad call too. */
    if (!read_flag(message->tree, "oneway", &message->oneway))
        message->invalid = "oneway";
    else
        message->invalid = read_call(message);
    message->more = message->more && !message->oneway;
    return message->invalid ? MESSAGE_INVALID : MESSAGE_CALL;
}

void message_done(struct message *message)
{
    json_object_put(message->tree);
    *message = (struct message){0};
}

bool message_parse_reply(const char *text, size_t length, char error[VARLINK_NAME_SIZE],
                         struct json_object **parameters, bool *continues, struct err *err)
{
    AUTO(json) struct json_object *tree = NULL;
    if (!js_parse(text, length, &tree, err) || !json_object_is_type(tree, json_type_object))
        return err_set(err, ERR_SYSTEM, "EPROTO", "the reply is no JSON object");

    struct json_object *name = member(tree, "error");
    struct json_object *values = member(tree, "parameters");
    bool more_follow = false;
    if ((name && !json_object_is_type(name, json_type_string)) ||
        (name && !*json_object_get_string(name)) ||
        (values && !json_object_is_type(values, json_type_object)) ||
        !read_flag(tree, "continues", &more_follow))
        return err_set(err, ERR_SYSTEM, "EPROTO", "the reply is none of Varlink");

    err_copy(error, VARLINK_NAME_SIZE, name ? json_object_get_string(name) : "");
    *parameters = values ? json_object_get(values) : json_object_new_object();
    *continues = more_follow && !name;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

static char *print(struct json_object *tree, struct json_object *parameters)
{
    json_object_object_add(tree, "parameters",
                           parameters ? json_object_get(parameters) : json_object_new_object());
    char *text = mem_text(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(tree);
    return text;
}

char *message_format_call(const char *method, struct json_object *parameters, bool more,
                          bool oneway)
{
    struct json_object *tree = json_object_new_object();
    json_object_object_add(tree, "method", json_object_new_string(method));
    if (more)
        json_object_object_add(tree, "more", json_object_new_boolean(true));
    if (oneway)
        json_object_object_add(tree, "oneway", json_object_new_boolean(true));
    return print(tree, parameters);
}

char *message_format_reply(const char *error, struct json_object *parameters, bool continues)
{
    struct json_object *tree = json_object_new_object();
    if (error)
        json_object_object_add(tree, "error", json_object_new_string(error));
    else if (continues)
        json_object_object_add(tree, "continues", json_object_new_boolean(true));
    return print(tree, parameters);
}
