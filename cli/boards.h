/*
 * The boards that `otter image` knows: each is the layout.h of its folder, without its drivers.
 */
#ifndef CLI_BOARDS_H
#define CLI_BOARDS_H

#include "core/part.h"

struct board {
    const char *name;
    const struct otter_flash *const *flashes; /* by address, ends with NULL */
    const struct otter_part *parts;           /* ends with a NULL name */
    bool accepts_rbl;
};

extern const struct board boards[]; /* ends with a NULL name */

#endif
