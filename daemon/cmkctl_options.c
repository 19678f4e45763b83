#include "cmkctl.h"

#include "base/iso8601.h"
#include "model/words.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define MANY SIZE_MAX

enum choice {
    CHOICE_JSON = 256,
    CHOICE_WAIT,
    CHOICE_YES,
    CHOICE_REASON,
    CHOICE_UNTIL,
    CHOICE_SINCE,
    CHOICE_PATH,
    CHOICE_DIRECTORY,
    CHOICE_CONFIG,
    CHOICE_SUBSCRIPTION,
    CHOICE_TERRAFORM_STATE,
    CHOICE_VAULT_ID,
    CHOICE_TOKEN_STDIN,
    CHOICE_VERSION,
    CHOICE_HELP,
};

/* clang-format off */
static const struct ctl_command commands[] = {
    {"status",    "[STACK]...", "how each stack stands, as the daemon knows it",
     " json ", 0, MANY, ctl_status},
    {"plan",      "[STACK]...", "look at Azure now, and say what would be written",
     " json ", 0, MANY, ctl_plan},
    {"reconcile", "[STACK]...", "look at Azure now, and repair",
     " json wait ", 0, MANY, ctl_reconcile},
    {"hold",      "STACK", "order that nothing of a stack is written",
     " json reason until config ", 1, 1, ctl_hold},
    {"release",   "STACK", "take that order back",
     " json config ", 1, 1, ctl_release},
    {"revoke",    "STACK", "disable every version of a stack's key, and keep it so",
     " json reason yes config ", 1, 1, ctl_revoke},
    {"restore",   "STACK", "take that order back, and enable what it disabled",
     " json config ", 1, 1, ctl_restore},
    {"key",       "[STACK]...", "the life of keys: versions, who uses which, what comes next",
     " json ", 0, MANY, ctl_key},
    {"history",   "[STACK]...", "what drifted, from when to when, and what was done",
     " json since until path directory ", 0, MANY, ctl_history},
    {"explain",   "[PATH]", "what is held at a path, why, and which controls ask for it",
     " json ", 0, 1, ctl_explain},
    {"adopt",     "[ACCOUNT_ID]", "print a file of stacks for accounts that are there",
     " subscription terraform-state vault-id token-stdin config ", 0, 1, ctl_adopt},
};

static const struct option known[] = {
    {"json",      no_argument,       NULL, CHOICE_JSON},
    {"wait",      no_argument,       NULL, CHOICE_WAIT},
    {"yes",       no_argument,       NULL, CHOICE_YES},
    {"reason",    required_argument, NULL, CHOICE_REASON},
    {"until",     required_argument, NULL, CHOICE_UNTIL},
    {"since",     required_argument, NULL, CHOICE_SINCE},
    {"path",      required_argument, NULL, CHOICE_PATH},
    {"directory", required_argument, NULL, CHOICE_DIRECTORY},
    {"config",    required_argument, NULL, CHOICE_CONFIG},
    {"subscription",    required_argument, NULL, CHOICE_SUBSCRIPTION},
    {"terraform-state", required_argument, NULL, CHOICE_TERRAFORM_STATE},
    {"vault-id",        required_argument, NULL, CHOICE_VAULT_ID},
    {"token-stdin",     no_argument,       NULL, CHOICE_TOKEN_STDIN},
    {"version",   no_argument,       NULL, CHOICE_VERSION},
    {"help",      no_argument,       NULL, CHOICE_HELP},
    {NULL, 0, NULL, 0},
};

/* As they stand in the help of a command. */
static const struct {
    const char *name, *synopsis, *words;
} described[] = {
    {"json",      "--json",          "print JSON"},
    {"wait",      "--wait",          "print what happens, and end as cmkd --once does"},
    {"reason",    "--reason TEXT",   "why; it stands in the journal and in every status"},
    {"yes",       "--yes",           "do not ask whether it is meant"},
    {"until",     "--until TIME",    "to when; an order without it has no end"},
    {"since",     "--since TIME",    "from when on"},
    {"path",      "--path PATH",     "only this path, and what is below it"},
    {"directory", "--directory DIR", "the journal files in this folder"},
    {"config",    "--config FILE",   "where the state directory stands, if the daemon is down\n"
     "                    (/etc/cmkd/cmkd.json); for adopt: the credential and the cloud"},
    {"subscription",    "--subscription ID", "all accounts of a subscription that have a key"},
    {"terraform-state", "--terraform-state FILE", "all accounts that a state of Terraform names"},
    {"vault-id",        "--vault-id ID", "the vault, if it is in another subscription"},
    {"token-stdin",     "--token-stdin", "a token for Resource Manager is on standard input"},
};
/* clang-format on */

/* ---- help ---------------------------------------------------------------------------------- */

static void append(char **text, char *more)
{
    AUTO(text) char *before = *text;
    AUTO(text) char *after = more;
    *text = mem_format("%s%s", before, after);
}

static bool takes(const struct ctl_command *command, const char *option)
{
    AUTO(text) char *word = mem_format(" %s ", option);
    return strstr(command->options, word) != NULL;
}

static char *help_of(const struct ctl_command *command)
{
    char *text =
        mem_format("Usage: cmkctl %s [OPTION]... %s\n%c%s.\n\n", command->name, command->arguments,
                   command->summary[0] - 'a' + 'A', command->summary + 1);
    for (size_t i = 0; i < COUNT(described); i++)
        if (takes(command, described[i].name))
            append(&text, mem_format("  %-17s %s\n", described[i].synopsis, described[i].words));
    append(&text, mem_format("  %-17s %s\n", "--help", "print this, end"));
    if (takes(command, "until"))
        append(&text, mem_text("\nA TIME is 2026-11-25, 2026-11-25T10:00:00Z, today, yesterday, "
                               "-2h, -30min or -7d; in UTC.\n"));
    return text;
}

char *ctl_help(const struct ctl_command *command)
{
    if (command)
        return help_of(command);
    char *text = mem_text("Usage: cmkctl COMMAND [OPTION]... [STACK]...\n"
                          "Asks cmkd how Azure OpenAI deployments stand, and gives it orders.\n"
                          "\n");
    for (size_t i = 0; i < COUNT(commands); i++)
        append(&text, mem_format("  %-10s %s\n", commands[i].name, commands[i].summary));
    append(
        &text,
        mem_text("\n"
                 "  --version  print the version, end\n"
                 "  --help     print this, end; after a command: its options\n"
                 "\n"
                 "Exit status: 0 all is well; of reconcile --wait that of cmkd --once; 64 usage;\n"
                 "69 cmkd does not run; 75 recorded, and not executed yet; 77 not allowed.\n"));
    return text;
}

/* ---- times --------------------------------------------------------------------------------- */

static bool ago(const char *text, int64_t now_s, int64_t *time_s)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", DAY_S}, {"w", 7 * DAY_S}};
    char *end = NULL;
    long long count = strtoll(text, &end, 10);
    if (text[0] != '-' || end == text || count < -1000000)
        return false;
    for (size_t i = 0; i < COUNT(units); i++)
        if (strcmp(end, units[i].unit) == 0) {
            *time_s = now_s + count * units[i].seconds;
            return true;
        }
    return false;
}

bool ctl_time(const char *text, int64_t now_s, bool is_end, int64_t *time_s)
{
    int64_t midnight_s = now_s - now_s % DAY_S;
    bool is_day = true;
    if (strcmp(text, "today") == 0)
        *time_s = midnight_s;
    else if (strcmp(text, "yesterday") == 0)
        *time_s = midnight_s - DAY_S;
    else if (!iso8601_parse_date(text, time_s))
        is_day = false;
    if (is_day) {
        *time_s += is_end ? DAY_S : 0;
        return true;
    }
    return iso8601_parse_time(text, time_s) || ago(text, now_s, time_s);
}

/* ---- reading them -------------------------------------------------------------------------- */

static bool find_command(const char *name, struct ctl_options *options, struct err *err)
{
    const char *names[COUNT(commands) + 1] = {NULL};
    for (size_t i = 0; i < COUNT(commands); i++) {
        names[i] = commands[i].name;
        if (strcmp(names[i], name) == 0)
            options->command = &commands[i];
    }
    const char *nearest = words_nearest(name, names);
    if (options->command)
        return true;
    return err_set(err, ERR_CONFIG, "Usage", "there is no command \"%s\"%s%s%s", name,
                   nearest ? ", did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

static const char *name_of(int choice)
{
    for (const struct option *option = known; option->name; option++)
        if (option->val == choice)
            return option->name;
    abort();
}

static bool take(int choice, char **argv, struct ctl_options *options, struct err *err)
{
    if (choice == ':')
        return err_set(err, ERR_CONFIG, "Usage", "%s wants a value", argv[optind - 1]);
    if (choice == '?')
        return err_set(err, ERR_CONFIG, "Usage", "there is no option \"%s\", or not like this",
                       argv[optind - 1]);
    if (choice < CHOICE_VERSION && !(options->command && takes(options->command, name_of(choice))))
        return err_set(err, ERR_CONFIG, "Usage", "--%s does not go with \"%s\"", name_of(choice),
                       options->command ? options->command->name : "no command");
    switch ((enum choice)choice) {
    case CHOICE_JSON:
        options->json = true;
        break;
    case CHOICE_WAIT:
        options->wait = true;
        break;
    case CHOICE_YES:
        options->yes = true;
        break;
    case CHOICE_REASON:
        options->reason = optarg;
        break;
    case CHOICE_UNTIL:
        options->until = optarg;
        break;
    case CHOICE_SINCE:
        options->since = optarg;
        break;
    case CHOICE_PATH:
        options->path = optarg;
        break;
    case CHOICE_DIRECTORY:
        options->directory = optarg;
        break;
    case CHOICE_CONFIG:
        options->config = optarg;
        break;
    case CHOICE_SUBSCRIPTION:
        options->subscription = optarg;
        break;
    case CHOICE_TERRAFORM_STATE:
        options->terraform = optarg;
        break;
    case CHOICE_VAULT_ID:
        options->vault_id = optarg;
        break;
    case CHOICE_TOKEN_STDIN:
        options->token = true;
        break;
    case CHOICE_VERSION:
        options->wants_version = true;
        break;
    case CHOICE_HELP:
        options->wants_help = true;
        break;
    }
    return true;
}

static bool check_words(const struct ctl_options *options, struct err *err)
{
    const struct ctl_command *command = options->command;
    if (options->n_words < command->least)
        return err_set(err, ERR_CONFIG, "Usage", "\"%s\" wants %s", command->name,
                       command->arguments);
    if (options->n_words > command->most)
        return err_set(err, ERR_CONFIG, "Usage", "\"%s\" takes %s, and no \"%s\"", command->name,
                       command->arguments, options->words[command->most]);
    return true;
}

bool ctl_options_parse(int argc, char **argv, struct ctl_options *options, struct err *err)
{
    int choice;
    memset(options, 0, sizeof *options);
    if (argc > 1 && argv[1][0] != '-') {
        if (!find_command(argv[1], options, err))
            return false;
        argc--, argv++;
    }
    optind = 0; /* from the start: glibc's way to begin anew */
    opterr = 0;
    while ((choice = getopt_long(argc, argv, ":", known, NULL)) != -1)
        if (!take(choice, argv, options, err))
            return false;
    options->words = argv + optind;
    options->n_words = (size_t)(argc - optind);
    if (options->wants_help || options->wants_version)
        return true;
    if (!options->command)
        return err_set(err, ERR_CONFIG, "Usage", "say which command");
    return check_words(options, err);
}
