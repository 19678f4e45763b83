/* flow.c: an azsim and a folder for each test, from its start to a clean end. */
#include "flow_private.h"

#include "sim/file.h"

#include <curl/curl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AZSIM_READY "azsim ready https://localhost:"

/* A failed test leaves by a jump, past its clean-up: what it then leaks is no news, and the report
 * would bury the reason. The hook is the leak sanitizer's. */
static bool has_failed;
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return has_failed;
}

struct flow *flow_of(void **flow)
{
    return *flow;
}

static bool start_azsim(struct flow *flow)
{
    const char *argv[] = {AZSIM_BINARY, "--state-dir", flow->directory, NULL};
    child_start(&flow->azsim, argv, NULL);
    if (!child_wait_line(&flow->azsim, STREAM_OUT, AZSIM_READY)) {
        print_error("azsim does not get ready: %s\n", flow->azsim.text[STREAM_ERR]);
        return false;
    }
    const char *port = strstr(flow->azsim.text[STREAM_OUT], AZSIM_READY) + strlen(AZSIM_READY);
    flow->origins.port = (unsigned)strtoul(port, NULL, 10);
    flow->control = mem_format("https://localhost:%u/_sim", flow->origins.port);
    return true;
}

static bool read_cloud(struct flow *flow)
{
    struct err err;
    AUTO(text) char *path = mem_format("%s/cloud.json", flow->directory);
    if (!file_load_json(path, &flow->cloud, &err)) {
        print_error("%s\n", err.message);
        return false;
    }
    const char *imds = strrchr(js_string(flow->cloud, "imds", ":"), ':') + 1;
    flow->origins.imds_port = (unsigned)strtoul(imds, NULL, 10);
    return true;
}

static int set_up(void **state, bool is_timed)
{
    struct flow *flow = mem_new(1, sizeof *flow);
    *state = flow;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    flow->directory = mem_text("/tmp/cmkd-flow-XXXXXX");
    flow->credential = "clientSecret";
    if (!mkdtemp(flow->directory))
        return -1;
    setenv("RUNTIME_DIRECTORY", flow->directory, 1); /* cmkd's control socket is in there */
    flow->ca_file = mem_format("%s/ca.pem", flow->directory);
    if ((is_timed && !flow_time_begin(flow)) || !start_azsim(flow) || !read_cloud(flow))
        return -1;
    flow_seed(state, "{}");
    return 0;
}

int flow_setup(void **state)
{
    return set_up(state, false);
}

int flow_setup_timed(void **state)
{
    return set_up(state, true);
}

static int on_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st, (void)type, (void)place;
    return remove(path);
}

int flow_teardown(void **state)
{
    struct flow *flow = *state;
    child_done(&flow->cmkd);
    child_signal(&flow->azsim, SIGTERM);
    int ended = child_wait_end(&flow->azsim);
    if (ended != 0)
        print_error("azsim ended with %d: %s\n", ended, flow->azsim.text[STREAM_ERR]);

    child_done(&flow->azsim);
    flow_time_end(flow);
    nftw(flow->directory, on_entry, 16, FTW_DEPTH | FTW_PHYS);
    json_object_put(flow->document);
    json_object_put(flow->cloud);
    free(flow->directory);
    free(flow->ca_file);
    free(flow->control);
    free(flow);
    curl_global_cleanup();
    return ended;
}

static int set_up_row(void **state)
{
    const void *row = *state;
    int failed = flow_setup(state);
    flow_of(state)->row = row;
    return failed;
}

int flow_cases_run(const char *group, void *rows, size_t count, size_t size,
                   void (*check)(void **flow))
{
    struct CMUnitTest *tests = mem_new(count, sizeof *tests);
    for (size_t i = 0; i < count; i++) {
        char *row = (char *)rows + i * size;
        tests[i] = (struct CMUnitTest){.test_func = check,
                                       .setup_func = set_up_row,
                                       .teardown_func = flow_teardown,
                                       .initial_state = row};
        memcpy(&tests[i].name, row, sizeof tests[i].name);
    }
    int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    free(tests);
    return failed;
}

const void *flow_row(void **flow)
{
    return flow_of(flow)->row;
}

const char *flow_directory(void **flow)
{
    return flow_of(flow)->directory;
}

struct json_object *flow_json(const char *text)
{
    enum json_tokener_error error;
    struct json_object *tree = json_tokener_parse_verbose(text, &error);
    if (error != json_tokener_success)
        fail_msg("the test's own JSON is none (%s): %s", json_tokener_error_desc(error), text);
    return tree;
}

void flow_fail(void **state, const char *format, ...)
{
    struct flow *flow = *state;
    va_list arguments;
    has_failed = true;
    va_start(arguments, format);
    AUTO(text) char *why = mem_format_v(format, arguments);
    va_end(arguments);

    /* Not by cmocka's print_error(), which cuts after a thousand characters. */
    if (flow->cmkd.pid > 0)
        child_drain(&flow->cmkd);
    if (flow->cmkd.text[STREAM_ERR])
        fprintf(stderr, "cmkd (exit %d) said:\n%s\n", flow->exit, flow->cmkd.text[STREAM_ERR]);
    if (flow->document)
        fprintf(stderr, "its document:\n%s\n",
                json_object_to_json_string_ext(flow->document, JSON_C_TO_STRING_PRETTY |
                                                                   JSON_C_TO_STRING_SPACED |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE));
    /* The text is copied before the jump out of here skips its clean-up. */
    char shown[1024];
    snprintf(shown, sizeof shown, "%s", why);
    free(TAKE(why));
    fail_msg("%s", shown);
    abort();
}
