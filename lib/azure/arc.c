#include "azure/arc.h"

#include "azure/problem.h"
#include "azure/secret.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define KEY_SIZE_MAX 4096 /* as Microsoft's own libraries have it */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static bool is_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/' &&
           !strchr(path + length + 1, '/');
}

bool arc_challenge(const struct http_answer *answer, const char *folder, char **file,
                   struct err *err)
{
    static const char start[] = "Basic realm=";
    const char *text = answer_header(answer, "WWW-Authenticate");
    const char *path =
        text && strncasecmp(text, start, strlen(start)) == 0 ? text + strlen(start) : "";
    if (*path == '/' && ends_with(path, ".key") && !strstr(path, "/../") &&
        (!folder || is_in(path, folder))) {
        *file = mem_text(path);
        return true;
    }
    AUTO(text) char *shown = problem_printable(text ? text : "", text ? strlen(text) : 0, 160);
    err_set(err, ERR_AZURE, "BadChallenge",
            "what answers for the agent of Azure Arc wants something else than the content of a "
            "key file in %s: \"%s\"; nothing is sent to it",
            folder ? folder : "a folder", shown);
    err->status = answer->status;
    return false;
}

static bool is_key(const char *text)
{
    size_t length = 0;
    while (isgraph((unsigned char)text[length]))
        length++;
    return !text[length] && length <= KEY_SIZE_MAX;
}

bool arc_header(const char *file, char **header, struct err *err)
{
    static const char start[] = "Authorization: Basic ";
    AUTO(secret) char *key = NULL;
    if (!secret_load(file, &key, err)) {
        if (err_is(err, "EACCES"))
            err_set(err, ERR_CONFIG, "ArcGroup",
                    "cannot read %s: make cmkd's user a member of the group himds", file);
        return false;
    }
    if (!is_key(key))
        return err_set(err, ERR_CONFIG, "SecretInvalid",
                       "the key file %s of the agent of Azure Arc holds no key", file);
    char *text = mem_new(sizeof start + strlen(key), 1);
    memcpy(text, start, sizeof start);
    memcpy(text + sizeof start - 1, key, strlen(key) + 1);
    *header = text;
    return true;
}
