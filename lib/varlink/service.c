/* service.c: which method a call means, and org.varlink.service itself.
 * https://varlink.org/Service */
#include "varlink/connection.h"

#include "base/js.h"

#include <stdlib.h>
#include <string.h>

static void get_info(struct varlink_call *call, struct json_object *parameters, void *owner);
static void get_description(struct varlink_call *call, struct json_object *parameters, void *owner);

static const char description[] =
    "# What every Varlink service has: it tells about the service and its interfaces.\n"
    "interface org.varlink.service\n"
    "\n"
    "# What the service is, and the interfaces it has.\n"
    "method GetInfo() -> (\n"
    "  vendor: string,\n"
    "  product: string,\n"
    "  version: string,\n"
    "  url: string,\n"
    "  interfaces: []string\n"
    ")\n"
    "\n"
    "# The description of one of its interfaces.\n"
    "method GetInterfaceDescription(interface: string) -> (description: string)\n"
    "\n"
    "# The requested interface was not found.\n"
    "error InterfaceNotFound (interface: string)\n"
    "\n"
    "# The requested method was not found.\n"
    "error MethodNotFound (method: string)\n"
    "\n"
    "# The interface has the requested method, the service does not.\n"
    "error MethodNotImplemented (method: string)\n"
    "\n"
    "# One of the parameters is not what it has to be.\n"
    "error InvalidParameter (parameter: string)\n"
    "\n"
    "# The caller may not.\n"
    "error PermissionDenied ()\n"
    "\n"
    "# The method has to be called with \"more\".\n"
    "error ExpectedMore ()\n";

static const struct varlink_method methods[] = {
    {"GetInfo", get_info},
    {"GetInterfaceDescription", get_description},
};

static const struct varlink_interface itself = {
    .name = "org.varlink.service",
    .description = description,
    .methods = methods,
    .n_methods = COUNT(methods),
};

/* ---- the interfaces ----------------------------------------------------------------------- */

static const struct varlink_method *find_method(const struct varlink_interface *interface,
                                                const char *name)
{
    for (size_t i = 0; i < interface->n_methods; i++)
        if (strcmp(interface->methods[i].name, name) == 0)
            return &interface->methods[i];
    return NULL;
}

bool varlink_interface_load(const struct varlink_interface *interface, struct idl **idl,
                            struct err *err)
{
    struct idl *read = NULL;
    if (!idl_parse(interface->description, &read, err))
        return false;

    bool fits = strcmp(idl_name(read), interface->name) == 0 ||
                err_set(err, ERR_CONFIG, "BadInterface", "the description of %s is that of %s",
                        interface->name, idl_name(read));
    for (size_t i = 0; fits && i < idl_methods(read); i++)
        if (!find_method(interface, idl_method(read, i)))
            fits = err_set(err, ERR_CONFIG, "BadInterface", "nothing serves %s.%s", interface->name,
                           idl_method(read, i));
    for (size_t i = 0; fits && i < interface->n_methods; i++)
        if (!idl_has_method(read, interface->methods[i].name))
            fits = err_set(err, ERR_CONFIG, "BadInterface", "%s is not described in %s",
                           interface->methods[i].name, interface->name);
    if (!fits) {
        idl_free(read);
        return false;
    }
    *idl = read;
    return true;
}

bool service_load(struct varlink_server *server, struct err *err)
{
    const struct varlink_service *service = server->service;
    server->itself = itself;
    server->idls = mem_new(service->n_interfaces + 1, sizeof(struct idl *));
    bool loaded = varlink_interface_load(&server->itself, &server->itself_idl, err);
    for (size_t i = 0; loaded && i < service->n_interfaces; i++)
        loaded = varlink_interface_load(&service->interfaces[i], &server->idls[i], err);
    return loaded;
}

void service_unload(struct varlink_server *server)
{
    for (size_t i = 0; server->idls && i < server->service->n_interfaces; i++)
        idl_free(server->idls[i]);
    free(server->idls);
    idl_free(server->itself_idl);
}

/* ---- calling ------------------------------------------------------------------------------ */

static void refuse(struct varlink_call *call, const char *error, const char *name,
                   const char *value)
{
    AUTO(json) struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, name, json_object_new_string(value));
    varlink_error(call, error, parameters);
}

/* NULL if there is none of this name. */
static const struct varlink_interface *find_interface(const struct varlink_server *server,
                                                      const char *name, const struct idl **idl)
{
    const struct varlink_service *service = server->service;
    if (strcmp(name, server->itself.name) == 0) {
        *idl = server->itself_idl;
        return &server->itself;
    }
    for (size_t i = 0; i < service->n_interfaces; i++) {
        if (strcmp(name, service->interfaces[i].name) == 0) {
            *idl = server->idls[i];
            return &service->interfaces[i];
        }
    }
    return NULL;
}

void service_dispatch(struct varlink_server *server, struct varlink_call *call,
                      struct message *message)
{
    AUTO(text) char *name = mem_text_n(message->method, message->interface_length);
    const char *verb = message->method + message->interface_length + 1;
    const struct idl *idl = NULL;
    const struct varlink_interface *interface = find_interface(server, name, &idl);
    if (!interface) {
        refuse(call, VARLINK_INTERFACE_NOT_FOUND, "interface", name);
        return;
    }
    const struct varlink_method *method = find_method(interface, verb);
    if (!method) {
        refuse(call, VARLINK_METHOD_NOT_FOUND, "method", message->method);
        return;
    }
    if (!method->on_call) {
        refuse(call, VARLINK_METHOD_NOT_IMPLEMENTED, "method", message->method);
        return;
    }

    AUTO(json)
    struct json_object *parameters =
        message->parameters ? json_object_get(message->parameters) : json_object_new_object();
    const char *wrong = idl_wrong_in(idl, verb, parameters);
    if (wrong)
        varlink_invalid(call, wrong);
    else
        method->on_call(call, parameters,
                        interface == &server->itself ? server : server->service->owner);
}

/* ---- org.varlink.service ------------------------------------------------------------------ */

static void get_info(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    (void)parameters;
    const struct varlink_server *server = owner;
    const struct varlink_service *service = server->service;
    AUTO(json) struct json_object *info = json_object_new_object();
    struct json_object *names = json_object_new_array();

    json_object_array_add(names, json_object_new_string(server->itself.name));
    for (size_t i = 0; i < service->n_interfaces; i++)
        json_object_array_add(names, json_object_new_string(service->interfaces[i].name));
    json_object_object_add(info, "vendor", json_object_new_string(service->vendor));
    json_object_object_add(info, "product", json_object_new_string(service->product));
    json_object_object_add(info, "version", json_object_new_string(service->version));
    json_object_object_add(info, "url", json_object_new_string(service->url));
    json_object_object_add(info, "interfaces", names);
    varlink_reply(call, info, false);
}

static void get_description(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    const struct idl *idl = NULL;
    const char *name = json_object_get_string(json_object_object_get(parameters, "interface"));
    const struct varlink_interface *interface = find_interface(owner, name, &idl);
    if (!interface) {
        refuse(call, VARLINK_INTERFACE_NOT_FOUND, "interface", name);
        return;
    }
    AUTO(json) struct json_object *reply = json_object_new_object();
    json_object_object_add(reply, "description", json_object_new_string(interface->description));
    varlink_reply(call, reply, false);
}
