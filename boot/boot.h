/*
 * The bootloader's decisions, apart from the board and the words: from reset to the answer whether `app` may start.
 * Tests run this very code.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "core/install.h"

/* Told what happens, so that somebody can print it. Any function may be NULL. */
struct boot_view {
    /* The package cannot be installed. pkg->header says what it claims to be. */
    void (*refused)(const struct otter_package *pkg, int err);

    /* An install begins, or goes on after a power cut, over `old`, or over nothing that is valid (NULL). */
    void (*begins)(const struct otter_package *pkg, const struct otter_rbl *old);

    struct otter_progress progress;

    /* 0, or why it failed; after an error of the link or flash it begins again, a few times. */
    void (*ends)(const struct otter_package *pkg, int err);
};

/*
 * Installs what is in `download`, unless its destination holds it already, and then verifies `app`: 0 if it may start,
 * with its header in *app, or why not. A package that nothing can make right is deleted, but only where a valid app is
 * there to fetch another. May be cut anywhere and run again.
 */
int boot_run(const struct otter_config *config, struct otter_mem mem, const struct boot_view *view,
             struct otter_rbl *app);

#endif
