/*
 * A simulated device, and its life from power-on: boot, look whether what runs is whole, do what the application does.
 *
 * Three versions exist: what left the factory, the old one, and the new one.
 */
#ifndef POWERCUT_WORLD_H
#define POWERCUT_WORLD_H

#include "boot/boot.h"
#include "core/update.h"
#include "tests/sim/device.h"

enum version { FACTORY, OLD, NEW, VERSIONS };

enum { IMAGE_MAX = 136 * 1024 };

/* A board, and the sizes of its images, bytes. */
struct layout {
    const char *name;
    struct sim_board board;
    uint32_t app_size[VERSIONS], wifi_size[VERSIONS];
    unsigned pairs_of; /* of so many pairs of cuts, one is tried in a quick run; 0: none */
};

struct world;

/* What is tried: how it begins, what the application does, how it has to end. */
struct story {
    const char *name;
    bool app, wifi; /* what its packages write */
    bool rbl;
    bool fills;        /* images as large as the partition allows */
    bool same_counter; /* the old version and the new one have the same security counter: there is a way back */
    enum otter_rbl_compression compression;
    bool encrypted;
    void (*begin)(struct world *w);
    void (*act)(struct world *w); /* what the application does whenever it runs, by what it sees then */
    bool (*button)(const struct world *w);
    enum version ends_on;
    enum otter_result result; /* that the application sees then */
    /* A new image confirms itself in its nth start, so that cuts may use its trials up, and the old version is right in
     * the end; 0 where that cannot be. */
    unsigned confirms_at;
};

extern const struct layout layouts[]; /* ends with a NULL name */
extern const struct story stories[];  /* ends with a NULL name */

/* What of a life is not in flash. */
struct fate {
    unsigned lives, spent; /* starts so far; those on trial that a cut has ended */
    bool factory_ran;
    uint32_t counter; /* the highest that was seen */
    uint8_t revoked;
};

struct world {
    const struct story *story;
    const struct layout *layout;
    bool p256;
    uint32_t app_size[VERSIONS], wifi_size[VERSIONS]; /* bytes */
    struct sim_device device;
    struct fate fate;
    struct boot_app app; /* what was started last */
    enum version runs;
    struct otter_update update;
    const char *failure; /* why the device counts as bricked, or NULL */

    /* Told of a power-on that changes flash, before it does. Or NULL. */
    void (*power_on)(struct world *w, void *arg);
    void *arg;

    struct sim_package packages[VERSIONS];
    uint8_t app_images[VERSIONS][IMAGE_MAX], wifi_images[VERSIONS][IMAGE_MAX];
    _Alignas(OTTER_MEM_ALIGN) uint8_t update_work[OTTER_UPDATE_WORK];
};

/* At the beginning of the story. Ends the program if it cannot begin. */
void world_init(struct world *w, const struct layout *layout, const struct story *story, bool p256);
void world_free(struct world *w);

/* One start and what follows, until it idles, or w->device.power.cut fires: false then. */
bool world_live(struct world *w);

/* To be called after a cut. */
void world_note_cut(struct world *w);

/*
 * Lives without cuts until nothing is left to write, and judges where that has led. Sets w->failure if it takes too
 * long, ends on the wrong version, or broke a rule of flash on the way.
 */
void world_settle(struct world *w);

/* ---- for stories ---- */

void world_fail(struct world *w, const char *why);
void world_load(struct world *w, int part, enum version v);
void world_install(struct world *w, enum version v); /* and confirms it */
void world_put_on_trial(struct world *w, enum version v);
bool world_downloaded(struct world *w, enum version v);

#endif
