#include "cmkctl.h"

#include <stdio.h>
#include <sysexits.h>

int main(int argc, char **argv)
{
    struct ctl_options options;
    struct err err;
    if (!ctl_options_parse(argc, argv, &options, &err)) {
        fprintf(stderr, "cmkctl: %s\nTry: cmkctl %s%s--help\n", err.message,
                options.command ? options.command->name : "", options.command ? " " : "");
        return EX_USAGE;
    }
    if (options.wants_version)
        return ctl_print("cmkctl " CMKD_VERSION "\n");
    if (options.wants_help) {
        AUTO(text) char *help = ctl_help(options.command);
        return ctl_print(help);
    }
    return options.command->run(&options);
}
