/*
 * Puts what comes as a stream into a partition as it is.
 */
#ifndef OTTER_COPY_H
#define OTTER_COPY_H

#include "core/mem.h"
#include "core/stream.h"

#define OTTER_COPY_PIECE 1024 /* bytes of work memory */

/*
 * Exactly `size` bytes, to the source's end. Each block is erased when the first byte for it has come; those after the
 * last keep what they hold. Before anything is erased: OTTER_E_TOO_LARGE for more than the partition has,
 * OTTER_E_NO_MEMORY. Then OTTER_E_TRUNCATED and OTTER_E_FORMAT for fewer and more bytes than `size`, and the errors of
 * the source and the flash. May be repeated.
 */
int otter_copy(const struct otter_part *part, struct otter_stream *source, uint32_t size, struct otter_mem mem);

#endif
