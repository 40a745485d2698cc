/*
 * Partitions: names on stretches of flash devices. The one place where range and alignment are checked.
 */
#ifndef OTTER_PART_H
#define OTTER_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/flash.h"

enum {
    OTTER_PART_INSTALL = 1, /* a package may name it as its destination */
    OTTER_PART_EXEC = 2,    /* its image runs in place, so its vector table must point into itself */
    OTTER_PART_FILE = 4,    /* a person may put any file there, as it is */
};

struct otter_part {
    const char *name; /* at most OTTER_PART_NAME_MAX characters */
    const struct otter_flash *flash;
    uint32_t off;  /* bytes from the device's start, on an erase block */
    uint32_t size; /* bytes, whole erase blocks */
    uint32_t flags;
};

#define OTTER_PART_NAME_MAX 16

/* The entry of that name in a table that ends with a NULL name, or NULL. */
const struct otter_part *otter_part_find(const struct otter_part *table, const char *name);

/* Whether every entry is aligned, inside its device, and clear of its neighbours: OTTER_E_CONFIG if not. */
int otter_part_check(const struct otter_part *table);

/* Any offset and length inside the partition: OTTER_E_RANGE otherwise. */
int otter_part_read(const struct otter_part *part, uint32_t off, void *buf, size_t len);

/* Whole program units (OTTER_E_ALIGN otherwise) that are erased. */
int otter_part_prog(const struct otter_part *part, uint32_t off, const void *buf, size_t len);

/* Whole erase blocks (OTTER_E_ALIGN otherwise), so that a neighbour cannot lose a byte. */
int otter_part_erase(const struct otter_part *part, uint32_t off, size_t len);

/* The last program unit may be short: it is filled with OTTER_ERASED. `off` is on a unit. */
int otter_part_prog_tail(const struct otter_part *part, uint32_t off, const void *buf, size_t len);

/* 1 if every byte of the stretch reads as erased, 0 if not, or a negative error. */
int otter_part_is_blank(const struct otter_part *part, uint32_t off, size_t len);

#endif
