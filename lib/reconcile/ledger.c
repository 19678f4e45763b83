#include "reconcile/ledger.h"

#include <stdlib.h>
#include <string.h>

static void entry_done(struct entry *entry)
{
    free(entry->resource_id);
    free(entry->path);
    json_object_put(entry->observed);
    json_object_put(entry->desired);
    json_object_put(entry->request);
}

static struct entry *find_entry(struct ledger *ledger, const struct finding *finding)
{
    for (size_t i = 0; i < ledger->n_entries; i++) {
        struct entry *entry = &ledger->entries[i];
        if (entry->node == finding->node && strcmp(entry->path, finding->path) == 0 &&
            strcmp(entry->resource_id, finding->resource_id) == 0)
            return entry;
    }
    return NULL;
}

struct entry *ledger_find(struct ledger *ledger, const struct finding *finding)
{
    return find_entry(ledger, finding);
}

static bool was_sent(const struct entry *entry)
{
    return entry->status == STATUS_RUNNING || entry->status == STATUS_DONE ||
           entry->status == STATUS_FAILED;
}

static bool is_found(const struct findings *findings, const struct entry *entry)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].node == entry->node &&
            strcmp(findings->list[i].path, entry->path) == 0 &&
            strcmp(findings->list[i].resource_id, entry->resource_id) == 0)
            return true;
    return false;
}

static void drop_settled(struct ledger *ledger, const struct findings *findings, unsigned round)
{
    size_t kept = 0;
    for (size_t i = 0; i < ledger->n_entries; i++) {
        struct entry *entry = &ledger->entries[i];
        bool is_write = was_sent(entry) || entry->is_unsure;
        bool was_of_before = round == 1 && is_write;
        entry->is_open = is_found(findings, entry);
        if (!was_of_before && (is_write || entry->is_open))
            ledger->entries[kept++] = *entry;
        else
            entry_done(entry);
    }
    ledger->n_entries = kept;
}

static void renew(struct entry *entry, const struct finding *finding, unsigned round)
{
    entry_done(entry);
    memset(entry, 0, sizeof *entry);
    entry->node = finding->node;
    entry->resource_id = mem_text(finding->resource_id);
    entry->path = mem_text(finding->path);
    entry->field = finding->field;
    entry->need = finding->need;
    entry->action = finding->action;
    entry->observed = json_object_get(finding->observed);
    entry->desired = json_object_get(finding->desired);
    entry->is_supposed = finding->is_supposed;
    entry->outcome = finding->outcome;
    err_copy(entry->reason, sizeof entry->reason, finding->reason);
    entry->round = round;
}

void ledger_round(struct ledger *ledger, const struct findings *findings, unsigned round)
{
    drop_settled(ledger, findings, round);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        struct entry *entry = find_entry(ledger, finding);
        if (entry && was_sent(entry) && !outcome_is_write(finding->outcome))
            continue; /* its last write counts */
        if (entry && entry->is_unsure && !outcome_is_write(finding->outcome)) {
            err_copy(entry->reason, sizeof entry->reason, finding->reason);
            continue; /* what it waits for, until a look shows it */
        }
        if (!entry) {
            ledger->entries =
                mem_resize(ledger->entries, ledger->n_entries + 1, sizeof *ledger->entries);
            entry = &ledger->entries[ledger->n_entries++];
            memset(entry, 0, sizeof *entry);
        }
        renew(entry, finding, round);
    }
}

/* Nobody has told what came of the write, but what it was to do is done. */
static void settle_unsure(struct entry *entry)
{
    entry->is_unsure = false;
    entry->outcome = entry->unsure;
    entry->status = STATUS_DONE;
    entry->reason[0] = '\0';
    entry->error_code[0] = '\0';
}

void ledger_shown(struct ledger *ledger, const struct node *node, unsigned round)
{
    for (size_t i = 0; i < ledger->n_entries; i++) {
        struct entry *entry = &ledger->entries[i];
        if (entry->node == node && entry->is_unsure && !entry->is_open)
            settle_unsure(entry);
        if (entry->node == node && entry->status == STATUS_DONE && !entry->is_open &&
            !entry->shown_round)
            entry->shown_round = round;
    }
}

void ledger_clear_errors(struct ledger *ledger)
{
    free(ledger->errors);
    ledger->errors = NULL;
    ledger->n_errors = 0;
    ledger->is_unsettled = false;
}

void ledger_error(struct ledger *ledger, const struct node *node, const struct err *err)
{
    ledger->errors = mem_resize(ledger->errors, ledger->n_errors + 1, sizeof *ledger->errors);
    ledger->errors[ledger->n_errors++] = (struct blindness){node, *err};
}

void ledger_done(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->n_entries; i++)
        entry_done(&ledger->entries[i]);
    free(ledger->entries);
    free(ledger->errors);
    memset(ledger, 0, sizeof *ledger);
}

/* ---- what it comes to --------------------------------------------------------------------- */

bool node_is_of(const struct node *node, size_t stack)
{
    for (size_t i = 0; i < node->n_stacks; i++)
        if (node->stacks[i] == stack)
            return true;
    return false;
}

/* How one entry speaks for the state of its stack; the worst word wins. */
static enum stack_state entry_state(const struct entry *entry)
{
    switch (entry->status) {
    case STATUS_RUNNING:
        return STACK_BUSY;
    case STATUS_DONE:
        return entry->is_open ? STACK_DRIFTED : STACK_REPAIRED;
    case STATUS_FAILED:
    case STATUS_PLANNED:
        return STACK_DRIFTED;
    case STATUS_NONE:
        break;
    }
    if (entry->outcome == OUTCOME_EXEMPT)
        return STACK_INSYNC;
    return entry->outcome == OUTCOME_HELD ? STACK_HELD : STACK_DRIFTED;
}

enum stack_state ledger_stack_state(const struct ledger *ledger, size_t stack)
{
    static const int weight[] = {
        [STACK_INSYNC] = 0, [STACK_REPAIRED] = 1, [STACK_DRIFTED] = 2,
        [STACK_BUSY] = 3,   [STACK_HELD] = 4,     [STACK_UNKNOWN] = 5,
    };
    enum stack_state state = ledger->is_unsettled ? STACK_BUSY : STACK_INSYNC;
    for (size_t i = 0; i < ledger->n_entries; i++) {
        enum stack_state of_entry = entry_state(&ledger->entries[i]);
        if (node_is_of(ledger->entries[i].node, stack) && weight[of_entry] > weight[state])
            state = of_entry;
    }
    for (size_t i = 0; i < ledger->n_errors; i++)
        if (node_is_of(ledger->errors[i].node, stack))
            state = STACK_UNKNOWN;
    return state;
}

const char *stack_state_word(enum stack_state state)
{
    switch (state) {
    case STACK_INSYNC:
        return "insync";
    case STACK_REPAIRED:
        return "repaired";
    case STACK_DRIFTED:
        return "drifted";
    case STACK_BUSY:
        return "busy";
    case STACK_HELD:
        return "held";
    case STACK_UNKNOWN:
        return "unknown";
    }
    abort();
}

int ledger_exit_status(const struct ledger *ledger)
{
    int status = ledger->is_unsettled ? 1 : 0;
    if (ledger->n_errors)
        return 2;
    for (size_t i = 0; i < ledger->n_entries; i++) {
        const struct entry *entry = &ledger->entries[i];
        if (entry->status == STATUS_FAILED)
            return 2;
        bool is_repaired = entry->status == STATUS_DONE && !entry->is_open;
        if (!is_repaired && entry->outcome != OUTCOME_EXEMPT)
            status = 1;
    }
    return status;
}
