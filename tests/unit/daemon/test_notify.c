/* What the service manager hears, on a socket of the test's own. C080: a reload must end. */
#include "cases.h"

#include "base/mem.h"
#include "notify.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An abstract socket as $NOTIFY_SOCKET; *state is its fd. */
static int listen_up(void **state)
{
    static int fd;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO(text) char *name = mem_format("cmkd-notify-%ld", (long)getpid());
    AUTO(text) char *variable = mem_format("@%s", name);
    memcpy(address.sun_path + 1, name, strlen(name));
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *state = &fd;
    setenv("NOTIFY_SOCKET", variable, 1);
    return bind(fd, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

static int hang_up(void **state)
{
    const int *fd = *state;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    return close(*fd);
}

/* One datagram, waited for. */
static char *hear(void **state)
{
    const int *fd = *state;
    struct pollfd ready = {*fd, POLLIN, 0};
    char *text = mem_new(4096, 1);
    assert_int_equal(poll(&ready, 1, 10000), 1);
    assert_in_range(recv(*fd, text, 4095, 0), 1, 4095);
    return text;
}

static void C080_reloading_carries_the_time_in_the_same_datagram(void **state)
{
    notify_reloading();
    AUTO(text) char *text = hear(state);
    assert_int_equal(strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
    assert_true(strtoll(text + 27, NULL, 10) > 0);
}

static void a_status_cannot_smuggle_in_another_variable(void **state)
{
    notify_ready("all is well\nSTOPPING=1");
    AUTO(text) char *text = hear(state);
    assert_string_equal(text, "READY=1\nSTATUS=all is well\\nSTOPPING=1");
}

static void stopping_is_said(void **state)
{
    notify_stopping();
    AUTO(text) char *text = hear(state);
    assert_int_equal(strncmp(text, "STOPPING=1\n", 11), 0);
}

static void the_loop_feeds_the_watchdog(void **state)
{
    uv_loop_t loop;
    struct watchdog watchdog;
    setenv("WATCHDOG_USEC", "2000", 1); /* so every millisecond */
    uv_loop_init(&loop);
    watchdog_start(&watchdog, &loop);
    for (int i = 0; i < 3; i++) {
        uv_run(&loop, UV_RUN_ONCE);
        AUTO(text) char *text = hear(state);
        assert_string_equal(text, "WATCHDOG=1");
    }
    watchdog_close(&watchdog);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

#define HEARD(test) cmocka_unit_test_setup_teardown(test, listen_up, hang_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HEARD(C080_reloading_carries_the_time_in_the_same_datagram),
        HEARD(a_status_cannot_smuggle_in_another_variable),
        HEARD(stopping_is_said),
        HEARD(the_loop_feeds_the_watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
