#include "reconcile/life.h"

#include "types/incident.h"
#include "types/retire.h"
#include "types/versions.h"

#include <stdlib.h>

/* ---- whom it concerns ----------------------------------------------------------------------- */

/* Of the island: borrowed, but for the arrays. */
struct circle {
    struct node **nodes;
    struct observed *observed;
    size_t count;
};

/* An account that is seen not to use the key, and whatever is none, has no part in its life. */
static bool is_concerned(const struct seen *other, const struct node *key)
{
    bool is_account = other->node->cmk && !other->node->account;
    if (!is_account)
        return other->node == key;
    bool is_plain = seen_is(other, SIGHT_PRESENT) || seen_is(other, SIGHT_ABSENT);
    return !is_plain || version_link_names(other, key);
}

/* A large island has many keys, each with a few accounts: looking at all of it for each rule and
 * each key takes seconds. Who else is declared counts while strangers are seen to use the key. */
static struct neighbours draw_circle(const struct neighbours *near, struct circle *circle)
{
    struct json_object *others = near->self.now->others;
    struct neighbours drawn = *near;
    if (others && json_object_array_length(others))
        return drawn;
    for (size_t i = 0; i < near->count; i++) {
        struct seen other = near_at(near, i);
        if (!is_concerned(&other, near->self.node))
            continue;
        size_t room = circle->count + 1;
        circle->nodes = mem_resize(circle->nodes, room, sizeof(struct node *));
        circle->observed = mem_resize(circle->observed, room, sizeof *circle->observed);
        circle->nodes[circle->count] = near->nodes[i];
        circle->observed[circle->count++] = near->observed[i];
    }
    drawn.nodes = circle->nodes;
    drawn.observed = circle->observed;
    drawn.count = circle->count;
    return drawn;
}

/* ---- who uses it ---------------------------------------------------------------------------- */

static void forget_users(struct life *life)
{
    for (size_t i = 0; i < life->n_users; i++) {
        free(life->users[i].id);
        free(life->users[i].version);
    }
    free(TAKE(life->users));
    life->n_users = 0;
}

static struct life_user *append_user(struct life *life)
{
    life->users = mem_resize(life->users, life->n_users + 1, sizeof *life->users);
    struct life_user *user = &life->users[life->n_users++];
    *user = (struct life_user){.use = USE_NONE};
    return user;
}

/* What an account is seen to name; body NULL: it is not there, or cannot be seen. */
static void note_link(struct life_user *user, struct json_object *body, const struct node *key)
{
    if (!version_body_names(body, key))
        return;
    const char *version =
        js_string(body, "properties.encryption.keyVaultProperties.keyVersion", "");
    user->use = *version ? USE_VERSION : USE_VERSIONLESS;
    user->version = *version ? mem_text(version) : NULL;
}

static void note_declared(struct life *life, const struct neighbours *near)
{
    for (size_t i = 0; i < near->n_dependants; i++) {
        const struct seen *account = &near->dependants[i];
        struct life_user *user = append_user(life);
        user->account = account->node;
        if (!seen_body(account) && !seen_is(account, SIGHT_ABSENT) &&
            !seen_is(account, SIGHT_DELETED))
            user->use = USE_UNSEEN;
        note_link(user, seen_body(account), near->self.node);
    }
}

/* Those that are declared with another key, and name this one. */
static void note_neighbours(struct life *life, const struct neighbours *near)
{
    for (size_t i = 0; i < near->count; i++) {
        struct seen other = near_at(near, i);
        if (other.node->cmk == near->self.node || !version_link_names(&other, near->self.node))
            continue;
        struct life_user *user = append_user(life);
        user->account = other.node;
        note_link(user, seen_body(&other), near->self.node);
    }
}

static void note_others(struct life *life, const struct neighbours *near)
{
    struct json_object *others = near->self.now->others;
    life->has_listed = others != NULL;
    for (size_t i = 0; others && i < json_object_array_length(others); i++) {
        struct json_object *account = json_object_array_get_idx(others, i);
        if (!retire_is_stranger(near, account))
            continue;
        struct life_user *user = append_user(life);
        user->id = mem_text(js_string(account, "id", ""));
        note_link(user, account, near->self.node);
    }
}

/* ---- what comes next ------------------------------------------------------------------------ */

static void unblock(struct life_step *step, enum outcome outcome)
{
    free(TAKE(step->reason));
    free(TAKE(step->account));
    step->outcome = outcome;
}

static void block(struct life_step *step, enum outcome outcome, const char *reason,
                  const char *account)
{
    unblock(step, outcome);
    step->reason = mem_text(reason);
    step->account = account ? mem_text(account) : NULL;
}

static void never(struct life_step *step, const char *why)
{
    unblock(step, OUTCOME_WAITING);
    step->never = why;
    step->at_s = 0;
}

/* The first that is not to be done tells why; several versions may be retired at once. */
static void take_decision(struct life_step *step, const struct findings *findings,
                          enum action action)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        if (finding->action == action && !outcome_is_write(finding->outcome)) {
            block(step, finding->outcome, finding->reason,
                  js_string(finding->observed, "keptFor", NULL));
            return;
        }
    }
}

/* What will be decided at its time, if all else stays as it is. What is remembered is about what is
 * due already. The lists of others are not asked for before: that alone blocks nothing. */
static void decide_step(struct life_step *step, const struct neighbours *near,
                        const struct situation *at, const char *blind, enum action action)
{
    const struct type *type = near->self.node->type;
    const struct restraint restraint = {.blind = blind};
    bool is_due = step->at_s <= at->now_s;
    AUTO(text) char *list = type->others_path ? type->others_path(near, 0, at->now_s) : NULL;
    AUTO(json) struct json_object *nobody = json_object_new_array();
    struct observed self = *near->self.now;
    struct neighbours then = *near;
    struct situation situation = *at;
    struct findings findings = {0};
    if (!is_due) {
        situation.now_s = step->at_s;
        situation.memory = NULL;
    }
    if (!list && !self.others)
        self.others = nobody;
    then.self.now = &self;
    type->changes(&then, situation.now_s, &findings);
    decide_node(&situation, &then, &restraint, &findings, 0);
    unblock(step, OUTCOME_ACTION);
    take_decision(step, &findings, action);
    findings_done(&findings);
}

static void note_rotation(struct life *life, const struct neighbours *near,
                          const struct situation *at, const char *blind)
{
    struct rotate_next next;
    const char *why = rotate_next(&near->self, &next);
    if (why) {
        never(&life->rotation, why);
        return;
    }
    life->rotation.never = NULL;
    life->rotation.at_s = next.at_s;
    life->rule = next.rule;
    decide_step(&life->rotation, near, at, blind, ACTION_ROTATE);
}

static void note_retirement(struct life *life, const struct neighbours *near,
                            const struct situation *at, const char *blind)
{
    struct retire_next next;
    const char *why = retire_next(near, &next);
    if (why) {
        never(&life->retirement, why);
        return;
    }
    life->retirement.never = NULL;
    life->retirement.at_s = next.at_s;
    decide_step(&life->retirement, near, at, blind, ACTION_RETIRE);
}

static void note_seen(struct life *life, const struct neighbours *near, const struct situation *at,
                      const char *blind)
{
    struct version newest;
    life->seen_s = at->now_s;
    life->incident = incident_at_key(near);
    free(TAKE(life->newest));
    if (version_newest_of(&near->self, false, &newest))
        life->newest = mem_text(newest.id);
    note_rotation(life, near, at, blind);
    note_retirement(life, near, at, blind);
}

static void note_gone(struct life *life, const char *why)
{
    life->incident = NULL;
    free(TAKE(life->newest));
    never(&life->rotation, why);
    never(&life->retirement, why);
}

/* What was to come is still to come, for all that is known. */
static void note_unseen(struct life *life, const char *until)
{
    struct life_step *const steps[] = {&life->rotation, &life->retirement};
    for (size_t i = 0; i < COUNT(steps); i++)
        if (!life->seen_s)
            never(steps[i], "the key has not been seen yet");
        else if (!steps[i]->never)
            block(steps[i], OUTCOME_WAITING, until, NULL);
}

static void note_sight(struct life *life, const struct neighbours *near, const struct situation *at,
                       const char *blind)
{
    switch (life->sight) {
    case SIGHT_PRESENT:
        note_seen(life, near, at, blind);
        return;
    case SIGHT_ABSENT:
        note_gone(life, "the key is not there");
        return;
    case SIGHT_DELETED:
        note_gone(life, "the key is deleted");
        return;
    case SIGHT_UNREACHABLE:
    case SIGHT_FORBIDDEN:
        note_unseen(life, "until the key can be seen");
        return;
    case SIGHT_UNSETTLED:
        note_unseen(life, "until the key has settled");
        return;
    }
    abort();
}

void life_note(struct life *life, const struct neighbours *near, const struct situation *at,
               const char *blind)
{
    struct circle circle = {0};
    struct neighbours drawn = draw_circle(near, &circle);
    life->sight = near->self.now->sight;
    forget_users(life);
    note_declared(life, near);
    note_neighbours(life, &drawn);
    note_others(life, near);
    note_sight(life, &drawn, at, blind);
    free(circle.nodes);
    free(circle.observed);
}

void life_free(struct life *life)
{
    if (!life)
        return;
    forget_users(life);
    unblock(&life->rotation, OUTCOME_WAITING);
    unblock(&life->retirement, OUTCOME_WAITING);
    free(life->newest);
    free(life);
}
