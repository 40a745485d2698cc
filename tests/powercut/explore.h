/*
 * Histories of one story on one board: cut at every operation, with everything that flash may hold then; again at every
 * operation of the life that follows; and at random ones ten times and more.
 */
#ifndef POWERCUT_EXPLORE_H
#define POWERCUT_EXPLORE_H

#include "tests/powercut/world.h"

struct options {
    uint32_t seed;
    bool p256;
    bool all;                /* every pair, whatever a layout says */
    unsigned long sequences; /* of random cuts, for each story on each board */
    unsigned long pairs_of;  /* instead of the layout's; 0: as the layout says */
};

struct tally {
    unsigned long histories, cuts, bricked;
    unsigned long sequences, sequence_cuts; /* of them, random ones */
    unsigned long faults; /* of the suite itself: planned cuts that did not fire, or fired elsewhere */
};

/* Prints the first histories that bricked the device. */
struct tally explore(const struct layout *layout, const struct story *story, const struct options *options);

#endif
