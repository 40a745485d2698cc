/*
 * otter: the host program. Each command is a row.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/term.h"
#include "cli/text.h"
#include "server/static.h"

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    { "keygen", "make keys to sign and encrypt packages with", keygen_command },
    { "pack", "pack firmware images for devices", pack_command },
    { "sign", "put in the signature of a key that is kept elsewhere", sign_command },
    { "inspect", "show what a package says of itself", inspect_command },
    { "verify", "decode a package and compare everything", verify_command },
    { "unpack", "get a raw image out of a package", unpack_command },
    { "image", "make what a programmer writes to a board first", image_command },
    { "serve", "serve a folder of packages over HTTP", otter_serve_command },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out)
{
    term_bold(out, "Usage:");
    fprintf(out, " otter COMMAND ...\n\nOver-the-air firmware updates for microcontrollers.\n\n");
    term_bold(out, "Commands:");
    fprintf(out, "\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\n'otter COMMAND --help' tells more, 'otter --version' which otter this is.\n\n");
    term_bold(out, "Exit status:");
    fprintf(out, "\n  0  done\n  1  failed: a bad package or image, input or output\n"
                 "  2  the command line makes no sense\n");
}

static int unknown(const char *typed)
{
    const char *names[COMMANDS + 3] = { [COMMANDS] = "--help", "--version" };

    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest = text_nearest(typed, names);
    const char *what = typed[0] == '-' ? "option" : "command";
    if (nearest)
        term_usage("unknown %s '%s'; did you mean '%s'?", what, typed, nearest);
    else
        term_usage("unknown %s '%s'; 'otter --help' lists what there is", what, typed);
    return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return EXIT_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("otter %s\n", OTTER_VERSION);
        return EXIT_OK;
    }
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    return unknown(argv[1]);
}

/* Output that was never written is a failure, even if all else went well. */
int main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (fflush(stdout) | ferror(stdout)) {
        term_error("cannot write the output");
        return status ? status : EXIT_FAIL;
    }
    return status;
}
