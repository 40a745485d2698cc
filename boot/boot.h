/*
 * The bootloader's decisions, apart from the board and the words: from reset to the answer whether `app` may start.
 * Tests run this very code.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "core/install.h"
#include "core/journal.h"

#define BOOT_TRIALS 3 /* starts that a new image has to confirm itself in */

/* What is being written. */
enum boot_work { BOOT_SAVE, BOOT_INSTALL, BOOT_RESTORE, BOOT_FACTORY };

/* Told what happens, so that somebody can print it. Any function may be NULL. */
struct boot_view {
    /* The package cannot be installed; pkg holds as much of it as could be read. */
    void (*refused)(const struct otter_package *pkg, int err);

    /* Work on a partition begins, or goes on after a power cut. `from` is the version there, or NULL. */
    void (*begins)(enum boot_work work, const char *part, const char *from, const char *to);

    struct otter_progress progress;

    /* 0, or why it failed. */
    void (*ends)(enum boot_work work, const char *part, int err);

    /* The image runs on trial, with so many starts left after this one; or was given up. */
    void (*trial)(unsigned left);
    void (*rolled_back)(enum otter_result why);
};

/* What may be started. */
struct boot_app {
    char version[OTTER_VERSION_MAX + 1];
    uint32_t timestamp;
    bool on_trial; /* start the watchdog first */
};

/*
 * Takes the device from whatever a reset or a cut has left to something that may be started: 0, and *app; or why there
 * is nothing. `factory` asks for the factory image. May be cut anywhere and run again.
 */
int boot_run(const struct otter_config *config, struct otter_mem mem, const struct boot_view *view, bool factory,
             struct boot_app *app);

#endif
