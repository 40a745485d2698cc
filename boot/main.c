/*
 * The bootloader: says on the console what boot_run does, and starts the application.
 */
#include "boot/boot.h"

#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"

static void say_refused(const struct otter_package *pkg, int err)
{
    const struct otter_rbl *h = &pkg->header;

    console_print("OTA firmware(%s) %s refused: %s (%d).\n", h->part, h->version, otter_strerror(err), err);
}

static void say_begins(const struct otter_package *pkg, const struct otter_rbl *old)
{
    const struct otter_rbl *h = &pkg->header;

    console_print("OTA firmware(%s) upgrade(%s->%s) startup.\n", h->part, old ? old->version : "none", h->version);
}

static void say_ends(const struct otter_package *pkg, int err)
{
    if (err)
        say_refused(pkg, err);
    else
        console_print("OTA firmware(%s) upgrade success.\n", pkg->header.part);
}

static void say_progress(void *arg, uint32_t done, uint32_t total)
{
    (void)arg;
    console_progress("OTA Write", done, total);
}

static const struct boot_view console_view = { say_refused, say_begins, { say_progress, NULL }, say_ends };

static void start(const struct otter_rbl *app)
{
    console_print("Verify 'app' partition(fw ver: %s, timestamp: %u) success.\n", app->version,
                  (unsigned)app->timestamp);
    console_print("Find user application success.\n");
    console_print("The Bootloader will go to user application now.\n");
    board_start(otter_part_find(board_config.parts, "app"));
}

/* Nothing can be started: stay where a person can see why. */
static _Noreturn void wait_for_console(int err)
{
    console_print("No valid application: %s (%d). No package to install.\n", otter_strerror(err), err);
    console_print("Write an image with a programmer, then press r to restart.\n");
    while (board_console_get() != 'r')
        board_idle();
    board_reset();
}

int main(void)
{
    struct otter_mem work = { board_work, board_work_size };
    struct otter_rbl app;

    board_init();
    console_print("\nOtter bootloader, board %s\n", board_config.board);
    int err = otter_part_check(board_config.parts);
    if (!err)
        err = boot_run(&board_config, work, &console_view, &app);
    if (!err) {
        start(&app);
        err = OTTER_E_VECTORS;
    }
    wait_for_console(err);
}
