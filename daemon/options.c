#include "options.h"

#include "model/config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum choice { /* beyond all characters */
              CHOICE_CONFIG = 256,
              CHOICE_DRY_RUN,
              CHOICE_STACK,
              CHOICE_OUTPUT,
              CHOICE_TASK, /* CHOICE_TASK + enum options_task: all that ask for something of its own
                            */
};

/* clang-format off */
static const struct option known[] = {
    {"config",        required_argument, NULL, CHOICE_CONFIG},
    {"dry-run",       no_argument,       NULL, CHOICE_DRY_RUN},
    {"stack",         required_argument, NULL, CHOICE_STACK},
    {"output",        required_argument, NULL, CHOICE_OUTPUT},
    {"once",          no_argument,       NULL, CHOICE_TASK + TASK_ONCE},
    {"check-config",  no_argument,       NULL, CHOICE_TASK + TASK_CHECK_CONFIG},
    {"show-baseline", no_argument,       NULL, CHOICE_TASK + TASK_SHOW_BASELINE},
    {"show-config",   no_argument,       NULL, CHOICE_TASK + TASK_SHOW_CONFIG},
    {"version",       no_argument,       NULL, CHOICE_TASK + TASK_VERSION},
    {"help",          no_argument,       NULL, CHOICE_TASK + TASK_HELP},
    {NULL, 0, NULL, 0},
};
/* clang-format on */

const char *options_help(void)
{
    return "Usage: cmkd [OPTION]...\n"
           "Holds Azure OpenAI deployments to their customer-managed-key posture.\n"
           "\n"
           "Without --once it runs until it is stopped.\n"
           "\n"
           "  --config FILE        the configuration (" CONFIG_DEFAULT ")\n"
           "  --once               one pass, print what it found and did, end\n"
           "  --dry-run            never write: one pass, print what would be done, end\n"
           "  --stack NAME         only this stack, and those it shares resources with; may be\n"
           "                       given several times\n"
           "  --output text|json   what --once and --dry-run print (text)\n"
           "  --check-config       print every mistake in the configuration, end\n"
           "  --show-config        print the configuration as it is understood, end\n"
           "  --show-baseline      print the posture that is merged under every declaration, end\n"
           "  --version            print the version and those of the libraries, end\n"
           "  --help               print this, end\n"
           "\n"
           "Signals: SIGHUP reads the configuration again, SIGUSR1 looks at Azure now, SIGUSR2\n"
           "writes the status to the journal, SIGTERM and SIGINT stop.\n"
           "\n"
           "Exit status: 0 in sync or repaired to be so; 1 something is not as declared; 2 a\n"
           "stack could not be seen or a write failed; 64 usage; 75 another cmkd is at work;\n"
           "78 configuration.\n";
}

static bool set_output(const char *word, struct options *options, struct err *err)
{
    if (strcmp(word, "text") == 0)
        options->output = OUTPUT_TEXT;
    else if (strcmp(word, "json") == 0)
        options->output = OUTPUT_JSON;
    else
        return err_set(err, ERR_CONFIG, "Usage", "--output is text or json, not \"%s\"", word);
    return true;
}

static bool set_task(enum options_task task, struct options *options, struct err *err)
{
    if (options->task != TASK_RUN && options->task != task)
        return err_set(err, ERR_CONFIG, "Usage",
                       "--once, --check-config, --show-baseline, --show-config, --version and "
                       "--help each ask for something of their own: give one of them");
    options->task = task;
    return true;
}

static void add_stack(const char *name, struct options *options)
{
    options->stacks = mem_resize(options->stacks, options->n_stacks + 2, sizeof *options->stacks);
    options->stacks[options->n_stacks++] = name;
    options->stacks[options->n_stacks] = NULL;
}

static bool take(int choice, char **argv, struct options *options, struct err *err)
{
    switch (choice) {
    case CHOICE_CONFIG:
        options->config = optarg;
        return true;
    case CHOICE_DRY_RUN:
        options->dry_run = true;
        return true;
    case CHOICE_STACK:
        add_stack(optarg, options);
        return true;
    case CHOICE_OUTPUT:
        return set_output(optarg, options, err);
    case ':':
        return err_set(err, ERR_CONFIG, "Usage", "%s wants a value", argv[optind - 1]);
    case '?':
        return err_set(err, ERR_CONFIG, "Usage", "there is no option \"%s\", or not like this",
                       argv[optind - 1]);
    default: /* the character or number that getopt_long() found in the table */
        return set_task((enum options_task)(choice - CHOICE_TASK), options, err);
    }
}

/* What only together makes no sense. */
static bool agree(const struct options *options, bool has_output, struct err *err)
{
    if (has_output && options->task == TASK_RUN)
        return err_set(err, ERR_CONFIG, "Usage", "--output goes with --once or --dry-run");
    if (options->dry_run && options->task != TASK_ONCE)
        return err_set(err, ERR_CONFIG, "Usage", "--dry-run goes with --once or alone");
    return true;
}

bool options_parse(int argc, char **argv, struct options *options, struct err *err)
{
    struct options parsed = {.config = CONFIG_DEFAULT};
    bool has_output = false, is_good = true;
    int choice;
    optind = 0; /* from the start: glibc's way to begin anew */
    opterr = 0; /* what is wrong is told by the caller */
    while (is_good && (choice = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        has_output |= choice == CHOICE_OUTPUT;
        is_good = take(choice, argv, &parsed, err);
    }
    if (is_good && optind < argc)
        is_good = err_set(err, ERR_CONFIG, "Usage",
                          "\"%s\" is not an option: cmkd takes options only", argv[optind]);
    if (parsed.dry_run && parsed.task == TASK_RUN)
        parsed.task = TASK_ONCE; /* it writes nothing: there is nothing to stay for */
    if (!is_good || !agree(&parsed, has_output, err)) {
        options_done(&parsed);
        return false;
    }
    *options = parsed;
    return true;
}

void options_done(struct options *options)
{
    free(options->stacks);
    memset(options, 0, sizeof *options);
}
