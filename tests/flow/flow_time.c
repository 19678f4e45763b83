/* flow_time.c: an hour, a week, a month of the real cmkd in seconds: azsim, cmkd and cmkctl are on
 * a clock of the test's own (tests/soak/clock.c), which stands still between its steps but for what
 * passes by itself. */
#include "flow_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL_REMOTE "/lib/systemd/systemd-journal-remote"
#define LOOK_MS 20 /* between two looks at who is at work */

/* The sanitizers want to be loaded first, and need not be: the clock calls nothing of theirs. */
#define SANITIZERS "verify_asan_link_order=0:detect_leaks=1"

bool flow_time_begin(struct flow *flow)
{
    AUTO(text) char *path = mem_format("%s/clock", flow->directory);
    AUTO(fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *flow->ahead_s) < 0)
        return false;
    flow->ahead_s = mmap(NULL, sizeof *flow->ahead_s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (flow->ahead_s == MAP_FAILED) {
        flow->ahead_s = NULL;
        return false;
    }
    setenv("SOAK_CLOCK", path, 1);
    setenv("LD_PRELOAD", CLOCK_LIBRARY, 1);
    setenv("ASAN_OPTIONS", SANITIZERS, 1);
    return true;
}

void flow_time_end(struct flow *flow)
{
    if (!flow->ahead_s)
        return;
    munmap(flow->ahead_s, sizeof *flow->ahead_s);
    unsetenv("SOAK_CLOCK");
    unsetenv("FLOW_JOURNAL");
    unsetenv("LD_PRELOAD");
    unsetenv("ASAN_OPTIONS");
}

/* ---- a journal ------------------------------------------------------------------------------- */

void flow_keep_journal(void **flow)
{
    AUTO(text) char *path = mem_format("%s/journal.export", flow_directory(flow));
    setenv("FLOW_JOURNAL", path, 1);
    setenv("LD_PRELOAD", CLOCK_LIBRARY ":" JOURNAL_LIBRARY, 1);
}

char *flow_journal(void **flow)
{
    AUTO(text) char *export = mem_format("%s/journal.export", flow_directory(flow));
    AUTO(text) char *journal = mem_format("%s/journal/kept.journal", flow_directory(flow));
    char *folder = mem_format("%s/journal", flow_directory(flow));
    const char *argv[] = {JOURNAL_REMOTE, "--output", journal, export, NULL};
    struct child child = {0};
    mkdir(folder, 0700);
    unlink(journal);
    child_start(&child, argv, NULL);
    if (child_wait_end(&child) != 0)
        flow_fail(flow, "%s makes no journal: %s", JOURNAL_REMOTE, child.text[STREAM_ERR]);
    child_done(&child);
    return folder;
}

/* ---- at rest ------------------------------------------------------------------------------- */

/* How often the thread has gone to sleep; -1: it does not sleep now. */
static int64_t naps_of(pid_t pid, const char *thread)
{
    AUTO(text) char *path = mem_format("/proc/%d/task/%s/status", (int)pid, thread);
    FILE *file = fopen(path, "re");
    char line[256], state = 'R';
    int64_t naps = -1;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "State: %c", &state) != 1)
            sscanf(line, "voluntary_ctxt_switches: %" SCNd64, &naps);
    if (file)
        fclose(file);
    return state == 'S' ? naps : -1;
}

/* The sum over the threads; -1: one of them is at work. */
static int64_t naps(pid_t pid)
{
    AUTO(text) char *path = mem_format("/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    int64_t sum = 0;
    for (struct dirent *entry; folder && sum >= 0 && (entry = readdir(folder));) {
        int64_t count = *entry->d_name == '.' ? 0 : naps_of(pid, entry->d_name);
        sum = count < 0 ? -1 : sum + count;
    }
    if (folder)
        closedir(folder);
    return sum;
}

/* What both wait for is time, and nothing is on its way between them. */
static void settle(struct flow *flow)
{
    int64_t before = -1, now = -1;
    do {
        before = now;
        poll(NULL, 0, LOOK_MS);
        int64_t azsim = naps(flow->azsim.pid), cmkd = flow->cmkd.pid > 0 ? naps(flow->cmkd.pid) : 0;
        now = azsim < 0 || cmkd < 0 ? -1 : azsim + cmkd;
    } while (now < 0 || now != before);
}

/* What was asked for before is not waited for any more. */
static void skip_awaited(void **flow)
{
    AUTO(json) struct json_object *log = flow_log(flow);
    size_t count = json_object_array_length(log);
    if (count)
        flow_of(flow)->awaited = js_int(json_object_array_get_idx(log, count - 1), "seq", 0);
}

void flow_pass_time(void **flow, int64_t seconds)
{
    settle(flow_of(flow));
    skip_awaited(flow);
    *flow_of(flow)->ahead_s += seconds;
}

int64_t flow_now_s(void **flow)
{
    return (int64_t)time(NULL) + *flow_of(flow)->ahead_s;
}
