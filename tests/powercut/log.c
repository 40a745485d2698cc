#include "tests/powercut/log.h"

#include <stdlib.h>
#include <string.h>

static void *grow(void *p, size_t size)
{
    p = realloc(p, size);
    if (!p)
        abort();
    return p;
}

void log_init(struct log *log, const struct world *w)
{
    *log = (struct log){ .cursor = grow(NULL, sim_device_image_size(&w->device)) };
}

void log_free(struct log *log)
{
    free(log->entries);
    free(log->data);
    free(log->cursor);
}

static struct entry *add(struct log *log, const struct world *w)
{
    if (log->count == log->room) {
        log->room = 2 * log->room + 64;
        log->entries = grow(log->entries, log->room * sizeof *log->entries);
    }
    struct entry *e = &log->entries[log->count++];
    *e = (struct entry){ .random = w->device.power.random, .fate = w->fate };
    return e;
}

static void keep_data(struct log *log, struct entry *e)
{
    if (log->data_size + e->op.len > log->data_room) {
        log->data_room = 2 * log->data_room + e->op.len + 4096;
        log->data = grow(log->data, log->data_room);
    }
    e->data_at = log->data_size;
    memcpy(log->data + e->data_at, e->op.data, e->op.len);
    log->data_size += e->op.len;
}

struct recording {
    struct log *log;
    struct world *world;
};

static struct recording now;

static void on_op(void *arg, const struct sim_op *op)
{
    (void)arg;
    struct entry *e = add(now.log, now.world);

    e->op = *op;
    if (op->data)
        keep_data(now.log, e);
}

static void on_power(struct world *w, void *arg)
{
    (void)arg;
    add(now.log, w);
}

void log_begin(struct log *log, struct world *w)
{
    log->count = log->at = 0;
    log->data_size = 0;
    sim_device_save(&w->device, log->cursor);
    now = (struct recording){ log, w };
    w->device.power.watch = on_op;
    w->power_on = on_power;
}

void log_end(struct world *w)
{
    w->device.power.watch = NULL;
    w->power_on = NULL;
}

struct sim_op log_op(const struct log *log, unsigned i)
{
    struct sim_op op = log->entries[i].op;

    if (op.data)
        op.data = log->data + log->entries[i].data_at;
    return op;
}

static void redo(struct log *log, struct world *w, unsigned i)
{
    struct sim_op op = log_op(log, i);

    w->device.power.random = log->entries[i].random;
    if (op.flash) {
        sim_op_apply(&op, SIM_DONE);
    } else {
        sim_flash_power_on(&w->device.chip);
        sim_flash_power_on(&w->device.nor);
    }
}

void log_go_to(struct log *log, struct world *w, unsigned i)
{
    sim_device_restore(&w->device, log->cursor);
    if (log->at < i) {
        while (log->at < i)
            redo(log, w, log->at++);
        sim_device_save(&w->device, log->cursor);
    }
    w->fate = log->entries[i].fate;
    w->failure = NULL;
}

unsigned log_ops(const struct log *log)
{
    unsigned ops = 0;

    for (unsigned i = 0; i < log->count; i++)
        ops += log->entries[i].op.flash != NULL;
    return ops;
}
