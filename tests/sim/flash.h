/*
 * A simulated flash device in RAM, of any geometry. It holds the caller to the rules of real chips: prog in whole
 * units, each once between two erases; erase in whole blocks; nothing outside. Whoever breaks one gets the error that
 * a driver would give, and the first such violation is kept in words: tests assert that there was none.
 */
#ifndef SIM_FLASH_H
#define SIM_FLASH_H

#include "core/flash.h"
#include "tests/sim/power.h"

struct sim_geometry {
    uint32_t size, erase_size, prog_size; /* bytes */
    bool ecc;                             /* a torn unit reads as OTTER_E_IO */
};

struct sim_counts {
    uint64_t reads, read_bytes;
    uint64_t progs, prog_bytes; /* calls, bytes */
    uint64_t erases, erased_blocks;
};

struct sim_flash {
    struct otter_flash flash; /* what partitions lie on */
    struct sim_power *power;
    bool ecc;
    uint8_t *bytes;       /* what reads give */
    uint8_t *units;       /* state of each unit, see flash.c */
    uint32_t weak;        /* an upper bound of the units that will turn into garbage */
    uint32_t *unit_progs; /* times that each unit was programmed, see flash.c */
    uint32_t *block_erases;
    uint32_t round;                    /* of counting: sim_flash_reset_counts begins a new one */
    unsigned most_progs, most_erases;  /* of any one unit, of any one block, in this round */
    uint32_t uncounted, uncounted_end; /* but for the blocks of this stretch, which may wear more */
    struct sim_counts counts;
    unsigned violations;
    char violation[120]; /* the first one */
};

/* Wholly erased. `addr` as in otter_flash. `name` and `power` must outlive it; sim_flash_free gives it back. */
void sim_flash_init(struct sim_flash *f, const char *name, uint32_t addr, const struct sim_geometry *geometry,
                    struct sim_power *power);
void sim_flash_free(struct sim_flash *f);

/* To be called whenever the device is switched on: what SIM_UNSTABLE left behind ages. */
void sim_flash_power_on(struct sim_flash *f);

/* Puts bytes where a programmer would have put them before the device was first switched on: not counted. */
void sim_flash_load(struct sim_flash *f, uint32_t off, const void *data, uint32_t len);

/* Does to the cells what an operation does that is cut so; SIM_DONE is one that is not. Nothing is counted or checked.
 */
void sim_op_apply(const struct sim_op *op, enum sim_outcome outcome);

void sim_flash_reset_counts(struct sim_flash *f);

/* Contents and the units' states, without counts: size, copy out, copy back. Copying back forgets violations. */
size_t sim_flash_image_size(const struct sim_flash *f);
void sim_flash_save(const struct sim_flash *f, void *image);
void sim_flash_restore(struct sim_flash *f, const void *image);

#endif
