/*
 * What the core has to know of a board, as one const struct in the board's board.c.
 */
#ifndef OTTER_CONFIG_H
#define OTTER_CONFIG_H

#include "core/auth.h"
#include "core/codec.h"
#include "core/part.h"

struct otter_format;

/* The key that wraps the content keys of a product's packages, and encrypts what the board saves of itself. */
struct otter_product_key {
    uint8_t id[OTTER_KEY_ID_SIZE];
    const uint8_t *bytes; /* OTTER_AES256_KEY_SIZE of them */
};

struct otter_config {
    const char *board;
    const struct otter_part *parts;            /* ends with a NULL name */
    const struct otter_codec *const *codecs;   /* ends with NULL */
    const struct otter_format *const *formats; /* the packages that are accepted; ends with NULL */

    /* Of RBL packages, which prove nothing: whoever reaches the device can install them where they are accepted. */
    const uint8_t *rbl_key; /* OTTER_AES256_KEY_SIZE bytes, or NULL: encrypted RBL is refused */
    const uint8_t *rbl_iv;  /* OTTER_AES_BLOCK_SIZE bytes */

    /* Of Otter packages. */
    const struct otter_key *keys;                /* trusted: two or more, so that one can be replaced */
    const struct otter_product_key *product_key; /* or NULL: encrypted packages are refused */
    const char *product;                         /* a package for another one is refused */
    const char *hardware;
    uint32_t boot_version; /* of the bootloader: major << 16 | minor << 8 | patch */
    uint16_t chunk_max;    /* bytes of the largest chunk that the work memory has room for */

    bool (*may_erase)(void); /* asked before every erase of an install, for the supply's sake; NULL: always */
};

#endif
