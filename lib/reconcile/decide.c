#include "reconcile/decide.h"

#include "base/iso8601.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

static void reason(struct finding *finding, enum outcome outcome, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void reason(struct finding *finding, enum outcome outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    AUTO(text) char *text = mem_format_v(format, arguments);
    va_end(arguments);
    finding->outcome = outcome;
    err_copy(finding->reason, sizeof finding->reason, text);
}

/* ---- each step returns true if it has decided ------------------------------------------------ */

static int64_t seconds_off(const struct situation *at)
{
    return at->clock_skew_s < 0 ? -at->clock_skew_s : at->clock_skew_s;
}

/* By a clock that is off none has ended: what it covers would be written to. */
static bool is_exempt(const struct situation *at, struct finding *finding)
{
    bool is_off = seconds_off(at) > CLOCK_SKEW_MAX_S;
    const struct exemption *exemption =
        node_exemption(finding->node, finding->path, is_off ? INT64_MIN : at->now_s);
    char until[ISO8601_TIME_SIZE];
    if (!exemption)
        return false;
    iso8601_format_time(exemption->until_s, until);
    bool ends = exemption->until_s != INT64_MAX, is_over = at->now_s >= exemption->until_s;
    reason(finding, OUTCOME_EXEMPT, "%s%s%s%s", exemption->reason, ends ? ", until " : "",
           ends ? until : "",
           is_over ? ", and on: this host's clock and Azure's are apart, set the clock" : "");
    return true;
}

/* What a field's mutability rules out. */
static const char *immutable(const struct finding *finding)
{
    if (finding->need != NEED_FIELD || !finding->field)
        return NULL;
    switch (finding->field->mutability) {
    case ONCE:
        return "Azure fixes it when the resource is made";
    case ONCE_UNSET:
        return finding->observed ? "Azure lets it be set once only, and it is set" : NULL;
    case ONE_WAY:
        /* The only way it can be wrong that can be written is off that should be on. */
        return js_bool(finding->desired, "", false) ? NULL : "Azure never lets it be switched off";
    case READ_ONLY:
        return "Azure sets it by itself";
    case REPORT:
        return finding->field->why ? finding->field->why : "an operator must change it";
    case PATCH:
    case DATA_PLANE:
    case DATA_PLANE_WHOLE:
        return NULL;
    }
    abort();
}

/* The guard against a sudden blindness that looks like loss: DESIGN section 5, mass-absence. */
static bool is_mass_absence(const struct situation *at, struct finding *finding)
{
    if (finding->need != NEED_CREATION || !finding->node->type->counts_as_creation)
        return false;
    if (at->creations <= at->creations_max)
        return false;
    reason(finding, OUTCOME_REFUSED,
           "mass-absence: %u vaults and accounts are gone at once, limits.creations is %u: see "
           "whether the daemon has lost its sight, else raise the limit",
           at->creations, at->creations_max);
    return true;
}

static bool is_clock_off(const struct situation *at, struct finding *finding)
{
    if (!finding->depends_on_clock || seconds_off(at) <= CLOCK_SKEW_MAX_S)
        return false;
    reason(finding, OUTCOME_REFUSED,
           "clock: this host's clock and Azure's are %" PRId64 " s apart, and this hangs on a "
           "date: set the clock",
           seconds_off(at));
    return true;
}

static bool is_contended(const struct situation *at, const struct recollection *known,
                         struct finding *finding)
{
    char next[ISO8601_TIME_SIZE];
    if (!known || memory_reversals(known, at->now_s) < MEMORY_REVERSALS)
        return false;
    if (at->now_s >= known->last_write_s + DAY_S)
        return false; /* the one try a day */
    iso8601_format_time(known->last_write_s + DAY_S, next);
    reason(finding, OUTCOME_CONTENDED,
           "repaired and changed back %d times within a week: somebody else writes it too; next "
           "try %s",
           MEMORY_REVERSALS, next);
    return true;
}

static bool awaits_refusal(const struct situation *at, const struct recollection *known,
                           struct finding *finding)
{
    if (!known || at->now_s >= known->next_try_s)
        return false;
    if (!known->is_patient && memory_is_stale(known, finding))
        return false;
    AUTO(text) char *words = memory_pause_words(known);
    reason(finding, OUTCOME_WAITING, "%s", words);
    finding->wake_s = known->is_patient ? known->next_try_s : INT64_MAX;
    return true;
}

static bool awaits_showing(const struct recollection *known, struct finding *finding)
{
    char written[ISO8601_TIME_SIZE];
    if (!known || !known->written_s)
        return false;
    iso8601_format_time(known->written_s, written);
    finding->is_written = true;
    reason(finding, OUTCOME_WAITING, "until what was written at %s shows", written);
    return true;
}

/* What was just recovered may not be found for a while. That is no absence, of which a guard would
 * say that it is lost. */
static bool awaits_appearance(const struct recollection *known, struct finding *finding)
{
    return finding->need == NEED_CREATION && awaits_showing(known, finding);
}

/* Only an absence seen twice, and long enough apart, leads to a creation. */
static bool awaits_second_look(const struct situation *at, const struct recollection *known,
                               struct finding *finding)
{
    if (finding->need != NEED_CREATION)
        return false;
    if (!known || known->absences < 2 || at->now_s < known->absent_s + at->absent_for_s) {
        int64_t first_s = known && known->absences ? known->absent_s : at->now_s;
        reason(finding, OUTCOME_WAITING, "until it has been seen absent twice, %" PRId64 " s apart",
               at->absent_for_s);
        finding->wake_s = first_s + at->absent_for_s;
        return true;
    }
    if (!at->is_all_seen && finding->node->type->counts_as_creation) {
        reason(finding, OUTCOME_WAITING, "until every stack has been looked at once in this pass");
        return true;
    }
    return false;
}

/* Any write of it writes all of it again, and what waits is to be in that write. */
static bool awaits_others(const struct findings *findings, size_t first, struct finding *finding)
{
    for (size_t i = first; finding->is_rewrite && &findings->list[i] != finding; i++) {
        if (findings->list[i].outcome != OUTCOME_WAITING)
            continue;
        reason(finding, OUTCOME_WAITING, "until %s, which waits too, is written with it",
               findings->list[i].path);
        finding->wake_s = INT64_MAX;
        return true;
    }
    return false;
}

static bool awaits(const struct situation *at, const struct restraint *restraint,
                   const struct obstacles *obstacles, const struct recollection *known,
                   struct finding *finding)
{
    const char *waiting = obstacles->waiting;
    if (finding->unknown)
        waiting = finding->unknown;
    if (restraint->blind) {
        reason(finding, OUTCOME_WAITING, "until all of the stack can be seen, %s",
               restraint->blind);
        finding->wake_s = INT64_MAX;
        return true;
    }
    if (waiting) {
        reason(finding, OUTCOME_WAITING, "until %s", waiting);
        /* What it waits for is a finding of its own, or unseen so far: no looking for its sake. */
        finding->wake_s = finding->unknown ? 0 : INT64_MAX;
        return true;
    }
    return awaits_refusal(at, known, finding) || awaits_showing(known, finding) ||
           awaits_second_look(at, known, finding);
}

static enum outcome request_for(const struct finding *finding)
{
    switch (finding->need) {
    case NEED_CREATION:
        return OUTCOME_CREATE;
    case NEED_RECOVERY:
        return OUTCOME_RECOVER;
    case NEED_FIELD:
        return OUTCOME_PATCH;
    case NEED_ACTION:
        return OUTCOME_ACTION;
    }
    abort();
}

/* The first that fits, in the order of DESIGN's table. */
static void decide(const struct situation *at, const struct neighbours *near,
                   const struct restraint *restraint, const struct findings *findings, size_t first,
                   struct finding *finding)
{
    const struct node *node = near->self.node;
    const struct recollection *known =
        at->memory ? memory_find(at->memory, node, finding->path) : NULL;
    struct obstacles obstacles = {NULL, NULL, NULL};
    /* Nobody has looked for what hangs on something that is not there: it waits for that. */
    if (near->self.now->is_below_missing)
        obstacles.waiting = node->type->missing(near);
    else if (node->type->obstruct)
        node->type->obstruct(near, finding, at->now_s, &obstacles);
    const char *impossible = immutable(finding);
    if (!impossible)
        impossible = obstacles.impossible;

    if (restraint->held)
        reason(finding, OUTCOME_HELD, "%s", restraint->held);
    else if (is_exempt(at, finding))
        return;
    else if (impossible)
        reason(finding, OUTCOME_IMPOSSIBLE, "%s", impossible);
    else if (node->mode == MODE_AUDIT)
        reason(finding, OUTCOME_AUDIT, "the mode is audit");
    else if (awaits_appearance(known, finding))
        return;
    else if (obstacles.refused)
        reason(finding, OUTCOME_REFUSED, "%s", obstacles.refused);
    else if (is_mass_absence(at, finding) || is_clock_off(at, finding) ||
             is_contended(at, known, finding) ||
             awaits(at, restraint, &obstacles, known, finding) ||
             awaits_others(findings, first, finding))
        return;
    else
        reason(finding, request_for(finding), "%s", "");
}

void decide_node(const struct situation *situation, const struct neighbours *near,
                 const struct restraint *restraint, struct findings *findings, size_t first)
{
    for (size_t i = first; i < findings->count; i++)
        decide(situation, near, restraint, findings, first, &findings->list[i]);
}
