/*
 * A simulated board on the bench: packages by version, what a start told, and what then runs.
 *
 * The image of version n for a partition is always the same, and different from every other.
 */
#ifndef UNIT_BENCH_H
#define UNIT_BENCH_H

#include "boot/boot.h"
#include "core/update.h"
#include "tests/sim/device.h"

enum { BENCH_IMAGE_MAX = 24 * 1024, BENCH_VERSIONS = 10 };

extern struct sim_device bench;
extern struct sim_package bench_package; /* the last one that was packed */

/* How the next packages are made. bench_start sets all of it back. */
extern struct bench_recipe {
    bool rbl, with_wifi, only_wifi;
    bool keep_counter; /* the security counter of all versions is 1, and not the version */
    enum sim_key signer;
    uint32_t size;                 /* bytes of the app's image */
    struct sim_otter_recipe otter; /* what else is in it; version, counter, signer and images are filled in */
} bench_recipe;

void bench_start(const struct sim_board *board);

/* Asserts that no rule of flash was broken. */
void bench_stop(void);

const uint8_t *bench_image(int part, int version);

/* Into bench_package, and then to a partition. Version n is called "n.0.0". */
void bench_pack(int version);
void bench_load(int part, int version);
void bench_download(int version);

/* What the last start gave, and what it told: a letter for each call of the view, in order. */
extern struct boot_app bench_app;
extern char bench_told[64]; /* s saves, i installs, r restores, f installs the factory image, e ends, x refused, t
                               trial, b rolled back */
extern int bench_err;       /* of the last 'e' or 'x' */
extern char bench_refused[OTTER_VERSION_MAX + 1];
extern enum otter_result bench_why;

int bench_boot(void);
int bench_boot_with_button(void);

/* Starts that version, whole, in all the partitions that its package has written. */
void bench_boots(int version);

/* Whether the partition holds that version's image, bit for bit. */
bool bench_holds(int part, int version);

/* The application that runs now, as it sees itself. */
struct otter_update *bench_update(void);
void bench_confirm(void);

/* Installs and confirms a version. */
void bench_install(int version);

/* The record as the next start will find it. */
struct otter_record bench_record(void);

#endif
