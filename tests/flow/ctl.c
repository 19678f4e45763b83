#include "ctl.h"

#include "base/js.h"
#include "child.h"

int ctl_run(void **flow, const char *const words[], char **out, char **err)
{
    const char *argv[16] = {CMKCTL_BINARY};
    struct child child = {0};
    for (size_t i = 0; words[i]; i++)
        argv[i + 1] = words[i];
    child_start(&child, argv, NULL);
    int status = child_wait_end(&child);
    *out = mem_text(child.text[STREAM_OUT]);
    *err = mem_text(child.text[STREAM_ERR]);
    child_done(&child);
    if (status < 0)
        flow_fail(flow, "cmkctl does not end");
    return status;
}

void expect_ctl(void **flow, const char *const words[], int status, const char *said)
{
    AUTO(text) char *out = NULL;
    AUTO(text) char *err = NULL;
    int ended = ctl_run(flow, words, &out, &err);
    if (ended != status)
        flow_fail(flow, "cmkctl %s ended with %d, not %d: %s%s", words[0], ended, status, out, err);
    if (!strstr(out, said) && !strstr(err, said))
        flow_fail(flow, "cmkctl %s does not say \"%s\": %s%s", words[0], said, out, err);
}

struct json_object *ctl_json(void **flow, const char *const words[])
{
    AUTO(text) char *out = NULL;
    AUTO(text) char *said = NULL;
    struct json_object *tree = NULL;
    struct err err;
    int ended = ctl_run(flow, words, &out, &said);
    if (ended != 0 || !js_parse(out, strlen(out), &tree, &err))
        flow_fail(flow, "cmkctl %s ended with %d and printed no JSON: %s%s", words[0], ended, out,
                  said);
    return tree;
}
