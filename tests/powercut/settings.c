/*
 * Cuts the power of a device that changes its settings: at every flash operation, with everything that flash may hold
 * then; and at every operation soon after that. Each time the settings are those before the change that was cut, or
 * those after it; and in the end they are what they should be.
 *
 *     powercut-settings [--single]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/sim/flash.h"
#include "tests/sim/random.h"
#include "tests/sim/settings.h"

static const enum sim_outcome outcomes[] = {
    SIM_UNDONE,    SIM_TORN_FIRST, SIM_TORN_SECOND, SIM_TORN_MIDDLE,    SIM_TORN_LAST_BUT_ONE,
    SIM_TORN_LAST, SIM_GARBAGE,    SIM_UNSTABLE,    SIM_ERASE_UNSTABLE, SIM_DONE,
};

enum { OUTCOMES = sizeof outcomes / sizeof *outcomes, CHANGES = 14, STATES_MAX = 4 };

struct scenario {
    const char *name;
    struct sim_geometry geometry;
    uint32_t value_max; /* bytes */
    uint64_t second;    /* operations after a cut at which it is cut again */
};

static const struct scenario scenarios[] = {
    { "2 pages of 2 KB, units of 8 with ECC", { 2 * 2048, 2048, 8, true }, 150, 4 },
    { "5 pages of 2 KB, units of 8 with ECC", { 5 * 2048, 2048, 8, true }, 600, 4 },
    { "20 pages of 2 KB, units of 8 with ECC", { 20 * 2048, 2048, 8, true }, 600, 2 },
    { "2 sectors of 4 KB, units of 1", { 2 * 4096, 4096, 1, false }, 400, 4 },
    { "3 sectors of 4 KB, units of 1", { 3 * 4096, 4096, 1, false }, 1024, 4 },
    { "3 sectors of 4 KB, units of 32 with ECC", { 3 * 4096, 4096, 32, true }, 600, 4 },
    { "2 sectors of 128 KB, units of 32", { 2 * 131072, 131072, 32, false }, 1024, 1 },
};

/* A device, and what it should hold. */
struct device {
    struct sim_power power;
    struct sim_flash flash;
    struct otter_part part;
    struct otter_kv kv;
    struct sim_change changes[CHANGES];
    unsigned at; /* the change that is under way */
    bool unseen; /* a program was cut before it left a trace, right after another cut */
    struct sim_settings model;
    const char *failure;
};

struct tally {
    unsigned long histories, cuts, lost;
};

static struct tally tally;

/* ---- lives ---- */

/* The rest of the changes. */
static void live(void *arg)
{
    struct device *d = arg;

    for (; d->at < CHANGES; d->at++) {
        if (sim_change_make(&d->changes[d->at], &d->kv))
            d->failure = "a change was refused";
        sim_change_note(&d->changes[d->at], &d->model);
    }
}

static void power_on(struct device *d)
{
    d->power.off = false;
    sim_flash_power_on(&d->flash);
    if (otter_kv_open(&d->kv, &d->part))
        d->failure = "the store does not open";
}

/* What the settings may be after a cut. */
struct states {
    struct sim_settings each[STATES_MAX];
    unsigned count;
};

/* Takes over as the model what is there, if that may be. */
static void observe(struct device *d, const struct states *may)
{
    const char *what = NULL;

    for (unsigned i = 0; i < may->count; i++) {
        what = sim_settings_differ(&may->each[i], &d->kv);
        if (what)
            continue;
        d->model = may->each[i];
        return;
    }
    if (!d->failure)
        d->failure = what;
}

/* With and without the change that was cut; `other` is what the settings may have been before it as well. */
static void after_cut(const struct device *d, const struct sim_settings *other, struct states *may)
{
    const struct sim_settings *before[2] = { &d->model, other };

    may->count = 0;
    for (int i = 0; i < 2 && before[i]; i++) {
        may->each[may->count++] = *before[i];
        may->each[may->count] = *before[i];
        sim_change_note(&d->changes[d->at], &may->each[may->count++]);
    }
}

/* Runs until the cut; false if it never came. */
static bool run_cut(struct device *d, struct sim_cut cut)
{
    d->power.cut = cut;
    bool ended = sim_power_run(&d->power, live, d);
    d->power.cut.op = 0;
    tally.cuts += !ended;
    return !ended;
}

/* To the end of all changes, and one more, and then the power comes again and again. */
static void settle(struct device *d)
{
    static const struct sim_change last = { SIM_SET, 0, { true, 4, "last" } };

    live(d);
    if (sim_change_make(&last, &d->kv))
        d->failure = "the last change was refused";
    sim_change_note(&last, &d->model);
    for (int i = 0; i < 3; i++) {
        power_on(d);
        if (!d->failure)
            d->failure = sim_settings_differ(&d->model, &d->kv);
    }
    if (!d->failure && d->flash.violations && !d->unseen)
        d->failure = d->flash.violation;
}

static void judge(const struct device *d, const struct scenario *s, const struct sim_cut cuts[2])
{
    tally.histories++;
    if (!d->failure || tally.lost++ >= 5)
        return;
    printf("LOST: %s: %s, cut at operation %llu with outcome %d", s->name, d->failure, (unsigned long long)cuts[0].op,
           cuts[0].outcome);
    if (cuts[1].op)
        printf(", then at %llu with outcome %d", (unsigned long long)cuts[1].op, cuts[1].outcome);
    printf("\n");
}

/* ---- histories ---- */

/* A point to go on from, again and again. */
struct snapshot {
    struct device device;
    uint8_t *flash;
};

static void save(struct snapshot *s, const struct device *d)
{
    s->device = *d;
    sim_flash_save(&d->flash, s->flash);
}

static void restore(struct device *d, const struct snapshot *s, uint32_t seed)
{
    *d = s->device;
    sim_flash_restore(&d->flash, s->flash);
    d->power.random = seed * 2654435761u | 1;
}

struct trial {
    const struct scenario *scenario;
    struct device *device;
    struct snapshot start, first; /* before any cut, after the first one */
    struct sim_settings before;   /* the change that was cut first */
    struct sim_cut cuts[2];
    uint64_t second;
};

static uint32_t seed_of(const struct sim_cut cuts[2])
{
    return (uint32_t)(cuts[0].op * 1000003 + cuts[0].outcome * 10007 + cuts[1].op * 101 + cuts[1].outcome);
}

/* The first cut, up to where the power has come again and the settings have been looked at. */
static bool cut_first(struct trial *t, struct sim_cut cut)
{
    struct states may;

    t->cuts[0] = cut;
    t->cuts[1] = (struct sim_cut){ 0 };
    restore(t->device, &t->start, seed_of(t->cuts));
    if (!run_cut(t->device, cut))
        return false;
    t->before = t->device->model;
    after_cut(t->device, NULL, &may);
    power_on(t->device);
    observe(t->device, &may);
    t->device->at++;
    save(&t->first, t->device);
    return true;
}

/* What was written when the power went may be lost again, if nothing has been written since. */
static void rest_unused(struct trial *t)
{
    struct states may = { .each = { t->device->model, t->before }, .count = 1 };

    may.count += t->cuts[0].outcome == SIM_UNSTABLE;
    for (int i = 0; i < 2; i++) {
        power_on(t->device);
        observe(t->device, &may);
    }
    settle(t->device);
    judge(t->device, t->scenario, t->cuts);
}

/* Whether the first program after the first cut was cut, and looks as if it had not been begun. Nothing on the flash
 * can tell that apart from a place that is good: all but a double program is expected of such a history. */
static bool is_unseen(const struct trial *t, struct sim_cut cut)
{
    const struct otter_kv *before = &t->first.device.kv, *kv = &t->device->kv;
    uint32_t size = kv->part->flash->erase_size;

    return cut.op == 1 && cut.outcome >= SIM_TORN_FIRST && cut.outcome <= SIM_TORN_LAST && kv->next == size &&
           before->next < size && otter_part_is_blank(kv->part, before->head + before->next, 1) == 1;
}

static bool cut_second(struct trial *t, struct sim_cut cut)
{
    struct device *d = t->device;
    struct states may;

    t->cuts[1] = cut;
    restore(d, &t->first, seed_of(t->cuts));
    unsigned begun = d->at;
    if (!run_cut(d, cut))
        return false;
    d->power.off = false;
    d->unseen = is_unseen(t, cut);
    after_cut(d, t->cuts[0].outcome == SIM_UNSTABLE && d->at == begun ? &t->before : NULL, &may);
    power_on(d);
    observe(d, &may);
    d->at++;
    settle(d);
    judge(d, t->scenario, t->cuts);
    return true;
}

static void cut_once(struct trial *t)
{
    settle(t->device);
    judge(t->device, t->scenario, t->cuts);
    restore(t->device, &t->first, 7);
    rest_unused(t);
    bool fired = true;
    for (uint64_t op = 1; fired && op <= t->second; op++)
        for (int o = 0; o < OUTCOMES; o++)
            fired = cut_second(t, (struct sim_cut){ op, outcomes[o] });
}

/* Fills the store by chance until its log has turned a few times and its newest block is nearly full. */
static void prepare(struct device *d, const struct scenario *s, uint32_t *random)
{
    uint32_t turns = 2 * s->geometry.size / s->geometry.erase_size + 3;

    power_on(d);
    while (!d->failure && (d->kv.sequence < turns || d->kv.next + s->value_max + 300 < s->geometry.erase_size)) {
        struct sim_change c = sim_change_random(random, s->value_max);
        if (c.kind == SIM_RESET)
            continue;
        if (sim_change_make(&c, &d->kv))
            d->failure = "a change was refused";
        sim_change_note(&c, &d->model);
    }
    for (int i = 0; i < CHANGES; i++)
        d->changes[i] = sim_change_random(random, s->value_max);
}

static void run(const struct scenario *s, uint32_t seed, bool single)
{
    static struct device device;
    static struct trial t;
    uint32_t random = seed;

    memset(&device, 0, sizeof device);
    sim_power_init(&device.power, seed);
    sim_flash_init(&device.flash, "flash", 0, &s->geometry, &device.power);
    device.part = (struct otter_part){ "easyflash", &device.flash.flash, 0, s->geometry.size, 0 };
    t = (struct trial){ .scenario = s, .device = &device, .second = single ? 0 : s->second };
    t.start.flash = malloc(sim_flash_image_size(&device.flash));
    t.first.flash = malloc(sim_flash_image_size(&device.flash));

    prepare(&device, s, &random);
    save(&t.start, &device);
    bool fired = !device.failure;
    if (!fired)
        judge(&device, s, t.cuts);
    for (uint64_t op = 1; fired; op++) {
        for (int o = 0; fired && o < OUTCOMES; o++) {
            fired = cut_first(&t, (struct sim_cut){ op, outcomes[o] });
            if (fired)
                cut_once(&t);
        }
    }
    free(t.start.flash);
    free(t.first.flash);
    sim_flash_free(&device.flash);
}

int main(int argc, char **argv)
{
    bool single = argc > 1 && !strcmp(argv[1], "--single");

    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        tally = (struct tally){ 0 };
        run(&scenarios[i], 1 + (uint32_t)i, single);
        printf("%-40s %8lu histories, %8lu cuts, %lu lost\n", scenarios[i].name, tally.histories, tally.cuts,
               tally.lost);
        fflush(stdout);
        if (tally.lost || !tally.cuts)
            return 1;
    }
    return 0;
}
