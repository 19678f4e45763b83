#include "fixture.h"

#include "base/js.h"
#include "cases.h"

#include <stdio.h>
#include <unistd.h>

/* A second of waiting lasts a hundredth: the order of things is tested, not the clock. */
#define SECOND_MS 10

static void on_arrived(void *owner)
{
    struct fixture *fixture = owner;
    if (fixture->arrived)
        fixture->arrived(fixture);
}

static void make_secret(struct fixture *fixture)
{
    err_copy(fixture->secret_file, sizeof fixture->secret_file, "/tmp/cmkd-test-secret-XXXXXX");
    int fd = mkstemp(fixture->secret_file);
    assert_int_equal(write(fd, "s3cr3t & more\n", 14), 14);
    close(fd);
}

static void own_cloud(struct fixture *fixture, struct cloud *cloud)
{
    AUTO(text) char *vault = script_expand(fixture->script, "{vault}");
    *cloud = (struct cloud){
        .name = mem_text("custom"),
        .resource_manager = script_expand(fixture->script, "{arm}"),
        .authority = script_expand(fixture->script, "{entra}"),
        .key_vault_suffix = mem_text(strchr(vault, '.') + 1),
        .audience_arm = mem_text("https://management.core.example/"),
        .audience_vault = mem_text("https://vault.example"),
        .imds = mem_format("http://127.0.0.1:%u", script_plain_port(fixture->script)),
        .ca_file = mem_text(script_ca_file(fixture->script)),
    };
}

static void public_cloud(struct fixture *fixture, struct cloud *cloud)
{
    assert_true(cloud_by_name("AzureCloud", cloud));
    cloud->ca_file = mem_text(script_ca_file(fixture->script));
}

int fixture_setup_as(void **state, const struct script_names *names)
{
    struct fixture *fixture = mem_new(1, sizeof *fixture);
    struct cloud cloud;
    struct err err;
    alarm(60); /* a callback that never comes must not hang the build */
    uv_loop_init(&fixture->loop);
    fixture->script = script_start(&fixture->loop, names, on_arrived, fixture);
    make_secret(fixture);
    if (names)
        public_cloud(fixture, &cloud);
    else
        own_cloud(fixture, &cloud);
    fixture->credential = (struct credential_config){
        .type = CREDENTIAL_CLIENT_SECRET,
        .tenant_id = mem_text("tenant"),
        .client_id = mem_text("client"),
        .file = mem_text(fixture->secret_file),
    };
    assert_true(
        azure_new(&fixture->loop, &cloud, &fixture->credential, NULL, &fixture->azure, &err));
    fixture->azure->second_ms = SECOND_MS;
    cloud_done(&cloud);
    *state = fixture;
    return 0;
}

int fixture_setup(void **state)
{
    return fixture_setup_as(state, NULL);
}

static void on_closed(void *owner)
{
    ((struct fixture *)owner)->is_closed = true;
}

static void forget(struct fixture *fixture)
{
    free((char *)(uintptr_t)fixture->answer.text);
    json_object_put(fixture->answer.body);
    json_object_put(fixture->answer.error_body);
    fixture->answer = (struct call_answer){0};
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    azure_free(fixture->azure, on_closed, fixture);
    while (!fixture->is_closed)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    script_stop(fixture->script);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    forget(fixture);
    credential_config_done(&fixture->credential);
    unlink(fixture->secret_file);
    free(fixture);
    return 0;
}

static void on_running(void *owner, const struct call_answer *so_far)
{
    struct fixture *fixture = owner;
    assert_true(so_far->was_accepted);
    fixture->running++;
    if (fixture->ran)
        fixture->ran(fixture);
}

static void on_done(void *owner, const struct call_answer *answer)
{
    struct fixture *fixture = owner;
    forget(fixture);
    fixture->answer = *answer;
    fixture->answer.text = mem_text(answer->text);
    json_object_get(answer->body);
    json_object_get(answer->error_body);
    fixture->done++;
}

struct call *fixture_start(struct fixture *fixture, const struct call_request *request)
{
    unsigned done = fixture->done;
    fixture->call = call_start(fixture->azure, request, on_running, on_done, fixture);
    assert_int_equal(fixture->done, done); /* never inside call_start() */
    return fixture->call;
}

void fixture_wait(struct fixture *fixture, unsigned count)
{
    count += fixture->done;
    while (fixture->done < count)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

const struct call_answer *fixture_call(struct fixture *fixture, const struct call_request *request)
{
    fixture_start(fixture, request);
    fixture_wait(fixture, 1);
    return &fixture->answer;
}

struct call_request fixture_get(const char *path)
{
    return (struct call_request){.method = "GET", .path = path};
}
