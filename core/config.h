/*
 * What the core has to know of a board, as one const struct in the board's board.c.
 */
#ifndef OTTER_CONFIG_H
#define OTTER_CONFIG_H

#include "core/codec.h"
#include "core/part.h"

enum {
    OTTER_ACCEPT_RBL = 1, /* packages without a signature: anyone who reaches the device can install */
};

struct otter_config {
    const char *board;
    const struct otter_part *parts;          /* ends with a NULL name */
    const struct otter_codec *const *codecs; /* ends with NULL */
    uint32_t accept;                         /* which package formats, OTTER_ACCEPT_* */
    const uint8_t *rbl_key;                  /* OTTER_AES256_KEY_SIZE bytes, or NULL: encrypted RBL is refused */
    const uint8_t *rbl_iv;                   /* OTTER_AES_BLOCK_SIZE bytes */
};

#endif
