#include "tests/unit/delta/firmware.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "core/codec/thumb.h"

enum { FUNCTION_MAX = 160 }; /* bytes */

uint32_t firmware_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static uint32_t seed_of(struct firmware f, unsigned i)
{
    uint32_t chance = (f.change + i) * 0x9E3779B1u | 1, seed = (f.seed + i) * 0x85EBCA6Bu | 1;

    firmware_random(&chance);
    if (firmware_random(&chance) % 1000 < f.changed)
        seed += 2 * f.change + 2;
    return seed | 1;
}

static uint32_t add_function(uint8_t *out, uint32_t at, uint32_t seed, const uint32_t *starts, unsigned functions)
{
    unsigned items = firmware_random(&seed) % 30 + 2;

    otter_put_le16(out + at, 0xB510);
    at += 2;
    for (unsigned i = 0; i < items; i++) {
        uint32_t r = firmware_random(&seed);
        if (r % 5 == 0) {
            otter_put_le32(out + at, otter_thumb_with_offset(0xD000F000u, starts[r / 5 % functions] - at - 4));
            at += 4;
        } else {
            otter_put_le16(out + at, (uint16_t)(0x4800 + r % 64 * 16));
            at += 2;
        }
    }
    while (at & 3)
        otter_put_le16(out + at, 0xBF00), at += 2;
    for (unsigned i = 0; i < items / 8; i++, at += 4) {
        uint32_t r = firmware_random(&seed);
        otter_put_le32(out + at, r & 1 ? FIRMWARE_LOAD + starts[r / 2 % functions] + 1 : 0x20000000 + r % 4096 * 4);
    }
    return at;
}

uint8_t *firmware_make(struct firmware f, size_t *size)
{
    uint8_t *out = malloc((size_t)f.functions * FUNCTION_MAX);
    uint32_t *starts = calloc(f.functions, sizeof *starts);
    uint32_t at = 0;

    for (unsigned pass = 0; out && starts && pass < 2; pass++) {
        at = 0;
        for (unsigned i = 0; i < f.functions; i++) {
            uint32_t start = at;
            at = add_function(out, at, seed_of(f, i), starts, f.functions);
            starts[i] = start;
        }
    }
    free(starts);
    *size = at;
    return out;
}
