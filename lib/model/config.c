/* config.c: config_load(): the file, what it includes, and what becomes of them. */
#include "model/loader.h"

#include "base/js.h"
#include "model/words.h"

#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- stacks -------------------------------------------------------------------------------- */

static void free_place(struct lh_entry *entry)
{
    free(lh_entry_v(entry));
    free(lh_entry_k(entry));
}

static void read_stacks(struct loader *loader, const struct place *root,
                        struct json_object *document)
{
    struct json_object *stacks =
        words_get(&loader->faults, root, document, "stacks", json_type_object);
    const struct place place = place_key(root, "stacks");
    if (!stacks)
        return;
    json_object_object_foreach(stacks, name, object)
    {
        const struct place at = place_key(&place, name);
        struct lh_entry *earlier = lh_table_lookup_entry(loader->stack_places, name);
        if (earlier) {
            fault(&loader->faults, &at, "the stack \"%s\" is declared at %s too: rename one", name,
                  (const char *)lh_entry_v(earlier));
            continue;
        }
        lh_table_insert(loader->stack_places, mem_text(name), place_text(&at));
        stack_read(loader, &at, name, object);
    }
}

/* ---- files --------------------------------------------------------------------------------- */

static struct jsonfile *add_document(struct loader *loader)
{
    loader->documents =
        mem_resize(loader->documents, loader->n_documents + 1, sizeof(struct jsonfile *));
    struct jsonfile *document = mem_new(1, sizeof *document);
    document->number = (unsigned)loader->n_documents;
    loader->documents[loader->n_documents++] = document;
    return document;
}

/* Reads a file that must hold an object; NULL, reported, if it does not. */
static struct jsonfile *read_object(struct loader *loader, const char *path,
                                    const struct place *named_at)
{
    struct jsonfile *document = add_document(loader);
    const struct place all = place_of(document);
    if (!jsonfile_read(document, path, named_at, &loader->faults))
        return NULL;
    if (json_object_is_type(document->tree, json_type_object))
        return document;
    fault(&loader->faults, &all, "is %s, expected an object",
          words_type(json_object_get_type(document->tree)));
    return NULL;
}

static void read_included(struct loader *loader, const char *path, const struct place *named_at)
{
    static const char *const keys[] = {"stacks", NULL};
    for (size_t i = 0; i < loader->n_documents; i++)
        if (strcmp(loader->documents[i]->path, path) == 0)
            return; /* two patterns match it */
    const struct jsonfile *document = read_object(loader, path, named_at);
    if (!document)
        return;
    const struct place all = place_of(document);
    words_check(&loader->faults, &all, document->tree, keys);
    read_stacks(loader, &all, document->tree);
}

/* The pattern below the configuration's directory, whose own name is no pattern. */
static char *pattern_of(const char *directory, const char *pattern)
{
    if (*pattern == '/' || strcmp(directory, ".") == 0)
        return mem_text(pattern);
    AUTO(text) char *escaped = mem_new(2 * strlen(directory) + 1, 1);
    char *to = escaped;
    for (const char *from = directory; *from; from++) {
        if (strchr("*?[\\", *from))
            *to++ = '\\';
        *to++ = *from;
    }
    return mem_format("%s/%s", escaped, pattern);
}

/* A directory that is not there holds no match; one that cannot be read might. */
static int is_unreadable(const char *path, int failure)
{
    (void)path;
    return failure != ENOENT && failure != ENOTDIR;
}

static void read_pattern(struct loader *loader, const struct place *place, const char *directory,
                         const char *pattern)
{
    glob_t found;
    AUTO(text) char *whole = pattern_of(directory, pattern);
    bool is_plain = !strpbrk(pattern, "*?[");
    int failure = glob(whole, is_plain ? GLOB_NOCHECK : 0, is_unreadable, &found);
    if (failure == GLOB_NOMATCH) {
        fault_warn(&loader->faults, place, "\"%s\" matches no file", pattern);
    } else if (failure) {
        fault(&loader->faults, place, "cannot read the directory of \"%s\"", pattern);
    } else {
        for (size_t i = 0; i < found.gl_pathc; i++)
            read_included(loader, found.gl_pathv[i], place);
    }
    globfree(&found);
}

static void read_includes(struct loader *loader, const struct place *root,
                          struct json_object *document)
{
    struct json_object *include =
        words_get(&loader->faults, root, document, "include", json_type_array);
    const struct place place = place_key(root, "include");
    AUTO(text) char *path = mem_text(root->document->path);
    const char *directory = dirname(path);
    for (size_t i = 0; include && i < json_object_array_length(include); i++) {
        const struct place at = place_index(&place, i);
        const char *pattern = js_string(json_object_array_get_idx(include, i), "", "");
        if (*pattern)
            read_pattern(loader, &at, directory, pattern);
        else
            fault(&loader->faults, &at,
                  "expected the name of a file or a pattern such as "
                  "\"stacks.d/*.json\"");
    }
}

static void read_all(struct loader *loader, const char *path)
{
    static const char *const keys[] = {"cloud",  "credential",     "proxy",   "mode",   "interval",
                                       "limits", "stateDirectory", "include", "stacks", NULL};
    const struct jsonfile *document = read_object(loader, path, NULL);
    if (!document)
        return;
    const struct place all = place_of(document);
    words_check(&loader->faults, &all, document->tree, keys);
    settings_read(loader, &all, document->tree);
    read_stacks(loader, &all, document->tree);
    read_includes(loader, &all, document->tree);
    if (!lh_table_length(loader->stack_places) && !loader->faults.n_errors)
        fault(&loader->faults, &all,
              "no stack is declared, here or in an included file: there is nothing to hold");
}

/* ---- the loader's life --------------------------------------------------------------------- */

static void init(struct loader *loader, const char *path)
{
    AUTO(text) char *copy = mem_text(path);
    loader->directory = realpath(dirname(copy), NULL);
    if (!loader->directory)
        loader->directory = mem_text("."); /* reading the file will tell */
    loader->stack_places = lh_kchar_table_new(64, free_place);
    if (!loader->stack_places)
        abort();
    build_init(&loader->build);
    baseline_load(loader);
}

static void done(struct loader *loader)
{
    free(loader->directory);
    lh_table_free(loader->stack_places);
    build_done(&loader->build);
    baseline_done(loader);
    for (size_t i = 0; i < loader->n_documents; i++) {
        jsonfile_done(loader->documents[i]);
        free(loader->documents[i]);
    }
    free(loader->documents);
    /* A large configuration's trees are many times the graph's size: back to the system. */
    malloc_trim(0);
}

bool config_load_settings(const char *path, const struct type *const *types,
                          const char *credentials_directory, bool has_token, struct config *config,
                          struct problems *problems)
{
    struct config loaded = {0};
    struct loader loader = {
        .types = types, .credentials_directory = credentials_directory, .config = &loaded};
    init(&loader, path);
    const struct jsonfile *document = read_object(&loader, path, NULL);
    if (document) {
        const struct place all = place_of(document);
        if (has_token)
            js_remove(document->tree, "credential");
        settings_read(&loader, &all, document->tree);
    }
    bool good = !loader.faults.n_errors;
    faults_take(&loader.faults, problems);
    done(&loader);
    if (good)
        *config = loaded;
    else
        config_done(&loaded);
    return good;
}

bool config_load(const char *path, const struct type *const *types,
                 const char *credentials_directory, struct config *config,
                 struct problems *problems)
{
    struct config loaded = {0};
    struct loader loader = {
        .types = types, .credentials_directory = credentials_directory, .config = &loaded};
    init(&loader, path);
    read_all(&loader, path);
    bool good = !loader.faults.n_errors;
    faults_take(&loader.faults, problems);
    if (good)
        build_finish(&loader.build, types, &loaded.graph);
    done(&loader);
    if (good)
        *config = loaded;
    else
        config_done(&loaded);
    return good;
}

void config_done(struct config *config)
{
    cloud_done(&config->cloud);
    credential_config_done(&config->credential);
    free(config->proxy);
    free(config->state_directory);
    graph_done(&config->graph);
    memset(config, 0, sizeof *config);
}
