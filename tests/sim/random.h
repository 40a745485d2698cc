/*
 * Seeded random numbers, so that what a test did can be done again. xorshift32: Marsaglia, "Xorshift RNGs", 2003.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* The state is a seed that is not 0; it moves on with each number. */
static inline uint32_t sim_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* 0 .. limit - 1 */
static inline uint32_t sim_random_below(uint32_t *state, uint32_t limit)
{
    return (uint32_t)((uint64_t)sim_random(state) * limit >> 32);
}

static inline void sim_random_fill(uint32_t *state, void *buf, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buf)[i] = (uint8_t)(sim_random(state) >> 11);
}

#endif
