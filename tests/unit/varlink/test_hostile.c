/* test_hostile.c: callers that mean harm, or are broken. Whatever they do, others are served. */
#include "peer.h"

#include "base/js.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SAY "{'method': 't.t.Echo', 'parameters': {'text': 'x'}}"
#define KEEP "{'method': 't.t.Keep'}"
#define WATCH "{'method': 't.t.Keep', 'more': true}"
#define BIG "{'method': 't.t.Big', 'parameters': {'bytes': 2000000}}"

/* ---- bytes that end the connection -------------------------------------------------------- */

/* clang-format off */
static struct bytes_case {
    const char *name, *bytes;
    size_t length;
    unsigned int times;
} bytes[] = {
    {"a NUL alone ends the connection", "", 1, 1},
    {"nothing but NULs end it", "\0\0\0\0\0\0\0\0", 8, 100000},
    {"what is no JSON ends it", "GET / HTTP/1.1\r\n\r\n", 19, 1},
    {"half an object ends it", "{\"method\"", 10, 1},
    {"an array ends it", "[]", 3, 1},
    {"what is no UTF-8 ends it", "{\"method\":\"a.\xC3\x28\"}", 18, 1},
    {"deep nesting ends it", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 51, 1},
    {"bytes for ever without a NUL end it", "{{{{{{{{{{{{{{{{", 16, 100000},
    {"blanks for ever end it", "                ", 16, 100000},
    {"one byte more than may be ends it", " ", 1, 65537},
};
/* clang-format on */

static void check_bytes(void **state)
{
    struct bytes_case *c = *state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    for (unsigned int i = 0; i < c->times; i++)
        peer_send(&peers, fd, c->bytes, c->length);
    peer_expect_end(&peers, fd);
    peers_expect_alive(&peers);
    close(fd);
    peers_done(&peers);
}

/* ---- callers that are too slow ------------------------------------------------------------ */

static const struct varlink_limits quick = {.half_call_ms = 30, .idle_ms = 30, .unread_ms = 30};

/* clang-format off */
static struct slow_case {
    const char *name, *call;
    unsigned int times;
    const char *half; /* of a call, after these */
} slow[] = {
    {"who connects and is silent is closed", NULL, 0, NULL},
    {"who has been answered and is silent is closed", SAY, 1, NULL},
    {"who never ends a call is cut off", NULL, 0, "{\"method\":"},
    {"who never ends the next call is cut off", SAY, 1, "{"},
    {"who does not read a reply is cut off", BIG, 1, NULL},
    {"who does not read many replies is cut off", BIG, 100, NULL},
};
/* clang-format on */

static void check_slow(void **state)
{
    struct slow_case *c = *state;
    struct peers peers;
    peers_start(&peers, &quick);
    int fd = peer_connect(&peers);
    while (varlink_server_connections(peers.server) == 0)
        peers_turn(&peers);
    for (unsigned int i = 0; i < c->times; i++)
        peer_call(&peers, fd, c->call);
    if (c->half)
        peer_send(&peers, fd, c->half, strlen(c->half));
    while (varlink_server_connections(peers.server) > 0)
        peers_turn(&peers);
    peers_expect_alive(&peers);
    close(fd);
    peers_done(&peers);
}

static void a_call_under_way_is_not_idle(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, &quick);
    int waits = peer_connect(&peers), idle = peer_connect(&peers);
    peer_call(&peers, waits, KEEP);
    peer_expect_end(&peers, idle); /* so the time is over */
    assert_int_equal(varlink_server_connections(peers.server), 1);
    varlink_reply(TAKE(peers.kept[0]), NULL, false);
    peer_expect(&peers, waits, "{'parameters': {}}");
    close(waits);
    close(idle);
    peers_done(&peers);
}

/* ---- callers that go ---------------------------------------------------------------------- */

/* clang-format off */
static struct going_case {
    const char *name;
    unsigned int others; /* calls after the one under way */
    bool halves;         /* says first that nothing more comes */
} going[] = {
    {"who goes in mid call is noticed", 0, false},
    {"who goes with calls waiting is noticed", 3, false},
    {"who goes with more calls waiting than fit is noticed", 4000, false},
    {"who goes by halves is noticed", 0, true},
};
/* clang-format on */

static void check_going(void **state)
{
    struct going_case *c = *state;
    const struct varlink_limits limits = {.unread_ms = 100};
    struct peers peers;
    peers_start(&peers, &limits);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, KEEP);
    for (unsigned int i = 0; i < c->others; i++) {
        static const char call[] = "{\"method\":\"t.t.Echo\",\"parameters\":{\"text\":\"x\"}}";
        if (send(fd, call, sizeof call, MSG_NOSIGNAL) < 0)
            break; /* the kernel's queue is full too */
        if (i % 100 == 0)
            peers_expect_alive(&peers);
    }
    while (!peers.n_kept)
        peers_turn(&peers);
    if (c->halves) {
        shutdown(fd, SHUT_WR);
        peers_expect_alive(&peers);
        assert_int_equal(peers.n_gone, 0);
    }
    close(fd);
    while (!peers.n_gone)
        peers_turn(&peers);
    peers_expect_alive(&peers);
    peers_done(&peers);
    assert_int_equal(peers.n_gone, 1);
}

static void who_goes_in_mid_reply_is_forgotten(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    char byte;
    peer_call(&peers, fd, BIG);
    while (recv(fd, &byte, 1, 0) != 1)
        peers_turn(&peers);
    close(fd);
    while (varlink_server_connections(peers.server) > 0)
        peers_turn(&peers);
    peers_expect_alive(&peers);
    peers_done(&peers);
}

/* ---- callers that do not read ------------------------------------------------------------- */

static void who_does_not_read_a_stream_is_cut_off(void **state)
{
    (void)state;
    struct peers peers;
    const struct varlink_limits limits = {.queued = 100000};
    peers_start(&peers, &limits);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, WATCH);
    while (!peers.n_kept)
        peers_turn(&peers);
    AUTO(json) struct json_object *reply = json_tokener_parse("{'n': 1}");
    size_t count = 0;
    for (; count < 1000000 && varlink_server_connections(peers.server) > 0; count++)
        varlink_reply(peers.kept[0], reply, true);
    assert_true(count < 100000);       /* what the kernel takes, and the limit */
    assert_int_equal(peers.n_gone, 0); /* never inside varlink_reply() */
    while (!peers.n_gone)
        peers_turn(&peers);
    peers_expect_alive(&peers);
    close(fd);
    peers_done(&peers);
}

/* The next reply is made when the last one has been read, so that none of them is too much. */
static void who_asks_much_at_once_gets_it_bit_by_bit(void **state)
{
    (void)state;
    struct peers peers;
    const struct varlink_limits limits = {.queued_all = 3000000};
    peers_start(&peers, &limits);
    int fd = peer_connect(&peers);
    for (int i = 0; i < 5; i++)
        peer_call(&peers, fd, BIG);
    peers_expect_alive(&peers);
    size_t n_replies = 0;
    while (n_replies < 5) {
        char room[65536];
        ssize_t length = recv(fd, room, sizeof room, 0);
        assert_int_not_equal(length, 0);
        if (length < 0)
            peers_turn(&peers);
        for (ssize_t i = 0; i < length; i++)
            n_replies += room[i] == '\0';
    }
    close(fd);
    peers_done(&peers);
}

static void all_replies_together_have_a_bound(void **state)
{
    (void)state;
    enum { CALLERS = 6 };
    int fds[CALLERS];
    struct peers peers;
    const struct varlink_limits limits = {.queued_all = 7000000};
    peers_start(&peers, &limits);
    for (int i = 0; i < CALLERS; i++) {
        fds[i] = peer_connect(&peers);
        peer_call(&peers, fds[i], BIG);
    }
    while (varlink_server_connections(peers.server) < CALLERS)
        peers_turn(&peers);
    while (varlink_server_connections(peers.server) > 3) /* 3 of 2 MB fit */
        peers_turn(&peers);
    peers_expect_alive(&peers);
    for (int i = 0; i < CALLERS; i++)
        close(fds[i]);
    peers_done(&peers);
}

/* ---- too many ----------------------------------------------------------------------------- */

static void a_flood_of_calls_leaves_others_their_turn(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int flood = peer_connect(&peers), other = peer_connect(&peers);
    static const char call[] =
        "{\"method\":\"t.t.Echo\",\"parameters\":{\"text\":\"x\"},\"oneway\":true}";
    for (int i = 0; i < 2000; i++)
        peer_send(&peers, flood, call, sizeof call);
    while (!peers.n_calls)
        peers_turn(&peers);
    size_t before = peers.n_calls;
    peer_call(&peers, other, SAY);
    peer_expect(&peers, other, "{'parameters': {'text': 'x'}}");
    assert_in_range(peers.n_calls - before, 1, 40);
    while (peers.n_calls < 2001)
        peers_turn(&peers);
    close(flood);
    close(other);
    peers_done(&peers);
}

static void when_it_is_full_the_longest_idle_one_goes(void **state)
{
    (void)state;
    struct peers peers;
    const struct varlink_limits limits = {.connections = 3, .reserved = 1};
    peers_start(&peers, &limits);
    size_t places = getuid() == 0 ? 3 : 2;
    int busy = peer_connect(&peers);
    peer_call(&peers, busy, KEEP);
    while (!peers.n_kept)
        peers_turn(&peers);
    int idle = peer_connect(&peers);
    peer_call(&peers, idle, SAY);
    peer_expect(&peers, idle, "{'parameters': {'text': 'x'}}");
    for (size_t i = 0; i < 2 * places; i++)
        peers_expect_alive(&peers);
    int later[3];
    for (size_t i = 0; i < places - 1; i++) {
        later[i] = peer_connect(&peers);
        peer_call(&peers, later[i], KEEP);
    }
    peer_expect_end(&peers, idle);
    while (peers.n_kept < places)
        peers_turn(&peers);
    assert_int_equal(varlink_server_connections(peers.server), places);

    int refused = peer_connect(&peers); /* now that all are busy */
    peer_expect_end(&peers, refused);
    assert_int_equal(peers.n_gone, 0);
    close(busy);
    while (!peers.n_gone)
        peers_turn(&peers);
    peers_expect_alive(&peers);
    for (size_t i = 0; i < places - 1; i++)
        close(later[i]);
    close(idle);
    close(refused);
    peers_done(&peers);
}

/* Whoever is not root finds less room: the rest is for orders. */
static void some_places_are_for_root(void **state)
{
    (void)state;
    struct peers peers;
    const struct varlink_limits limits = {.connections = 4, .reserved = 3};
    peers_start(&peers, &limits);
    size_t places = getuid() == 0 ? 4 : 1;
    int fds[5];
    for (size_t i = 0; i < places + 1; i++) {
        fds[i] = peer_connect(&peers);
        peer_call(&peers, fds[i], KEEP);
        while (peers.n_kept <= i && i < places)
            peers_turn(&peers);
    }
    peer_expect_end(&peers, fds[places]);
    assert_int_equal(varlink_server_connections(peers.server), places);
    for (size_t i = 0; i < places + 1; i++)
        close(fds[i]);
    peers_done(&peers);
}

static void without_file_descriptors_it_waits_and_does_not_spin(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    struct rlimit before, none;
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, SAY);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    int next = dup(fd);
    assert_true(next > 0);
    close(next);
    none.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);

    /* One turn sees the caller and finds no descriptor; the next one has nothing to do. */
    for (int i = 0; i < 5; i++)
        uv_run(&peers.loop, UV_RUN_NOWAIT);
    assert_int_equal(varlink_server_connections(peers.server), 0);
    uint64_t begun = uv_hrtime();
    peers_turn(&peers);
    assert_true(uv_hrtime() - begun > 500000000);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    peer_expect(&peers, fd, "{'parameters': {'text': 'x'}}");
    close(fd);
    peers_done(&peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_under_way_is_not_idle),
        cmocka_unit_test(who_goes_in_mid_reply_is_forgotten),
        cmocka_unit_test(who_does_not_read_a_stream_is_cut_off),
        cmocka_unit_test(who_asks_much_at_once_gets_it_bit_by_bit),
        cmocka_unit_test(all_replies_together_have_a_bound),
        cmocka_unit_test(a_flood_of_calls_leaves_others_their_turn),
        cmocka_unit_test(when_it_is_full_the_longest_idle_one_goes),
        cmocka_unit_test(some_places_are_for_root),
        cmocka_unit_test(without_file_descriptors_it_waits_and_does_not_spin),
    };
    return CASES_RUN(bytes, check_bytes) + CASES_RUN(slow, check_slow) +
           CASES_RUN(going, check_going) + cmocka_run_group_tests(tests, NULL, NULL);
}
