/*
 * What a delta knows of Thumb code: Arm v7-M Architecture Reference Manual, A7.7.12 (B, encoding T4), A7.7.18 (BL). An
 * instruction of 32 bits is a word with its first halfword lowest.
 */
#ifndef OTTER_CODEC_THUMB_H
#define OTTER_CODEC_THUMB_H

#include <stdbool.h>
#include <stdint.h>

static inline bool otter_thumb_is_branch(uint32_t w)
{
    return (w & 0x9000F800) == 0x9000F000;
}

/* Bytes from the branch's address + 4 to its target. */
static inline uint32_t otter_thumb_offset(uint32_t w)
{
    uint32_t s = w >> 10 & 1, i1 = (w >> 29 & 1) ^ s ^ 1, i2 = (w >> 27 & 1) ^ s ^ 1;

    return (0u - s) << 24 | i1 << 23 | i2 << 22 | (w & 0x3FF) << 12 | (w >> 16 & 0x7FF) << 1;
}

static inline uint32_t otter_thumb_with_offset(uint32_t w, uint32_t off)
{
    uint32_t s = off >> 24 & 1, j1 = (off >> 23 & 1) ^ s ^ 1, j2 = (off >> 22 & 1) ^ s ^ 1;

    return (w & 0xD000F800) | s << 10 | (off >> 12 & 0x3FF) | (off >> 1 & 0x7FF) << 16 | j1 << 29 | j2 << 27;
}

/* Where Cortex-M chips have RAM: SRAM, some makers' second bank, and below SRAM. */
static inline bool otter_thumb_is_ram(uint32_t w)
{
    return w >> 24 == 0x20 || w >> 20 == 0x100 || w >> 20 == 0x1FF;
}

#endif
