/*
 * The operations of a life, so that the state before each of them can be had again without living it again.
 */
#ifndef POWERCUT_LOG_H
#define POWERCUT_LOG_H

#include "tests/powercut/world.h"

struct entry {
    struct sim_op op; /* flash NULL: the power came, and what was weak aged */
    size_t data_at;   /* of a program's bytes in the log's own memory */
    uint32_t random;  /* the simulation's, before it */
    struct fate fate; /* before it */
};

struct log {
    struct entry *entries;
    unsigned count, room;
    uint8_t *data;
    size_t data_size, data_room;
    uint8_t *cursor; /* flash before entry `at` */
    unsigned at;
};

void log_init(struct log *log, const struct world *w);
void log_free(struct log *log);

/* Writes down from now on what happens to the world, and from what state on. */
void log_begin(struct log *log, struct world *w);
void log_end(struct world *w);

/*
 * Flash and fate as they were before entry i, which may not be less than in the call before. The world's failure is
 * forgotten.
 */
void log_go_to(struct log *log, struct world *w, unsigned i);

/* The operation of entry i. */
struct sim_op log_op(const struct log *log, unsigned i);

/* Operations among the entries. */
unsigned log_ops(const struct log *log);

#endif
