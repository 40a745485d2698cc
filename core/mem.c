#include "core/mem.h"

void *otter_mem_take(struct otter_mem *mem, size_t size)
{
    size_t skip = (size_t)(-(uintptr_t)mem->at & (OTTER_MEM_ALIGN - 1));

    if (skip > mem->left || size > mem->left - skip)
        return NULL;
    void *taken = mem->at + skip;
    mem->at += skip + size;
    mem->left -= skip + size;
    return taken;
}
