/*
 * Cuts the power of a device that is being updated: at every operation, with everything that flash may hold then; at
 * every operation of the life that follows; and at random ones again and again. In the end the device has to run what
 * it should, bit for bit.
 *
 *     powercut [--single] [--random N] [--seed S]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/powercut/world.h"
#include "tests/sim/random.h"

static const enum sim_outcome outcomes[] = {
    SIM_UNDONE,    SIM_TORN_FIRST, SIM_TORN_SECOND,    SIM_TORN_MIDDLE, SIM_TORN_LAST_BUT_ONE,
    SIM_TORN_LAST, SIM_GARBAGE,    SIM_ERASE_UNSTABLE, SIM_DONE,
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
    [SIM_DONE] = "done",
};

enum { OUTCOMES = sizeof outcomes / sizeof *outcomes, CUTS_MAX = 16 };

struct tally {
    unsigned long histories, cuts, bricked;
    unsigned long missed; /* cuts that were planned and did not fire */
};

struct history {
    struct sim_cut cuts[CUTS_MAX];
    unsigned count;
};

/* What is the same for all histories of a scenario. */
struct trial {
    struct world *world;
    uint32_t seed;
    uint8_t *before, *between; /* flash before the update, and after the first cut */
    struct tally tally;
};

static void report(const struct trial *t, const struct history *h)
{
    printf("BRICKED: %s: %s\n", t->world->scenario->name, t->world->failure);
    for (unsigned i = 0; i < h->count; i++)
        printf("    cut at operation %llu of life %u: %s\n", (unsigned long long)h->cuts[i].op, i + 1,
               outcome_names[h->cuts[i].outcome]);
}

static void restore(struct trial *t, const uint8_t *image)
{
    sim_device_restore(&t->world->device, image);
    t->world->device.power.cut.op = 0;
    t->world->failure = NULL;
}

/* A history goes the same way whatever was tried before it. */
static uint32_t seed_of(const struct trial *t, const struct history *h)
{
    uint32_t seed = t->seed;

    for (unsigned i = 0; i < h->count; i++)
        seed = (seed ^ (uint32_t)h->cuts[i].op << 8 ^ h->cuts[i].outcome) * 0x01000193;
    return seed ? seed : 1;
}

/* One life with a cut in it. */
static void cut(struct trial *t, struct history *h, struct sim_cut c)
{
    h->cuts[h->count++] = c;
    t->world->device.power.random = seed_of(t, h);
    t->world->device.power.cut = c;
    if (world_run(t->world))
        t->tally.missed++;
    else
        t->tally.cuts++;
}

static void settle(struct trial *t, const struct history *h)
{
    world_settle(t->world);
    t->tally.histories++;
    if (!t->world->failure)
        return;
    if (t->tally.bricked++ < 5)
        report(t, h);
}

/* Operations of a life from `image` on that nothing interrupts. */
static uint64_t ops_from(struct trial *t, const uint8_t *image)
{
    restore(t, image);
    world_run(t->world);
    return t->world->device.power.ops;
}

static void cut_twice(struct trial *t, struct history h)
{
    uint64_t ops = ops_from(t, t->between);

    for (uint64_t op = 1; op <= ops; op++) {
        for (int o = 0; o < OUTCOMES; o++) {
            struct history pair = h;
            restore(t, t->between);
            cut(t, &pair, (struct sim_cut){ op, outcomes[o] });
            settle(t, &pair);
        }
    }
}

static void cut_everywhere(struct trial *t, uint64_t ops, bool twice)
{
    for (uint64_t op = 1; op <= ops; op++) {
        for (int o = 0; o < OUTCOMES; o++) {
            struct history h = { .count = 0 };
            restore(t, t->before);
            cut(t, &h, (struct sim_cut){ op, outcomes[o] });
            sim_device_save(&t->world->device, t->between);
            settle(t, &h);
            if (twice)
                cut_twice(t, h);
        }
    }
}

/* Up to CUTS_MAX lives, each cut somewhere, until one has nothing left to write. */
static void cut_at_random(struct trial *t, uint32_t *seed)
{
    struct history h = { .count = 0 };

    sim_device_restore(&t->world->device, t->before);
    sim_device_save(&t->world->device, t->between);
    while (h.count < CUTS_MAX) {
        uint64_t ops = ops_from(t, t->between);
        if (!ops)
            break;
        struct sim_cut c = { 1 + sim_random_below(seed, (uint32_t)ops), outcomes[sim_random_below(seed, OUTCOMES)] };
        restore(t, t->between);
        cut(t, &h, c);
        if (sim_device_violation(&t->world->device))
            break;
        sim_device_save(&t->world->device, t->between);
    }
    t->world->failure = NULL;
    settle(t, &h);
}

struct options {
    bool single;
    unsigned long random;
    uint32_t seed;
};

static bool try_scenario(const struct scenario *s, const struct options *options, struct tally *sum)
{
    static struct world world;
    struct trial t = { .world = &world, .seed = options->seed };
    uint32_t seed = options->seed;

    world_init(&world, s);
    t.before = malloc(sim_device_image_size(&world.device));
    t.between = malloc(sim_device_image_size(&world.device));
    sim_device_save(&world.device, t.before);
    uint64_t ops = ops_from(&t, t.before);
    unsigned long most = (unsigned long)ops * OUTCOMES;

    cut_everywhere(&t, ops, !options->single);
    bool all_fired = t.tally.cuts >= most && !t.tally.missed && (!options->single || t.tally.cuts == most);
    for (unsigned long i = 0; i < options->random; i++)
        cut_at_random(&t, &seed);
    printf("%-58s %3llu operations, %7lu histories, %7lu cuts, %lu bricked\n", s->name, (unsigned long long)ops,
           t.tally.histories, t.tally.cuts, t.tally.bricked);
    if (ops != s->ops)
        printf("WRONG: an update that nothing interrupts should take %u operations\n", s->ops);
    if (!all_fired || t.tally.missed)
        printf("WRONG: %lu of the planned cuts did not fire\n", t.tally.missed);

    sum->histories += t.tally.histories;
    sum->cuts += t.tally.cuts;
    sum->bricked += t.tally.bricked;
    free(t.before);
    free(t.between);
    world_free(&world);
    return ops == s->ops && all_fired && !t.tally.missed && !t.tally.bricked;
}

static bool parse(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--single"))
            o->single = true;
        else if (!strcmp(argv[i], "--random") && i + 1 < argc)
            o->random = strtoul(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            o->seed = (uint32_t)strtoul(argv[++i], NULL, 10);
        else
            return false;
    }
    return o->seed != 0;
}

int main(int argc, char **argv)
{
    struct options options = { .single = false, .random = 200, .seed = 1 };
    struct tally sum = { 0 };
    unsigned passed = 0, failed = 0;

    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: powercut [--single] [--random SEQUENCES] [--seed NUMBER]\n");
        return 2;
    }
    printf("seed %lu\n", (unsigned long)options.seed);
    for (const struct scenario *s = scenarios; s->name; s++) {
        if (try_scenario(s, &options, &sum))
            passed++;
        else
            failed++;
    }
    printf("scenarios: %u passed, %u failed\n", passed, failed);
    printf("%lu histories, %lu cuts, %lu bricked\n", sum.histories, sum.cuts, sum.bricked);
    return failed ? 1 : 0;
}
