#include "report/adoption.h"

#include "base/armid.h"
#include "report/escape.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 80
#define LINE_MAX 500
#define INDENT 2

struct page {
    char *text; /* owned */
    size_t length;
    FILE *out;
};

/* ---- sentences ----------------------------------------------------------------------------- */

static char *change(const struct entry *entry)
{
    AUTO(text) char *desired = js_words(entry->desired, VALUE_MAX);
    bool is_on = js_bool(entry->desired, "", false);
    if (entry->field && entry->field->mutability == ONE_WAY)
        return mem_text("will be turned on, cannot be undone");
    if (is_on)
        return mem_text("will be turned on");
    return entry->desired ? mem_format("will be %s", desired) : mem_text("will be set");
}

static char *field_sentence(const struct entry *entry)
{
    AUTO(text) char *observed = js_words(entry->observed, VALUE_MAX);
    AUTO(text) char *desired = js_words(entry->desired, VALUE_MAX);
    AUTO(text) char *will = change(entry);
    switch (entry->outcome) {
    case OUTCOME_IMPOSSIBLE:
        return mem_format("%s is %s: the baseline says %s, and cmkd cannot change it: %s",
                          entry->path, observed, desired, entry->reason);
    case OUTCOME_REFUSED:
    case OUTCOME_HELD:
    case OUTCOME_EXEMPT:
    case OUTCOME_CONTENDED:
        return mem_format("%s is %s: will stay so: %s", entry->path, observed, entry->reason);
    case OUTCOME_WAITING:
        return mem_format("%s is %s: %s, but waits %s", entry->path, observed, will, entry->reason);
    case OUTCOME_AUDIT:
    case OUTCOME_CREATE:
    case OUTCOME_RECOVER:
    case OUTCOME_PATCH:
    case OUTCOME_ACTION:
        return mem_format("%s is %s: %s", entry->path, observed, will);
    }
    abort();
}

static char *whole_sentence(const struct entry *entry, const char *is, const char *will)
{
    bool is_stopped = entry->outcome == OUTCOME_REFUSED || entry->outcome == OUTCOME_IMPOSSIBLE;
    const char *comma = entry->outcome == OUTCOME_WAITING ? ", waits " : ": ";
    return mem_format("%s: %s%s%s%s", is, is_stopped ? "will not be " : "will be ", will,
                      entry->reason[0] ? comma : "", entry->reason);
}

char *adoption_sentence(const struct entry *entry)
{
    switch (entry->need) {
    case NEED_CREATION:
        return whole_sentence(entry, "is not there", "created");
    case NEED_RECOVERY:
        return whole_sentence(entry, "is soft-deleted", "recovered");
    case NEED_FIELD:
        return field_sentence(entry);
    case NEED_ACTION:
        if (entry->action == ACTION_APPROVE && outcome_is_write(entry->outcome))
            return mem_text("its connection waits for approval: will be approved");
        return mem_format("%s: %s %s", entry->path, outcome_word(entry->outcome), entry->reason);
    }
    abort();
}

/* ---- comments ------------------------------------------------------------------------------ */

/* A line end in a value of Azure's would end the comment: it is escaped. */
static void comment(struct page *page, int depth, const char *before, const char *text)
{
    AUTO(text) char *line = escape_line(text, LINE_MAX);
    fprintf(page->out, "%*s// %s%s\n", depth * INDENT, "", before, line);
}

/* The resource of the stack under which a node is spoken of. */
static const struct node *place_of_node(const struct stack *stack, const struct node *node)
{
    if (node == stack->vault || node == stack->key || node == stack->account)
        return node;
    if (node->parent)
        return place_of_node(stack, node->parent);
    bool is_vaults = !node->account && armid_within(node->id, stack->vault->id);
    return is_vaults ? stack->vault : stack->account;
}

static void tell(struct page *page, const struct stack *stack, const struct node *at,
                 const struct node *node, char *sentence)
{
    AUTO(text) char *text = sentence;
    if (place_of_node(stack, node) != at)
        return;
    AUTO(text) char *what = node->parent ? words_node(node) : mem_text(node->type->word);
    AUTO(text) char *line = node == at ? mem_text(text) : mem_format("%s: %s", what, text);
    comment(page, 4, "DEVIATES: ", line);
}

static void tell_blindness(struct page *page, const struct stack *stack, const struct node *at,
                           const struct blindness *blind)
{
    if (place_of_node(stack, blind->node) != at)
        return;
    AUTO(text)
    char *what = blind->node->parent
                     ? words_node(blind->node)
                     : mem_format("%s %s", blind->node->type->word, node_label(blind->node));
    AUTO(text)
    char *line = mem_format("%s cannot be seen: %s: %s", what, blind->err.code, blind->err.message);
    comment(page, 4, "UNKNOWN: ", line);
}

static const struct entry *entry_at(const struct ledger *ledger, const struct node *node,
                                    const char *path)
{
    for (size_t i = 0; i < ledger->n_entries; i++)
        if (ledger->entries[i].node == node &&
            (!ledger->entries[i].path[0] || strcmp(ledger->entries[i].path, path) == 0))
            return &ledger->entries[i];
    return NULL;
}

static bool is_blind(const struct ledger *ledger, const struct node *node)
{
    for (size_t i = 0; i < ledger->n_errors; i++)
        if (ledger->errors[i].node == node)
            return true;
    return false;
}

/* What the baseline holds besides, and what is so already. */
static void tell_baseline(struct page *page, const struct ledger *ledger, const struct node *node)
{
    for (size_t i = 0; i < node->n_wants && !is_blind(ledger, node); i++) {
        const struct want *want = &node->wants[i];
        AUTO(text) char *value = js_words(want->value, VALUE_MAX);
        AUTO(text) char *line = mem_format("%s is %s", want->path, value);
        if (want->from_baseline && !entry_at(ledger, node, want->path))
            comment(page, 4, "baseline: ", line);
    }
}

static bool has_rules(struct json_object *resource)
{
    static const char *const paths[] = {"properties.networkAcls.ipRules",
                                        "properties.networkAcls.virtualNetworkRules"};
    for (size_t i = 0; i < COUNT(paths); i++)
        if (js_array(resource, paths[i]) && json_object_array_length(js_array(resource, paths[i])))
            return true;
    return false;
}

static void tell_resource(struct page *page, const struct stack *stack, const struct ledger *ledger,
                          const struct node *node, struct json_object *resource)
{
    for (size_t i = 0; i < ledger->n_entries; i++)
        tell(page, stack, node, ledger->entries[i].node, adoption_sentence(&ledger->entries[i]));
    for (size_t i = 0; i < ledger->n_errors; i++)
        tell_blindness(page, stack, node, &ledger->errors[i]);
    tell_baseline(page, ledger, node);
    if (has_rules(resource))
        comment(page, 4, "", "networkAcls lists what is live: is all of it still wanted?");
    if (node == stack->key)
        comment(page, 4, "",
                "rotation is not declared; to have it, for example: "
                "\"rotation\": { \"every\": \"P90D\", \"retireAfter\": \"P30D\" }");
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* json-c's own form, moved to the right: line ends in it are its own, those of texts are escaped.
 */
static void print_value(struct page *page, int depth, struct json_object *value)
{
    const char *text = json_object_to_json_string_ext(
        value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
    for (; *text; text++) {
        fputc(*text, page->out);
        if (*text == '\n')
            fprintf(page->out, "%*s", depth * INDENT, "");
    }
}

static void print_name(struct page *page, int depth, const char *name, bool is_first)
{
    AUTO(json) struct json_object *quoted = json_object_new_string(name);
    fprintf(page->out, "%s%*s%s: ", is_first ? "" : ",\n", depth * INDENT, "",
            json_object_to_json_string_ext(quoted, JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_members(struct page *page, int depth, struct json_object *object)
{
    bool is_first = true;
    json_object_object_foreach(object, name, value)
    {
        print_name(page, depth, name, is_first);
        print_value(page, depth, value);
        is_first = false;
    }
}

static const struct node *node_of(const struct stack *stack, const char *word)
{
    const struct node *const nodes[] = {stack->vault, stack->key, stack->account};
    for (size_t i = 0; i < COUNT(nodes); i++)
        if (strcmp(nodes[i]->type->word, word) == 0)
            return nodes[i];
    return NULL;
}

static void print_stack(struct page *page, const struct stack *stack, const struct ledger *ledger,
                        struct json_object *object)
{
    bool is_first = true;
    json_object_object_foreach(object, word, value)
    {
        const struct node *node = node_of(stack, word);
        print_name(page, 3, word, is_first);
        is_first = false;
        if (!node) {
            print_value(page, 3, value);
            continue;
        }
        fprintf(page->out, "{\n");
        tell_resource(page, stack, ledger, node, value);
        print_members(page, 4, value);
        fprintf(page->out, "\n%*s}", 3 * INDENT, "");
    }
}

static void print_head(struct page *page)
{
    static const char *const lines[] = {
        "Made by cmkctl adopt, for \"include\" in cmkd.json. Read it before it is used.",
        "baseline: what cmkd holds besides what is declared here, and what is so already.",
        "DEVIATES: what is otherwise, and what cmkd does about it in mode enforce.",
        "No mode is written here: by default cmkd only reports.",
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        comment(page, 0, "", lines[i]);
}

char *adoption_text(struct json_object *stacks, const struct graph *graph,
                    adoption_ledger_fn *ledger, void *owner, char *const *footnotes)
{
    struct page page = {0};
    size_t index = 0;
    page.out = open_memstream(&page.text, &page.length);
    if (!page.out)
        abort();
    print_head(&page);
    fprintf(page.out, "{\n  \"stacks\": {\n");
    json_object_object_foreach(stacks, name, object)
    {
        const struct stack *stack = &graph->stacks[index];
        print_name(&page, 2, name, index == 0);
        fprintf(page.out, "{\n");
        print_stack(&page, stack, ledger(owner, stack->island), object);
        fprintf(page.out, "\n%*s}", 2 * INDENT, "");
        index++;
    }
    fprintf(page.out, "\n  }\n}\n");
    for (; *footnotes; footnotes++)
        comment(&page, 0, "", *footnotes);
    if (fclose(page.out) != 0)
        abort();
    return page.text;
}
