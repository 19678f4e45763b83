/* matrix_faults.c: the faults of the matrix, and the rules of what must come of them. */
#include "matrix.h"

#include "base/js.h"
#include "base/mem.h"

#include <string.h>

/* A host of azsim's, so that a request that should not go there would be in its log. */
#define STEAL "https://elsewhere.vault.azure.net/steal"
#define FOR_EVER ", 'times': 0"
#define HUNDRED_DEEP(open) open open open open open open open open open open

/* clang-format off */
static const struct matrix_fault known[] = {
    {"no fault", NOTHING, NULL, false},

    {"408",                         WEATHER, "'status': 408", false},
    {"429 with nothing",            WEATHER, "'status': 429", false},
    {"429 with a second",           WEATHER, "'status': 429, 'headers': [['Retry-After', '1']]", false},
    {"429 with a date",             WEATHER, "'status': 429, 'headers': [['Retry-After', '@httpdate+1']]", false},
    {"429 with nonsense",           WEATHER, "'status': 429, 'headers': [['Retry-After', 'soon']]", false},
    {"500",                         WEATHER, "'status': 500", false},
    {"502",                         WEATHER, "'status': 502", false},
    {"503",                         WEATHER, "'status': 503", false},
    {"503 in HTML",                 WEATHER, "'status': 503, 'action': 'html'", false},
    {"504",                         WEATHER, "'status': 504", false},
    {"reset before the answer",     WEATHER, "'action': 'reset-before'", false},
    {"the end before the answer",   WEATHER, "'action': 'close'", false},
    {"reset in the header",         UNHEARD, "'action': 'reset-in-header'", false},
    {"reset in the body",           UNHEARD, "'action': 'reset-in-body'", false},
    {"cut short",                   UNHEARD, "'action': 'truncate'", false},
    {"done, and the end before the answer", UNHEARD, "'action': 'close', 'takesEffect': true", false},
    {"done, and 504",               UNHEARD, "'status': 504, 'takesEffect': true", false},
    {"drips",                       SLOW,    "'action': 'drip', 'ms': 1", false},
    {"429 with an hour",            HOUR,    "'status': 429, 'headers': [['Retry-After', '3600']]", false},
    {"429 with a date in an hour",  HOUR,    "'status': 429, 'headers': [['Retry-After', '@httpdate+3600']]", false},

    {"401 once",                    STALE_TOKEN, "'status': 401", false},
    {"401 always",                  DENIED,  "'status': 401" FOR_EVER, true},
    {"400",                         REFUSED, "'status': 400", false},
    {"403",                         REFUSED, "'status': 403", false},
    {"403 by a policy",             REFUSED, "'status': 403, 'code': 'RequestDisallowedByPolicy'", false},
    {"403 by a firewall",           REFUSED, "'status': 403, 'code': 'Forbidden', 'inner': 'ForbiddenByFirewall'", false},
    {"404 of another kind",         NOT_THERE, "'status': 404, 'code': 'SomethingElse'", false},
    {"404 without a body",          NOT_THERE, "'status': 404, 'body': ''", false},
    {"404 in HTML",                 NOT_THERE, "'status': 404, 'action': 'html'", false},
    {"404 of the group",            NOT_THERE, "'status': 404, 'code': 'ResourceGroupNotFound'", false},
    {"404 of the subscription",     NOT_THERE, "'status': 404, 'code': 'SubscriptionNotFound'", false},
    {"404 of the parent",           NOT_THERE, "'status': 404, 'code': 'ParentResourceNotFound'", false},
    {"404 once, as if it were not there", NOT_FOUND, "'status': 404, 'code': '{absent}'", false},
    {"405",                         REFUSED, "'status': 405", false},
    {"409",                         CONFLICT, "'status': 409", false},
    {"409 of another request",      BUSY, "'status': 409, 'code': 'RequestConflict'", false},
    {"410",                         REFUSED, "'status': 410", false},
    {"412",                         REFUSED, "'status': 412", false},
    {"413",                         REFUSED, "'status': 413", false},
    {"415",                         REFUSED, "'status': 415", false},
    {"422",                         REFUSED, "'status': 422", false},
    {"501",                         REFUSED, "'status': 501", false},
    {"a redirect",                  REFUSED, "'status': 307, 'headers': [['Location', '" STEAL "']]", false},

    {"HTML with 200",               NO_JSON, "'status': 200, 'action': 'html', 'takesEffect': true", false},
    {"JSON that ends early",        NO_JSON, "'action': 'badJson', 'takesEffect': true", false},
    {"other types than expected",   NO_SENSE, "'action': 'wrongType', 'takesEffect': true", false},
    {"an empty body",               NO_JSON, "'status': 200, 'body': '', 'takesEffect': true", false},
    {"204",                         NO_SENSE, "'status': 204, 'body': '', 'takesEffect': true", false},
    {"an object without members",   NO_SENSE, "'status': 200, 'body': {}, 'takesEffect': true", false},
    {"an array",                    NO_SENSE, "'status': 200, 'body': [], 'takesEffect': true", false},
    {"a number",                    NO_SENSE, "'status': 200, 'body': 17, 'takesEffect': true", false},
    {"null",                        NO_JSON, "'status': 200, 'body': 'null', 'takesEffect': true", false},
    {"nested too deep",             NO_JSON, "'status': 200, 'body': '" HUNDRED_DEEP(HUNDRED_DEEP("[[[[[[[[[[")) "', 'takesEffect': true", false},
    {"300 MB",                      HUGE_BODY, "'action': 'huge', 'bytes': 300000000, 'takesEffect': true", false},
    {"300 MB always",               HUGE_ALWAYS, "'action': 'huge', 'bytes': 300000000, 'takesEffect': true" FOR_EVER, true},

    {"429 always",                  ALWAYS, "'status': 429, 'headers': [['Retry-After', '1']]" FOR_EVER, true},
    {"500 always",                  ALWAYS, "'status': 500" FOR_EVER, true},
    {"503 always",                  ALWAYS, "'status': 503" FOR_EVER, true},
    {"reset always",                ALWAYS, "'action': 'reset-before'" FOR_EVER, true},
    {"cut short always",            CUT_ALWAYS, "'action': 'truncate'" FOR_EVER, true},
    {"409 always",                  ALWAYS, "'status': 409, 'code': 'RequestConflict'" FOR_EVER, true},
    {"never answered",              ALWAYS, "'action': 'stall'" FOR_EVER, true},
    {"drips for ever",              ALWAYS, "'action': 'drip', 'ms': 2000" FOR_EVER, true},

    {"a list that links to itself", PAGING, "'op': 'nextLink', 'value': '@self'", false},
    {"a list that goes on elsewhere", PAGING, "'op': 'nextLink', 'value': '" STEAL "'", false},
    {"a list without a list",       NO_LIST, "'status': 200, 'body': {'value': {}}", false},
    {"a list of no objects",        NO_LIST, "'status': 200, 'body': {'value': [17, 'text', null]}", false},
    {"a list whose link is a number", NO_LIST, "'status': 200, 'body': {'value': [], 'nextLink': 17}", false},
    {"empty and short pages",       PAGES,  "'op': 'pages', 'sizes': [0, 1, 0]", false},

    {"accepted, and no word where to ask", ACCEPTED, "'status': 202, 'body': '', 'takesEffect': true", false},
    {"an operation that points elsewhere", ELSEWHERE, "'headers': [['Azure-AsyncOperation', '" STEAL "'], ['Location', '" STEAL "']]", false},
    {"an operation that fails",     OPERATION_FAILED, "'status': 200, 'body': {'status': 'Failed', 'error': {'code': 'InternalFailure', 'message': 'no'}}", false},
    {"an operation that is cancelled", OPERATION_FAILED, "'status': 200, 'body': {'status': 'Canceled'}", false},
    {"an operation that vanishes",  OPERATION_GONE, "'status': 404, 'code': 'NotFound'" FOR_EVER, false},
    {"an operation without a status", OPERATION_GONE, "'status': 200, 'body': {}" FOR_EVER, false},
    {"an operation whose status is a number", OPERATION_GONE, "'status': 200, 'body': {'status': 17}" FOR_EVER, false},
    {"an operation that never ends", OPERATION_RUNS, "'status': 200, 'body': {'status': 'Running'}" FOR_EVER, true},
};

/* What must come of it. Where kinds of one nature differ, matrix_rule() says so. */
static const enum come rules[FAMILIES][NATURES] = {
    /*                   LOOK      STORE     SURVEY    TENANT    OTHERS    PROBE     CHECK     WRITE     ROTATE    POLL      TOKEN */
    [NOTHING]          = {MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED},
    [WEATHER]          = {MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED},
    [UNHEARD]          = {MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED},
    [SLOW]             = {MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   ANY,      MENDED,   MENDED,   MENDED,   MENDED,   MENDED},
    [HOUR]             = {TOLD,     TOLD,     TOLD,     WAITS,    WAITS,    TOLD,     WAITS,    TOLD,     WAITS,    TOLD,     TOLD},
    [STALE_TOKEN]      = {MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   MENDED,   TOLD},
    [DENIED]           = {TOLD,     TOLD,     ANY,      WAITS,    WAITS,    TOLD,     TOLD,     TOLD,     TOLD,     TOLD,     TOLD},
    [REFUSED]          = {TOLD,     TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     TOLD,     TOLD,     TOLD,     TOLD},
    [NOT_THERE]        = {TOLD,     TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     TOLD,     TOLD,     MENDED,   TOLD},
    [NOT_FOUND]        = {MENDED,   MENDED,   EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, TOLD},
    [CONFLICT]         = {MENDED,   TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     TOLD,     TOLD,     TOLD,     TOLD},
    [BUSY]             = {MENDED,   TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     TOLD,     TOLD,     TOLD,     TOLD},
    [NO_JSON]          = {TOLD,     TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     MENDED,   MENDED,   TOLD,     TOLD},
    [NO_SENSE]         = {TOLD,     TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     MENDED,   MENDED,   MENDED,   TOLD},
    [HUGE_BODY]        = {TOLD,     TOLD,     MENDED,   MENDED,   WAITS,    TOLD,     TOLD,     MENDED,   MENDED,   TOLD,     TOLD},
    [HUGE_ALWAYS]      = {TOLD,     TOLD,     ANY,      WAITS,    WAITS,    TOLD,     TOLD,     ANY,      ANY,      TOLD,     TOLD},
    [ALWAYS]           = {WAITS,    WAITS,    ANY,      WAITS,    WAITS,    TOLD,     WAITS,    WAITS,    WAITS,    WAITS,    WAITS},
    [CUT_ALWAYS]       = {WAITS,    WAITS,    ANY,      WAITS,    WAITS,    TOLD,     WAITS,    ANY,      ANY,      WAITS,    WAITS},
    [PAGING]           = {TOLD,     EXCLUDED, MENDED,   EXCLUDED, WAITS,    EXCLUDED, TOLD,     EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED},
    [PAGES]            = {MENDED,   EXCLUDED, MENDED,   EXCLUDED, MENDED,   EXCLUDED, MENDED,   EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED},
    [NO_LIST]          = {TOLD,     EXCLUDED, MENDED,   EXCLUDED, WAITS,    EXCLUDED, TOLD,     EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED},
    [ACCEPTED]         = {EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, MENDED,   MENDED,   EXCLUDED, EXCLUDED},
    [ELSEWHERE]        = {EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, ANY,      ANY,      TOLD,     EXCLUDED},
    [OPERATION_FAILED] = {EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, TOLD,     EXCLUDED},
    [OPERATION_GONE]   = {EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, MENDED,   EXCLUDED},
    [OPERATION_RUNS]   = {EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, EXCLUDED, WAITS,    EXCLUDED},
    [LIE]              = {ANY,      ANY,      ANY,      ANY,      ANY,      ANY,      ANY,      ANY,      ANY,      ANY,      ANY},
};
/* clang-format on */

/* A provider of its own looks after it, wherever it hangs. */
static bool is_extension(const char *id)
{
    static const char word[] = "/providers/";
    const char *first = strstr(id, word);
    return first && strstr(first + 1, word);
}

enum come matrix_rule(const struct kind *kind, enum family family)
{
    bool wants_list = family == PAGING || family == PAGES || family == NO_LIST;
    if (wants_list && !kind->is_list)
        return EXCLUDED;
    if (family == NOT_FOUND && !kind->absent)
        return EXCLUDED;
    if (family == BUSY && kind->nature == WRITE && !strstr(kind->about, "/keys/") &&
        !is_extension(kind->about))
        return MENDED; /* so much Azure says of vaults and accounts, and of what is below them */
    return rules[family][kind->nature];
}

/* A rotation is waited with where the vault, or its token, is throttled; and while a vault or a key
 * is refused, what hangs on it is looked for again and again. */
bool matrix_lasts(const struct kind *kind, const struct matrix_fault *fault)
{
    bool is_rotation = kind->nature == CHECK || kind->nature == ROTATE || kind->nature == TOKEN;
    return fault->lasts || (fault->family == HOUR && is_rotation) ||
           (kind->is_waited_for && matrix_rule(kind, fault->family) == TOLD);
}

/* ---- single members ------------------------------------------------------------------------- */

/* Another type than the value's own, one that is easily taken for it where there is one. */
static const char *other_type(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_boolean:
        return "'true'";
    case json_type_int:
    case json_type_double:
        return "'17'";
    case json_type_string:
        return "{'value': 17}";
    case json_type_object:
        return "[]";
    case json_type_array:
        return "'text'";
    case json_type_null:
        return "17";
    }
    return "17";
}

static const char *keep(struct matrix_faults *faults, char *text)
{
    faults->texts = mem_resize(faults->texts, faults->n_texts + 1, sizeof *faults->texts);
    faults->texts[faults->n_texts++] = text;
    return text;
}

static void add(struct matrix_faults *faults, struct matrix_fault fault)
{
    faults->list = mem_resize(faults->list, faults->count + 1, sizeof *faults->list);
    faults->list[faults->count++] = fault;
}

static void add_lie(struct matrix_faults *faults, const char *path, const char *what,
                    const char *value, bool lasts)
{
    char *name = mem_format("%s %s", path, what);
    char *rule = mem_format("'op': 'alter', 'path': \"%s\"%s%s, 'times': %d", path,
                            value ? ", 'value': " : "", value ? value : "", lasts ? 0 : 1);
    add(faults, (struct matrix_fault){keep(faults, name), LIE, keep(faults, rule), lasts});
}

/* One that is soon over, and one that stays: what is of another type is mostly taken for missing.
 */
static void add_lies(struct matrix_faults *faults, const char *path, struct json_object *value)
{
    if (*path) {
        add_lie(faults, path, "of another type once", other_type(value), false);
        add_lie(faults, path, "missing always", NULL, true);
    }
    if (!json_object_is_type(value, json_type_object))
        return;
    json_object_object_foreach(value, name, member)
    {
        AUTO(text) char *below = js_join(path, name);
        add_lies(faults, below, member);
    }
}

struct matrix_faults matrix_faults_of(struct json_object *sample)
{
    struct matrix_faults all = {0};
    struct json_object *list = js_array(sample, "value");
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < COUNT(known); i++)
        add(&all, known[i]);
    if (sample)
        add_lies(&all, "", count ? json_object_array_get_idx(list, count - 1) : sample);
    return all;
}

void matrix_faults_free(struct matrix_faults *all)
{
    for (size_t i = 0; i < all->n_texts; i++)
        free(all->texts[i]);
    free(all->texts);
    free(all->list);
    *all = (struct matrix_faults){0};
}
