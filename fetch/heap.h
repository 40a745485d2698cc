/*
 * A heap in memory that the caller gives, for libraries that cannot do without one. Bounded, so that what they need is
 * known; when it is full, it says so. Eight bytes a block.
 *
 *     | size, in use | block ... | size, in use | block ... |
 */
#ifndef OTTER_HEAP_H
#define OTTER_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/mem.h"

struct otter_heap {
    uint8_t *base;
    size_t size; /* bytes */
    size_t peak; /* the most of them that were ever needed, with what lay free between blocks */
};

/* The memory is the heap's from now on; less than 64 bytes of it make a heap that is always full. */
void otter_heap_init(struct otter_heap *heap, struct otter_mem mem);

/* Zeroed, aligned to OTTER_MEM_ALIGN; NULL where there is no room, and for no bytes. */
void *otter_heap_take(struct otter_heap *heap, size_t count, size_t size);

/* A block of this heap, once; or NULL. */
void otter_heap_give(struct otter_heap *heap, void *block);

#endif
