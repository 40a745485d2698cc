/*
 * What lwIP has to know of compiler and board.
 */
#ifndef OTTER_LWIP_CC_H
#define OTTER_LWIP_CC_H

#include <stdlib.h>

#include "boards/board.h"

#define LWIP_RAND() board_random()

/* A broken invariant of lwIP: stop as a fault does, which the board reports. */
#define LWIP_PLATFORM_ASSERT(message) __builtin_trap()
#define LWIP_PLATFORM_DIAG(message)

#endif
