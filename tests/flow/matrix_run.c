/* matrix_run.c: the cells of one kind, some tens of them in a pass. */
#include "matrix.h"

#include "base/js.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICE 40      /* cells that go through one pass */
#define FLEETS 10     /* the same, if each is a fleet */
#define PATIENT_S 300 /* for passes that end by themselves, long before */
#define SHORT_S 4     /* for those that do not */
#define LATE_S 20     /* how long past its deadline a pass may end: a write is given 15 s */

struct run {
    void **flow;
    const struct kind *kind;
    unsigned every;
    struct tally *tally;
};

/* ---- a pass --------------------------------------------------------------------------------- */

static void add_fault(struct json_object *faults, const struct cell *cell)
{
    const struct kind *kind = cell->kind;
    static const char mark[] = "{absent}";
    AUTO(text) char *match = matrix_names(kind->match, cell->number);
    const char *rule = cell->fault->rule, *gap = strstr(rule, mark);
    AUTO(text)
    char *filled =
        gap ? mem_format("%.*s%s%s", (int)(gap - rule), rule, kind->absent, gap + strlen(mark))
            : mem_text(rule);
    AUTO(text)
    char *fault = mem_format("{'match': \"%s\", 'after': %d, %s}", match, kind->after, filled);
    json_object_array_add(faults, flow_json(fault));
}

static void set_faults(void **flow, const struct cell *cells, size_t count)
{
    AUTO(json) struct json_object *faults = json_object_new_array();
    for (size_t i = 0; i < count; i++)
        if (cells[i].fault->family != NOTHING)
            add_fault(faults, &cells[i]);
    flow_faults_tree(flow, faults);
}

/* How often the fault of each has fired, in the order in which they were set. True if all have. */
static bool take_faults(void **flow, struct cell *cells, size_t count)
{
    struct flow_answer answer = flow_control(flow, "GET", "/faults", NULL);
    AUTO(json) struct json_object *list = flow_json(answer.body);
    size_t next = 0;
    bool all = true;
    flow_answer_done(&answer);
    for (size_t i = 0; i < count; i++) {
        if (cells[i].fault->family == NOTHING)
            continue;
        cells[i].fired = js_int(json_object_array_get_idx(list, next++), "fired", 0);
        all = all && cells[i].fired > 0;
    }
    flow_faults_clear(flow);
    return all;
}

/* One pass over the stacks from first on. It must end in its time, whatever stands in its way. */
static void pass(const struct run *run, size_t first, size_t count, int deadline_s)
{
    matrix_config(run->flow, run->kind, first, count, deadline_s);
    cmkd_once(run->flow);
    double took_s = json_object_get_double(js_find(cmkd_document(run->flow), "seconds"));
    if (took_s > deadline_s + LATE_S)
        flow_fail(run->flow, "the pass took %.1f s", took_s);
    if (cmkd_peak_kb(run->flow) > run->tally->peak_kb)
        run->tally->peak_kb = cmkd_peak_kb(run->flow);
}

static void judge(const struct run *run, struct cell *cells, size_t count)
{
    AUTO(json) struct json_object *log = flow_log(run->flow);
    for (size_t i = 0; i < count; i++)
        cell_judge(run->flow, &cells[i], log);
    if (flow_count_sent(run->flow, "steal", NULL, NULL))
        flow_fail(run->flow, "a link was followed elsewhere");
    flow_log_clear(run->flow);
}

/* A pass whose time was over before every fault was met, on a machine that is busy, is made again
 * with more of it. */
static void meet_together(const struct run *run, struct cell *cells, size_t count, bool lasts)
{
    for (int deadline_s = lasts ? SHORT_S : PATIENT_S;; deadline_s *= 2) {
        matrix_seed(run->flow, run->kind, count);
        set_faults(run->flow, cells, count);
        pass(run, 0, count, deadline_s);
        if (take_faults(run->flow, cells, count) || deadline_s * 2 > PATIENT_S)
            break;
    }
    judge(run, cells, count);
}

/* One token serves all the stacks of a cmkd: each cell has a cmkd of its own. */
static void meet_apart(const struct run *run, struct cell *cells, size_t count)
{
    matrix_seed(run->flow, run->kind, count);
    for (size_t i = 0; i < count; i++) {
        for (int deadline_s = matrix_lasts(run->kind, cells[i].fault) ? SHORT_S : PATIENT_S;;
             deadline_s *= 2) {
            set_faults(run->flow, cells + i, 1);
            pass(run, i, 1, deadline_s);
            if (take_faults(run->flow, cells + i, 1) || deadline_s * 2 > PATIENT_S)
                break;
        }
        judge(run, cells + i, 1);
    }
}

/* A good day: what is left is done, and then there is nothing left. */
static void converge(const struct run *run, struct cell *cells, size_t count)
{
    pass(run, 0, count, PATIENT_S);
    AUTO(json) struct json_object *log = flow_log(run->flow);
    for (size_t i = 0; i < count; i++)
        cell_wrote(&cells[i], log);
    flow_log_clear(run->flow);

    pass(run, 0, count, PATIENT_S);
    AUTO(json) struct json_object *quiet = flow_log(run->flow);
    AUTO(json) struct json_object *state = flow_state(run->flow);
    for (size_t i = 0; i < count; i++) {
        struct json_object *stack = matrix_stack(run->flow, i);
        AUTO(json) struct json_object *writes = matrix_writes(quiet, i);
        if (strcmp(js_string(stack, "state", ""), "insync") != 0 ||
            json_object_array_length(writes))
            cell_fail(&cells[i], "does not come to rest: %s %s", json_object_to_json_string(stack),
                      json_object_to_json_string(writes));
        cell_compare(&cells[i], &cells[0], state);
    }
}

/* ---- a kind --------------------------------------------------------------------------------- */

static void count_up(struct tally *tally, struct cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cell *cell = &cells[i];
        tally->passed += !cell->why && cell->fault->family != NOTHING;
        tally->failed += cell->why != NULL;
        tally->wrong_writes += cell->wrote_wrongly;
        if (cell->why)
            printf("matrix: %s x %s (fired %d): %s\n", cell->kind->name, cell->fault->name,
                   (int)cell->fired, cell->why);
        cell_done(cell);
    }
}

/* The next cells for a pass: those whose faults last, or the others; before them the one that they
 * are measured by. */
static size_t choose(const struct run *run, const struct matrix_faults *faults, bool lasts,
                     size_t *next, struct cell cells[SLICE])
{
    size_t count = 0, most = run->kind->nature == SURVEY ? FLEETS : SLICE;
    /* Where others never end, what waits until all have been seen waits too. */
    cells[count++] =
        (struct cell){.kind = run->kind, .fault = &faults->list[0], .come = lasts ? ANY : MENDED};
    for (; *next < faults->count && count < most; (*next)++) {
        const struct matrix_fault *fault = &faults->list[*next];
        enum come come = matrix_rule(run->kind, fault->family);
        if (matrix_lasts(run->kind, fault) != lasts)
            continue;
        if (lasts && come == TOLD && run->kind->nature != PROBE)
            come = WAITS; /* its time may be over before it has been told */
        run->tally->cells++;
        run->tally->members += fault->family == LIE;
        if (come == EXCLUDED)
            run->tally->senseless++;
        else if (*next % run->every)
            run->tally->left++;
        else
            cells[count] = (struct cell){count, run->kind, fault, come, 0, NULL, NULL, false};
        count += cells[count].fault != NULL;
    }
    return count;
}

/* What Azure answers to such a request when all is well, or NULL. */
static struct json_object *sample_of(void **flow, const struct kind *kind)
{
    if (kind->nature == TOKEN)
        return flow_json("{'access_token': 'x', 'expires_in': 1, 'token_type': 'Bearer'}");
    if (!kind->get)
        return NULL;
    matrix_seed(flow, kind, 1);
    AUTO(text) char *url = matrix_names(kind->get, 0);
    struct flow_answer answer = flow_request(flow, "GET", url, NULL, 20000);
    if (answer.status != 200)
        flow_fail(flow, "%s: %ld %s", url, answer.status, answer.body);
    struct json_object *sample = flow_json(answer.body);
    flow_answer_done(&answer);
    return sample;
}

void matrix_run(void **flow, const struct kind *kind, unsigned every, struct tally *tally)
{
    struct run run = {flow, kind, every, tally};
    AUTO(json) struct json_object *sample = sample_of(flow, kind);
    struct matrix_faults faults = matrix_faults_of(sample);
    for (int lasts = 0; lasts < 2; lasts++) {
        for (size_t next = 1; next < faults.count;) {
            struct cell cells[SLICE] = {0};
            size_t count = choose(&run, &faults, lasts, &next, cells);
            if (count == 1)
                continue;
            if (kind->nature == TOKEN)
                meet_apart(&run, cells, count);
            else
                meet_together(&run, cells, count, lasts);
            converge(&run, cells, count);
            count_up(tally, cells, count);
        }
    }
    matrix_faults_free(&faults);
}
