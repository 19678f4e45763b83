/* Orders: what is one, and that they are on disk whole or not at all. */
#include "cases.h"

#include "base/armid.h"
#include "base/js.h"
#include "model/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1798761600) /* 2027-01-01T00:00:00Z */
#define HEAD "{\"version\": 1, \"order\": \"hold\", \"stack\": \"prod\", "
#define REST "\"by\": \"root\", \"since\": \"2027-01-01T00:00:00Z\""

#define KEY_ID                                                                                     \
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/"             \
    "Microsoft.KeyVault/vaults/kv-openai-prod/keys/openai-cmk"
#define VERSION "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REVOKE                                                                                     \
    "{\"version\": 1, \"order\": \"revoke\", \"stack\": \"prod\", \"reason\": \"SEC-1\", " REST ", "

/* ---- one text ------------------------------------------------------------------------------ */

/* clang-format off */
static struct text_case {
    const char *name, *text;
    const char *wrong; /* a part of the message; NULL: it is an order */
} texts[] = {
    {"a hold until it is released", HEAD "\"reason\": \"SEC-1\", " REST ", \"until\": null}", NULL},
    {"until may be absent", HEAD "\"reason\": \"SEC-1\", " REST "}", NULL},
    {"until a time", HEAD "\"reason\": \"SEC-1\", " REST ", \"until\": \"2027-02-01T00:00:00Z\"}", NULL},
    {"nothing", "", "not JSON"},
    {"half of one", HEAD "\"reason\": \"SEC", "not JSON"},
    {"NULs, as a file system may leave them", "\0\0\0\0", "not JSON"},
    {"null", "null", "not a JSON object"},
    {"an array", "[]", "not a JSON object"},
    {"of another version", "{\"version\": 2, \"order\": \"hold\"}", "another version of cmkd"},
    {"of a kind that is not known", "{\"version\": 1, \"order\": \"burn\"}", "does not know it"},
    {"with a key that is not known", HEAD "\"reason\": \"x\", " REST ", \"unless\": \"y\"}", "\"unless\""},
    {"of no stack", "{\"version\": 1, \"order\": \"hold\", \"reason\": \"x\", " REST "}", "\"stack\""},
    {"of a stack that cannot be one", "{\"version\": 1, \"order\": \"hold\", \"stack\": \"../x\", \"reason\": \"x\", " REST "}", "\"stack\""},
    {"without a reason", HEAD REST "}", "\"reason\""},
    {"by nobody", HEAD "\"reason\": \"x\", \"since\": \"2027-01-01T00:00:00Z\"}", "\"by\""},
    {"since no time", HEAD "\"reason\": \"x\", \"by\": \"root\", \"since\": \"yesterday\"}", "\"since\""},
    {"until no time", HEAD "\"reason\": \"x\", " REST ", \"until\": \"tomorrow\"}", "\"until\""},
    {"a revocation that nobody has looked after yet", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": null}", NULL},
    {"a revocation with its record", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": [\"" VERSION "\"], \"revoked\": \"2027-01-01T00:00:00Z\"}", NULL},
    {"one that is taken back", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": [], \"restore\": {\"by\": \"root\", \"since\": \"2027-01-01T00:00:00Z\"}}", NULL},
    {"a revocation of no key", REVOKE "\"versions\": null}", "\"key\""},
    {"a revocation of a vault", REVOKE "\"key\": \"/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv\", \"versions\": null}", "\"key\""},
    {"of a key whose id leads elsewhere", REVOKE "\"key\": \"/subscriptions/s/vaults/kv/keys/../x\", \"versions\": null}", "\"key\""},
    {"without its record", REVOKE "\"key\": \"" KEY_ID "\"}", "\"versions\""},
    {"with a record that is none", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": \"all\"}", "\"versions\""},
    {"with a version that is none", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": [\"../x\"]}", "\"versions\""},
    {"revoked at no time", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": [], \"revoked\": true}", "\"revoked\""},
    {"taken back by nobody", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": [], \"restore\": {}}", "\"restore\""},
    {"a revocation until a time", REVOKE "\"key\": \"" KEY_ID "\", \"versions\": [], \"until\": null}", "\"until\""},
    {"until a number", HEAD "\"reason\": \"x\", " REST ", \"until\": 1}", "\"until\""},
};
/* clang-format on */

static void check_text(void **state)
{
    const struct text_case *c = *state;
    struct order order;
    struct err err = {0};
    bool is_order = order_parse(c->text, strlen(c->text), &order, &err);
    if (c->wrong) {
        assert_false(is_order);
        assert_string_equal(err.code, "BadOrder");
        if (!strstr(err.message, c->wrong))
            fail_msg("%s", err.message);
        return;
    }
    assert_true(is_order);
    AUTO(text) char *text = order_text(&order);
    struct order again;
    assert_true(order_parse(text, strlen(text), &again, &err));
    assert_string_equal(again.stack, "prod");
    assert_string_equal(again.reason, "SEC-1");
    assert_int_equal(again.until_s, order.until_s);
    assert_int_equal(again.since_s, NOW);
    assert_int_equal(again.kind, order.kind);
    assert_int_equal(again.revoked_s, order.revoked_s);
    assert_int_equal(again.restore_s, order.restore_s);
    assert_int_equal(again.versions == NULL, order.versions == NULL);
    assert_true(js_same(again.versions, order.versions));
    order_done(&again);
    order_done(&order);
}

/* ---- in a folder ---------------------------------------------------------------------------- */

static char folder[64];
static struct order_folder at = {.state_directory = folder};

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cmkd-orders-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static void write_file(const char *name, const char *text)
{
    AUTO(text) char *path = mem_format("%s/orders/%s", folder, name);
    AUTO(text) char *above = mem_format("%s/orders", folder);
    if (mkdir(above, 0700) < 0 && errno != EEXIST)
        fail_msg("%s: %s", above, strerror(errno));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static struct order hold(const char *stack, int64_t until_s)
{
    return (struct order){
        .stack = mem_text(stack),
        .reason = mem_text("SEC-1"),
        .by = mem_text("root"),
        .since_s = NOW,
        .until_s = until_s,
    };
}

static void put(const char *stack, int64_t until_s)
{
    struct order order = hold(stack, until_s);
    struct err err;
    if (!orders_put(&at, &order, &err))
        fail_msg("%s", err.message);
    order_done(&order);
}

static void what_is_recorded_is_read_until_it_is_taken_away(void **state)
{
    struct orders orders;
    struct err err;
    (void)state;
    put("prod", ORDER_FOR_EVER);
    put("test", NOW + 60);
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.count, 2);
    assert_non_null(orders_find(&orders, ORDER_HOLD, "prod", NOW + 1000));
    assert_non_null(orders_find(&orders, ORDER_HOLD, "test", NOW + 59));
    assert_null(orders_find(&orders, ORDER_HOLD, "test", NOW + 60)); /* its end is exclusive */
    assert_null(orders_find(&orders, ORDER_HOLD, "other", NOW));
    orders_done(&orders);

    assert_true(orders_remove(&at, ORDER_HOLD, "prod", &err));
    assert_false(orders_remove(&at, ORDER_HOLD, "prod", &err));
    assert_string_equal(err.code, "ENOENT");
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.count, 1);
    orders_done(&orders);
}

static void a_second_order_for_a_stack_takes_the_place_of_the_first(void **state)
{
    struct orders orders;
    (void)state;
    put("prod", NOW + 60);
    put("prod", ORDER_FOR_EVER);
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.count, 1);
    assert_int_equal(orders.list[0].until_s, ORDER_FOR_EVER);
    orders_done(&orders);
}

static void without_a_folder_there_are_no_orders(void **state)
{
    struct orders orders;
    (void)state;
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.count, 0);
    struct order_folder nowhere = {.state_directory = "/nonexistent/nowhere"};
    assert_true(orders_load(&nowhere, &orders));
    assert_int_equal(orders.count, 0);
}

/* Whoever writes to Azure makes the folder; from then on its orders must be there. */
static void a_folder_that_has_been_found_must_stay(void **state)
{
    struct order_folder kept = {.state_directory = folder, .must_stay = true};
    struct orders orders;
    struct err err;
    AUTO(text) char *path = mem_format("%s/orders", folder);
    AUTO(text) char *elsewhere = mem_format("%s/elsewhere", folder);
    struct order order = hold("prod", ORDER_FOR_EVER);
    (void)state;
    assert_true(orders_load(&kept, &orders));
    assert_int_equal(orders.count, 0);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_false(orders_load(&kept, &orders));
    assert_string_equal(orders.err.code, "OrdersGone");
    assert_false(
        orders_put(&kept, &order, &err)); /* it would make those that are gone look whole */
    assert_string_equal(err.code, "OrdersGone");
    assert_false(orders_remove(&kept, ORDER_HOLD, "prod", &err));
    assert_string_equal(err.code, "OrdersGone");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(orders_load(&kept, &orders));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rename(elsewhere, path), 0);
    assert_true(orders_load(&kept, &orders)); /* the same is back */
    assert_true(orders_put(&kept, &order, &err));
    order_folder_done(&kept);
    order_done(&order);
}

/* As if nothing had been put into the folder since it was read. */
static void stop_its_clock(const struct order_folder *kept)
{
    static struct timespec then;
    if (kept->changed.tv_sec)
        then = kept->changed;
    struct timespec times[] = {then, then};
    assert_int_equal(futimens(kept->found, times), 0);
}

static size_t count_at(struct order_folder *kept, int64_t now_s)
{
    struct orders orders;
    assert_true(orders_load_anew(kept, now_s, &orders));
    size_t count = orders.count;
    orders_done(&orders);
    return count;
}

/* What is put into it in the tick of its last change leaves no trace in its time. */
static void a_folder_is_read_again_until_its_time_tells_of_changes(void **state)
{
    struct order_folder kept = {.state_directory = folder, .must_stay = true};
    (void)state;
    assert_int_equal(count_at(&kept, NOW), 0);
    assert_int_equal(count_at(&kept, NOW), 0); /* it is held open by now */
    assert_int_equal(count_at(&kept, NOW + 1), 0);
    put("prod", ORDER_FOR_EVER);
    stop_its_clock(&kept);
    assert_int_equal(count_at(&kept, NOW + 2), 1);
    order_folder_done(&kept);
}

static void a_folder_that_stays_empty_is_not_read(void **state)
{
    struct order_folder kept = {.state_directory = folder, .must_stay = true};
    struct orders orders;
    struct stat changed;
    struct err err;
    (void)state;
    for (int64_t now_s = NOW; now_s < NOW + 60; now_s += 3)
        assert_int_equal(count_at(&kept, now_s), 0);
    put("prod", ORDER_FOR_EVER);
    assert_int_equal(fstat(kept.found, &changed), 0);
    stop_its_clock(&kept);
    assert_int_equal(count_at(&kept, NOW + 60), 0); /* it has looked at nothing but the time */
    assert_true(orders_load(&kept, &orders));
    assert_int_equal(orders.count, 1); /* who writes to Azure takes no time's word */
    orders_done(&orders);
    struct timespec times[] = {changed.st_mtim, changed.st_mtim};
    assert_int_equal(futimens(kept.found, times), 0);
    assert_int_equal(count_at(&kept, NOW + 60), 1);
    stop_its_clock(&kept); /* nor is that time believed again */
    assert_int_equal(count_at(&kept, NOW + 60), 1);
    assert_true(orders_remove(&kept, ORDER_HOLD, "prod", &err));
    assert_int_equal(count_at(&kept, NOW + 60), 0);
    order_folder_done(&kept);
}

/* A power cut in mid-write: the name is not an order's, and the one before it still stands. */
static void a_write_that_was_cut_short_leaves_no_order(void **state)
{
    struct orders orders;
    (void)state;
    put("prod", ORDER_FOR_EVER);
    write_file(".hold-prod.json.new", "{\"version\"");
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.count, 1);
    orders_done(&orders);
    put("prod", NOW + 60); /* and is no obstacle to the next one */
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.list[0].until_s, NOW + 60);
    orders_done(&orders);
}

static void an_order_is_the_owners_of_the_state_directory_and_nobody_elses(void **state)
{
    struct stat of_folder, of_file;
    AUTO(text) char *path = mem_format("%s/orders/hold-prod.json", folder);
    (void)state;
    if (geteuid() == 0)
        assert_int_equal(chown(folder, 12345, 12345), 0);
    put("prod", ORDER_FOR_EVER);
    assert_int_equal(stat(folder, &of_folder), 0);
    assert_int_equal(stat(path, &of_file), 0);
    assert_int_equal(of_file.st_uid, of_folder.st_uid);
    assert_int_equal(of_file.st_mode & 0777, 0600);
}

/* ---- about keys ----------------------------------------------------------------------------- */

static struct order revocation(const char *key_id, const char *versions)
{
    struct order order = hold("prod", ORDER_FOR_EVER);
    order.kind = ORDER_REVOKE;
    order.key_id = mem_text(key_id);
    order.versions = versions ? json_tokener_parse(versions) : NULL;
    return order;
}

static void expect_versions(const struct order *order, const char *versions)
{
    AUTO(json) struct json_object *expected = json_tokener_parse(versions);
    assert_true(js_same(order->versions, expected));
}

/* Whatever the stack is called, and in whatever case the id is written. */
static void a_revocation_is_its_keys(void **state)
{
    struct order order = revocation(KEY_ID, NULL);
    struct orders orders;
    struct err err;
    AUTO(text) char *other = armid_key(KEY_ID);
    (void)state;
    assert_true(orders_revoke(&at, &order, &err));
    put("prod", ORDER_FOR_EVER);
    assert_true(orders_load(&at, &orders));
    assert_int_equal(orders.count, 2);
    assert_non_null(orders_revocation(&orders, other));
    assert_null(orders_revocation(&orders, KEY_ID "2"));
    orders_done(&orders);
    assert_true(orders_remove_revocation(&at, other, &err));
    assert_false(orders_remove_revocation(&at, KEY_ID, &err));
    assert_string_equal(err.code, "ENOENT");
    order_done(&order);
}

static void a_second_revocation_leaves_the_first_as_it_is(void **state)
{
    struct order first = revocation(KEY_ID, "[\"" VERSION "\"]");
    struct order second = revocation(KEY_ID, "[]");
    struct err err;
    (void)state;
    assert_true(orders_revoke(&at, &first, &err));
    second.since_s++;
    assert_true(orders_revoke(&at, &second, &err));
    assert_int_equal(second.since_s, first.since_s);
    expect_versions(&second, "[\"" VERSION "\"]");
    order_done(&first);
    order_done(&second);
}

static void one_that_is_turned_round_keeps_its_record(void **state)
{
    struct order first = revocation(KEY_ID, "[\"" VERSION "\"]");
    struct order second = revocation(KEY_ID, "[]"), restored;
    struct err err;
    (void)state;
    assert_false(orders_restore(&at, KEY_ID, "root", NOW, &restored, &err));
    assert_string_equal(err.code, "NotRevoked");
    assert_true(orders_revoke(&at, &first, &err));
    assert_true(orders_restore(&at, KEY_ID, "root", NOW, &restored, &err));
    assert_string_equal(restored.restore_by, "root");
    expect_versions(&restored, "[\"" VERSION "\"]");
    assert_true(orders_revoke(&at, &second, &err));
    assert_null(second.restore_by);
    expect_versions(&second, "[\"" VERSION "\"]");
    order_done(&first);
    order_done(&second);
    order_done(&restored);
}

/* One of those that cannot be read may be this key's, with a record that must not be lost. */
static void nothing_is_revoked_while_orders_cannot_be_read(void **state)
{
    struct order order = revocation(KEY_ID, NULL);
    struct orders orders;
    struct err err;
    (void)state;
    put("other", ORDER_FOR_EVER);
    write_file("hold-prod.json", "{");
    assert_false(orders_revoke(&at, &order, &err));
    assert_string_equal(err.code, "BadOrder");
    assert_false(orders_load(&at, &orders));
    assert_int_equal(orders.count, 1);
    orders_done(&orders);
    order_done(&order);
}

static void every_stack_that_declares_the_key_is_held_and_no_other(void **state)
{
    struct node key = {.id = mem_text(KEY_ID)}, another = {.id = mem_text(KEY_ID "2")};
    struct stack stacks[] = {{.name = mem_text("renamed"), .key = &key},
                             {.name = mem_text("second"), .key = &key},
                             {.name = mem_text("third"), .key = &another}};
    struct graph graph = {.stacks = stacks, .n_stacks = COUNT(stacks)};
    struct order order = revocation(KEY_ID, NULL);
    struct orders orders;
    struct err err;
    (void)state;
    assert_true(orders_revoke(&at, &order, &err));
    assert_true(orders_load(&at, &orders));
    for (size_t i = 0; i < COUNT(stacks); i++) {
        struct node account = {.stacks = &i, .n_stacks = 1};
        AUTO(text) char *against = orders_against(&orders, &graph, &account, NOW);
        assert_int_equal(against != NULL, i < 2);
        assert_int_equal(orders_revocation_of(&orders, &graph, stacks[i].name) != NULL, i < 2);
    }
    assert_non_null(orders_revocation_of(&orders, &graph, "prod")); /* as it was asked for */
    orders_done(&orders);
    order_done(&order);
    for (size_t i = 0; i < COUNT(stacks); i++)
        free(stacks[i].name);
    free(key.id);
    free(another.id);
}

/* ---- what may be an order, and is not understood -------------------------------------------- */

/* clang-format off */
static struct strange {
    const char *name, *file, *text;
} strangers[] = {
    {"a file that is no order", "hold-prod.json", "something"},
    {"an empty file", "hold-prod.json", ""},
    {"an order under another's name", "hold-test.json", HEAD "\"reason\": \"x\", " REST "}"},
    {"a file of another name", "notes.txt", "remember the milk"},
    {"an order of a later version", "revoke-prod.json", "{\"version\": 2, \"order\": \"revoke\"}"},
};
/* clang-format on */

static void everything_else_in_the_folder_makes_the_orders_unreadable(void **state)
{
    const struct strange *c = *state;
    struct orders orders;
    make_folder(NULL);
    put("other", ORDER_FOR_EVER);
    write_file(c->file, c->text);
    bool could_be_read = orders_load(&at, &orders);
    remove_folder(NULL);
    assert_false(could_be_read);
    if (!strstr(orders.err.message, c->file))
        fail_msg("the message does not name the file: %s", orders.err.message);
    struct graph graph = {0};
    struct node node = {0};
    AUTO(text) char *against = orders_against(&orders, &graph, &node, NOW);
    assert_non_null(against); /* of any node */
    orders_done(&orders);
}

static void a_folder_a_link_or_a_file_that_is_too_long_is_no_order(void **state)
{
    struct orders orders;
    AUTO(text) char *path = mem_format("%s/orders/hold-prod.json", folder);
    (void)state;
    put("other", ORDER_FOR_EVER);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(orders_load(&at, &orders));
    orders_done(&orders);
    rmdir(path);

    AUTO(text) char *other = mem_format("%s/orders/hold-other.json", folder);
    assert_int_equal(symlink(other, path), 0);
    assert_false(orders_load(&at, &orders));
    orders_done(&orders);
    unlink(path);

    AUTO(text) char *text = mem_new(1, ORDER_SIZE_MAX + 2);
    memset(text, ' ', ORDER_SIZE_MAX + 1);
    write_file("hold-prod.json", text);
    assert_false(orders_load(&at, &orders));
    orders_done(&orders);
}

static void orders_in_place_of_the_folder_are_unreadable(void **state)
{
    struct orders orders;
    AUTO(text) char *path = mem_format("%s/orders", folder);
    (void)state;
    AUTO(fd) int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_false(orders_load(&at, &orders));
    assert_string_equal(orders.err.code, "ENOTDIR");
    orders_done(&orders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_recorded_is_read_until_it_is_taken_away),
        IN_FOLDER(a_second_order_for_a_stack_takes_the_place_of_the_first),
        IN_FOLDER(without_a_folder_there_are_no_orders),
        IN_FOLDER(a_folder_that_has_been_found_must_stay),
        IN_FOLDER(a_folder_is_read_again_until_its_time_tells_of_changes),
        IN_FOLDER(a_folder_that_stays_empty_is_not_read),
        IN_FOLDER(a_write_that_was_cut_short_leaves_no_order),
        IN_FOLDER(an_order_is_the_owners_of_the_state_directory_and_nobody_elses),
        IN_FOLDER(a_folder_a_link_or_a_file_that_is_too_long_is_no_order),
        IN_FOLDER(orders_in_place_of_the_folder_are_unreadable),
        IN_FOLDER(a_revocation_is_its_keys),
        IN_FOLDER(a_second_revocation_leaves_the_first_as_it_is),
        IN_FOLDER(one_that_is_turned_round_keeps_its_record),
        IN_FOLDER(nothing_is_revoked_while_orders_cannot_be_read),
        IN_FOLDER(every_stack_that_declares_the_key_is_held_and_no_other),
    };
    int failed = CASES_RUN(texts, check_text);
    failed += CASES_RUN(strangers, everything_else_in_the_folder_makes_the_orders_unreadable);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
