/*
 * Work memory: the caller hands over one stretch, stages take from it in order, nothing is given back.
 */
#ifndef OTTER_MEM_H
#define OTTER_MEM_H

#include <stddef.h>
#include <stdint.h>

struct otter_mem {
    uint8_t *at;
    size_t left; /* bytes */
};

/* Memory for any type, or NULL if less is left. A copy of the struct made before is a mark to go back to. */
void *otter_mem_take(struct otter_mem *mem, size_t size);

#define OTTER_MEM_ALIGN       8
#define OTTER_MEM_ROUND(size) (((size) + OTTER_MEM_ALIGN - 1) / OTTER_MEM_ALIGN * OTTER_MEM_ALIGN)

#endif
