/* child.c: a program that a test runs, and what it says. */
#include "child.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPES 2             /* the streams that are pipes */
#define PIPE_SIZE (1 << 20) /* what a daemon may say before somebody listens */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void die(const char *what)
{
    perror(what);
    abort();
}

/* Standard error is the journal, so that the child speaks to that: see journal.c. */
static void pretend_journal(void)
{
    struct stat st;
    if (fstat(STDERR_FILENO, &st) < 0)
        die("fstat");
    AUTO(text) char *stream = mem_format("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
}

/* What systemd set for the test is not for the child. */
static void become(const char *const argv[], int pipes[PIPES][2], const char *notify)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("JOURNAL_STREAM");
    unsetenv("CREDENTIALS_DIRECTORY");
    if (notify)
        setenv("NOTIFY_SOCKET", notify, 1);
    for (int i = 0; i < PIPES; i++)
        dup2(pipes[i][1], STDOUT_FILENO + i);
    if (secure_getenv("FLOW_JOURNAL"))
        pretend_journal();

    char *arguments[32] = {mem_text(argv[0])};
    for (size_t i = 1; argv[i] && i + 1 < COUNT(arguments); i++)
        arguments[i] = mem_text(argv[i]);
    execv(argv[0], arguments);
    fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static int open_notify(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        die("socket");
    stpcpy(address.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind");
    return fd;
}

void child_start(struct child *child, const char *const argv[], const char *notify)
{
    int pipes[PIPES][2];
    *child = (struct child){0};
    for (int i = 0; i < PIPES; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) < 0)
            die("pipe2");
        fcntl(pipes[i][0], F_SETPIPE_SZ, PIPE_SIZE);
        child->fd[i] = pipes[i][0];
    }
    child->fd[STREAM_NOTIFY] = notify ? open_notify(notify) : -1;
    for (int i = 0; i < STREAMS; i++)
        child->text[i] = mem_text("");

    child->pid = fork();
    if (child->pid < 0)
        die("fork");
    if (child->pid == 0)
        become(argv, pipes, notify);
    for (int i = 0; i < PIPES; i++)
        close(pipes[i][1]);
}

static void append(struct child *child, int stream, const char *bytes, size_t count)
{
    size_t length = child->length[stream];
    child->text[stream] = mem_resize(child->text[stream], length + count + 1, 1);
    memcpy(child->text[stream] + length, bytes, count);
    child->length[stream] = length + count;
    child->text[stream][child->length[stream]] = '\0';
}

static void hear(struct child *child, int stream)
{
    char bytes[16384];
    ssize_t got = read(child->fd[stream], bytes, sizeof bytes);
    if (got <= 0) {
        close(child->fd[stream]);
        child->fd[stream] = -1;
        return;
    }
    append(child, stream, bytes, (size_t)got);
    if (stream == STREAM_NOTIFY) /* one message after the other, and none ends its last line */
        append(child, stream, "\n", 1);
}

/* Waits for more of what it says. False once there is no more, or no more time. */
static bool listen_on(struct child *child, int64_t deadline_ms)
{
    struct pollfd fds[STREAMS];
    for (int i = 0; i < STREAMS; i++)
        fds[i] = (struct pollfd){.fd = child->fd[i], .events = POLLIN};
    int64_t left = deadline_ms - now_ms();
    if (child->fd[STREAM_OUT] < 0 && child->fd[STREAM_ERR] < 0)
        return false;
    int count = poll(fds, STREAMS, left > 0 ? (int)left : 0);
    if (count < 0 && errno != EINTR)
        die("poll");
    for (int i = 0; i < STREAMS; i++)
        if (count > 0 && fds[i].revents)
            hear(child, i);
    return count != 0;
}

void child_drain(struct child *child)
{
    while (listen_on(child, 0))
        ;
}

bool child_wait_line(struct child *child, enum stream stream, const char *text)
{
    int64_t deadline_ms = now_ms() + CHILD_DEADLINE_MS;
    do {
        char *line = strstr(child->text[stream] + child->seen[stream], text);
        char *end = line ? strchr(line, '\n') : NULL;
        if (end) {
            child->seen[stream] = (size_t)(end + 1 - child->text[stream]);
            return true;
        }
    } while (listen_on(child, deadline_ms));
    return false;
}

int child_wait_end(struct child *child)
{
    int64_t deadline_ms = now_ms() + CHILD_DEADLINE_MS;
    while (listen_on(child, deadline_ms))
        ;
    bool hangs = child->fd[STREAM_OUT] >= 0 || child->fd[STREAM_ERR] >= 0;
    if (hangs)
        kill(child->pid, SIGKILL);

    int status;
    struct rusage used;
    while (wait4(child->pid, &status, 0, &used) < 0)
        if (errno != EINTR)
            die("wait4");
    child->pid = 0;
    child->peak_kb = used.ru_maxrss;
    if (hangs)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_signal(struct child *child, int signal)
{
    kill(child->pid, signal);
}

void child_done(struct child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        child_wait_end(child);
    }
    for (int i = 0; i < STREAMS; i++) {
        if (child->text[i] && child->fd[i] >= 0)
            close(child->fd[i]);
        free(child->text[i]);
    }
    *child = (struct child){0};
}
