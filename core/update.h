/*
 * What an application needs to know of updates, and may decide.
 *
 *     struct otter_update update;
 *
 *     otter_update_open(&update, &board_config, work, sizeof work);
 *     if (update.status.on_trial && everything_works())
 *         otter_confirm(&update);
 *
 * Not for two threads at once. The bootloader acts on what is said here after the next reset.
 */
#ifndef OTTER_UPDATE_H
#define OTTER_UPDATE_H

#include "core/install.h"
#include "core/journal.h"

struct otter_status {
    char version[OTTER_VERSION_MAX + 1]; /* of the running application; empty if its trailer cannot be read */
    uint8_t id[OTTER_PACKAGE_ID_SIZE];   /* of the package that it came from */
    uint32_t counter;                    /* security counter of that package */
    bool on_trial;                       /* runs on trial: it will be rolled back unless it confirms itself */
    uint8_t trials_left;                 /* starts after this one */
    bool held;                           /* installations are held back */
    enum otter_result result;            /* how the last update ended */
};

struct otter_update {
    const struct otter_config *config;
    struct otter_journal journal;
    struct otter_mem mem;
    struct otter_status status;
};

/* Bytes of work memory: a head. It may be used for something else between the calls. */
#define OTTER_UPDATE_WORK (OTTER_HEAD_MAX + OTTER_MEM_ALIGN)

/* Reads the journal and the trailer of `app`. Verifies the trailer's signature, not the image: that has booted. */
void otter_update_open(struct otter_update *update, const struct otter_config *config, void *work, size_t size);

/*
 * Whether a package lies in `download` that the bootloader would install at the next reset, as far as its head tells;
 * its version, if so.
 */
bool otter_pending(struct otter_update *update, char version[OTTER_VERSION_MAX + 1]);

/*
 * Makes the running image permanent: its security counter becomes the lowest that is accepted, and what its package
 * revokes is revoked. 0 as well where there is nothing to confirm. May be repeated.
 */
int otter_confirm(struct otter_update *update);

/*
 * Gives the running image up: after the next reset the one before it is back. OTTER_E_NOT_FOUND if none was saved,
 * OTTER_E_DOWNGRADE if that one's security counter is too low. Takes as long as hashing the copy.
 */
int otter_rollback(struct otter_update *update, struct otter_mem mem);

/* Holds installations back, or lets them go on: a package that has arrived is then installed at the next reset. */
int otter_hold(struct otter_update *update, bool hold);

#endif
