/* flow.h: the real cmkd against azsim, as sentences. A flow test is a cmocka test between
 * flow_setup() and flow_teardown(): each has an azsim of its own, a directory of its own, and ends
 * by showing that nothing is left to do.
 *
 *     static void an_opened_vault_firewall_is_shut_within_one_pass(void **flow)
 *     {
 *         flow_good(flow);
 *         flow_drift(flow, FLOW_VAULT, "{'properties': {'networkAcls': ...}}");
 *         cmkd_once(flow);
 *         expect_finding(flow, FLOW_VAULT, "properties.networkAcls.defaultAction", "patch",
 * "done");
 *
 *         cmkd_once(flow);
 *         expect_no_findings(flow);
 *         expect_writes(flow, 1);
 *     }
 *
 * Every function takes cmocka's state, and fails the test by itself when something is not as it
 * must be. JSON texts may use single quotes. What a function returns is borrowed from the flow,
 * where it does not say otherwise. */
#pragma once

#include "unit/cases.h"

#include <json-c/json.h>
#include <stdbool.h>

/* ---- life: flow.c --------------------------------------------------------------------------- */

int flow_setup(void **flow);    /* starts azsim, with nothing in it */
int flow_teardown(void **flow); /* ends all, and fails if azsim did not end cleanly */

#define FLOW_TEST(function) cmocka_unit_test_setup_teardown(function, flow_setup, flow_teardown)

/* The same on a clock of the test's own, for azsim, cmkd and cmkctl alike: flow_time.c. */
int flow_setup_timed(void **flow);
#define FLOW_TEST_TIMED(function)                                                                  \
    cmocka_unit_test_setup_teardown(function, flow_setup_timed, flow_teardown)

/* Once azsim and cmkd are at rest, the clock goes on. cmkd looks at it when something comes: a
 * signal, a call. What it has asked for before, flow_await() waits for no more. */
void flow_pass_time(void **flow, int64_t seconds);
int64_t flow_now_s(void **flow); /* by that clock */

/* What a cmkd that is started from now on tells its journal is kept, by that clock, and goes to its
 * standard error as bare messages. Only of a flow on such a clock. */
void flow_keep_journal(void **flow);

/* What was kept so far, as a folder of journal files. The caller frees. */
char *flow_journal(void **flow);

/* The same for each row of a table, as CASES_RUN does: flow_row() is the row. */
#define FLOW_CASES_RUN(rows, check)                                                                \
    flow_cases_run(#rows, rows, sizeof(rows) / sizeof((rows)[0]), sizeof((rows)[0]), check)
int flow_cases_run(const char *group, void *rows, size_t count, size_t size,
                   void (*check)(void **flow));
const void *flow_row(void **flow);

/* A folder of the test's own, and azsim's place for ca.pem and cloud.json. */
const char *flow_directory(void **flow);

/* A text as JSON: single quotes are fine, and so is nothing else that is not JSON. The caller
 * puts it. */
struct json_object *flow_json(const char *text);

/* The deployment of the control case (tests/cases/C000.json), where all is well. */
#define FLOW_GROUP                                                                                 \
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-openai-prod"
#define FLOW_VAULT FLOW_GROUP "/providers/Microsoft.KeyVault/vaults/kv-openai-prod"
#define FLOW_KEY FLOW_VAULT "/keys/openai-cmk"
#define FLOW_ACCOUNT FLOW_GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-prod"
#define FLOW_GRANT                                                                                 \
    FLOW_KEY "/providers/Microsoft.Authorization/roleAssignments/"                                 \
             "55555555-5555-5555-5555-555555555555"

/* It is there, and declared as the stack "prod". */
void flow_good(void **flow);

/* ---- azsim: flow_sim.c ---------------------------------------------------------------------- */

/* What came of a request. */
struct flow_answer {
    int curl;      /* CURLcode */
    long status;   /* 0: none came */
    char *headers; /* owned, as they came */
    char *body;    /* owned */
};
void flow_answer_done(struct flow_answer *answer);

/* The whole state of Azure: see tests/sim/sim.h. */
void flow_seed(void **flow, const char *json);
void flow_seed_file(void **flow, const char *path);
void flow_seed_tree(void **flow, struct json_object *seed);

/* Seeds what a case (tests/cases) holds: its "live", "keys" and "resourceGroups". */
void flow_seed_case(void **flow, struct json_object *json);

/* The control case whole, to be bent. The caller puts it. */
struct json_object *flow_control_case(void);

/* A request to azsim's control interface, path below /_sim, whatever comes of it. */
struct flow_answer flow_control(void **flow, const char *method, const char *path,
                                struct json_object *body);

/* Azure as it is now, in the form of a seed. The caller puts it. */
struct json_object *flow_state(void **flow);

/* Somebody changes a resource behind cmkd's back (a merge patch); NULL removes it. */
void flow_drift(void **flow, const char *id, const char *patch);

/* The same, and the activity log has it: by is {"caller", "appid", "operation", "correlationId",
 * "assignment", "identityOf"}, each of which may be left out. */
void flow_drift_by(void **flow, const char *id, const char *patch, const char *by);

/* The clock of Azure goes so many seconds forward. */
void flow_clock(void **flow, int64_t seconds);

/* All versions of the vault's key (NULL: of all its keys) are so many days older. */
void flow_age(void **flow, const char *vault, const char *key, int days);
void flow_settings(void **flow, const char *json);

/* Appends faults: tests/sim/README.md. flow_faults_fired: how often all of them did. */
void flow_faults(void **flow, const char *json_array);
void flow_faults_tree(void **flow, struct json_object *array);
void flow_faults_clear(void **flow);
int64_t flow_faults_fired(void **flow);

/* The requests that azsim got since the last flow_log_clear(): an array of entries as in
 * tests/sim/log.h, without tokens and control. The caller puts it. */
struct json_object *flow_log(void **flow);
void flow_log_clear(void **flow);

/* Waits until azsim has got a request, after the one that was waited for last, whose "METHOD url"
 * in Azure's names matches the expression. */
void flow_await(void **flow, const char *request);

/* One request of the test's own to azsim, with the URL in Azure's names and, where azsim gives one,
 * a token for it. May be called from any thread. */
struct flow_answer flow_request(void **flow, const char *method, const char *url, const char *body,
                                long timeout_ms);

/* The same with cmkd's credential, and so under its roles. */
struct flow_answer flow_request_as_cmkd(void **flow, const char *method, const char *url,
                                        const char *body);

/* ---- roles: flow_role.c --------------------------------------------------------------------- */

/* cmkd runs under the roles of README.md, on every resource group of the seed (on the
 * subscription if it names none), and nothing else; the test's own requests may do all.
 *
 * Of the next seeds the roles lack this action (borrowed); NULL: none. */
void flow_withhold(void **flow, const char *action);

/* The block of code that README.md has after the comment "<!-- MARK -->". The caller frees. */
char *flow_readme_block(const char *mark);

/* A role of README.md, as az takes it: "role" (on groups), "subscription role", "optional role".
 * The caller puts. */
struct json_object *flow_readme_role(const char *mark);

/* ---- cmkd: flow_cmkd.c ---------------------------------------------------------------------- */

/* The credential of the next flow_config(): "clientSecret", the default, or "managedIdentity". */
void flow_credential(void **flow, const char *type);

/* Writes cmkd.json: the given members, and by themselves the cloud, the credential, a state
 * directory, "mode": "enforce" and short limits, where they are not given. */
void flow_config(void **flow, const char *json);
void flow_config_tree(void **flow, struct json_object *config);

/* Runs cmkd --config F with these arguments, NULL at the end, until it ends. What it prints is
 * one document, if it is JSON. */
void cmkd_run(void **flow, ...) __attribute__((sentinel));

/* cmkd_run(flow, "--once", "--output", "json", NULL). */
void cmkd_once(void **flow);

/* Runs cmkd --once beside the one that cmkd_start() started: its exit status. */
int cmkd_beside(void **flow);

/* What the last run left behind. The document is NULL if it printed none. */
int cmkd_exit(void **flow);
long cmkd_peak_kb(void **flow); /* resident memory at its most */
struct json_object *cmkd_document(void **flow);
const char *cmkd_stdout(void **flow);
const char *cmkd_stderr(void **flow);

/* The same as a daemon: started, listened to, signalled, and stopped with SIGTERM, which gives
 * its exit status. cmkd_wait_line waits for a line with that text on its standard error, after the
 * one that was waited for last. */
void cmkd_start(void **flow, ...) __attribute__((sentinel));
void cmkd_wait_line(void **flow, const char *text);
void cmkd_wait_notify(void **flow, const char *text); /* to systemd: "READY=1", "STATUS=" */
void cmkd_signal(void **flow, int signal);
int cmkd_stop(void **flow);
void cmkd_end(void **flow);  /* waits until one that ends by itself, --once, has ended */
void cmkd_kill(void **flow); /* SIGKILL */

/* ---- what must be true of the last run: flow_expect.c --------------------------------------- */

/* A finding of this resource (a trailing * stands for any rest), path (* for any), outcome
 * (several: "refused|patch") and status (NULL for any; "null" for none). It is returned. */
struct json_object *expect_finding(void **flow, const char *resource, const char *path,
                                   const char *outcome, const char *status);
void expect_no_findings(void **flow);
void expect_error(void **flow, const char *resource, const char *code);
void expect_state(void **flow, const char *stack, const char *state);
void expect_exit(void **flow, int status);

/* The last run's standard error has a line that matches the expression. */
void expect_said(void **flow, const char *line);

/* Of azsim's log since it was last cleared. request is a regular expression (POSIX extended) on
 * "METHOD url", in Azure's names; body on the body, or NULL. */
void expect_writes(void **flow, int count);
void expect_requests_at_most(void **flow, int count);
void expect_sent(void **flow, const char *request, const char *body, int count);
int flow_count_sent(void **flow, const char *request, const char *body_matches,
                    const char *body_lacks);

/* The places where two states differ, as an array of "ARM id: path", sorted. The caller puts it. */
struct json_object *flow_changes(struct json_object *before, struct json_object *after);

/* Since before, only these places changed, each of them an extended regular expression that must
 * match one whole "ARM id: path"; NULL at the end. */
void expect_changed_only(void **flow, struct json_object *before, ...) __attribute__((sentinel));

/* Fails with all that the last run said. */
void flow_fail(void **flow, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
