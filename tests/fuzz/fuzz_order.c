/* Files of orders: what is an order is the same after it has been written and read again. */
#include "model/orders.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct order order, again;
    struct err err;
    if (!order_parse((const char *)data, size, &order, &err))
        return 0;
    AUTO(text) char *text = order_text(&order);
    if (!order_parse(text, strlen(text), &again, &err) || strcmp(order.stack, again.stack) != 0 ||
        strcmp(order.reason, again.reason) != 0 || order.until_s != again.until_s ||
        order.kind != again.kind || order.revoked_s != again.revoked_s ||
        order.restore_s != again.restore_s || !js_same(order.versions, again.versions))
        abort();
    order_done(&order);
    order_done(&again);
    return 0;
}
