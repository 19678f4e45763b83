#include "reconcile/keep.h"

#include "base/mem.h"
#include "reconcile/whole.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct list {
    char **paths; /* owned, ended by NULL */
    size_t count, room;
};

static void add(struct list *list, char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->paths[i], path) == 0) {
            free(path);
            return;
        }
    if (list->count + 1 >= list->room) {
        list->room = 2 * list->room + 16;
        list->paths = mem_resize(list->paths, list->room, sizeof *list->paths);
    }
    list->paths[list->count++] = path;
    list->paths[list->count] = NULL;
}

/* Paths are interned: one pointer is one path, in however many nodes it stands. */
struct names {
    const char **list; /* owned */
    size_t count, room;
};

static bool is_new(struct names *names, const char *path)
{
    for (size_t i = names->count; i-- > 0;)
        if (names->list[i] == path)
            return false;
    if (names->count == names->room) {
        names->room = 2 * names->room + 16;
        names->list = mem_resize(names->list, names->room, sizeof *names->list);
    }
    names->list[names->count++] = path;
    return true;
}

char **keep_new(const struct node *const *nodes, size_t count)
{
    struct list list = {0};
    struct names names = {0};
    assert(count > 0);
    add(&list, mem_text("id"));
    add(&list, mem_text("properties.provisioningState"));
    for (const char *const *fact = nodes[0]->type->facts; *fact; fact++)
        add(&list, mem_text(*fact));
    for (size_t i = 0; i < count; i++)
        for (size_t w = 0; w < nodes[i]->n_wants; w++)
            if (is_new(&names, nodes[i]->wants[w].path))
                add(&list, whole_of(nodes[i]->wants[w].path));
    free(names.list);
    return list.paths;
}

void keep_free(char **keep)
{
    for (char **path = keep; path && *path; path++)
        free(*path);
    free(keep);
}
