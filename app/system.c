/*
 * Commands about the program and its board: help, version, free, reboot.
 */
#include <inttypes.h>

#include "app/commands.h"
#include "app/https.h"
#include "app/settings.h"
#include "app/version.h"
#include "boards/board.h"
#include "boards/console.h"

static void help(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    console_print("Otter shell commands:\n");
    for (const struct shell_command *const *group = shell_commands; *group; group++)
        for (const struct shell_command *c = *group; c->name; c++)
            console_print("%-16s - %s\n", c->name, c->help);
}

static void version(int argc, char **argv)
{
    char id[64];
    (void)argc;
    (void)argv;
    console_print("%s\n", app_banner);
    console_print("board    : %s\n", board_config.board);
    console_print("compiler : %s\n", __VERSION__);
    if (settings_text("device_id", id, sizeof id))
        console_print("device   : %s\n", id);
}

static void show_free(int argc, char **argv)
{
    struct board_memory memory;
    struct https_memory https;
    (void)argc;
    (void)argv;
    https_memory(&https);
    board_memory(&memory);
    console_print("RAM       : %10" PRIu32 " bytes\n", memory.total);
    console_print("variables : %10" PRIu32 "\n", memory.fixed);
    console_print("stack     : %10" PRIu32 ", at most %" PRIu32 " used so far\n", memory.stack, memory.stack_max);
    console_print("for https : %10" PRIu32 ", at most %" PRIu32 " used by the last connection\n", https.size,
                  https.peak);
    console_print("free      : %10" PRIu32 "\n", memory.total - memory.fixed - memory.stack);
}

static void reboot(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    console_print("System now will restart...\n");
    board_reset();
}

const struct shell_command system_commands[] = {
    { "help", "List the commands", help },
    { "version", "Show what this firmware is", version },
    { "free", "Show how much RAM is in use", show_free },
    { "reboot", "Restart the board", reboot },
    { NULL, NULL, NULL },
};
