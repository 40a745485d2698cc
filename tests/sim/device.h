/*
 * A simulated board: a chip's flash, where the app runs in place, and a NOR flash beside it.
 *
 *     onchip_flash   | bootloader | app        |
 *     nor_flash      | download   | wifi_image |
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "core/config.h"
#include "core/mem.h"
#include "tests/sim/flash.h"
#include "tests/sim/packer.h"

#define SIM_CHIP_ADDR 0x08000000 /* where the CPU sees onchip_flash */
#define SIM_WORK_SIZE (192 * 1024)

/* Sizes in bytes; those of partitions are whole blocks of their flash. */
struct sim_board {
    struct sim_geometry chip, nor; /* their sizes come from the partitions */
    uint32_t boot_size, app_size, download_size, wifi_size;
};

extern const struct sim_board sim_board_pages;   /* 2 KB pages of 8-byte units */
extern const struct sim_board sim_board_ecc;     /* the same, torn units unreadable */
extern const struct sim_board sim_board_sectors; /* 8 KB sectors, units of 32 bytes on both devices */

enum { SIM_BOOTLOADER, SIM_APP, SIM_DOWNLOAD, SIM_WIFI, SIM_PARTS };

struct sim_device {
    struct sim_power power;
    struct sim_flash chip, nor;
    struct otter_part parts[SIM_PARTS + 1];
    struct otter_config config;
    uint8_t work[SIM_WORK_SIZE];
};

extern const uint8_t sim_key[32], sim_iv[16];

/* All flash erased. The device holds pointers into itself: it stays where it is until sim_device_free. */
void sim_device_init(struct sim_device *d, const struct sim_board *board);
void sim_device_free(struct sim_device *d);

static inline const struct otter_part *sim_part(const struct sim_device *d, int part)
{
    return &d->parts[part];
}

static inline struct otter_mem sim_mem(struct sim_device *d)
{
    return (struct otter_mem){ d->work, sizeof d->work };
}

/* Powers the device and runs code until it ends or, as d->power says, the power goes: false then. */
bool sim_device_run(struct sim_device *d, void (*code)(void *arg), void *arg);

/* Puts the package into `download` as if it had been loaded there before. */
void sim_device_download(struct sim_device *d, const struct sim_package *p);

/* Seeded bytes that start like a program for the app partition: a stack pointer and a reset vector, if there is room.
 */
void sim_image(const struct sim_device *d, uint32_t seed, uint8_t *image, uint32_t size);

/* Whether the partition starts with exactly these bytes, by the cells and not by the driver. */
bool sim_part_holds(const struct sim_device *d, int part, const uint8_t *image, uint32_t size);

void sim_device_reset_counts(struct sim_device *d);

/* The first violation of the rules of flash on either device, or NULL. */
const char *sim_device_violation(const struct sim_device *d);

/* Flash contents: size of an image, out, back. */
size_t sim_device_image_size(const struct sim_device *d);
void sim_device_save(const struct sim_device *d, uint8_t *image);
void sim_device_restore(struct sim_device *d, const uint8_t *image);

#endif
