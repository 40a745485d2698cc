/*
 * Applies a patch in memory, with the codec that devices use.
 */
#ifndef CLI_ENCODE_DELTA_APPLY_H
#define CLI_ENCODE_DELTA_APPLY_H

#include "cli/encode/delta/delta.h"
#include "core/codec.h"

struct delta_job {
    const struct otter_codec *codec;
    struct delta_stretch base, patch;
    size_t read_most; /* bytes that are asked for at once; 0 for all */
    int base_err;     /* what reading the base gives */
};

/* Fills in the image, whose size is known: 0, or a negative otter_err; *done bytes of it were made. */
int delta_apply(const struct delta_job *job, uint8_t *image, size_t size, size_t *done);

#endif
