#include "report/doubt.h"

#include "base/iso8601.h"
#include "reconcile/memory.h"
#include "report/words.h"

int64_t doubt_lasts_s(const struct entry *entry)
{
    return entry->status == STATUS_DONE ? memory_grace_s(entry->path) : DOUBT_S;
}

static char *own_words(const struct sent *sent)
{
    char when[ISO8601_TIME_SIZE];
    iso8601_format_time(sent->sent_s, when);
    if (!sent->error_code[0])
        return mem_format("cmkd's own %s, sent by %s, may have done it", sent->outcome, when);
    return mem_format("cmkd's own %s may have done it, though it ended with %s at %s",
                      sent->outcome, sent->error_code, when);
}

static char *deed_words(const struct sent *deed, const struct node *node)
{
    char when[ISO8601_TIME_SIZE];
    iso8601_format_time(deed->sent_s, when);
    AUTO(text) char *label = words_node(node);
    return mem_format("it may have come with what cmkd did to %s at %s", label, when);
}

static char *start_words(int64_t started_s)
{
    char when[ISO8601_TIME_SIZE];
    iso8601_format_time(started_s, when);
    return mem_format("cmkd was started anew at %s, and what it had sent before may have done it",
                      when);
}

/* Of what a process before this one has sent this one knows nothing. */
static bool is_of_before(const struct doubt_facts *facts)
{
    const struct told *told = facts->told;
    return told->is_inherited && told->seen_s <= facts->started_s + DOUBT_S &&
           facts->mode == MODE_ENFORCE && told->last != EVENT_IMPOSSIBLE;
}

char *doubt_words(const struct doubt_facts *facts, const struct sent **by)
{
    const struct told *told = facts->told;
    *by = NULL;
    if (told->sent && told->seen_s <= told->sent->until_s) {
        *by = told->sent;
        return own_words(told->sent);
    }
    if (facts->deed && told->seen_s <= facts->deed->until_s) {
        *by = facts->deed;
        return deed_words(facts->deed, facts->deed_node);
    }
    if (told->is_redeclared)
        return mem_text("the configuration declares it otherwise since");
    if (!told->is_known)
        return mem_text("what it should be was not known meanwhile");
    return is_of_before(facts) ? start_words(facts->started_s) : NULL;
}
