#include "tests/powercut/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/powercut/cached_p256.h"
#include "tests/sim/random.h"

enum {
    LIVES_MAX = 16,      /* of any device that settles */
    BOOTS_TO_SETTLE = 3, /* starts that write something and are no trials */
};

static const char *const names[VERSIONS] = { "0.9.0", "1.0.0", "2.0.0" };

void world_fail(struct world *w, const char *why)
{
    if (!w->failure)
        w->failure = why;
}

/* ---- what runs ---- */

static bool holds(const struct world *w, enum version v)
{
    return (!w->story->app || sim_part_holds(&w->device, SIM_APP, w->app_images[v], w->app_size[v])) &&
           (!w->story->wifi || sim_part_holds(&w->device, SIM_WIFI, w->wifi_images[v], w->wifi_size[v]));
}

/*
 * What is about to be started has to be one of the versions, bit for bit, the one that its trailer claims, and the same
 * in all partitions that the story is about.
 */
static void judge_start(struct world *w)
{
    int v = FACTORY;

    while (v < VERSIONS && !holds(w, (enum version)v))
        v++;
    if (v == VERSIONS)
        return world_fail(w, "started something that is neither version, or a mixture");
    if (w->story->app && strcmp(w->app.version, names[v]))
        world_fail(w, "started another version than the trailer says");
    if (!w->story->app && !sim_part_holds(&w->device, SIM_APP, w->app_images[OLD], w->app_size[OLD]))
        world_fail(w, "app was touched by an update of another partition");
    w->runs = (enum version)v;
    w->fate.factory_ran |= v == FACTORY;
}

static bool is_worn(const struct sim_flash *f)
{
    return f->most_erases > 1 || f->most_progs > 1;
}

/* The bootloader's rule, and the application's: what one deleted, the other may write anew. But for the journal. */
static void judge_wear(struct world *w)
{
    if (is_worn(&w->device.chip) || is_worn(&w->device.nor))
        world_fail(w, "a block erased or a unit programmed twice in one life");
    sim_device_reset_counts(&w->device);
}

static void live(void *arg)
{
    static const struct boot_view blind;
    struct world *w = arg;
    bool button = w->story->button && w->story->button(w);

    if (boot_run(&w->device.config, sim_mem(&w->device), &blind, button, &w->app))
        return world_fail(w, "nothing to start");
    judge_start(w);
    judge_wear(w);
    if (w->failure || !w->story->act)
        return;
    otter_update_open(&w->update, &w->device.config, w->update_work, sizeof w->update_work);
    w->story->act(w);
}

static struct otter_record look(struct world *w)
{
    struct otter_journal journal;

    otter_journal_open(&journal, sim_part(&w->device, SIM_JOURNAL));
    if (journal.record.counter < w->fate.counter)
        world_fail(w, "the security counter fell");
    if (w->fate.revoked & ~journal.record.revoked)
        world_fail(w, "a revoked key was forgotten");
    w->fate.counter = journal.record.counter;
    w->fate.revoked = journal.record.revoked;
    return journal.record;
}

static bool run(struct world *w)
{
    struct sim_device *d = &w->device;

    w->app.on_trial = false;
    if (w->power_on && (d->chip.weak || d->nor.weak))
        w->power_on(w, w->arg);
    sim_device_reset_counts(d);
    bool whole = sim_device_run(d, live, w);
    w->fate.lives++;
    judge_wear(w);
    if (sim_device_violation(d))
        world_fail(w, sim_device_violation(d));
    return whole;
}

bool world_live(struct world *w)
{
    bool whole = run(w);

    if (whole)
        look(w);
    else
        world_note_cut(w);
    return whole;
}

void world_note_cut(struct world *w)
{
    w->device.power.off = false;
    w->fate.spent += look(w).state == OTTER_STATE_TRIAL;
}

/* ---- the end ---- */

static uint32_t counter_of(const struct story *s, enum version v)
{
    return v == NEW && !s->same_counter ? 3 : v == FACTORY ? 1 : 2;
}

/* What the application is told, and what a confirmed version leaves behind. */
static void judge_record(struct world *w, const struct otter_record *r, bool rolled_back)
{
    const struct story *s = w->story;
    bool has_counter = !s->rbl && r->result == OTTER_RESULT_CONFIRMED && w->runs == NEW;

    if (r->state != OTTER_STATE_IDLE)
        world_fail(w, "something is under way for ever");
    if (r->result != s->result &&
        !(rolled_back && (r->result == OTTER_RESULT_TRIALS || r->result == OTTER_RESULT_KEPT)))
        world_fail(w, "the wrong result is told");
    if (has_counter && r->counter != counter_of(s, NEW))
        world_fail(w, "the security counter was not raised");
    if (has_counter && !(r->revoked >> SIM_HMAC & 1))
        world_fail(w, "the key was not revoked");
}

static void judge_end(struct world *w)
{
    const struct story *s = w->story;
    struct otter_record record = look(w);
    bool may_be_rolled_back = s->confirms_at && w->fate.spent + s->confirms_at > BOOT_TRIALS;

    if (w->runs != s->ends_on && !(may_be_rolled_back && w->runs == OLD))
        world_fail(w, "did not end on the right version");
    judge_record(w, &record, may_be_rolled_back);
}

void world_settle(struct world *w)
{
    struct sim_device *d = &w->device;
    unsigned lives = 0, boots = 0;
    bool settled = false;

    d->power.cut.op = 0;
    for (; lives < LIVES_MAX && !w->failure && !settled; lives++) {
        world_live(w);
        boots += d->power.ops && !w->app.on_trial;
        settled = !d->power.ops && !d->chip.weak && !d->nor.weak;
    }
    if (!w->failure && !settled)
        world_fail(w, "still writing after the last life");
    if (!w->failure && boots > BOOTS_TO_SETTLE)
        world_fail(w, "it took too many starts");
    if (!w->failure)
        judge_end(w);
}

/* ---- how it begins ---- */

static void must(bool is_true, const struct world *w, const char *what)
{
    if (is_true)
        return;
    fprintf(stderr, "%s, %s: %s\n", w->layout->name, w->story->name, what);
    exit(2);
}

void world_load(struct world *w, int part, enum version v)
{
    must(sim_package_size(&w->packages[v]) <= sim_part(&w->device, part)->size, w, "the package does not fit");
    sim_device_load(&w->device, part, &w->packages[v]);
}

void world_put_on_trial(struct world *w, enum version v)
{
    static const struct boot_view blind;

    world_load(w, SIM_DOWNLOAD, v);
    must(!boot_run(&w->device.config, sim_mem(&w->device), &blind, false, &w->app) && holds(w, v), w, "no beginning");
    must(w->app.on_trial, w, "no trial");
}

void world_install(struct world *w, enum version v)
{
    world_put_on_trial(w, v);
    otter_update_open(&w->update, &w->device.config, w->update_work, sizeof w->update_work);
    must(!otter_confirm(&w->update), w, "no confirmation");
}

bool world_downloaded(struct world *w, enum version v)
{
    struct otter_package pkg;

    return !sim_open(&w->device, &pkg) && !strcmp(pkg.version, names[v]);
}

/*
 * The second block of the new image is the old one's, the third is blank: what is right already, and what looks right
 * after an erase that was cut.
 */
static void make_images(struct world *w)
{
    const struct layout *l = w->layout;

    for (uint32_t v = 0; v < VERSIONS; v++) {
        w->app_size[v] = w->story->fills ? l->board.app_size - OTTER_RBL_HEADER_SIZE - 1 - 13 * v : l->app_size[v];
        w->wifi_size[v] = l->wifi_size[v];
        sim_image(&w->device, 10 + v, w->app_images[v], w->app_size[v]);
        sim_image(&w->device, 20 + v, w->wifi_images[v], w->wifi_size[v]);
    }
    uint32_t page = l->board.chip.erase_size, sector = l->board.nor.erase_size;
    if (w->app_size[NEW] > 3 * page) {
        memcpy(w->app_images[NEW] + page, w->app_images[OLD] + page, page);
        memset(w->app_images[NEW] + 2 * page, OTTER_ERASED, page);
    }
    if (w->wifi_size[NEW] > 2 * sector)
        memset(w->wifi_images[NEW] + sector, OTTER_ERASED, sector);
}

static void pack_rbl(struct world *w, enum version v, bool wifi)
{
    const struct story *s = w->story;
    const struct sim_recipe r = { .part = wifi ? "wifi_image" : "app",
                                  .version = names[v],
                                  .compression = s->compression,
                                  .key = s->encrypted ? sim_key : NULL,
                                  .iv = sim_iv };

    sim_pack(&w->packages[v], &r, wifi ? w->wifi_images[v] : w->app_images[v], wifi ? w->wifi_size[v] : w->app_size[v]);
}

static void pack_otter(struct world *w, enum version v, bool app, bool wifi)
{
    static const enum sim_key revoked[] = { SIM_HMAC };
    struct sim_otter_recipe r = {
        .version = names[v],
        .counter = counter_of(w->story, v),
        .signer = w->p256 ? SIM_P256_SECOND : SIM_HMAC_SECOND,
        .chunk_size = 512,
        .compression = w->story->compression,
        .encrypted = w->story->encrypted,
        .revoked = revoked,
        .revoked_count = v == NEW,
    };
    unsigned n = 0;

    if (app)
        r.images[n++] = (struct sim_otter_image){ "app", w->app_images[v], w->app_size[v] };
    if (wifi)
        r.images[n++] = (struct sim_otter_image){ "wifi_image", w->wifi_images[v], w->wifi_size[v] };
    sim_otter_pack(&w->packages[v], &r);
}

static void pack(struct world *w, bool app, bool wifi)
{
    for (int v = FACTORY; v < VERSIONS; v++) {
        if (w->story->rbl)
            pack_rbl(w, (enum version)v, wifi);
        else
            pack_otter(w, (enum version)v, app, wifi);
    }
}

/* Where a story is about another partition, there has to be an app all the same. */
static void install_app_apart(struct world *w)
{
    const struct story *s = w->story;
    struct story app_only = *s;

    app_only.app = true;
    app_only.wifi = false;
    w->story = &app_only;
    pack(w, true, false);
    world_install(w, OLD);
    w->story = s;
}

void world_init(struct world *w, const struct layout *layout, const struct story *story, bool p256)
{
    memset(w, 0, sizeof *w);
    w->layout = layout;
    w->story = story;
    w->p256 = p256;
    sim_device_init(&w->device, &layout->board);
    if (p256)
        w->device.config.keys = cached_p256_keys();
    const struct otter_part *journal = sim_part(&w->device, SIM_JOURNAL);
    w->device.chip.uncounted = journal->off;
    w->device.chip.uncounted_end = journal->off + journal->size;
    make_images(w);
    if (!story->app)
        install_app_apart(w);
    pack(w, story->app, story->wifi);
    story->begin(w);
    w->fate = (struct fate){ .lives = 0 };
    look(w);
    must(!w->failure && !sim_device_violation(&w->device), w, "a bad beginning");
}

void world_free(struct world *w)
{
    sim_device_free(&w->device);
}
