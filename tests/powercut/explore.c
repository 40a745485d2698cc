#include "tests/powercut/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/powercut/log.h"
#include "tests/sim/random.h"

static const enum sim_outcome outcomes[] = {
    SIM_UNDONE,    SIM_TORN_FIRST, SIM_TORN_SECOND,    SIM_TORN_MIDDLE, SIM_TORN_LAST_BUT_ONE,
    SIM_TORN_LAST, SIM_GARBAGE,    SIM_ERASE_UNSTABLE,
};

static const char *const outcome_names[] = {
    [SIM_UNDONE] = "undone",
    [SIM_TORN_FIRST] = "torn in the first unit",
    [SIM_TORN_SECOND] = "torn in the second unit",
    [SIM_TORN_MIDDLE] = "torn in the middle",
    [SIM_TORN_LAST_BUT_ONE] = "torn in the last unit but one",
    [SIM_TORN_LAST] = "torn in the last unit",
    [SIM_GARBAGE] = "garbage",
    [SIM_ERASE_UNSTABLE] = "done, if an erase but unstable",
};

enum {
    OUTCOMES = sizeof outcomes / sizeof *outcomes,
    CUTS_MIN = 10, /* of a random sequence */
    CUTS_MAX = 16,
    REPORTS = 5,
};

/* The nth operation that was done since the cut before, in whichever of the lives since then. */
struct history {
    struct sim_cut cuts[CUTS_MAX];
    unsigned count;
};

struct trial {
    struct world *world;
    const struct options *options;
    struct log first, second; /* the story without cuts, and after the first cut */
    uint8_t *before, *between, *check;
    unsigned long pair;
    struct tally tally;
};

static void report(const struct trial *t, const struct history *h)
{
    const struct world *w = t->world;

    printf("BRICKED: %s: %s: %s\n", w->layout->name, w->story->name, w->failure);
    for (unsigned i = 0; i < h->count; i++)
        printf("    cut at operation %llu: %s\n", (unsigned long long)h->cuts[i].op, outcome_names[h->cuts[i].outcome]);
}

static void count(struct trial *t, const struct history *h)
{
    t->tally.histories++;
    t->tally.cuts += h->count;
    if (t->world->failure && t->tally.bricked++ < REPORTS)
        report(t, h);
}

/* A history goes the same way whatever was tried before it. */
static uint32_t seed_of(const struct trial *t, const struct history *h)
{
    uint32_t seed = t->options->seed;

    for (unsigned i = 0; i < h->count; i++)
        seed = (seed ^ (uint32_t)h->cuts[i].op << 8 ^ h->cuts[i].outcome) * 0x9E3779B1;
    return seed ? seed : 1;
}

static void restart(struct trial *t)
{
    struct world *w = t->world;

    sim_device_restore(&w->device, t->before);
    w->fate = (struct fate){ .lives = 0 };
    w->failure = NULL;
    w->device.power.cut.op = 0;
}

/* ---- planned cuts ---- */

/* What the power leaves when it goes at that entry of a log: done to the cells, without living until then. */
static void cut_at(struct trial *t, struct log *log, unsigned i, struct history *h, struct sim_cut cut)
{
    struct world *w = t->world;
    struct sim_op op = log_op(log, i);

    log_go_to(log, w, i);
    h->cuts[h->count++] = cut;
    w->device.power.random = seed_of(t, h);
    sim_op_apply(&op, cut.outcome);
    w->fate.lives++;
    world_note_cut(w);
}

/* The same, lived: the power goes where the plan says, and flash holds what the plan says. */
static void check_plan(struct trial *t, struct sim_cut cut, const struct history *h)
{
    struct world *w = t->world;

    restart(t);
    w->device.power.random = seed_of(t, h);
    w->device.power.cut = cut;
    while (world_live(w) && w->device.power.ops)
        w->device.power.cut.op -= w->device.power.ops;
    sim_device_save(&w->device, t->check);
    if (!w->device.power.cut.op || memcmp(t->check, t->between, sim_device_image_size(&w->device)))
        t->tally.faults++;
    w->device.power.cut.op = 0;
    sim_device_restore(&w->device, t->between);
}

static bool is_chosen(struct trial *t)
{
    unsigned long of = t->options->pairs_of ? t->options->pairs_of : t->world->layout->pairs_of;

    return of && (t->options->all || t->pair++ % of == t->options->seed % of);
}

static void cut_again_everywhere(struct trial *t, const struct history *first)
{
    uint64_t op = 0;

    for (unsigned i = 0; i < t->second.count; i++) {
        if (!t->second.entries[i].op.flash)
            continue;
        op++;
        for (int o = 0; o < OUTCOMES; o++) {
            struct history pair = *first;
            if (!is_chosen(t))
                continue;
            cut_at(t, &t->second, i, &pair, (struct sim_cut){ op, outcomes[o] });
            world_settle(t->world);
            count(t, &pair);
        }
    }
}

static void cut_everywhere(struct trial *t)
{
    struct world *w = t->world;
    uint64_t op = 0;

    for (unsigned i = 0; i < t->first.count; i++) {
        if (!t->first.entries[i].op.flash)
            continue;
        op++;
        for (int o = 0; o < OUTCOMES; o++) {
            struct sim_cut cut = { op, outcomes[o] };
            struct history h = { .count = 0 };
            cut_at(t, &t->first, i, &h, cut);
            struct fate fate = w->fate;
            const char *failure = w->failure;
            sim_device_save(&w->device, t->between);
            check_plan(t, cut, &h);
            w->fate = fate;
            w->failure = failure;
            w->device.power.random = seed_of(t, &h);
            log_begin(&t->second, w);
            world_settle(w);
            log_end(w);
            count(t, &h);
            if (!w->failure)
                cut_again_everywhere(t, &h);
        }
    }
}

/* ---- random cuts ---- */

/* How far the next life gets: mostly not far, or the story would be over too soon. */
static uint64_t next_op(const struct trial *t, uint32_t *random)
{
    uint32_t ops = log_ops(&t->first), near = ops / 4 + 1;

    if (near > 8)
        near = 8;
    return 1 + sim_random_below(random, sim_random_below(random, 6) ? near : ops);
}

static void cut_at_random(struct trial *t, uint32_t *random)
{
    struct world *w = t->world;
    struct history h = { .count = 0 };
    unsigned cuts = CUTS_MIN + sim_random_below(random, CUTS_MAX - CUTS_MIN + 1);
    bool is_over = false;

    restart(t);
    while (h.count < cuts && !is_over && !w->failure) {
        struct sim_cut cut = { next_op(t, random), outcomes[sim_random_below(random, OUTCOMES)] };
        h.cuts[h.count] = cut;
        w->device.power.random = sim_random(random);
        w->device.power.cut = cut;
        while (world_live(w) && !is_over) {
            is_over = !w->device.power.ops;
            w->device.power.cut.op -= w->device.power.ops;
        }
        h.count += !is_over;
    }
    if (!w->failure)
        world_settle(w);
    t->tally.sequences++;
    t->tally.sequence_cuts += h.count;
    count(t, &h);
}

/* ---- all of a story ---- */

static bool live_without_cuts(struct trial *t)
{
    restart(t);
    log_begin(&t->first, t->world);
    world_settle(t->world);
    log_end(t->world);
    if (!t->world->failure)
        return true;
    count(t, &(struct history){ .count = 0 });
    return false;
}

struct tally explore(const struct layout *layout, const struct story *story, const struct options *options)
{
    static struct world world;
    struct trial t = { .world = &world, .options = options };
    uint32_t random = options->seed * 2654435761u | 1;

    world_init(&world, layout, story, options->p256);
    size_t size = sim_device_image_size(&world.device);
    t.before = malloc(size);
    t.between = malloc(size);
    t.check = malloc(size);
    if (!t.before || !t.between || !t.check)
        abort();
    log_init(&t.first, &world);
    log_init(&t.second, &world);
    sim_device_save(&world.device, t.before);
    if (live_without_cuts(&t)) {
        cut_everywhere(&t);
        for (unsigned long i = 0; i < options->sequences; i++)
            cut_at_random(&t, &random);
    }
    log_free(&t.first);
    log_free(&t.second);
    free(t.before);
    free(t.between);
    free(t.check);
    world_free(&world);
    return t.tally;
}
