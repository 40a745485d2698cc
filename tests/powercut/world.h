/*
 * A simulated device that is to be updated, and its life from power-on: boot, look whether what runs is whole, fetch
 * the new version if it isn't there, boot again.
 */
#ifndef POWERCUT_WORLD_H
#define POWERCUT_WORLD_H

#include "tests/sim/device.h"

enum arrival {
    IN_DOWNLOAD, /* the package lies in `download` when the power first comes */
    OVER_HTTP,   /* the application fetches it */
    DAMAGED,     /* it lies there with a wrong bit, so that it has to be refused and the old version to stay */
};

/* From version 1.0.0 to 2.0.0. Sizes in bytes. */
struct scenario {
    const char *name;
    const struct sim_board *board;
    int part;          /* where the new image goes; for SIM_WIFI, app stays what it is */
    uint32_t old_size; /* of the image that is there; 0 for none */
    uint32_t new_size; /* of the one that comes */
    uint32_t shared;   /* both start with that many equal bytes */
    enum arrival arrival;
    enum otter_rbl_compression compression;
    bool encrypted;
    unsigned ops; /* program and erase operations of an update that nothing interrupts */
};

extern const struct scenario scenarios[]; /* ends with a NULL name */

#define IMAGE_MAX (64 * 1024)

struct world {
    const struct scenario *scenario;
    struct sim_device device;
    struct sim_package package; /* of 2.0.0 */
    uint8_t app[IMAGE_MAX];     /* what `app` holds where the scenario is about another partition */
    uint8_t old_image[IMAGE_MAX], new_image[IMAGE_MAX];
    const char *failure; /* why the device counts as bricked, or NULL */
};

/* A device on 1.0.0 that is about to be updated. */
void world_init(struct world *w, const struct scenario *s);
void world_free(struct world *w);

/* Power on, life, until it idles or w->device.power.cut fires: false then. Judges each image that is started. */
bool world_run(struct world *w);

/*
 * Lives without cuts until the device has settled: whole, up to date, nothing left to write. Sets w->failure if it
 * does not get there, or broke a rule of flash on the way.
 */
void world_settle(struct world *w);

#endif
