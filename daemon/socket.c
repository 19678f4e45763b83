#include "socket.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER "/run/cmkd"
#define NAME "io.cmkd"

char *socket_path(void)
{
    const char *folders = secure_getenv("RUNTIME_DIRECTORY");
    if (!folders || !*folders)
        return mem_text(FOLDER "/" NAME);
    AUTO(text) char *first = mem_text_n(folders, strcspn(folders, ":"));
    return mem_format("%s/" NAME, first);
}
