/*
 * Images that look like firmware, made by chance: functions that call each other, words that point at them and into
 * RAM, text. A second version of an image has some functions changed, so that all that follow move.
 */
#ifndef TESTS_DELTA_FIRMWARE_H
#define TESTS_DELTA_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#define FIRMWARE_LOAD 0x08010000u

struct firmware {
    uint32_t seed;      /* two images of one seed have the same functions ... */
    unsigned functions; /* at least 1 */
    unsigned changed;   /* ... but of every 1000, so many are others */
    uint32_t change;    /* which ones */
};

/* To be freed by the caller. */
uint8_t *firmware_make(struct firmware f, size_t *size);

/* xorshift32 (Marsaglia 2003); the state is never 0. */
uint32_t firmware_random(uint32_t *state);

#endif
