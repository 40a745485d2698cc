/*
 * Bytes that end where the process's memory ends: who reads one too many dies.
 */
#ifndef SIM_GUARD_H
#define SIM_GUARD_H

#include <stddef.h>
#include <stdint.h>

struct sim_guard {
    uint8_t *pages;
    size_t size; /* of pages, without the unreadable one */
};

struct sim_guard sim_guard_new(size_t most);
void sim_guard_free(struct sim_guard *g);

/* A copy of data, at most as many bytes as `most` was, that ends at an unreadable page. */
uint8_t *sim_guard_copy(struct sim_guard *g, const void *data, size_t len);

#endif
