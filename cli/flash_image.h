/*
 * All of a board's flash, in memory: its partitions, with drivers that write there.
 */
#ifndef CLI_FLASH_IMAGE_H
#define CLI_FLASH_IMAGE_H

#include <stdio.h>

#include "cli/boards.h"

#define FLASH_IMAGE_DEVICES 4
#define FLASH_IMAGE_PARTS   16

/* Points into itself: neither move nor copy it. */
struct flash_image {
    const struct board *board;
    uint32_t base;  /* the lowest address of its devices */
    uint32_t size;  /* bytes from there to the highest */
    uint8_t *bytes; /* what they hold */
    uint8_t *used;  /* 1 for each that was programmed */
    struct otter_flash devices[FLASH_IMAGE_DEVICES];
    struct otter_part parts[FLASH_IMAGE_PARTS + 1];
};

/* Erased. */
void flash_image_init(struct flash_image *image, const struct board *board);
void flash_image_free(struct flash_image *image);

/* The bytes from the lowest address on: all, or only to the last one that was programmed. */
void flash_image_write_raw(const struct flash_image *image, FILE *out, bool used_only);

/* Intel HEX of what was programmed. */
void flash_image_write_hex(const struct flash_image *image, FILE *out);

#endif
