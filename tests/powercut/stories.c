/*
 * What is tried.
 */
#include <string.h>

#include "core/err.h"
#include "tests/powercut/server.h"
#include "tests/powercut/world.h"

/* ---- how it begins ---- */

static void new_waits_on_a_blank_device(struct world *w)
{
    world_load(w, SIM_DOWNLOAD, NEW);
}

static void old_runs(struct world *w)
{
    world_install(w, OLD);
}

static void new_waits(struct world *w)
{
    world_install(w, OLD);
    world_load(w, SIM_DOWNLOAD, NEW);
}

static void damaged_new_waits(struct world *w)
{
    new_waits(w);
    w->device.nor.bytes[sim_package_size(&w->packages[NEW]) - 40] ^= 1;
}

static void factory_waits_where_old_runs(struct world *w)
{
    world_install(w, OLD);
    world_load(w, SIM_DOWNLOAD, FACTORY);
}

static void new_is_on_trial(struct world *w)
{
    world_install(w, OLD);
    world_put_on_trial(w, NEW);
}

static void new_runs(struct world *w)
{
    world_install(w, OLD);
    world_install(w, NEW);
}

static void new_runs_and_factory_lies_there(struct world *w)
{
    world_load(w, SIM_FACTORY, FACTORY);
    new_runs(w);
}

static void factory_lies_where_new_waits(struct world *w)
{
    world_load(w, SIM_FACTORY, FACTORY);
    new_waits(w);
}

static void damage_app(struct world *w)
{
    sim_cells(&w->device, w->story->app ? SIM_APP : SIM_WIFI)[w->app_size[NEW] / 2] ^= 0x10;
}

static void lose_package(struct world *w)
{
    memset(sim_cells(&w->device, SIM_DOWNLOAD), OTTER_ERASED, 64);
}

static void new_is_damaged(struct world *w)
{
    new_runs(w);
    damage_app(w);
}

static void new_is_damaged_and_its_package_lost(struct world *w)
{
    new_is_damaged(w);
    lose_package(w);
}

static void only_the_factory_s_is_left(struct world *w)
{
    world_load(w, SIM_FACTORY, OLD);
    new_is_damaged_and_its_package_lost(w);
    sim_cells(&w->device, SIM_RECOVERY)[3] ^= 1;
}

/* ---- what the application does ---- */

static void confirms(struct world *w)
{
    if (otter_confirm(&w->update))
        world_fail(w, "cannot confirm itself");
}

static void confirms_in_its_last_start(struct world *w)
{
    if (w->update.status.on_trial && !w->update.status.trials_left)
        confirms(w);
}

static void hangs(struct world *w)
{
    (void)w;
}

static void hangs_if_new(struct world *w)
{
    if (w->runs != NEW)
        confirms(w);
}

static void goes_back_if_new(struct world *w)
{
    if (w->runs != NEW)
        return confirms(w);
    int err = otter_rollback(&w->update, sim_mem(&w->device));
    if (err)
        world_fail(w, otter_strerror(err));
}

static bool was_rolled_back(const struct world *w)
{
    return w->update.status.result == OTTER_RESULT_TRIALS;
}

/* In words of an application: not now; and now. */
static void holds_for_a_while(struct world *w)
{
    if (w->runs == OLD && !was_rolled_back(w) && (otter_hold(&w->update, true) || otter_hold(&w->update, false)))
        world_fail(w, "cannot hold an installation back");
    confirms(w);
}

static void fetches_new(struct world *w)
{
    confirms(w);
    if (w->runs == NEW || world_downloaded(w, NEW) || was_rolled_back(w))
        return;
    if (server_download(&w->device, &w->packages[NEW]))
        world_fail(w, "the download failed");
}

/* ---- the button ---- */

static bool until_factory_runs(const struct world *w)
{
    return !w->fate.factory_ran;
}

static bool from_the_second_start_until_factory_runs(const struct world *w)
{
    return w->fate.lives > 0 && !w->fate.factory_ran;
}

const struct story stories[] = {
    { .name = "first install",
      .app = true,
      .begin = new_waits_on_a_blank_device,
      .act = confirms,
      .ends_on = NEW,
      .result = OTTER_RESULT_CONFIRMED,
      .confirms_at = 1 },
    { .name = "update",
      .app = true,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "update of two images",
      .app = true,
      .wifi = true,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "update, encrypted and compressed",
      .app = true,
      .compression = OTTER_RBL_GZIP,
      .encrypted = true,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "update of another partition",
      .wifi = true,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "update that is fetched",
      .app = true,
      .begin = old_runs,
      .act = fetches_new,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "update that was held back",
      .app = true,
      .begin = new_waits,
      .act = holds_for_a_while,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "confirm, with counter and revocation",
      .app = true,
      .begin = new_is_on_trial,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 2,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "trials, the last of which confirms",
      .app = true,
      .begin = new_waits,
      .act = confirms_in_its_last_start,
      .ends_on = NEW,
      .confirms_at = 3,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "rollback after the trials",
      .app = true,
      .begin = new_waits,
      .act = hangs,
      .ends_on = OLD,
      .result = OTTER_RESULT_TRIALS },
    { .name = "rollback of two images",
      .app = true,
      .wifi = true,
      .begin = new_is_on_trial,
      .act = hangs,
      .ends_on = OLD,
      .result = OTTER_RESULT_TRIALS },
    { .name = "rollback on request",
      .app = true,
      .begin = new_runs,
      .act = goes_back_if_new,
      .ends_on = OLD,
      .result = OTTER_RESULT_REQUESTED,
      .same_counter = true },
    { .name = "rollback on request, of two images",
      .app = true,
      .wifi = true,
      .begin = new_runs,
      .act = goes_back_if_new,
      .ends_on = OLD,
      .result = OTTER_RESULT_REQUESTED,
      .same_counter = true },
    { .name = "healing from the package",
      .app = true,
      .begin = new_is_damaged,
      .act = confirms,
      .ends_on = NEW,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "healing from the copy",
      .app = true,
      .begin = new_is_damaged_and_its_package_lost,
      .act = confirms,
      .ends_on = OLD,
      .result = OTTER_RESULT_DAMAGED,
      .same_counter = true },
    { .name = "healing of two images from the copies",
      .app = true,
      .wifi = true,
      .begin = new_is_damaged_and_its_package_lost,
      .act = confirms,
      .ends_on = OLD,
      .result = OTTER_RESULT_DAMAGED,
      .same_counter = true },
    { .name = "healing from the factory image",
      .app = true,
      .begin = only_the_factory_s_is_left,
      .act = hangs_if_new,
      .ends_on = OLD,
      .result = OTTER_RESULT_FACTORY,
      .same_counter = true },
    { .name = "factory image by the button",
      .app = true,
      .begin = new_runs_and_factory_lies_there,
      .act = confirms,
      .button = until_factory_runs,
      .ends_on = FACTORY,
      .result = OTTER_RESULT_FACTORY },
    { .name = "factory image by the button, during an update",
      .app = true,
      .begin = factory_lies_where_new_waits,
      .act = hangs,
      .button = from_the_second_start_until_factory_runs,
      .ends_on = FACTORY,
      .result = OTTER_RESULT_FACTORY },
    { .name = "refusal of a damaged package",
      .app = true,
      .begin = damaged_new_waits,
      .act = confirms,
      .ends_on = OLD,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "refusal of an older counter",
      .app = true,
      .begin = factory_waits_where_old_runs,
      .act = confirms,
      .ends_on = OLD,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "RBL: update",
      .app = true,
      .rbl = true,
      .compression = OTTER_RBL_QUICKLZ,
      .encrypted = true,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "RBL: update of all of the partition",
      .app = true,
      .rbl = true,
      .fills = true,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "RBL: rollback of all of the partition",
      .app = true,
      .rbl = true,
      .fills = true,
      .begin = new_is_on_trial,
      .act = hangs,
      .ends_on = OLD,
      .result = OTTER_RESULT_TRIALS },
    { .name = "RBL: update of another partition",
      .wifi = true,
      .rbl = true,
      .compression = OTTER_RBL_FASTLZ,
      .begin = new_waits,
      .act = confirms,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "RBL: update that is fetched",
      .app = true,
      .rbl = true,
      .begin = old_runs,
      .act = fetches_new,
      .ends_on = NEW,
      .confirms_at = 1,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = "RBL: rollback after the trials",
      .app = true,
      .rbl = true,
      .begin = new_is_on_trial,
      .act = hangs,
      .ends_on = OLD,
      .result = OTTER_RESULT_TRIALS },
    { .name = "RBL: healing from the copy",
      .app = true,
      .rbl = true,
      .begin = new_is_damaged_and_its_package_lost,
      .act = confirms,
      .ends_on = OLD,
      .result = OTTER_RESULT_DAMAGED },
    { .name = "RBL: refusal of a damaged package",
      .app = true,
      .rbl = true,
      .begin = damaged_new_waits,
      .act = confirms,
      .ends_on = OLD,
      .result = OTTER_RESULT_CONFIRMED },
    { .name = NULL },
};
