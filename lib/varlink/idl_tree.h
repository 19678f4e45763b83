/* idl_tree.h: what idl_parse.c makes of a description and idl.c reads. */
#pragma once

#include "varlink/idl.h"

#include <stddef.h>

enum idl_shape {
    IDL_BOOL,
    IDL_INT,
    IDL_FLOAT,
    IDL_STRING,
    IDL_OBJECT,
    IDL_MAYBE,  /* ?inner */
    IDL_ARRAY,  /* []inner */
    IDL_MAP,    /* [string]inner */
    IDL_ENUM,   /* fields without types */
    IDL_STRUCT, /* fields */
    IDL_NAMED,  /* name */
};

struct idl_type {
    enum idl_shape shape;
    struct idl_type *inner; /* owned */
    char *name;             /* owned */
    struct idl_field {
        char *name;            /* owned */
        struct idl_type *type; /* owned */
    } * fields;                /* owned */
    size_t n_fields;
};

enum idl_kind { IDL_TYPE, IDL_METHOD, IDL_ERROR };

struct idl {
    char *name; /* owned */
    struct idl_member {
        enum idl_kind kind;
        char *name;           /* owned */
        struct idl_type *in;  /* owned: of a type what it is, of an error its parameters */
        struct idl_type *out; /* owned: of a method */
    } * members;              /* owned */
    size_t n_members;
};

void idl_type_free(struct idl_type *type);
const struct idl_member *idl_find(const struct idl *idl, enum idl_kind kind, const char *name);
