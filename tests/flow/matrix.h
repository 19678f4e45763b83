/* matrix.h: every kind of request that cmkd sends x every fault that azsim knows. Kinds and faults
 * are tables (matrix_kinds.c, matrix_faults.c), and so is what must come of each cell: a rule for
 * each family of faults and each nature of a request. A cell is a stack of its own: with its own
 * subscription, vault, key and account, and one fault in the way of one of its requests. Many cells
 * go through one pass of one cmkd: one stack in trouble must not be felt by another.
 *
 *     unit: a kind and some of its faults, with an azsim of their own
 *         seed ─► pass under the faults ─► judge each cell ─► faults away ─► pass ─► quiet pass */
#pragma once

#include "flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- kinds: matrix_kinds.c ------------------------------------------------------------------ */

/* What hangs on the answer to a request. */
enum nature {
    LOOK,   /* a read without which the stack is not seen */
    STORE,  /* the same, of what is deleted softly */
    SURVEY, /* a list of a subscription's: it only clears suspicion, and without it each is read */
    TENANT, /* a read that a creation waits for; it is asked again in the next round */
    OTHERS, /* a list that a retirement waits for */
    PROBE,  /* whether the data plane can be reached: nothing but a word to the operator */
    CHECK,  /* what is read just before a rotation */
    WRITE,  /* may be repeated */
    ROTATE, /* may not */
    POLL,   /* of the operation of a write that Azure has accepted */
    TOKEN,  /* without it nothing of the sort goes */
    NATURES,
};

/* In texts of kinds and worlds {v} is the vault's name, {a} the account's, {s} the subscription's
 * id. */
struct kind {
    const char *name;
    enum nature nature;
    bool is_list;       /* it is answered by pages */
    bool is_waited_for; /* a write without which others wait */
    const char *world;  /* in which it is sent, and something is there to be repaired */
    const char *match;  /* the request, as azsim's faults match it */
    int after;          /* so many such requests pass before */
    const char *about;  /* the ARM id that trouble with it is reported of */
    const char *absent; /* the code of a 404 that means: it is not there; or NULL */
    const char *get;    /* the URL of what it answers, to alter its members; or NULL */
};

extern const struct kind matrix_kinds[];
extern const size_t matrix_kinds_count;

/* What differs from the control case in a world: a merge patch of the seed, what is deleted softly,
 * and more members of the declaration of the key, the vault, the account and the stack (NULL:
 * none). */
struct world {
    const char *name, *patch, *deleted, *key, *vault, *account, *stack;
};
const struct world *matrix_world(const char *name);

/* ---- faults and rules: matrix_faults.c ------------------------------------------------------- */

enum come {
    EXCLUDED, /* the cell makes no sense: counted, and not run */
    MENDED,   /* the pass ends well: repaired, and nobody is bothered */
    TOLD,     /* an error, or a failed write, with the resource it is about */
    WAITS,    /* not right yet, and said so: waiting, running, or told */
    ANY,      /* whatever is made of it, the rules about writes hold */
};

enum family {
    NOTHING, /* no fault: what the others are measured by */
    WEATHER, /* it passes, and nothing was done */
    UNHEARD, /* it was done, and nobody heard */
    SLOW,
    HOUR, /* come back in an hour */
    STALE_TOKEN,
    DENIED,
    REFUSED,
    NOT_THERE, /* a 404, and not the one that means absence */
    NOT_FOUND, /* the one that does, and is not true */
    CONFLICT,
    BUSY, /* a conflict of which Azure says that it passes */
    NO_JSON,
    NO_SENSE, /* JSON, and nothing of what was asked for */
    HUGE_BODY,
    HUGE_ALWAYS,
    ALWAYS,
    CUT_ALWAYS,
    PAGING,
    PAGES,
    NO_LIST,
    ACCEPTED,
    ELSEWHERE,
    OPERATION_FAILED,
    OPERATION_GONE,
    OPERATION_RUNS,
    LIE, /* as it should be but for one member */
    FAMILIES,
};

struct matrix_fault {
    const char *name;
    enum family family;
    const char *rule; /* what else is in azsim's fault, after the match */
    bool lasts;       /* it never goes by itself */
};

/* What must come of a fault of this family in the way of a request of this kind. */
enum come matrix_rule(const struct kind *kind, enum family family);

/* Whether a pass under this fault ends at its deadline only. */
bool matrix_lasts(const struct kind *kind, const struct matrix_fault *fault);

/* The faults of a kind, those on single members of its answers included. The caller frees with
 * matrix_faults_free(). */
struct matrix_faults {
    struct matrix_fault *list;
    char **texts;
    size_t count, n_texts;
};
struct matrix_faults matrix_faults_of(struct json_object *sample);
void matrix_faults_free(struct matrix_faults *faults);

/* ---- stacks of cells: matrix_world.c --------------------------------------------------------- */

/* The names of stack number n in a text. The caller frees. */
char *matrix_names(const char *text, size_t number);

/* Azure with count stacks, numbered from 0, in the world of the kind. */
void matrix_seed(void **flow, const struct kind *kind, size_t count);

/* Configures cmkd for the stacks first to first + count - 1. */
void matrix_config(void **flow, const struct kind *kind, size_t first, size_t count,
                   int deadline_s);

/* What the stack's document says of it; borrowed, NULL if nothing. */
struct json_object *matrix_stack(void **flow, size_t number);

/* ---- what was done: matrix_trace.c ----------------------------------------------------------- */

/* The writes to the stack in the log, in their order: an array of {"line": "METHOD URL BODY" with
 * all names, ids and versions taken out, "request": the same without the body, "status"}. The
 * caller puts it. */
struct json_object *matrix_writes(struct json_object *log, size_t number);

/* All that Azure holds of the stack, a line for each value, sorted, names and stamps taken out.
 * The caller puts it. */
struct json_object *matrix_holdings(struct json_object *state, size_t number);

/* ---- cells: matrix_cell.c -------------------------------------------------------------------- */

struct cell {
    size_t number; /* of its stack; that of NOTHING is 0 */
    const struct kind *kind;
    const struct matrix_fault *fault;
    enum come come;
    int64_t fired;              /* how often its fault did */
    struct json_object *writes; /* owned: matrix_writes() of all passes so far */
    char *why;                  /* owned: the first thing that was wrong, or NULL */
    bool wrote_wrongly;
};

/* The pass under the faults is over: what does cmkd say, and what did it write? */
void cell_judge(void **flow, struct cell *cell, struct json_object *log);

/* Adds what was written in a later pass. */
void cell_wrote(struct cell *cell, struct json_object *log);

/* All is over, and what is like is the cell without a fault: the same was written and the same is
 * there. */
void cell_compare(struct cell *cell, const struct cell *like, struct json_object *state);

void cell_fail(struct cell *cell, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cell_done(struct cell *cell);

/* ---- a kind, run: matrix_run.c --------------------------------------------------------------- */

struct tally {
    unsigned cells; /* all of them: each is one of the next four */
    unsigned passed, failed, senseless, left;
    unsigned members; /* those whose fault is about a single member of an answer */
    unsigned wrong_writes;
    long peak_kb; /* of any cmkd */
};

/* Runs a kind with each fault of it, or every so manieth; what is wrong is printed. */
void matrix_run(void **flow, const struct kind *kind, unsigned every, struct tally *tally);
