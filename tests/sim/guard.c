#include "tests/sim/guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct sim_guard sim_guard_new(size_t most)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (most + page - 1) / page * page + page;
    uint8_t *pages = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages + size, page, PROT_NONE))
        abort();
    return (struct sim_guard){ pages, size };
}

void sim_guard_free(struct sim_guard *g)
{
    munmap(g->pages, g->size + (size_t)sysconf(_SC_PAGESIZE));
}

uint8_t *sim_guard_copy(struct sim_guard *g, const void *data, size_t len)
{
    uint8_t *to = g->pages + g->size - len;

    return len ? memcpy(to, data, len) : to;
}
