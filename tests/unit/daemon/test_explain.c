/* Of every path that cmkd knows, cmkctl explain says all that there is to say. */
#include "cases.h"

#include "cmkctl.h"
#include "model/config.h"
#include "types/controls.h"
#include "types/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* What no framework asks for, however one reads it. Whoever adds a field says which controls it
 * serves; one that serves none is added here. */
static const char *const without_controls[] = {
    "vault.properties.tenantId",
    "vault.properties.sku.family",
    "key.tags.*",
    "account.kind",
    "account.sku.name",
    "account.properties.customSubDomainName",
    "account.properties.dynamicThrottlingEnabled",
    "diagnosticSetting.properties.metrics",
    "lock.properties.notes",
    "lock.properties.owners",
    "privateEndpoint.properties.customNetworkInterfaceName",
    "privateEndpoint.properties.ipConfigurations",
};

/* What of a field must stand in a line, and what that begins with. */
static const char *const parts[] = {"  baseline:   ", "  change:     ", "  absent:     means ",
                                    "  severity:   ", "  why:        "};
static const char *const frameworks[] = {"PCI DSS", "NIST", "MCSB", "GDPR", "Azure Policy"};

/* What "cmkctl explain PATH" prints; the caller frees. */
static char *explain(const char *path)
{
    char *text = NULL, *copy = mem_text(path), *words[] = {copy};
    size_t size = 0;
    FILE *terminal = stdout;
    struct ctl_options options = {.words = words, .n_words = 1};
    stdout = open_memstream(&text, &size);
    int status = ctl_explain(&options);
    fclose(stdout);
    stdout = terminal;
    free(copy);
    if (status != EX_OK)
        fail_msg("%s is not explained: %d", path, status);
    return text;
}

/* The lines about exactly this path; the caller frees. */
static char *part_about(const char *text, const char *path)
{
    AUTO(text) char *head = mem_format("%s\n  ", path);
    const char *at = text;
    while ((at = strstr(at, head)) && at != text && at[-1] != '\n')
        at++;
    if (!at) {
        fail_msg("nothing is said of %s: %s", path, text);
        return NULL; /* not reached */
    }
    size_t length = strlen(path) + 1;
    while (at[length] == ' ')
        length += strcspn(at + length, "\n") + 1;
    return mem_text_n(at, length);
}

/* What stands behind the words, in a line that begins with them, or NULL; the caller frees. */
static char *line_of(const char *said, const char *words)
{
    AUTO(text) char *start = mem_format("\n%s", words);
    const char *line = strstr(said, start);
    if (!line)
        return NULL;
    line += strlen(start);
    line += strspn(line, " ");
    return mem_text_n(line, strcspn(line, "\n"));
}

static bool is_without_controls(const char *path)
{
    for (size_t i = 0; i < COUNT(without_controls); i++)
        if (strcmp(without_controls[i], path) == 0)
            return true;
    return false;
}

/* That there are none is said, not left out. */
static void expect_frameworks(const char *said, const char *path, bool are_named)
{
    AUTO(text) char *none = line_of(said, "  controls:   none: ");
    if (are_named ? none != NULL : (!none || !*none))
        fail_msg("%s %s controls: %s", path, are_named ? "has" : "does not say that it has no",
                 said);
    for (size_t i = 0; i < COUNT(frameworks); i++) {
        AUTO(text) char *label = mem_format("  %s ", frameworks[i]);
        AUTO(text) char *line = line_of(said, label);
        if (are_named ? (!line || !*line) : line != NULL)
            fail_msg("%s: %s is %s", path, frameworks[i], are_named ? "missing" : "there");
    }
}

/* What the configuration has besides Azure's own, and the journal tells of. */
static const char *const own_paths[] = {
    "rotation.every",       "rotation.beforeExpiry",         "rotation.expireAfter",
    "rotation.retireAfter", "properties.attributes.enabled",
};

static bool is_own(const struct type *type, const char *path)
{
    for (size_t i = 0; type == &type_key && i < COUNT(own_paths); i++)
        if (strcmp(own_paths[i], path) == 0)
            return true;
    return false;
}

static void expect_explained(const struct type *type, const char *path)
{
    const struct field *field = type_field(type, path);
    bool is_azures = field && field->mutability == READ_ONLY && !field->control;
    AUTO(text) char *name = mem_format("%s.%s", type->word, path);
    AUTO(text) char *text = explain(name);
    AUTO(text) char *said = part_about(text, name);
    for (size_t i = 0; i < COUNT(parts); i++) {
        AUTO(text) char *line = line_of(said, parts[i]);
        if (!line || !*line || strstr(line, "(null)"))
            fail_msg("%s: nothing stands behind \"%s\": %s", name, parts[i], said);
    }
    expect_frameworks(said, name,
                      is_own(type, path) || (field && !is_azures && !is_without_controls(name)));
}

static void every_field_of_every_type_is_explained_whole(void **state)
{
    size_t count = 0;
    (void)state;
    for (size_t t = 0; registry[t]; t++)
        for (size_t i = 0; i < registry[t]->n_fields; i++, count++)
            expect_explained(registry[t], registry[t]->fields[i].path);
    assert_true(count > 100);
}

static void so_is_what_the_configuration_has_besides(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(own_paths); i++)
        expect_explained(&type_key, own_paths[i]);
    AUTO(text) char *of_a_version = explain("rotation.retireAfter['0123']"); /* as it is told */
    assert_non_null(strstr(of_a_version, "key.rotation.retireAfter\n"));
}

static void so_is_every_path_of_the_official_schemas(void **state)
{
    size_t count = 0;
    (void)state;
    for (size_t t = 0; registry[t]; t++)
        for (const char *const *known = registry[t]->known; known && *known; known++, count++)
            expect_explained(registry[t], *known);
    assert_true(count > 100);
}

static void expect_leaves_explained(const struct type *type, const char *above,
                                    struct json_object *tree)
{
    if (!json_object_is_type(tree, json_type_object)) {
        expect_explained(type, above);
        return;
    }
    json_object_object_foreach(tree, name, value)
    {
        AUTO(text) char *path = js_join(above, name);
        expect_leaves_explained(type, path, value);
    }
}

static void so_is_all_that_the_baseline_says_and_with_its_value(void **state)
{
    static const char *const members[] = {"hold", "create"};
    AUTO(json) struct json_object *baseline = baseline_tree();
    (void)state;
    for (size_t t = 0; registry[t]; t++)
        for (size_t i = 0; i < COUNT(members); i++) {
            struct json_object *of_type = js_object(baseline, registry[t]->word);
            struct json_object *tree = of_type ? js_object(of_type, members[i]) : NULL;
            if (tree)
                expect_leaves_explained(registry[t], "", tree);
        }
    AUTO(text) char *said = explain("vault.properties.networkAcls.defaultAction");
    assert_non_null(strstr(said, "baseline:   held at Deny\n"));
    AUTO(text) char *made = explain("account.kind");
    assert_non_null(strstr(made, "baseline:   in a creation, and not held after: OpenAI\n"));
}

/* What the list of exceptions names is there, and has none. */
static void no_field_is_excepted_in_vain(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(without_controls); i++) {
        const struct field *field = NULL;
        for (size_t t = 0; registry[t] && !field; t++) {
            size_t length = strlen(registry[t]->word);
            if (strncmp(without_controls[i], registry[t]->word, length) == 0 &&
                without_controls[i][length] == '.')
                field = type_field(registry[t], without_controls[i] + length + 1);
        }
        if (!field || strcmp(field->control, CONTROL_NONE) != 0)
            fail_msg("%s is excepted, and is not there or has controls", without_controls[i]);
    }
}

static void a_type_as_a_whole_serves_controls_too(void **state)
{
    (void)state;
    for (size_t t = 0; registry[t]; t++)
        for (size_t i = 0; i < COUNT(frameworks); i++)
            if (!registry[t]->control || !strstr(registry[t]->control, frameworks[i]))
                fail_msg("a %s that is missing serves no control of %s", registry[t]->word,
                         frameworks[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_every_type_is_explained_whole),
        cmocka_unit_test(so_is_what_the_configuration_has_besides),
        cmocka_unit_test(so_is_every_path_of_the_official_schemas),
        cmocka_unit_test(so_is_all_that_the_baseline_says_and_with_its_value),
        cmocka_unit_test(no_field_is_excepted_in_vain),
        cmocka_unit_test(a_type_as_a_whole_serves_controls_too),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
