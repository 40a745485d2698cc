/*
 * Cuts the power of devices that are being updated, rolled back, healed and reset to the factory image. In the end each
 * has to run what it should, bit for bit.
 *
 *     powercut [--quick] [--p256] [--jobs N] [--seed S] [--pairs-of N] [--sequences N] [--layout TEXT] [--story TEXT]
 *              [--until-bricked]
 *
 * Each story on each board is done by one process of several; the last line sums up. --quick takes of all pairs of cuts
 * as many as the layout says.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/powercut/explore.h"

struct arguments {
    struct options options;
    unsigned jobs;
    bool until_bricked;         /* begin no more stories then */
    const char *layout, *story; /* only those whose name has it; or NULL */
};

/* What the processes share. */
struct shared {
    atomic_uint next; /* item of work */
    atomic_ulong histories, cuts, bricked, faults, sequences, sequence_cuts;
    atomic_uint passed, failed;
};

static bool has(const char *name, const char *text)
{
    return !text || strstr(name, text);
}

/* A partition of large sectors is not filled: that would be the same as on small ones, and take hours. */
static bool is_meant(const struct arguments *a, const struct layout *layout, const struct story *story)
{
    return has(layout->name, a->layout) && has(story->name, a->story) &&
           !(story->fills && layout->board.app_size > IMAGE_MAX);
}

/* Item i of those that are meant: false behind the last one. */
static bool item(const struct arguments *a, unsigned i, const struct layout **layout, const struct story **story)
{
    for (*layout = layouts; (*layout)->name; ++*layout)
        for (*story = stories; (*story)->name; ++*story)
            if (is_meant(a, *layout, *story) && !i--)
                return true;
    return false;
}

static void show(const struct layout *layout, const struct story *story, const struct tally *t)
{
    printf("%-52s %-46s %8lu histories, %8lu cuts, %lu bricked\n", layout->name, story->name, t->histories, t->cuts,
           t->bricked);
    if (t->faults)
        printf("WRONG: %lu planned cuts did not fire as planned\n", t->faults);
    fflush(stdout);
}

static void work(const struct arguments *a, struct shared *shared)
{
    const struct layout *layout;
    const struct story *story;

    while (!(a->until_bricked && shared->bricked) && item(a, atomic_fetch_add(&shared->next, 1), &layout, &story)) {
        struct tally t = explore(layout, story, &a->options);
        show(layout, story, &t);
        atomic_fetch_add(&shared->histories, t.histories);
        atomic_fetch_add(&shared->cuts, t.cuts);
        atomic_fetch_add(&shared->bricked, t.bricked);
        atomic_fetch_add(&shared->faults, t.faults);
        atomic_fetch_add(&shared->sequences, t.sequences);
        atomic_fetch_add(&shared->sequence_cuts, t.sequence_cuts);
        atomic_fetch_add(t.bricked || t.faults || !t.cuts ? &shared->failed : &shared->passed, 1);
    }
}

/* Ends with how many processes did not end well. */
static unsigned work_together(const struct arguments *a, struct shared *shared)
{
    unsigned lost = 0;

    fflush(stdout);
    for (unsigned i = 0; i < a->jobs; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            work(a, shared);
            _exit(0);
        }
        lost += pid < 0;
    }
    for (int status; wait(&status) > 0;)
        lost += status != 0;
    return lost;
}

static bool number(const char *text, unsigned long *value)
{
    char *end;

    *value = strtoul(text, &end, 10);
    return *text && !*end;
}

static bool parse(int argc, char **argv, struct arguments *a)
{
    unsigned long value = 0;
    bool ok = true;

    for (int i = 1; i < argc && ok; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--quick"))
            a->options.all = false;
        else if (!strcmp(argv[i], "--p256"))
            a->options.p256 = true;
        else if (!strcmp(argv[i], "--until-bricked"))
            a->until_bricked = true;
        else if (!strcmp(argv[i], "--layout") && (ok = *next))
            a->layout = argv[++i];
        else if (!strcmp(argv[i], "--story") && (ok = *next))
            a->story = argv[++i];
        else if (!strcmp(argv[i], "--jobs") && (ok = number(next, &value)))
            a->jobs = (unsigned)value, i++;
        else if (!strcmp(argv[i], "--seed") && (ok = number(next, &value)))
            a->options.seed = (uint32_t)value, i++;
        else if (!strcmp(argv[i], "--pairs-of") && (ok = number(next, &value)))
            a->options.pairs_of = value, a->options.all = false, i++;
        else if (!strcmp(argv[i], "--sequences") && (ok = number(next, &value)))
            a->options.sequences = value, i++;
        else
            ok = false;
    }
    return ok && a->options.seed && a->jobs;
}

int main(int argc, char **argv)
{
    struct arguments a = { .options = { .seed = 1, .all = true, .sequences = 1000 },
                           .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) };
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (!parse(argc, argv, &a) || shared == MAP_FAILED) {
        fprintf(stderr, "usage: powercut [--quick] [--p256] [--jobs N] [--seed NUMBER] [--pairs-of N] [--sequences N]\n"
                        "                [--layout TEXT] [--story TEXT] [--until-bricked]\n");
        return 2;
    }
    printf("seed %lu\n", (unsigned long)a.options.seed);
    unsigned lost = work_together(&a, shared);
    if (lost)
        printf("WRONG: %u processes ended early\n", lost);
    printf("random sequences: %lu, with %lu cuts\n", shared->sequences, shared->sequence_cuts);
    printf("scenarios: %u passed, %u failed\n", shared->passed, shared->failed + lost);
    printf("%lu histories, %lu cuts, %lu bricked\n", shared->histories, shared->cuts, shared->bricked);
    return shared->failed || lost || !shared->passed;
}
