#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/sim/flash.h"
#include "tests/sim/random.h"

/* A unit's state: one of the first four, and perhaps its age as a weak one. */
enum {
    ERASED,
    PROGRAMMED,
    DIRTY, /* readable, but only an erase makes it good for programming again */
    TORN,  /* half written: unreadable with ECC, any bits without */
    STATE_MASK = 3,
    WEAK_NEW = 4,  /* cut since the power last came: reads well once more */
    WEAK_AGED = 8, /* turns to garbage when the power comes next */
    WEAK_MASK = WEAK_NEW | WEAK_AGED,
};

struct span {
    uint32_t first, end; /* units */
};

static struct span units_of(const struct sim_flash *f, uint32_t off, uint32_t len)
{
    uint32_t size = f->flash.prog_size;
    return (struct span){ off / size, (off + len + size - 1) / size };
}

/* A counter holds its round in the upper bits, so that a new round makes all of them 0 at once. */
enum { ROUND_SHIFT = 8, COUNT_MASK = 255 };

static void count(uint32_t *counter, uint32_t round, unsigned *most)
{
    unsigned n = *counter >> ROUND_SHIFT == round ? (*counter & COUNT_MASK) + 1 : 1;

    if (n > COUNT_MASK)
        n = COUNT_MASK;
    if (n > *most)
        *most = n;
    *counter = round << ROUND_SHIFT | n;
}

static bool is_counted(const struct sim_flash *f, uint32_t off)
{
    return off < f->uncounted || off >= f->uncounted_end;
}

static int violation(struct sim_flash *f, int err, const char *format, ...)
{
    if (f->violations++ == 0) {
        va_list args;
        va_start(args, format);
        vsnprintf(f->violation, sizeof f->violation, format, args);
        va_end(args);
    }
    return err;
}

/* ---- what the cells do ---- */

/* Units of these two are alike, so all of a block go at once. */
static void blank_units(struct sim_flash *f, struct span s, uint8_t state)
{
    memset(f->bytes + (size_t)s.first * f->flash.prog_size, OTTER_ERASED,
           (size_t)(s.end - s.first) * f->flash.prog_size);
    memset(f->units + s.first, state, s.end - s.first);
}

static void prog_units(struct sim_flash *f, struct span s, const uint8_t *data)
{
    memcpy(f->bytes + (size_t)s.first * f->flash.prog_size, data, (size_t)(s.end - s.first) * f->flash.prog_size);
    if (!f->weak)
        memset(f->units + s.first, PROGRAMMED, s.end - s.first);
    for (uint32_t u = s.first; f->weak && u < s.end; u++)
        f->units[u] = PROGRAMMED | (f->units[u] & WEAK_MASK);
}

/*
 * Programming only clears bits, so a program that was cut short has cleared some of them. Or none yet, one time in
 * four: then the unit looks erased, and is not.
 */
static void tear_unit(struct sim_flash *f, uint32_t unit, const uint8_t *data)
{
    uint8_t *cells = f->bytes + (size_t)unit * f->flash.prog_size;

    f->units[unit] = DIRTY;
    if (!(sim_random(&f->power->random) >> 9 & 3))
        return;
    for (uint32_t i = 0; i < f->flash.prog_size; i++)
        cells[i] &= (uint8_t)(data[i] | sim_random(&f->power->random) >> 9);
    f->units[unit] = TORN;
}

static void spoil_unit(struct sim_flash *f, uint32_t unit)
{
    sim_random_fill(&f->power->random, f->bytes + (size_t)unit * f->flash.prog_size, f->flash.prog_size);
    f->units[unit] = f->ecc && sim_random(&f->power->random) & 1 << 16 ? TORN : DIRTY;
}

static void weaken(struct sim_flash *f, struct span s)
{
    for (uint32_t u = s.first; u < s.end; u++)
        f->units[u] = (f->units[u] & STATE_MASK) | WEAK_NEW;
    f->weak += s.end - s.first;
}

/* What is the same for both operations: nothing was done, or nothing is left. */
static bool is_cut_simply(struct sim_flash *f, struct span s, enum sim_outcome outcome)
{
    if (outcome == SIM_GARBAGE)
        for (uint32_t u = s.first; u < s.end; u++)
            spoil_unit(f, u);
    return outcome == SIM_GARBAGE || outcome == SIM_UNDONE;
}

static uint32_t torn_unit(enum sim_outcome outcome, struct span s)
{
    uint32_t count = s.end - s.first, at = 0;
    if (outcome == SIM_TORN_SECOND)
        at = 1;
    else if (outcome == SIM_TORN_MIDDLE)
        at = count / 2;
    else if (outcome == SIM_TORN_LAST_BUT_ONE && count > 1)
        at = count - 2;
    else if (outcome == SIM_TORN_LAST)
        at = count - 1;
    return s.first + (at < count ? at : count - 1);
}

static void cut_prog(struct sim_flash *f, struct span s, const uint8_t *data, enum sim_outcome outcome)
{
    if (is_cut_simply(f, s, outcome))
        return;
    uint32_t torn = outcome >= SIM_UNSTABLE ? s.end : torn_unit(outcome, s);
    prog_units(f, (struct span){ s.first, torn }, data);
    if (torn < s.end)
        tear_unit(f, torn, data + (size_t)(torn - s.first) * f->flash.prog_size);
    if (outcome == SIM_UNSTABLE)
        weaken(f, (struct span){ s.end - 1, s.end });
}

static void erase_units(struct sim_flash *f, struct span s)
{
    blank_units(f, s, ERASED);
}

/* The block in which the erase ended: blank before the torn unit, as before after it, good for nothing. */
static void tear_block(struct sim_flash *f, struct span block, uint32_t torn)
{
    blank_units(f, (struct span){ block.first, torn }, DIRTY);
    spoil_unit(f, torn);
    for (uint32_t u = torn + 1; u < block.end; u++)
        if ((f->units[u] & STATE_MASK) != TORN)
            f->units[u] = DIRTY;
}

static void cut_erase(struct sim_flash *f, struct span s, enum sim_outcome outcome)
{
    if (is_cut_simply(f, s, outcome))
        return;
    if (outcome >= SIM_UNSTABLE) {
        erase_units(f, s);
        if (outcome != SIM_DONE)
            weaken(f, s);
        return;
    }
    uint32_t per_block = f->flash.erase_size / f->flash.prog_size;
    uint32_t torn = torn_unit(outcome, s);
    uint32_t start = torn / per_block * per_block;
    erase_units(f, (struct span){ s.first, start });
    tear_block(f, (struct span){ start, start + per_block }, torn);
}

void sim_op_apply(const struct sim_op *op, enum sim_outcome outcome)
{
    struct span s = units_of(op->flash, op->off, op->len);

    if (op->data)
        cut_prog(op->flash, s, op->data, outcome);
    else
        cut_erase(op->flash, s, outcome);
}

/* ---- the driver ---- */

static bool outside(const struct sim_flash *f, uint32_t off, uint32_t len)
{
    return off > f->flash.size || len > f->flash.size - off;
}

static int flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    struct sim_flash *f = flash->ctx;
    if (outside(f, off, len))
        return violation(f, OTTER_E_RANGE, "%s: read of %u bytes at %u", flash->name, len, off);
    if (f->power->off || ++f->power->reads == f->power->fault_read)
        return OTTER_E_IO;
    if (f->ecc) {
        struct span s = units_of(f, off, len);
        for (uint32_t u = s.first; u < s.end; u++)
            if ((f->units[u] & STATE_MASK) == TORN)
                return OTTER_E_IO;
    }
    memcpy(buf, f->bytes + off, len);
    f->counts.reads++;
    f->counts.read_bytes += len;
    return 0;
}

static int check_prog(struct sim_flash *f, uint32_t off, uint32_t len)
{
    const char *name = f->flash.name;
    if (outside(f, off, len))
        return violation(f, OTTER_E_RANGE, "%s: prog of %u bytes at %u", name, len, off);
    if (off % f->flash.prog_size || len % f->flash.prog_size || !len)
        return violation(f, OTTER_E_ALIGN, "%s: prog of %u bytes at %u", name, len, off);
    struct span s = units_of(f, off, len);
    for (uint32_t u = s.first; u < s.end; u++)
        if ((f->units[u] & STATE_MASK) != ERASED)
            return violation(f, OTTER_E_NOT_ERASED, "%s: unit at %u programmed without an erase", name,
                             u * f->flash.prog_size);
    return 0;
}

/* Does it, or what the power leaves of it; then the answer, or no return at all. */
static int execute(const struct sim_op *op)
{
    struct sim_power *power = op->flash->power;
    enum sim_outcome outcome = SIM_DONE;
    enum sim_event event = sim_power_step(power, &outcome);

    if (event == SIM_GOES_ON && power->watch)
        power->watch(power->watch_arg, op);
    sim_op_apply(op, event == SIM_GOES_ON ? SIM_DONE : outcome);
    if (event == SIM_IS_CUT)
        sim_power_lose(power);
    return event == SIM_GOES_ON ? 0 : OTTER_E_IO;
}

static int flash_prog(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    struct sim_flash *f = flash->ctx;
    if (f->power->off)
        return OTTER_E_IO;
    int err = check_prog(f, off, len);
    if (err)
        return err;

    f->counts.progs++;
    f->counts.prog_bytes += len;
    struct span s = units_of(f, off, len);
    for (uint32_t u = s.first; is_counted(f, off) && u < s.end; u++)
        count(&f->unit_progs[u], f->round, &f->most_progs);
    return execute(&(struct sim_op){ f, off, len, buf });
}

static int flash_erase(const struct otter_flash *flash, uint32_t off, uint32_t len)
{
    struct sim_flash *f = flash->ctx;
    if (f->power->off)
        return OTTER_E_IO;
    if (outside(f, off, len))
        return violation(f, OTTER_E_RANGE, "%s: erase of %u bytes at %u", flash->name, len, off);
    if (off % flash->erase_size || len % flash->erase_size || !len)
        return violation(f, OTTER_E_ALIGN, "%s: erase of %u bytes at %u", flash->name, len, off);

    f->counts.erases++;
    f->counts.erased_blocks += len / flash->erase_size;
    for (uint32_t b = off / flash->erase_size; is_counted(f, off) && b < (off + len) / flash->erase_size; b++)
        count(&f->block_erases[b], f->round, &f->most_erases);
    return execute(&(struct sim_op){ f, off, len, NULL });
}

/* ---- the tests' side ---- */

static void *grab(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p)
        abort();
    return p;
}

void sim_flash_init(struct sim_flash *f, const char *name, uint32_t addr, const struct sim_geometry *g,
                    struct sim_power *power)
{
    *f = (struct sim_flash){
        .flash = { name, addr, g->size, g->erase_size, g->prog_size, flash_read, flash_prog, flash_erase, f },
        .power = power,
        .round = 1,
        .ecc = g->ecc,
        .bytes = grab(g->size, 1),
        .units = grab(g->size / g->prog_size, 1),
        .unit_progs = grab(g->size / g->prog_size, sizeof *f->unit_progs),
        .block_erases = grab(g->size / g->erase_size, sizeof *f->block_erases),
    };
    memset(f->bytes, OTTER_ERASED, g->size);
}

void sim_flash_free(struct sim_flash *f)
{
    free(f->bytes);
    free(f->units);
    free(f->unit_progs);
    free(f->block_erases);
}

void sim_flash_power_on(struct sim_flash *f)
{
    if (!f->weak)
        return;
    f->weak = 0;
    for (uint32_t u = 0; u < f->flash.size / f->flash.prog_size; u++) {
        if (f->units[u] & WEAK_AGED) {
            spoil_unit(f, u);
        } else if (f->units[u] & WEAK_NEW) {
            f->units[u] = (f->units[u] & STATE_MASK) | WEAK_AGED;
            f->weak++;
        }
    }
}

void sim_flash_load(struct sim_flash *f, uint32_t off, const void *data, uint32_t len)
{
    struct span s = units_of(f, off, len);
    erase_units(f, s);
    memcpy(f->bytes + off, data, len);
    memset(f->units + s.first, PROGRAMMED, s.end - s.first);
}

void sim_flash_reset_counts(struct sim_flash *f)
{
    f->round = (f->round + 1) & UINT32_MAX >> ROUND_SHIFT;
    f->most_progs = f->most_erases = 0;
    f->counts = (struct sim_counts){ 0 };
}

size_t sim_flash_image_size(const struct sim_flash *f)
{
    return sizeof f->weak + f->flash.size + f->flash.size / f->flash.prog_size;
}

void sim_flash_save(const struct sim_flash *f, void *image)
{
    uint8_t *to = image;
    memcpy(to, &f->weak, sizeof f->weak);
    memcpy(to + sizeof f->weak, f->bytes, f->flash.size);
    memcpy(to + sizeof f->weak + f->flash.size, f->units, f->flash.size / f->flash.prog_size);
}

void sim_flash_restore(struct sim_flash *f, const void *image)
{
    const uint8_t *from = image;

    f->violations = 0;
    memcpy(&f->weak, from, sizeof f->weak);
    memcpy(f->bytes, from + sizeof f->weak, f->flash.size);
    memcpy(f->units, from + sizeof f->weak + f->flash.size, f->flash.size / f->flash.prog_size);
}
