/* categories.h: the logs and metrics of a diagnostic setting: an array of categories, each switched
 * on or off. Azure shows those that are off too, or does not. Pure.
 * https://learn.microsoft.com/rest/api/monitor/diagnostic-settings/create-or-update */
#pragma once

#include "base/js.h"

#include <stdbool.h>

/* True if the same categories and groups are on; of their other members those declared count. */
bool categories_equal(struct json_object *declared, struct json_object *observed);
