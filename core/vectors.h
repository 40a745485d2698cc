/*
 * The start of a Cortex-M image: initial stack pointer, then the address of the reset handler (ARMv7-M, B1.5.3).
 */
#ifndef OTTER_VECTORS_H
#define OTTER_VECTORS_H

#include "core/part.h"

#define OTTER_VECTORS_SIZE 8 /* bytes that the check needs */

/*
 * For a partition that runs in place, whether the reset handler lies in the image of raw_size bytes there:
 * OTTER_E_VECTORS if not. Any image suits other partitions.
 */
int otter_vectors_check(const struct otter_part *part, const uint8_t start[OTTER_VECTORS_SIZE], uint32_t raw_size);

#endif
