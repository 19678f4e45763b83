/* The configuration's loader: whatever stands in the file, it is taken or refused, with a reason.
 */
#include "model/config.h"
#include "types/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config = {0};
    struct problems problems = {0};
    AUTO(fd) int file = memfd_create("configuration", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    AUTO(text) char *path = mem_format("/proc/self/fd/%d", file);
    bool is_good = config_load(path, registry, NULL, &config, &problems);
    size_t errors = 0;
    for (size_t i = 0; i < problems.count; i++)
        errors += !problems.list[i].is_warning;
    if (is_good == (errors > 0))
        abort(); /* refused without a reason, or taken in spite of one */
    if (is_good) {
        AUTO(json) struct json_object *shown = config_show(&config);
    }
    problems_done(&problems);
    config_done(&config);
    return 0;
}
