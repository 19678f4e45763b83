/* fixture.h: an engine, the loop it runs on, and the scripted server it talks to. */
#pragma once

#include "azure/engine.h"
#include "script.h"

struct fixture {
    uv_loop_t loop;
    struct script *script;
    struct azure *azure;
    char secret_file[64];
    struct credential_config credential;

    /* What came of the call that ended last; bodies are kept for the test. */
    struct call_answer answer;
    unsigned done, running;
    bool is_closed;

    /* Called in the loop when the server has got a request. */
    void (*arrived)(struct fixture *fixture);
    void (*ran)(struct fixture *fixture); /* in call_running_fn */
    struct call *call;                    /* started last */
};

/* cmocka's set-up and tear-down; the latter proves that nothing of the engine is left. */
int fixture_setup(void **state);
int fixture_setup_as(void **state, const struct script_names *names); /* in the public cloud */
int fixture_teardown(void **state);

/* Starts a call whose answer ends up in the fixture. */
struct call *fixture_start(struct fixture *fixture, const struct call_request *request);

/* Runs the loop until count calls have ended. */
void fixture_wait(struct fixture *fixture, unsigned count);

/* Both, for one. */
const struct call_answer *fixture_call(struct fixture *fixture, const struct call_request *request);

/* A GET of a path of Resource Manager. */
struct call_request fixture_get(const char *path);
