/* azsim: a local Azure for the demo and every test. README.md says how to use it. */
#include "faults.h"
#include "file.h"
#include "server.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static const char usage[] =
    "azsim [--port N] [--imds-port N] [--state-dir DIR] [--seed FILE] [--faults FILE] [--help]\n"
    "\n"
    "A simulated Azure on 127.0.0.1. When it is ready it prints a line with its address.\n"
    "\n"
    "  --port N         HTTPS port for everything but IMDS; 0, the default: any free one\n"
    "  --imds-port N    plain HTTP port for IMDS; 0, the default: any free one\n"
    "  --state-dir DIR  where ca.pem and cloud.json go; default: a new folder in /tmp\n"
    "  --seed FILE      what there is at the start; see README.md\n"
    "  --faults FILE    what goes wrong, and when; see README.md\n";

struct options {
    struct origins ports;
    const char *state_dir, *seed, *faults;
};

static bool parse_port(const char *text, unsigned *port)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *port = (unsigned)value;
    return *text && !*end && !errno && value <= USHRT_MAX;
}

/* EX_OK to go on, EX_USAGE, or -1: it was asked for help. */
static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},
        {"imds-port", required_argument, NULL, 'i'},
        {"state-dir", required_argument, NULL, 'd'},
        {"seed", required_argument, NULL, 's'},
        {"faults", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    for (int option; good && (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == 'p')
            good = parse_port(optarg, &options->ports.port);
        else if (option == 'i')
            good = parse_port(optarg, &options->ports.imds_port);
        else if (option == 'd')
            options->state_dir = optarg;
        else if (option == 's')
            options->seed = optarg;
        else if (option == 'f')
            options->faults = optarg;
        else if (option == 'h')
            return -1;
        else
            good = false;
    }
    if (good && optind == argc)
        return EX_OK;
    fputs(usage, stderr);
    return EX_USAGE;
}

static bool write_state_dir(const struct options *options, const struct server *server,
                            const struct tls *tls, struct err *err)
{
    char made[] = "/tmp/azsim-XXXXXX", real[PATH_MAX];
    const char *dir = options->state_dir;
    if (!dir) {
        dir = mkdtemp(made);
        if (dir)
            fprintf(stderr, "azsim: ca.pem and cloud.json are in %s\n", dir);
    } else if (mkdir(dir, 0777) < 0 && errno != EEXIST) {
        return err_errno(err, "cannot make %s", dir);
    }
    if (!dir || !realpath(dir, real))
        return err_errno(err, "cannot use the state directory");

    AUTO(text) char *ca_file = mem_format("%s/ca.pem", real);
    AUTO(text) char *cloud_file = mem_format("%s/cloud.json", real);
    AUTO(text) char *cloud = origins_cloud(&server->origins, ca_file);
    return file_save(ca_file, tls->ca, 0644, err) && file_save(cloud_file, cloud, 0644, err);
}

static bool load(const struct options *options, struct server *server, struct err *err)
{
    AUTO(json) struct json_object *seed = NULL;
    AUTO(json) struct json_object *faults = NULL;
    if (options->seed &&
        (!file_load_json(options->seed, &seed, err) || !sim_seed(server->sim, seed, err)))
        return err_at(err, NULL, options->seed);
    if (options->faults && (!file_load_json(options->faults, &faults, err) ||
                            !faults_add(server->faults, faults, err)))
        return err_at(err, NULL, options->faults);
    return true;
}

static bool run(const struct options *options, struct server *server, struct err *err)
{
    struct tls tls;
    if (!tls_make(&tls, err))
        return false;
    bool ready = server_open(server, &tls, &options->ports, err) && load(options, server, err) &&
                 write_state_dir(options, server, &tls, err);
    tls_done(&tls);
    if (!ready)
        return false;

    printf("azsim ready https://localhost:%u\n", server->origins.port);
    fflush(stdout);
    sd_notify(0, "READY=1");
    return server_run(server, err);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    int asked = parse_options(argc, argv, &options);
    if (asked == -1)
        fputs(usage, stdout);
    if (asked != EX_OK)
        return asked == -1 ? EX_OK : asked;

    struct server server = {.epoll_fd = -1, .signal_fd = -1};
    struct err err;
    bool done = run(&options, &server, &err);
    server_close(&server);
    if (!done)
        fprintf(stderr, "azsim: %s%s%s\n", err.path, *err.path ? ": " : "", err.message);
    return done ? EX_OK : EX_SOFTWARE;
}
