/* idl_parse.c: the grammar of interface descriptions, by recursive descent.
 * https://varlink.org/Interface-Definition */
#include "varlink/idl.h"

#include "varlink/idl_tree.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32

struct reader {
    const char *at;
    const char *text; /* the whole, to count lines */
    struct idl *idl;  /* what is read so far */
    int depth;
    struct err *err;
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool fail(struct reader *reader, const char *expected)
{
    size_t line = 1;
    for (const char *each = reader->text; each < reader->at; each++)
        line += *each == '\n';
    return err_set(reader->err, ERR_CONFIG, "BadInterface", "line %zu: expected %s, found \"%.*s\"",
                   line, expected, (int)strcspn(reader->at, "\n"), reader->at);
}

/* ---- words -------------------------------------------------------------------------------- */

static void skip_blanks(struct reader *reader)
{
    for (;;) {
        reader->at += strspn(reader->at, " \t\r\n");
        if (*reader->at != '#')
            return;
        reader->at += strcspn(reader->at, "\n");
    }
}

/* True, and past it, if it comes next. */
static bool take(struct reader *reader, const char *mark)
{
    skip_blanks(reader);
    size_t length = strlen(mark);
    if (strncmp(reader->at, mark, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool expect(struct reader *reader, const char *mark)
{
    return take(reader, mark) || fail(reader, mark);
}

/* A word of these characters, the first one of its own set. A copy, or NULL. */
static char *take_word(struct reader *reader, const char *first, const char *others)
{
    skip_blanks(reader);
    if (!*reader->at || !strchr(first, *reader->at))
        return NULL;
    size_t length = 1 + strspn(reader->at + 1, others);
    char *word = mem_text_n(reader->at, length);
    reader->at += length;
    return word;
}

static char *take_type_name(struct reader *reader)
{
    return take_word(reader, UPPER, LOWER UPPER DIGIT);
}

/* ---- types -------------------------------------------------------------------------------- */

static bool read_type(struct reader *reader, struct idl_type **type);

static bool field_is_new(const struct idl_type *type, const char *name)
{
    for (size_t i = 0; i < type->n_fields; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return false;
    return true;
}

/* "name: type" makes a struct, "name" alone an enum; which one it is, the first one says. */
static bool read_field(struct reader *reader, struct idl_type *type)
{
    AUTO(text) char *name = take_word(reader, LOWER UPPER, LOWER UPPER DIGIT "_");
    if (!name)
        return fail(reader, "a name");
    if (!field_is_new(type, name))
        return fail(reader, "no name twice");

    bool is_typed = take(reader, ":");
    if (!type->n_fields)
        type->shape = is_typed ? IDL_STRUCT : IDL_ENUM;
    else if (is_typed != (type->shape == IDL_STRUCT))
        return fail(reader, "a type for each name or for none");
    type->fields = mem_resize(type->fields, type->n_fields + 1, sizeof *type->fields);
    type->fields[type->n_fields++] = (struct idl_field){.name = TAKE(name)};
    return !is_typed || read_type(reader, &type->fields[type->n_fields - 1].type);
}

/* After "(", up to and with ")". */
static bool read_fields(struct reader *reader, struct idl_type *type)
{
    type->shape = IDL_STRUCT;
    if (take(reader, ")"))
        return true;
    do {
        if (!read_field(reader, type))
            return false;
    } while (take(reader, ","));
    return expect(reader, ")");
}

static bool read_named(struct reader *reader, struct idl_type *type)
{
    static const struct {
        const char *name;
        enum idl_shape shape;
    } simple[] = {
        {"bool", IDL_BOOL},     {"int", IDL_INT},       {"float", IDL_FLOAT},
        {"string", IDL_STRING}, {"object", IDL_OBJECT},
    };
    AUTO(text) char *word = take_word(reader, LOWER, LOWER);
    for (size_t i = 0; word && i < COUNT(simple); i++) {
        if (strcmp(word, simple[i].name) == 0) {
            type->shape = simple[i].shape;
            return true;
        }
    }
    type->shape = IDL_NAMED;
    type->name = word ? NULL : take_type_name(reader);
    return type->name || fail(reader, "a type");
}

static bool read_inner(struct reader *reader, struct idl_type *type, enum idl_shape shape)
{
    type->shape = shape;
    return read_type(reader, &type->inner) &&
           (shape != IDL_MAYBE || type->inner->shape != IDL_MAYBE || fail(reader, "one \"?\""));
}

/* *type is owned by the tree at once, so that a failure leaves nothing behind. */
static bool read_type(struct reader *reader, struct idl_type **type)
{
    bool is_read;
    *type = mem_new(1, sizeof **type);
    if (++reader->depth > DEPTH_MAX)
        return fail(reader, "less depth");
    if (take(reader, "?"))
        is_read = read_inner(reader, *type, IDL_MAYBE);
    else if (take(reader, "[]"))
        is_read = read_inner(reader, *type, IDL_ARRAY);
    else if (take(reader, "[string]"))
        is_read = read_inner(reader, *type, IDL_MAP);
    else if (take(reader, "("))
        is_read = read_fields(reader, *type);
    else
        is_read = read_named(reader, *type);
    reader->depth--;
    return is_read;
}

/* A struct, of a method or of an error: () is one too. */
static bool read_struct(struct reader *reader, struct idl_type **type)
{
    *type = mem_new(1, sizeof **type);
    return expect(reader, "(") && read_fields(reader, *type) &&
           ((*type)->shape == IDL_STRUCT || fail(reader, "types of the parameters"));
}

/* ---- members ------------------------------------------------------------------------------ */

static bool read_member(struct reader *reader)
{
    static const char *const words[] = {
        [IDL_TYPE] = "type",
        [IDL_METHOD] = "method",
        [IDL_ERROR] = "error",
    };
    struct idl *idl = reader->idl;
    AUTO(text) char *word = take_word(reader, LOWER, LOWER);
    size_t kind = 0;
    while (word && kind < COUNT(words) && strcmp(word, words[kind]) != 0)
        kind++;
    if (!word || kind == COUNT(words))
        return fail(reader, "type, method or error");

    AUTO(text) char *name = take_type_name(reader);
    if (!name)
        return fail(reader, "a name with a capital letter");
    for (size_t i = 0; i < COUNT(words); i++)
        if (idl_find(idl, (enum idl_kind)i, name))
            return fail(reader, "no name twice");

    idl->members = mem_resize(idl->members, idl->n_members + 1, sizeof *idl->members);
    struct idl_member *member = &idl->members[idl->n_members++];
    *member = (struct idl_member){.kind = (enum idl_kind)kind, .name = TAKE(name)};
    if (member->kind == IDL_TYPE) {
        skip_blanks(reader);
        return *reader->at == '(' ? read_type(reader, &member->in) : fail(reader, "(");
    }
    return read_struct(reader, &member->in) &&
           (member->kind != IDL_METHOD ||
            (expect(reader, "->") && read_struct(reader, &member->out)));
}

/* The first name that stands for no type, or NULL. */
static const char *undefined(const struct idl *idl, const struct idl_type *type)
{
    const char *name = NULL;
    if (!type)
        return NULL;
    if (type->shape == IDL_NAMED && !idl_find(idl, IDL_TYPE, type->name))
        return type->name;
    for (size_t i = 0; !name && i < type->n_fields; i++)
        name = undefined(idl, type->fields[i].type);
    return name ? name : undefined(idl, type->inner);
}

static bool check_names(const struct idl *idl, struct err *err)
{
    for (size_t i = 0; i < idl->n_members; i++) {
        const char *name = undefined(idl, idl->members[i].in);
        if (!name)
            name = undefined(idl, idl->members[i].out);
        if (name)
            return err_set(err, ERR_CONFIG, "BadInterface", "the type %s of %s is not defined",
                           name, idl->members[i].name);
    }
    return true;
}

static bool read_interface(struct reader *reader)
{
    if (!expect(reader, "interface"))
        return false;
    char *name = take_word(reader, LOWER UPPER, LOWER UPPER DIGIT ".-");
    reader->idl->name = name;
    if (!name || !strchr(name, '.'))
        return fail(reader, "the interface's name");
    for (skip_blanks(reader); *reader->at; skip_blanks(reader))
        if (!read_member(reader))
            return false;
    return check_names(reader->idl, reader->err);
}

bool idl_parse(const char *text, struct idl **idl, struct err *err)
{
    struct reader reader = {.at = text, .text = text, .err = err};
    reader.idl = mem_new(1, sizeof *reader.idl);
    if (!read_interface(&reader)) {
        idl_free(reader.idl);
        return false;
    }
    *idl = reader.idl;
    return true;
}
