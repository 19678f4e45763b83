/* condition.c: conditions on role assignments (ABAC), as far as azsim understands them: the one
 * shape that confines whom role assignments may be written for.
 * https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples */
#include "role.h"

#include "base/armid.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Without blanks and in lower case; between two parts stand values, divided by commas. */
#define HEAD                                                                                       \
    "((!(actionmatches{'microsoft.authorization/roleassignments/write'}))or("                      \
    "@request[microsoft.authorization/roleassignments:roledefinitionid]"                           \
    "foranyofanyvalues:guidequals{"
#define MIDDLE                                                                                     \
    "}and@request[microsoft.authorization/roleassignments:principaltype]"                          \
    "foranyofanyvalues:stringequalsignorecase{"

static const char *const parts[] = {HEAD, MIDDLE, "}))"};

struct condition {
    char *text;                 /* owned: without blanks, in lower case */
    char *roles, *types, *rest; /* borrowed from text */
};

static bool parse(const char *text, struct condition *condition)
{
    char *end = condition->text = mem_new(strlen(text) + 1, 1), *at = end;
    for (; *text; text++)
        if (!isspace((unsigned char)*text))
            *end++ = (char)tolower((unsigned char)*text);

    char **values[] = {&condition->roles, &condition->types, &condition->rest};
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (strncmp(at, parts[i], strlen(parts[i])) != 0)
            return false;
        *values[i] = at + strlen(parts[i]);
        at = *values[i] + strcspn(*values[i], "}");
    }
    return *condition->rest == '\0';
}

bool condition_valid(const char *text, struct err *err)
{
    struct condition condition = {0};
    bool valid = parse(text, &condition);
    free(condition.text);
    return valid || err_set(err, ERR_CONFIG, "Condition",
                            "azsim understands only conditions that confine "
                            "roleAssignments/write to a set of RoleDefinitionId and a set of "
                            "PrincipalType, written as in cmkd's README");
}

/* The set ends where its brace closes; quotes are no part of a value. */
static bool among(const char *set, const char *value)
{
    for (const char *at = set; *at && *at != '}'; at += strcspn(at, ",}"), at += *at == ',') {
        const char *start = at + (*at == '\'');
        size_t length = strcspn(start, "',}");
        if (length == strlen(value) && strncasecmp(start, value, length) == 0)
            return true;
    }
    return false;
}

bool condition_met(const char *text, struct json_object *assignment)
{
    struct condition condition = {0};
    bool met = parse(text, &condition) &&
               among(condition.roles, armid_name(js_string(assignment, "roleDefinitionId", ""))) &&
               among(condition.types, js_string(assignment, "principalType", ""));
    free(condition.text);
    return met;
}
