/* idl.c: the description of an interface, from its text to a tree, and values held against it. */
#include "varlink/idl.h"

#include "varlink/idl_tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void idl_type_free(struct idl_type *type)
{
    if (!type)
        return;
    for (size_t i = 0; i < type->n_fields; i++) {
        free(type->fields[i].name);
        idl_type_free(type->fields[i].type);
    }
    free(type->fields);
    free(type->name);
    idl_type_free(type->inner);
    free(type);
}

void idl_free(struct idl *idl)
{
    if (!idl)
        return;
    for (size_t i = 0; i < idl->n_members; i++) {
        free(idl->members[i].name);
        idl_type_free(idl->members[i].in);
        idl_type_free(idl->members[i].out);
    }
    free(idl->members);
    free(idl->name);
    free(idl);
}

/* ---- what it has -------------------------------------------------------------------------- */

const char *idl_name(const struct idl *idl)
{
    return idl->name;
}

const struct idl_member *idl_find(const struct idl *idl, enum idl_kind kind, const char *name)
{
    for (size_t i = 0; i < idl->n_members; i++)
        if (idl->members[i].kind == kind && strcmp(idl->members[i].name, name) == 0)
            return &idl->members[i];
    return NULL;
}

size_t idl_methods(const struct idl *idl)
{
    size_t count = 0;
    for (size_t i = 0; i < idl->n_members; i++)
        count += idl->members[i].kind == IDL_METHOD;
    return count;
}

const char *idl_method(const struct idl *idl, size_t at)
{
    for (size_t i = 0; i < idl->n_members; i++)
        if (idl->members[i].kind == IDL_METHOD && at-- == 0)
            return idl->members[i].name;
    return NULL;
}

bool idl_has_method(const struct idl *idl, const char *method)
{
    return idl_find(idl, IDL_METHOD, method);
}

bool idl_has_error(const struct idl *idl, const char *error)
{
    return idl_find(idl, IDL_ERROR, error);
}

/* ---- values against types ----------------------------------------------------------------- */

static const char *wrong_member(const struct idl *idl, const struct idl_type *type,
                                struct json_object *value);
static bool fits(const struct idl *idl, const struct idl_type *type, struct json_object *value);

static bool fits_array(const struct idl *idl, const struct idl_type *type,
                       struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!fits(idl, type->inner, json_object_array_get_idx(value, i)))
            return false;
    return true;
}

static bool fits_map(const struct idl *idl, const struct idl_type *type, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object))
        return false;
    json_object_object_foreach(value, key, each)
    {
        (void)key;
        if (!fits(idl, type->inner, each))
            return false;
    }
    return true;
}

static bool fits_enum(const struct idl_type *type, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_string))
        return false;
    for (size_t i = 0; i < type->n_fields; i++)
        if (strcmp(type->fields[i].name, json_object_get_string(value)) == 0)
            return true;
    return false;
}

/* A string with a NUL in it would be another one for all of C. */
static bool fits_string(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) &&
           strlen(json_object_get_string(value)) == (size_t)json_object_get_string_len(value);
}

/* A type that has itself in it ends where the value does. */
static bool fits_named(const struct idl *idl, const struct idl_type *type,
                       struct json_object *value)
{
    const struct idl_member *member = idl_find(idl, IDL_TYPE, type->name);
    return member && fits(idl, member->in, value);
}

static bool fits(const struct idl *idl, const struct idl_type *type, struct json_object *value)
{
    switch (type->shape) {
    case IDL_BOOL:
        return json_object_is_type(value, json_type_boolean);
    case IDL_INT:
        return json_object_is_type(value, json_type_int);
    case IDL_FLOAT:
        return json_object_is_type(value, json_type_int) ||
               (json_object_is_type(value, json_type_double) &&
                isfinite(json_object_get_double(value)));
    case IDL_STRING:
        return fits_string(value);
    case IDL_OBJECT: /* "object" is anything that JSON can say */
        return value;
    case IDL_MAYBE:
        return !value || fits(idl, type->inner, value);
    case IDL_ARRAY:
        return fits_array(idl, type, value);
    case IDL_MAP:
        return fits_map(idl, type, value);
    case IDL_ENUM:
        return fits_enum(type, value);
    case IDL_STRUCT:
        return json_object_is_type(value, json_type_object) && !wrong_member(idl, type, value);
    case IDL_NAMED:
        return fits_named(idl, type, value);
    }
    return false;
}

static const struct idl_field *find_field(const struct idl_type *type, const char *name)
{
    for (size_t i = 0; i < type->n_fields; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}

static const char *wrong_member(const struct idl *idl, const struct idl_type *type,
                                struct json_object *value)
{
    for (size_t i = 0; i < type->n_fields; i++) {
        struct json_object *each = NULL;
        json_object_object_get_ex(value, type->fields[i].name, &each);
        if (!fits(idl, type->fields[i].type, each))
            return type->fields[i].name;
    }
    json_object_object_foreach(value, key, unused)
    {
        (void)unused;
        if (!find_field(type, key))
            return key;
    }
    return NULL;
}

const char *idl_wrong_in(const struct idl *idl, const char *method, struct json_object *parameters)
{
    const struct idl_member *member = idl_find(idl, IDL_METHOD, method);
    return member ? wrong_member(idl, member->in, parameters) : method;
}

const char *idl_wrong_out(const struct idl *idl, const char *method, struct json_object *parameters)
{
    const struct idl_member *member = idl_find(idl, IDL_METHOD, method);
    return member ? wrong_member(idl, member->out, parameters) : method;
}

const char *idl_wrong_error(const struct idl *idl, const char *error,
                            struct json_object *parameters)
{
    const struct idl_member *member = idl_find(idl, IDL_ERROR, error);
    return member ? wrong_member(idl, member->in, parameters) : error;
}
