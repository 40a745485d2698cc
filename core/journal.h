/*
 * The journal: one small record that survives power cuts. It says what is under way and what has been decided.
 *
 *     IDLE ----> SAVING ----> INSTALLING ----> TRIAL ----> IDLE        confirmed
 *                                  |             |
 *                                  +--> RESTORING <                    no trial is left, or the image is damaged
 *                                          |
 *                                          +-----> IDLE                restored
 *     any -----> FACTORY ----> IDLE                                    a person asked for it
 *
 * Its partition is two blocks of record slots. Invariants:
 *
 *  J1. The record with the highest sequence number, among those whose CRC is right, is the journal's state.
 *  J2. A block is erased only while the newest record is in the other one.
 *  J3. A slot is programmed only in a block that was erased since the journal was opened, and in which no program
 *      failed: elsewhere a program may have been cut so early that the slot still looks erased. So the records of a
 *      block have no gap, and the first slot that looks erased ends them.
 *  J4. A record's counter is never below that of the record before it, nor is a revoked key ever missing.
 */
#ifndef OTTER_JOURNAL_H
#define OTTER_JOURNAL_H

#include "core/package.h"
#include "core/part.h"

enum otter_state {
    OTTER_STATE_IDLE = 0,       /* nothing is under way */
    OTTER_STATE_SAVING = 1,     /* the images that a package replaces are being copied to `recovery` */
    OTTER_STATE_INSTALLING = 2, /* the package in `download` is being installed */
    OTTER_STATE_TRIAL = 3,      /* a new image runs, until it confirms itself or its trials are used up */
    OTTER_STATE_RESTORING = 4,  /* what was saved is being put back */
    OTTER_STATE_FACTORY = 5,    /* the package in `factory` is being installed */
};

/* How the last update ended. */
enum otter_result {
    OTTER_RESULT_NONE = 0,      /* there was none */
    OTTER_RESULT_CONFIRMED = 1, /* the new image confirmed itself */
    OTTER_RESULT_TRIALS = 2,    /* rolled back: it never confirmed itself */
    OTTER_RESULT_DAMAGED = 3,   /* rolled back: it did not verify */
    OTTER_RESULT_REQUESTED = 4, /* rolled back: the application asked for it */
    OTTER_RESULT_KEPT = 5,      /* it failed, but there was nothing to go back to */
    OTTER_RESULT_FACTORY = 6,   /* the factory image was installed */
};

enum {
    OTTER_RECORD_HELD = 1,    /* the application holds installations back */
    OTTER_RECORD_HEALING = 4, /* the image that was damaged had confirmed itself before: no trial, no rejection */
    OTTER_RECORD_BUTTON = 2,  /* a person asked for the factory image: its security counter does not matter */
};

struct otter_record {
    uint8_t state;    /* enum otter_state */
    uint8_t trials;   /* starts that are left, in TRIAL */
    uint8_t result;   /* enum otter_result, of the last update that ended; while restoring, what it will be */
    uint8_t flags;    /* OTTER_RECORD_* */
    uint32_t counter; /* packages with a lower security counter are refused */
    uint16_t group;   /* of the blocks begun last, while images are written */
    uint8_t image;    /* of the package, that is being written */
    uint8_t revoked;  /* a bit for each of the board's keys */
    uint8_t id[OTTER_PACKAGE_ID_SIZE];       /* of the package that the state is about */
    uint8_t rejected[OTTER_PACKAGE_ID_SIZE]; /* of the package that was rolled back last: not tried again */
};

struct otter_journal {
    const struct otter_part *part; /* NULL: nothing is kept */
    struct otter_record record;    /* the newest; change it, then call otter_journal_write */
    uint32_t sequence;             /* of it */
    uint32_t counter;              /* J4: what no record may fall below */
    uint8_t revoked;
    uint32_t home; /* offset of the block that the newest record is in */
    uint32_t next; /* offset of the slot for the next one */
    uint32_t room; /* bytes from there on that J3 allows to be programmed */
};

/*
 * Reads the newest record; all zeros if there is none. `part`, at least two erase blocks, may be NULL for a board
 * without a journal. Errors of the flash's reading count as a record that is not there.
 */
void otter_journal_open(struct otter_journal *journal, const struct otter_part *part);

/*
 * Writes journal->record, as it stands, as the newest one: 0 means that it will be found from now on, whatever happens.
 * After an error, the one before it or this one is. Its counter and revoked keys are raised to what they have been.
 */
int otter_journal_write(struct otter_journal *journal);

/*
 * Whether a package, be it on arrival or saved earlier, may be installed: OTTER_E_KEY if its key was revoked,
 * OTTER_E_DOWNGRADE if its security counter is too low.
 */
int otter_record_judge(const struct otter_record *record, const struct otter_package *pkg);

#endif
