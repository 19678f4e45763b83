#include "model/place.h"

#include "model/jsonfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_START UINT64_C(14695981039346656037)
#define HASH_PRIME UINT64_C(1099511628211)

struct place place_of(const struct jsonfile *document)
{
    return (struct place){document, NULL, NULL, 0};
}

struct place place_key(const struct place *above, const char *key)
{
    return (struct place){above->document, above, key, 0};
}

struct place place_index(const struct place *above, size_t index)
{
    return (struct place){above->document, above, NULL, index};
}

/* FNV-1a. The length of a step stands in for RFC 6901's escapes. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    for (const unsigned char *at = bytes; length; at++, length--)
        hash = (hash ^ *at) * HASH_PRIME;
    return hash;
}

uint64_t place_hash(const struct place *place)
{
    if (!place->above)
        return HASH_START;
    uint64_t hash = place_hash(place->above);
    size_t length = place->key ? strlen(place->key) : 0;
    hash = hash_bytes(hash, place->key ? "k" : "i", 1);
    hash = hash_bytes(hash, &length, sizeof length);
    hash = hash_bytes(hash, &place->index, sizeof place->index);
    return place->key ? hash_bytes(hash, place->key, length) : hash;
}

unsigned place_line(const struct place *place)
{
    for (; place->above; place = place->above) {
        unsigned line = jsonfile_line(place->document, place_hash(place));
        if (line)
            return line;
    }
    return 1;
}

char *place_text(const struct place *place)
{
    return mem_format("%s:%u", place->document->path, place_line(place));
}

/* ---- the pointer, RFC 6901 ---------------------------------------------------------------- */

static void print_pointer(FILE *out, const struct place *place)
{
    if (!place->above)
        return;
    print_pointer(out, place->above);
    fputc('/', out);
    if (!place->key)
        fprintf(out, "%zu", place->index);
    else
        for (const char *at = place->key; *at; at++)
            if (*at == '~' || *at == '/')
                fputs(*at == '~' ? "~0" : "~1", out);
            else /* a message is one line, whatever a key holds */
                fputc((unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at, out);
}

/* ---- faults ------------------------------------------------------------------------------ */

PRINTF_LIKE(5, 0)
static void add(struct faults *faults, const struct place *place, unsigned line, bool is_warning,
                const char *format, va_list arguments)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    fprintf(out, "%s:%u: ", place->document->path, line);
    print_pointer(out, place);
    fputs(place->above ? ": " : "/: ", out);
    vfprintf(out, format, arguments);
    if (fclose(out) != 0)
        abort();

    if (faults->count == faults->room) {
        faults->room = faults->room ? 2 * faults->room : 16;
        faults->list = mem_resize(faults->list, faults->room, sizeof *faults->list);
    }
    faults->list[faults->count++] = (struct fault){is_warning, place->document->number, line, text};
    faults->n_errors += !is_warning;
}

bool fault(struct faults *faults, const struct place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(faults, place, place_line(place), false, format, arguments);
    va_end(arguments);
    return false;
}

bool fault_line(struct faults *faults, const struct place *place, unsigned line, const char *format,
                ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(faults, place, line, false, format, arguments);
    va_end(arguments);
    return false;
}

void fault_warn(struct faults *faults, const struct place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(faults, place, place_line(place), true, format, arguments);
    va_end(arguments);
}

static int by_line(const void *a, const void *b)
{
    const struct fault *left = a, *right = b;
    if (left->file != right->file)
        return left->file < right->file ? -1 : 1;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return strcmp(left->text, right->text);
}

void faults_take(struct faults *faults, struct problems *problems)
{
    if (faults->count)
        qsort(faults->list, faults->count, sizeof *faults->list, by_line);
    problems->list =
        mem_resize(problems->list, problems->count + faults->count + 1, sizeof *problems->list);
    for (size_t i = 0; i < faults->count; i++)
        problems->list[problems->count++] =
            (struct problem){faults->list[i].is_warning, faults->list[i].text};
    free(faults->list);
    memset(faults, 0, sizeof *faults);
}

void problems_done(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->list[i].text);
    free(problems->list);
    memset(problems, 0, sizeof *problems);
}
