#include "model/rules.h"

#include "base/uuid.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* True if name has min to max characters, all of them ASCII letters, digits or in extra. */
static bool consists(const char *name, size_t min, size_t max, const char *extra)
{
    size_t length = strlen(name);
    if (length < min || length > max)
        return false;
    for (; *name; name++)
        if ((unsigned char)*name >= 0x80 ||
            (!isalnum((unsigned char)*name) && !strchr(extra, *name)))
            return false;
    return true;
}

bool rule_vault(const char *name)
{
    return consists(name, 3, 24, "-") && isalpha((unsigned char)name[0]) &&
           name[strlen(name) - 1] != '-' && !strstr(name, "--");
}

bool rule_key(const char *name)
{
    return consists(name, 1, 127, "-");
}

bool rule_account(const char *name)
{
    return consists(name, 2, 64, "._-") && isalnum((unsigned char)name[0]) && !strstr(name, "..");
}

bool rule_group(const char *name)
{
    return consists(name, 1, 90, "._-()") && name[strlen(name) - 1] != '.' && !strstr(name, "..");
}

bool rule_guid(const char *text)
{
    return uuid_valid(text);
}

bool rule_location(const char *text)
{
    return consists(text, 1, 64, " ") && text[0] != ' ';
}

bool rule_stack(const char *name)
{
    return consists(name, 1, 64, "._-") && isalnum((unsigned char)name[0]);
}

bool rule_tenant(const char *text)
{
    return consists(text, 1, 253, ".-") && isalnum((unsigned char)text[0]) && !strstr(text, "..");
}

bool rule_setting(const char *name)
{
    return consists(name, 1, 260, "._-()") && !strstr(name, "..");
}

bool rule_network(const char *name)
{
    char last = name[0] ? name[strlen(name) - 1] : '\0';
    return consists(name, 1, 80, "._-") && isalnum((unsigned char)name[0]) &&
           (isalnum((unsigned char)last) || last == '_') && !strstr(name, "..");
}
