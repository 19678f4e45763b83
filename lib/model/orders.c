/* orders.c: the files that orders are: read all, written whole, taken away for good. */
#include "model/orders.h"

#include "base/armid.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "orders"
#define UNFINISHED ".new" /* what is not in its place yet: .NAME.new */

/* ---- names --------------------------------------------------------------------------------- */

static char *hold_name(const char *stack)
{
    return mem_format("hold-%s.json", stack);
}

/* Ids are longer than file names may be, and compare without case: a hash of its own form tells
 * two keys of one name apart (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/). */
static char *revocation_name(const char *key_id)
{
    AUTO(text) char *key = armid_key(key_id);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = key; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    return mem_format("revoke-%s-%016" PRIx64 ".json", armid_name(key), hash);
}

static char *name_of(const struct order *order)
{
    switch (order->kind) {
    case ORDER_HOLD:
        return hold_name(order->stack);
    case ORDER_REVOKE:
        return revocation_name(order->key_id);
    }
    abort();
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Adds what stands at the file to an error that tells only what is wrong. */
static bool at_file(struct err *err, const char *state_directory, const char *name)
{
    const struct err what = *err;
    return err_set(err, what.domain, what.code,
                   "%s/" FOLDER "/%s: %s; see to it, or take it away if it is no order",
                   state_directory, name, what.message);
}

static bool read_text(int folder, const char *name, char **text, size_t *length, struct err *err)
{
    AUTO(fd) int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat stat;
    if (file < 0 || fstat(file, &stat) < 0)
        return err_errno(err, "cannot open it");
    if (!S_ISREG(stat.st_mode))
        return err_set(err, ERR_CONFIG, "BadOrder", "it is not a regular file");
    AUTO(text) char *buffer = mem_new(1, ORDER_SIZE_MAX + 1);
    ssize_t got = read(file, buffer, ORDER_SIZE_MAX + 1); /* a regular file: all at once */
    if (got < 0)
        return err_errno(err, "cannot read it");
    if (got > ORDER_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "BadOrder", "it is too long for an order");
    *length = (size_t)got;
    *text = TAKE(buffer);
    return true;
}

static bool read_order(int folder, const char *name, struct order *order, struct err *err)
{
    AUTO(text) char *text = NULL;
    size_t length = 0;
    if (!read_text(folder, name, &text, &length, err) || !order_parse(text, length, order, err))
        return false;
    AUTO(text) char *expected = name_of(order);
    if (strcmp(expected, name) == 0)
        return true;
    err_set(err, ERR_CONFIG, "BadOrder", "it is of another name than what it orders: %s", expected);
    order_done(order);
    return false;
}

/* True for what is an order, or should be. */
static int is_order(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void take_in(int folder, const char *state_directory, const char *name,
                    struct orders *orders)
{
    struct order order;
    struct err err;
    if (!read_order(folder, name, &order, &err)) {
        at_file(&err, state_directory, name);
        if (orders->err.domain == ERR_NONE)
            orders->err = err;
        return;
    }
    orders->list = mem_resize(orders->list, orders->count + 1, sizeof *orders->list);
    orders->list[orders->count++] = order;
}

bool orders_load(struct order_folder *folder, struct orders *orders)
{
    struct dirent **names = NULL;
    AUTO(fd) int fd = -1;
    memset(orders, 0, sizeof *orders);
    if (!order_folder_open(folder, false, &fd, &orders->err))
        return false;
    int count = fd < 0 ? 0 : scandirat(fd, ".", &names, is_order, alphasort);
    if (count < 0)
        err_errno(&orders->err, "cannot read the orders in %s/" FOLDER, folder->state_directory);
    for (int i = 0; i < count; i++) {
        take_in(fd, folder->state_directory, names[i]->d_name, orders);
        free(names[i]);
    }
    free(names);
    return orders->err.domain == ERR_NONE;
}

bool orders_load_anew(struct order_folder *folder, int64_t now_s, struct orders *orders)
{
    struct stat before;
    memset(orders, 0, sizeof *orders);
    if (order_folder_is_empty(folder))
        return true;
    bool is_dated = folder->was_found && fstat(folder->found, &before) == 0;
    bool is_whole = orders_load(folder, orders);
    if (is_dated)
        order_folder_was_read(folder, &before, is_whole && !orders->count, now_s);
    return is_whole;
}

void orders_done(struct orders *orders)
{
    for (size_t i = 0; i < orders->count; i++)
        order_done(&orders->list[i]);
    free(orders->list);
    memset(orders, 0, sizeof *orders);
}

/* ---- writing ------------------------------------------------------------------------------- */

static int is_unfinished(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] == '.' && length > strlen(UNFINISHED) &&
           strcmp(entry->d_name + length - strlen(UNFINISHED), UNFINISHED) == 0;
}

/* Of cuts: whoever writes has the lock of the state directory, so nobody is at it. */
static void clear_unfinished(int folder)
{
    struct dirent **names = NULL;
    int count = scandirat(folder, ".", &names, is_unfinished, NULL);
    for (int i = 0; i < count; i++) {
        unlinkat(folder, names[i]->d_name, 0);
        free(names[i]);
    }
    free(names);
}

static bool write_all(int file, const char *text)
{
    size_t left = strlen(text);
    while (left) {
        ssize_t done = write(file, text, left);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        text += done;
        left -= (size_t)done;
    }
    return true;
}

/* Beside its place first: a cut leaves a file that is no order. */
static bool write_file(int folder, const char *name, const char *text)
{
    AUTO(text) char *beside = mem_format(".%s" UNFINISHED, name);
    clear_unfinished(folder);
    AUTO(fd)
    int file = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return file >= 0 && order_folder_give(folder, file) && write_all(file, text) &&
           fsync(file) == 0 && renameat(folder, beside, folder, name) == 0 && fsync(folder) == 0;
}

bool orders_put(struct order_folder *folder, const struct order *order, struct err *err)
{
    AUTO(text) char *name = name_of(order);
    AUTO(text) char *text = order_text(order);
    AUTO(fd) int fd = -1;
    if (strlen(text) > ORDER_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "BadOrder", "the order would be too long to be read again");
    if (!order_folder_open(folder, true, &fd, err))
        return false;
    if (!write_file(fd, name, text))
        return err_errno(err, "cannot write the order %s/" FOLDER "/%s", folder->state_directory,
                         name);
    return true;
}

static bool remove_file(struct order_folder *folder, const char *name, struct err *err)
{
    AUTO(fd) int fd = -1;
    if (!order_folder_open(folder, false, &fd, err))
        return false;
    if (fd < 0)
        errno = ENOENT;
    if (fd < 0 || unlinkat(fd, name, 0) < 0 || fsync(fd) < 0)
        return err_errno(err, "cannot take the order %s/" FOLDER "/%s away",
                         folder->state_directory, name);
    return true;
}

bool orders_remove(struct order_folder *folder, enum order_kind kind, const char *stack,
                   struct err *err)
{
    AUTO(text) char *name = hold_name(stack);
    assert(kind == ORDER_HOLD); /* a revocation is its key's */
    return remove_file(folder, name, err);
}

bool orders_remove_revocation(struct order_folder *folder, const char *key_id, struct err *err)
{
    AUTO(text) char *name = revocation_name(key_id);
    return remove_file(folder, name, err);
}
