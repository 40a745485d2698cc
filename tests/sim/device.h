/*
 * A simulated board: a chip's flash, where the app runs in place, and a NOR flash beside it.
 *
 *     onchip_flash   | bootloader | journal    | app      |
 *     nor_flash      | download   | wifi_image | recovery | factory |
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "core/config.h"
#include "core/install.h"
#include "core/mem.h"
#include "tests/sim/flash.h"
#include "tests/sim/otter_packer.h"
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

enum {
    SIM_BOOTLOADER,
    SIM_JOURNAL, /* two blocks of the chip */
    SIM_APP,
    SIM_DOWNLOAD,
    SIM_WIFI,
    SIM_RECOVERY, /* room for app and wifi_image */
    SIM_FACTORY,  /* as large as download */
    SIM_PARTS,
};

struct sim_device {
    struct sim_power power;
    struct sim_flash chip, nor;
    struct otter_part parts[SIM_PARTS + 1];
    struct otter_config config;
    _Alignas(OTTER_MEM_ALIGN) uint8_t work[SIM_WORK_SIZE];
    _Alignas(OTTER_MEM_ALIGN) uint8_t heads[2][OTTER_HEAD_MAX]; /* for sim_open and sim_installed */
};

extern const uint8_t sim_key[32], sim_iv[16];

#define SIM_BOOT_VERSION 0x010203

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

/* The cells of a partition. */
uint8_t *sim_cells(const struct sim_device *d, int part);

/* A board without that partition. */
static inline void sim_device_remove(struct sim_device *d, int part)
{
    d->parts[part].name = "removed";
}

/* Powers the device and runs code until it ends or, as d->power says, the power goes: false then. */
bool sim_device_run(struct sim_device *d, void (*code)(void *arg), void *arg);

/* Puts the package at the start of a partition as if it had been loaded there before. */
void sim_device_load(struct sim_device *d, int part, const struct sim_package *p);
void sim_device_download(struct sim_device *d, const struct sim_package *p);

/* Reads and judges the head of the package in `download`. */
int sim_open(struct sim_device *d, struct otter_package *pkg);

/* Judges what a partition holds, trailer and image. */
int sim_installed(struct sim_device *d, int part, struct otter_installed *installed);

/* Seeded bytes that start like a program for the app partition: a stack pointer and a reset vector, if there is room.
 */
void sim_image(const struct sim_device *d, uint32_t seed, uint8_t *image, uint32_t size);

/* Whether the partition starts with exactly these bytes, by the cells and not by the driver. */
bool sim_part_holds(const struct sim_device *d, int part, const uint8_t *image, uint32_t size);

void sim_device_reset_counts(struct sim_device *d);

/* Programs and erases since then, of both devices. */
uint64_t sim_device_writes(const struct sim_device *d);

/* The first violation of the rules of flash on either device, or NULL. */
const char *sim_device_violation(const struct sim_device *d);

/* Flash contents: size of an image, out, back. */
size_t sim_device_image_size(const struct sim_device *d);
void sim_device_save(const struct sim_device *d, uint8_t *image);
void sim_device_restore(struct sim_device *d, const uint8_t *image);

#endif
