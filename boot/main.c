/*
 * The bootloader: says on the console what boot_run does, and starts the application.
 */
#include "boot/boot.h"

#include "boards/board.h"
#include "boards/console.h"
#include "boot/rescue.h"
#include "core/err.h"

enum {
    TRIAL_WATCHDOG_MS = 5000, /* a new image that hangs for so long has failed one of its trials */
    RETRY_S = 10,             /* after an error that may pass */
    SENDER_S = 60,            /* between two lines that say what to do */
};

static const char *label;

static void say_refused(const struct otter_package *pkg, int err)
{
    const char *version = pkg->version[0] ? pkg->version : "of no known version";

    console_print("OTA package %s refused: %s (%d).\n", version, otter_strerror(err), err);
}

static void say_begins(enum boot_work work, const char *part, const char *from, const char *to)
{
    static const char *const labels[] = { "OTA Save", "OTA Write", "OTA Restore", "OTA Factory" };

    label = labels[work];
    if (work == BOOT_SAVE)
        return;
    if (work == BOOT_RESTORE)
        console_print("OTA firmware(%s) restore startup.\n", part);
    else
        console_print("OTA firmware(%s) upgrade(%s->%s) startup.\n", part, from ? from : "none", to);
}

static void say_progress(void *arg, uint32_t done, uint32_t total)
{
    (void)arg;
    console_progress(label, done, total);
}

static void say_ends(enum boot_work work, const char *part, int err)
{
    if (err)
        console_print("OTA firmware(%s) failed: %s (%d).\n", part, otter_strerror(err), err);
    else
        console_print("OTA firmware(%s) %s success.\n", part, work == BOOT_RESTORE ? "restore" : "upgrade");
}

static void say_trial(unsigned left)
{
    console_print("On trial: %u more starts to confirm itself.\n", left);
}

static void say_rolled_back(enum otter_result why)
{
    console_print("OTA %s.\n", otter_result_text(why));
}

static const struct boot_view console_view = {
    say_refused, say_begins, { say_progress, NULL }, say_ends, say_trial, say_rolled_back,
};

static void start(const struct boot_app *app)
{
    console_print("Verify 'app' partition(fw ver: %s, timestamp: %u) success.\n", app->version,
                  (unsigned)app->timestamp);
    console_print("Find user application success.\n");
    console_print("The Bootloader will go to user application now.\n");
    if (app->on_trial)
        board_watchdog_start(TRIAL_WATCHDOG_MS);
    board_start(otter_part_find(board_config.parts, "app"));
}

/* Only a person can help, who may have changed something by then. */
static _Noreturn void wait_for_restart(void)
{
    console_print("Write an image with a programmer, then press r to restart.\n");
    while (board_console_get() != 'r')
        board_idle();
    board_reset();
}

/* Nothing can be started: returns when a package has come. */
static void wait_for_package(int why, struct otter_mem work)
{
    int err;

    console_print("No valid application: %s (%d). No package to install.\n", otter_strerror(why), why);
    if (why == OTTER_E_CONFIG)
        wait_for_restart();
    do {
        err = rescue_receive(&board_config, work, otter_err_may_pass(why) ? RETRY_S : SENDER_S);
        if (err == OTTER_E_TIMEOUT && otter_err_may_pass(why))
            board_reset();
        if (err == OTTER_E_NO_MEMORY)
            wait_for_restart();
    } while (err);
}

int main(void)
{
    struct otter_mem work = { board_work, board_work_size };
    struct boot_app app;

    board_init();
    console_print("\nOtter bootloader, board %s\n", board_config.board);
    int err = otter_part_check(board_config.parts);
    bool by_button = !err && board_button_held();
    if (by_button && rescue_is_wanted()) {
        by_button = false;
        rescue_receive(&board_config, work, SENDER_S);
    }
    for (;;) {
        if (!err)
            err = boot_run(&board_config, work, &console_view, by_button, &app);
        if (!err) {
            start(&app);
            err = OTTER_E_VECTORS;
        }
        wait_for_package(err, work);
        by_button = false;
        err = 0;
    }
}
