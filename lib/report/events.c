#include "report/events.h"

#include "report/escape.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define VALUE_MAX 160  /* bytes of one value in a sentence; the whole one has a field of its own */
#define REASON_MAX 500 /* likewise */
#define STACKS_MAX 3   /* names in a sentence; all of them are fields */

/* STYLE, "What the operator reads": ERR a human must act, and the sentence says how; WARNING it
 * goes on by itself; NOTICE Azure was changed, or can be seen again; INFO the daemon's own life. */
/* clang-format off */
static const struct event_form forms[EVENT_KINDS] = {
    [EVENT_DRIFT] = {"DRIFT", "f3dffbaa147a4469bae33f70158e5420", LOG_WARNING,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; ><{whole}; >left alone: {reason}"},
    [EVENT_REPAIRING] = {"REPAIRING", "7d46e969eb3e41f7af9725a7f81710c3", LOG_DEBUG,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; >{outcome} is sent"},
    [EVENT_ACCEPTED] = {"ACCEPTED", "1756a01ff5524ae087a5653cabb7fea8", LOG_WARNING,
        "{stack}: {resource}: <{path} was {observed}, should be {desired}; >Azure has accepted the {outcome}, but no look shows it yet<: {reason}>< [{correlation}]>"},
    [EVENT_REPAIRED] = {"REPAIRED", "d38cc0d6da34472f9d84cc5f805b99fb", LOG_NOTICE,
        "{stack}: {resource}: {path} was {observed}, is {desired} again< [{correlation}]>"},
    [EVENT_CREATED] = {"CREATED", "67f4400050614af4b74430a19c716307", LOG_NOTICE,
        "{stack}: {resource}: was not there, has been created< [{correlation}]>"},
    [EVENT_RECOVERED] = {"RECOVERED", "a368d4cd018540f2861a1847de91f2e0", LOG_NOTICE,
        "{stack}: {resource}: was deleted, has been recovered< [{correlation}]>"},
    [EVENT_ROTATED] = {"ROTATED", "b4423555240b40a488ec770726c8a1dc", LOG_NOTICE,
        "{stack}: {resource}: key rotated, {path} is {desired}; the version before it: {observed}< [{correlation}]>"},
    [EVENT_REPOINTED] = {"REPOINTED", "e6b5520851a64bef8b7d3586b075cdbf", LOG_NOTICE,
        "{stack}: {resource}: encryption repointed from key version {observed} to {desired}< [{correlation}]>"},
    [EVENT_RETIRED] = {"RETIRED", "6023e8f40ca445f491b4f2b4bcd05191", LOG_NOTICE,
        "{stack}: {resource}: an older key version has been disabled, for no account uses it any more: {observed}< [{correlation}]>"},
    [EVENT_EXPIRY] = {"EXPIRY", "9f8cc34e7ec24a798d04f90448e775a9", LOG_NOTICE,
        "{stack}: {resource}: the newest key version had no date of expiry, has got one: {desired}< [{correlation}]>"},
    [EVENT_APPROVED] = {"APPROVED", "fb7a4a178ef643678cf0974bd48c5fce", LOG_NOTICE,
        "{stack}: {resource}: its connection waited for approval, and has been approved, for it is declared< [{correlation}]>"},
    [EVENT_ENABLED] = {"ENABLED", "ae4e625d98ad47a49bfb28a1efc3fee1", LOG_NOTICE,
        "{stack}: {resource}: a disabled key version has been enabled again, as \"reenable\" declares: {observed}< [{correlation}]>"},
    [EVENT_FAILED] = {"FAILED", "40d9578781d144469f20752f53b0c8a4", LOG_ERR,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; >{outcome} FAILED: {reason}; see to the cause, cmkd tries again< [{correlation}]>"},
    [EVENT_IMPOSSIBLE] = {"IMPOSSIBLE", "bffd8be5d64d4d2289116537b4f617a3", LOG_ERR,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; ><{whole}; >cmkd cannot change it: {reason}; change it yourself, declare what is there, or exempt it"},
    [EVENT_REFUSED] = {"REFUSED", "a6bea61a8c0c45dc9077c8a144a497dc", LOG_ERR,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; ><{whole}; >NOT repaired, a guard forbids it: {reason}"},
    [EVENT_CONTENDED] = {"CONTENDED", "70588a2d5ef64411ab40e95bfdf0e1fe", LOG_WARNING,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; >{reason}<; it is {author}>; the activity log names who writes it, let one of the two have it"},
    [EVENT_WAITING] = {"WAITING", "abca8b64980d468bb847763d77b3037b", LOG_WARNING,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; ><{whole}; >waiting {reason}"},
    [EVENT_HELD] = {"HELD", "6777ec46126e40bcad23edbe09e21bf1", LOG_WARNING,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; ><{whole}; >held by order: {reason}"},
    [EVENT_EXEMPT] = {"EXEMPT", "5fc17be6b67a46dfa15f4029d4d5578b", LOG_INFO,
        "{stack}: {resource}: <{path} is {observed}, should be {desired}; ><{whole}; >exempt: {reason}"},
    [EVENT_KEY_DISABLED] = {"KEY_DISABLED", "cc2141663cec4b099f908417dbf0145b", LOG_ALERT,
        "{stack}: {resource}: A KEY VERSION IS DISABLED, and not by order of cmkd: {observed}; nothing that restores access is done; if this is no incident, enable it by hand"},
    [EVENT_SETTLED] = {"SETTLED", "7b3e5c76f63041529c8c00ac4f63ddbc", LOG_INFO,
        "{stack}: {resource}: <{path} >is right again, and not by cmkd"},
    [EVENT_UNSURE] = {"UNSURE", "d692d4cab71b44daa9a1600ac8e60393", LOG_NOTICE,
        "{stack}: {resource}: <{path} >is right again; {reason}< [{correlation}]>"},
    [EVENT_AUTHOR] = {"AUTHOR", "33933571263a4cbaa0abc2a08b8c216c", LOG_NOTICE,
        "{stack}: {resource}: <{path} >was changed by {author}< [{correlation}]>"},

    [EVENT_FORBIDDEN] = {"FORBIDDEN", "ddfe9512740f4311aa87f83cc4ae196f", LOG_ERR,
        "{stack}: {resource}: cannot be seen, nothing of it is written: <{code}: >{reason}< [{correlation}]>"},
    [EVENT_UNREACHABLE] = {"UNREACHABLE", "f5a36c6b708d4e49afac9b13643d35ae", LOG_WARNING,
        "{stack}: {resource}: cannot be seen for now, nothing of it is written: <{code}: >{reason}< [{correlation}]>"},
    [EVENT_SEEN_AGAIN] = {"SEEN_AGAIN", "22bbcecee4974241a5b8e6f6e35c0e24", LOG_NOTICE,
        "{stack}: {resource}: can be seen again<, {reason}>"},
    [EVENT_REACH] = {"REACH", "9492e7d2301a49b499fca8432528591d", LOG_INFO,
        "{stack}: {resource}: data plane reached, rotate and revoke are possible"},
    [EVENT_NO_REACH] = {"NO_REACH", "cbc07b0e72d54ed2b790ffa3960975a7", LOG_ERR,
        "{stack}: {resource}: rotate and revoke NOT possible: {code}<: {reason}>< [{correlation}]>"},
    [EVENT_NO_AUTHORS] = {"NO_AUTHORS", "16d307b95f9041ef817e69a213aaaf9b", LOG_WARNING,
        "{resource}: the activity log cannot be read, so that nobody is named who changes something; all else goes on: {code}<: {reason}>< [{correlation}]>"},

    [EVENT_HOLD] = {"HOLD", "af22a79b4bd74a98b02f8e9b32e9a8c6", LOG_NOTICE,
        "{stack}: ON HOLD, nothing of it is written: {reason}"},
    [EVENT_RELEASE] = {"RELEASE", "bdc8647d768f4600a64b4b9db7cca09f", LOG_NOTICE,
        "{stack}: no longer on hold: {reason}"},
    [EVENT_HOLD_STANDS] = {"HOLD_STANDS", "3ba687f5b8874ee599bf42b5ce8f3b40", LOG_ERR,
        "{stack}: STILL ON HOLD, though its time is over by this host's clock: {reason}; or, if it shall end, cmkctl release"},
    [EVENT_REVOKE] = {"REVOKE", "312ca61e5e1348169ebca6b86bda6683", LOG_NOTICE,
        "{stack}: {resource}: REVOCATION ORDERED, every version of the key is disabled and nothing of its stacks is written: {reason}"},
    [EVENT_VERSION_REVOKED] = {"VERSION_REVOKED", "a64a108e84d44219be04f96eb73c592a", LOG_NOTICE,
        "{stack}: {resource}: key version disabled, for the key is revoked by order: {observed}< [{correlation}]>"},
    [EVENT_REVOKED] = {"REVOKED", "c18ebaa9886442a9b93dbf1420910c2d", LOG_NOTICE,
        "{stack}: {resource}: REVOKED, {reason}"},
    [EVENT_REVOKE_STUCK] = {"REVOKE_STUCK", "f873ca65af5b4521954600b36597d9fd", LOG_ALERT,
        "{stack}: {resource}: NOT REVOKED: <{code}: >{reason}; cmkd goes on trying, see to the cause< [{correlation}]>"},
    [EVENT_RESTORE] = {"RESTORE", "44559946f08a4bab8e4234f04d1a7da8", LOG_NOTICE,
        "{stack}: {resource}: RESTORATION ORDERED, the recorded versions of the key are enabled again: {reason}"},
    [EVENT_VERSION_RESTORED] = {"VERSION_RESTORED", "0b3bb899d10a4229ae051d74cb9cdf3f", LOG_NOTICE,
        "{stack}: {resource}: key version enabled again by order: {observed}< [{correlation}]>"},
    [EVENT_RESTORED] = {"RESTORED", "a294837ccd984a8e870a28b4a19b0fd0", LOG_NOTICE,
        "{stack}: {resource}: RESTORED, {reason}"},
    [EVENT_RESTORE_STUCK] = {"RESTORE_STUCK", "6beace02bcc94bebbfb6b94e07016a9f", LOG_ERR,
        "{stack}: {resource}: NOT RESTORED: <{code}: >{reason}; cmkd goes on trying, see to the cause< [{correlation}]>"},
    [EVENT_ORDERS_UNREADABLE] = {"ORDERS_UNREADABLE", "076e49a749164f9a8db2eeb4a79a2abf", LOG_ALERT,
        "the orders cannot be read, NOTHING is written to Azure: {reason}"},
    [EVENT_ORDERS_READ] = {"ORDERS_READ", "f9e938ee36f948019e4b981f82704502", LOG_NOTICE,
        "the orders can be read again"},

    [EVENT_PASS] = {"PASS", "1d38d506b0684b3784849708580ab4dd", LOG_INFO, "pass: {reason}"},
    [EVENT_PASS_QUIET] = {"PASS_QUIET", "4bd11a7303ef437da62e07a353840846", LOG_DEBUG, "pass: {reason}"},
    [EVENT_HOUR] = {"HOUR", "b1e40c4cee5249aca4aa7d19a3f1345f", LOG_INFO, "{stack}: {reason}"},
    [EVENT_HOUR_BLIND] = {"HOUR_BLIND", "e07235af402649c3a98bbcab8b97cfa3", LOG_WARNING, "{stack}: {reason}"},
    [EVENT_STARTED] = {"STARTED", "4285b7317dd74f40b4ee7ef7578fc1d1", LOG_INFO, "started: {reason}"},
    [EVENT_STOPPING] = {"STOPPING", "f6150b2cc054423b956bba35397e79aa", LOG_INFO, "stopping: {reason}"},
    [EVENT_LOADED] = {"LOADED", "628e2dcbe4df4451aceb2dd20e69b8b1", LOG_INFO, "configuration loaded: {reason}"},
    [EVENT_RELOAD_REFUSED] = {"RELOAD_REFUSED", "a0d33c86ee374ebeb0fb8bb642cb9b22", LOG_ERR,
        "reload refused, the configuration from before stays in force: {reason}"},
    [EVENT_CONFIG_ERROR] = {"CONFIG_ERROR", "37ed7705df6445c8a42b58b7747dbdf0", LOG_ERR, "{reason}"},
    [EVENT_CONFIG_WARNING] = {"CONFIG_WARNING", "06423892d737446db537494e10c4ed69", LOG_WARNING, "{reason}"},
    [EVENT_LOCKED] = {"LOCKED", "01d18f81c10642eabc3720df0063b6c7", LOG_ERR, "{reason}"},
    [EVENT_NO_CONTROL] = {"NO_CONTROL", "6cbe78b6ab084c34b618ed95b7e00d33", LOG_WARNING,
        "cmkctl cannot be used, all else goes on: {reason}"},
    [EVENT_NO_START] = {"NO_START", "a52205162885461683018e8a8331774b", LOG_ERR, "cannot start: {reason}"},
    [EVENT_STATUS] = {"STATUS", "28cad0f321874beea53bddc061747ba9", LOG_INFO, "{reason}"},
};
/* clang-format on */

const struct event_form *event_form(enum event_kind kind)
{
    return &forms[kind];
}

/* ---- facts -------------------------------------------------------------------------------- */

static char *line(const char *text, size_t max)
{
    return text && *text ? escape_line(text, max) : NULL;
}

static char *stacks_words(const struct event *event)
{
    size_t shown = event->n_stacks > STACKS_MAX + 1 ? STACKS_MAX : event->n_stacks;
    char *words = NULL;
    for (size_t i = 0; i < shown; i++) {
        AUTO(text) char *before = words;
        AUTO(text) char *name = escape_line(event->stacks[i], 0);
        words = mem_format("%s%s%s", before ? before : "", before ? ", " : "", name);
    }
    if (shown == event->n_stacks)
        return words;
    AUTO(text) char *before = words;
    return mem_format("%s and %zu more", before, event->n_stacks - shown);
}

static char *value_words(const struct event *event, struct json_object *value)
{
    if (!event->has_values || !event->path || !*event->path)
        return NULL;
    AUTO(text) char *words = words_of(value, 4 * VALUE_MAX); /* the line's limit comes after */
    return *words ? escape_line(words, VALUE_MAX) : mem_text("\"\"");
}

static char *author_fact(const struct event *event)
{
    AUTO(text) char *words = event->author ? author_words(event->author) : NULL;
    return line(words, REASON_MAX);
}

/* The fact by its name in a sentence; NULL where it is missing. The caller frees. */
static char *fact(const struct event *event, const char *name)
{
    if (strcmp(name, "stack") == 0)
        return stacks_words(event);
    if (strcmp(name, "resource") == 0)
        return line(event->resource, VALUE_MAX);
    if (strcmp(name, "path") == 0)
        return line(event->path, VALUE_MAX);
    if (strcmp(name, "observed") == 0)
        return value_words(event, event->observed);
    if (strcmp(name, "desired") == 0)
        return event->desired || !event->has_values ? value_words(event, event->desired)
                                                    : mem_text("not known yet");
    if (strcmp(name, "whole") == 0)
        return line(event->whole, VALUE_MAX);
    if (strcmp(name, "outcome") == 0)
        return line(event->outcome, VALUE_MAX);
    if (strcmp(name, "reason") == 0)
        return line(event->reason, REASON_MAX);
    if (strcmp(name, "code") == 0)
        return line(event->error_code, VALUE_MAX);
    if (strcmp(name, "correlation") == 0)
        return line(event->correlation_id, VALUE_MAX);
    if (strcmp(name, "author") == 0)
        return author_fact(event);
    abort(); /* a sentence of the table above names what there is not; the test tells */
}

/* ---- sentences ---------------------------------------------------------------------------- */

static void append(char **text, const char *more, size_t length)
{
    size_t before = *text ? strlen(*text) : 0;
    *text = mem_resize(*text, before + length + 1, 1);
    memcpy(*text + before, more, length);
    (*text)[before + length] = '\0';
}

/* Appends length bytes of a sentence, facts filled in. False if one of them is missing. */
static bool fill(const struct event *event, const char *part, size_t length, char **text)
{
    const char *end = part + length;
    bool is_complete = true;
    while (part < end) {
        if (*part != '{') {
            append(text, part++, 1);
            continue;
        }
        size_t name_length = strcspn(part, "}") - 1;
        AUTO(text) char *name = mem_text_n(part + 1, name_length);
        AUTO(text) char *value = fact(event, name);
        is_complete &= value != NULL;
        if (value)
            append(text, value, strlen(value));
        part += name_length + 2;
    }
    return is_complete;
}

char *event_message(const struct event *event)
{
    const char *at = forms[event->kind].sentence;
    char *message = mem_text("");
    while (*at) {
        size_t plain = strcspn(at, "<");
        fill(event, at, plain, &message);
        at += plain;
        if (!*at)
            break;
        size_t optional = strcspn(at, ">") - 1;
        AUTO(text) char *part = mem_text("");
        if (fill(event, at + 1, optional, &part))
            append(&message, part, strlen(part));
        at += optional + 2;
    }
    return message;
}
