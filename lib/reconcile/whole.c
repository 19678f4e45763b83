#include "reconcile/whole.h"

#include "base/js.h"

#include <strings.h>

char *whole_of(const char *path)
{
    static const char properties[] = "properties";
    char step[JS_SEGMENT_MAX];
    const char *at = path;
    if (!js_step(&at, step))
        return mem_text(path);
    if (strcasecmp(step, properties) != 0 || !*at || !js_step(&at, step))
        return js_join("", step);
    return js_join(properties, step);
}
