/* revocation.c: how the order to revoke a key is given and taken back. */
#include "model/orders.h"

#include "base/armid.h"

#include <string.h>

/* Borrowed from orders, to be changed. */
static struct order *find(struct orders *orders, const char *key_id)
{
    for (size_t i = 0; i < orders->count; i++)
        if (orders->list[i].kind == ORDER_REVOKE && armid_same(orders->list[i].key_id, key_id))
            return &orders->list[i];
    return NULL;
}

static void swap(struct order *a, struct order *b)
{
    struct order other = *a;
    *a = *b;
    *b = other;
}

static bool give(struct order_folder *folder, struct orders *orders, struct order *order,
                 struct err *err)
{
    struct order *standing = find(orders, order->key_id);
    if (orders->err.domain != ERR_NONE) {
        *err = orders->err;
        return false;
    }
    if (standing && !standing->restore_by) {
        swap(standing, order);
        return true;
    }
    if (standing) { /* some may be enabled again, and some not: the record from before counts */
        json_object_put(order->versions);
        order->versions = json_object_get(standing->versions);
    }
    return orders_put(folder, order, err);
}

bool orders_revoke(struct order_folder *folder, struct order *order, struct err *err)
{
    struct orders orders;
    orders_load(folder, &orders);
    bool is_given = give(folder, &orders, order, err);
    orders_done(&orders);
    return is_given;
}

static bool take_back(struct order_folder *folder, struct orders *orders, const char *key_id,
                      const char *by, int64_t now_s, struct order *order, struct err *err)
{
    struct order *standing = find(orders, key_id);
    if (!standing && orders->err.domain != ERR_NONE) {
        *err = orders->err;
        return false;
    }
    if (!standing)
        return err_set(err, ERR_CONFIG, "NotRevoked", "there is no order to revoke %s", key_id);
    if (!standing->restore_by) {
        standing->restore_by = mem_text(by);
        standing->restore_s = now_s;
        if (!orders_put(folder, standing, err))
            return false;
    }
    memset(order, 0, sizeof *order);
    swap(standing, order);
    return true;
}

bool orders_restore(struct order_folder *folder, const char *key_id, const char *by, int64_t now_s,
                    struct order *order, struct err *err)
{
    struct orders orders;
    orders_load(folder, &orders);
    bool is_taken_back = take_back(folder, &orders, key_id, by, now_s, order, err);
    orders_done(&orders);
    return is_taken_back;
}
