/* test_cases.c: public reports turned into inputs: each file of tests/cases is a test by its id,
 * and each of its variants another. An argument runs only the case of that id.
 *
 * A case says what is declared, what Azure holds ("live", "keys"), what goes wrong ("faults"), and
 * what must come of it: "findings" that must be there, "noFindings", and "mustNotSend". */
#include "flow.h"

#include "base/js.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN TESTS_DIR "/cases/C*.json"

struct run {
    char *name;               /* owned: "C041", "C041 variant 1" */
    struct json_object *json; /* owned: the case with the variant put in */
};

/* clang-format off */
/* Cases whose faults spring only on a mistake; all others must be seen to fire. */
static const char *const traps[] = {
    "C048", /* a second write to the account while one is on its way */
    "C022", /* cmkd knows without a try that the sub-domain is missing */
    "C066", /* the policy refuses the ranges that must not be sent */
};

/* What a variant puts in place of what: the member of the first fault that has it. */
static const struct { const char *variant, *op, *match, *member; } variants[] = {
    {"headers",  NULL,       NULL,               "headers"},
    {"poll",     NULL,       "operationResults", "body"},
    {"nextLink", "nextLink", NULL,               "value"},
};

/* What a case may expect; an unknown word is a check that is not made. */
static const char *const words[] = {"findings", "noFindings", "mustNotSend", "notes", "uncertain"};
/* clang-format on */

/* ---- variants ------------------------------------------------------------------------------- */

static bool is_variant(struct json_object *fault)
{
    return strcmp(js_string(fault, "op", ""), "variant") == 0;
}

static bool takes(struct json_object *fault, size_t row)
{
    return !is_variant(fault) && json_object_object_get_ex(fault, variants[row].member, NULL) &&
           (!variants[row].op || strcmp(js_string(fault, "op", ""), variants[row].op) == 0) &&
           (!variants[row].match || strstr(js_string(fault, "match", ""), variants[row].match));
}

/* Puts the variant's values into the faults of a case; false if one has no place there. */
static bool put_in(struct json_object *faults, struct json_object *variant)
{
    size_t placed = 0;
    for (size_t row = 0; row < COUNT(variants); row++) {
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(variant, variants[row].variant, &value))
            continue;
        for (size_t i = 0; i < json_object_array_length(faults); i++) {
            struct json_object *fault = json_object_array_get_idx(faults, i);
            if (takes(fault, row)) {
                json_object_object_add(fault, variants[row].member, js_copy(value));
                placed++;
                break;
            }
        }
    }
    return placed + 1 == (size_t)json_object_object_length(variant); /* all but "op" */
}

/* ---- one run
 * ------------------------------------------------------------------------------------- */

static void set_up(void **flow, struct json_object *json)
{
    flow_seed_case(flow, json);
    flow_faults_tree(flow, js_array(json, "faults"));
    flow_config_tree(flow, js_object(json, "declared"));
}

/* "patch", or ["impossible", "waiting"] as "impossible|waiting". The caller frees. */
static char *outcomes(struct json_object *outcome)
{
    if (!json_object_is_type(outcome, json_type_array))
        return mem_text(json_object_get_string(outcome));
    char *text = mem_text("");
    for (size_t i = 0; i < json_object_array_length(outcome); i++) {
        AUTO(text) char *before = text;
        text = mem_format("%s%s%s", before, i ? "|" : "",
                          json_object_get_string(json_object_array_get_idx(outcome, i)));
    }
    return text;
}

static void check_findings(void **flow, struct json_object *expect)
{
    struct json_object *findings = js_array(expect, "findings");
    for (size_t i = 0; i < json_object_array_length(findings); i++) {
        struct json_object *finding = json_object_array_get_idx(findings, i);
        AUTO(text) char *outcome = outcomes(js_find(finding, "outcome"));
        expect_finding(flow, js_string(finding, "resource", ""), js_string(finding, "path", ""),
                       outcome, NULL);
    }
    if (js_bool(expect, "noFindings", false))
        expect_no_findings(flow);
}

static void check_sent(void **flow, struct json_object *expect)
{
    struct json_object *bans = js_array(expect, "mustNotSend");
    for (size_t i = 0; i < json_object_array_length(bans); i++) {
        struct json_object *ban = json_object_array_get_idx(bans, i);
        const char *request = js_string(ban, "request", NULL);
        int sent = flow_count_sent(flow, request, js_string(ban, "bodyMatches", NULL),
                                   js_string(ban, "bodyLacks", NULL));
        if (sent > js_int(ban, "max", 0))
            flow_fail(flow, "sent %d times: %s", sent,
                      json_object_to_json_string_ext(ban, JSON_C_TO_STRING_NOSLASHESCAPE));
    }
}

static void check_words(void **flow, struct json_object *expect)
{
    json_object_object_foreach(expect, word, value)
    {
        bool known = false;
        (void)value;
        for (size_t i = 0; i < COUNT(words); i++)
            known = known || strcmp(words[i], word) == 0;
        if (!known)
            flow_fail(flow, "the case expects \"%s\", which is not checked", word);
    }
}

/* A pass came to its end and said what it found; without faults or findings that is "in sync". */
static void check_exit(void **flow, struct json_object *json)
{
    bool quiet = js_bool(json, "expect.noFindings", false) &&
                 json_object_array_length(js_array(json, "faults")) == 0;
    int most = quiet ? 0 : 2;
    if (cmkd_exit(flow) < 0 || cmkd_exit(flow) > most)
        flow_fail(flow, "cmkd ended with %d, more than %d", cmkd_exit(flow), most);
}

/* A fault that never came to pass has tried nothing. */
static void check_faults(void **flow, struct json_object *json)
{
    for (size_t i = 0; i < COUNT(traps); i++)
        if (strcmp(traps[i], js_string(json, "id", "")) == 0)
            return;
    if (json_object_array_length(js_array(json, "faults")) > 0 && flow_faults_fired(flow) == 0)
        flow_fail(flow, "no fault of the case has fired: cmkd never sent what it is about");
}

static void a_report_comes_out_right(void **flow)
{
    const struct run *run = flow_row(flow);
    struct json_object *expect = js_object(run->json, "expect");

    set_up(flow, run->json);
    cmkd_once(flow);
    check_words(flow, expect);
    check_findings(flow, expect);
    check_sent(flow, expect);
    check_exit(flow, run->json);
    check_faults(flow, run->json);
}

/* ---- all of them
 * --------------------------------------------------------------------------------- */

static void add_run(struct run **runs, size_t *count, char *name, struct json_object *json)
{
    *runs = mem_resize(*runs, *count + 1, sizeof **runs);
    (*runs)[(*count)++] = (struct run){.name = name, .json = json};
}

/* The case of one file, and one more for each of its variants. */
static bool add_runs(struct run **runs, size_t *count, const char *path, const char *only)
{
    AUTO(json) struct json_object *json = json_object_from_file(path);
    const char *id = js_string(json, "id", NULL);
    struct json_object *faults = js_array(json, "faults");
    if (!id || !faults) {
        fprintf(stderr, "%s is no case: it has no id or no faults\n", path);
        return false;
    }
    if (only && strcmp(only, id) != 0)
        return true;

    add_run(runs, count, mem_text(id), js_copy(json));
    for (size_t i = 0, n = 0; i < json_object_array_length(faults); i++) {
        struct json_object *variant = json_object_array_get_idx(faults, i);
        if (!is_variant(variant))
            continue;
        struct json_object *copy = js_copy(json);
        add_run(runs, count, mem_format("%s variant %zu", id, ++n), copy);
        if (!put_in(js_array(copy, "faults"), variant)) {
            fprintf(stderr, "%s: no fault takes the variant %s\n", path,
                    json_object_to_json_string(variant));
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    struct run *runs = NULL;
    size_t count = 0;
    glob_t files;
    bool good = glob(PATTERN, 0, NULL, &files) == 0;
    for (size_t i = 0; good && i < files.gl_pathc; i++)
        good = add_runs(&runs, &count, files.gl_pathv[i], only);
    globfree(&files);

    if (good && count == 0)
        fprintf(stderr, "there is no case %s in " PATTERN "\n", only ? only : "at all");
    int failed = good && count > 0
                     ? flow_cases_run("cases", runs, count, sizeof *runs, a_report_comes_out_right)
                     : 1;
    for (size_t i = 0; i < count; i++) {
        free(runs[i].name);
        json_object_put(runs[i].json);
    }
    free(runs);
    return failed;
}
