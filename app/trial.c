/*
 * The application's part in an update, and the commands for what it may decide.
 */
#include "app/trial.h"

#include <string.h>

#include "app/commands.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "core/update.h"
#include "fetch/net.h"

static _Alignas(OTTER_MEM_ALIGN) uint8_t work[OTTER_UPDATE_WORK];
static struct otter_update update;

static void open(void)
{
    otter_update_open(&update, &board_config, work, sizeof work);
}

static void say(const char *what, int err)
{
    if (err)
        console_print("%s failed: %s (%d)\n", what, otter_strerror(err), err);
}

void trial_report(void)
{
    open();
    if (update.status.on_trial)
        console_print("On trial: confirm within this start and %u more.\n", update.status.trials_left);
    else if (update.status.result != OTTER_RESULT_NONE)
        console_print("Last update: %s.\n", otter_result_text(update.status.result));
}

static void confirm_now(void)
{
    int err = otter_confirm(&update);

    say("Confirm", err);
    if (!err)
        console_print("Firmware %s is confirmed.\n", update.status.version);
}

void trial_poll(void)
{
    if (update.status.on_trial && !otter_net_wait(0))
        confirm_now();
}

/* ---- commands ---- */

static void confirm(int argc, char **argv)
{
    (void)argc, (void)argv;
    confirm_now();
}

static void rollback(int argc, char **argv)
{
    static _Alignas(OTTER_MEM_ALIGN) uint8_t stages[OTTER_HEAD_MAX + 512];
    int err;

    (void)argc, (void)argv;
    err = otter_rollback(&update, (struct otter_mem){ stages, sizeof stages });
    say("Rollback", err);
    if (err)
        return;
    console_print("System now will restart...\n");
    board_reset();
}

static void hold(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "on") && strcmp(argv[1], "off"))) {
        console_print("Usage: hold [on|off]\n");
        return;
    }
    if (argc == 2)
        say("Hold", otter_hold(&update, !strcmp(argv[1], "on")));
    console_print("Installations are %s.\n", update.status.held ? "held back" : "not held back");
}

static void status(int argc, char **argv)
{
    const struct otter_status *s = &update.status;
    char pending[OTTER_VERSION_MAX + 1];

    (void)argc, (void)argv;
    console_print("firmware  : %s\npackage   : ", s->version);
    for (size_t i = 0; i < sizeof s->id; i++)
        console_print("%02x", s->id[i]);
    console_print("\ncounter   : %u, at least %u is accepted\n", (unsigned)s->counter,
                  (unsigned)update.journal.record.counter);
    console_print("state     : %s\n", s->on_trial ? "on trial" : "permanent");
    console_print("last      : %s\n", otter_result_text(s->result));
    console_print("waiting   : %s%s\n", otter_pending(&update, pending) ? pending : "no package",
                  s->held ? ", held back" : "");
}

const struct shell_command trial_commands[] = {
    { "ota_status", "Show what runs, and how the last update ended", status },
    { "confirm", "Make this firmware permanent", confirm },
    { "rollback", "Go back to the firmware before this one", rollback },
    { "hold", "Hold installations back, or no longer: hold [on|off]", hold },
    { NULL, NULL, NULL },
};
