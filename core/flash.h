/*
 * A flash device: geometry and three operations, as const data.
 *
 * A program unit is programmed once between two erases, whatever the chip would bear; so the same code
 * is right on NOR and on flash with ECC. Erased bytes read as 0xFF. Mixed sector sizes are several devices.
 */
#ifndef OTTER_FLASH_H
#define OTTER_FLASH_H

#include <stdint.h>

#define OTTER_ERASED 0xFF

struct otter_flash {
    const char *name;    /* as users know it: "onchip_flash" */
    uint32_t addr;       /* where the CPU sees offset 0, if it is mapped; 0 if not */
    uint32_t size;       /* bytes, a multiple of erase_size */
    uint32_t erase_size; /* bytes per erase block, a power of two */
    uint32_t prog_size;  /* bytes per program unit, a power of two, at most OTTER_PROG_MAX */

    /*
     * Offsets and lengths arrive checked by otter_part: inside the device; prog in whole units, erase in whole
     * blocks. Each returns 0 or a negative otter_err, and may be called again after a failure. A power cut may
     * leave the unit or block that was under way with any content.
     */
    int (*read)(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len);
    int (*prog)(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len);
    int (*erase)(const struct otter_flash *flash, uint32_t off, uint32_t len);
    void *ctx; /* the driver's own */
};

#define OTTER_PROG_MAX 32 /* bytes: the largest program unit; an RBL header is three of them */

#endif
