/*
 * One image of a package: where it belongs, what it must be, and the stages that its body goes through.
 */
#ifndef OTTER_IMAGE_H
#define OTTER_IMAGE_H

#include "core/config.h"
#include "core/hash.h"

#define OTTER_STAGES_MAX 3

struct otter_image {
    const struct otter_part *dest; /* NULL if the board has no such partition */
    char part[OTTER_PART_NAME_MAX + 1];
    uint32_t raw_size;             /* bytes of the raw image */
    uint32_t body_off, body_size;  /* bytes in the package's partition */
    const struct otter_hash *hash; /* of the raw image */
    const uint8_t *digest;         /* hash->size bytes in the package's head */
    uint8_t padding;               /* bytes that may follow the image where no codec ends it */
    uint8_t stage_count;
    uint8_t stages[OTTER_STAGES_MAX]; /* enum otter_codec_id, in the order of unpacking */

    /* Of a body in chunks. */
    uint16_t chunk_size;       /* bytes, or 0 */
    const uint8_t *chunk_hash; /* SHA-256 of the first one */
};

#endif
