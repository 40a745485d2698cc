#include "fetch/heap.h"

#include <string.h>

/* Before each block; the next one's follows the block. */
struct head {
    uint32_t size; /* of the block, without this */
    uint32_t used;
};

_Static_assert(sizeof(struct head) == OTTER_MEM_ALIGN, "blocks stay aligned");

static struct head *head_at(const struct otter_heap *heap, size_t off)
{
    return (struct head *)(void *)(heap->base + off);
}

void otter_heap_init(struct otter_heap *heap, struct otter_mem mem)
{
    size_t skip = -(uintptr_t)mem.at % OTTER_MEM_ALIGN;
    size_t size = mem.left < skip + 64 ? 0 : (mem.left - skip) / OTTER_MEM_ALIGN * OTTER_MEM_ALIGN;

    *heap = (struct otter_heap){ .base = mem.at + skip, .size = size };
    if (size)
        *head_at(heap, 0) = (struct head){ .size = (uint32_t)(size - sizeof(struct head)) };
}

/* Makes one of a free block and those free behind it. */
static void join(const struct otter_heap *heap, size_t off)
{
    struct head *head = head_at(heap, off);
    size_t next = off + sizeof *head + head->size;

    while (next < heap->size && !head_at(heap, next)->used) {
        head->size += (uint32_t)(sizeof *head + head_at(heap, next)->size);
        next = off + sizeof *head + head->size;
    }
}

static void split(const struct otter_heap *heap, size_t off, size_t size)
{
    struct head *head = head_at(heap, off);
    size_t rest = head->size - size;

    if (rest < 2 * sizeof *head)
        return;
    head->size = (uint32_t)size;
    *head_at(heap, off + sizeof *head + size) = (struct head){ .size = (uint32_t)(rest - sizeof *head) };
}

static void *use(struct otter_heap *heap, size_t off, size_t size)
{
    struct head *head = head_at(heap, off);

    split(heap, off, size);
    head->used = 1;
    if (heap->peak < off + sizeof *head + head->size)
        heap->peak = off + sizeof *head + head->size;
    return memset(head + 1, 0, head->size);
}

/* The first that is large enough. */
void *otter_heap_take(struct otter_heap *heap, size_t count, size_t size)
{
    if (!count || !size || size > heap->size / count)
        return NULL;
    size = OTTER_MEM_ROUND(count * size);
    for (size_t off = 0; off < heap->size; off += sizeof(struct head) + head_at(heap, off)->size) {
        if (head_at(heap, off)->used)
            continue;
        join(heap, off);
        if (head_at(heap, off)->size >= size)
            return use(heap, off, size);
    }
    return NULL;
}

void otter_heap_give(struct otter_heap *heap, void *block)
{
    (void)heap;
    if (block)
        ((struct head *)block - 1)->used = 0;
}
