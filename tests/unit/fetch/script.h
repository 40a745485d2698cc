/*
 * A transport that plays a script: what the peer answers, in pieces of any size, each of which ends at an unreadable
 * page; and what was sent to it. And a clock that stands until it is told to go.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>

#include "fetch/transport.h"
#include "tests/sim/guard.h"

/* What comes back for one request. */
struct script_answer {
    const void *bytes; /* text, unless len says otherwise */
    size_t len;        /* 0: up to the NUL */
    bool stays;        /* the peer keeps the connection open: what follows is silence, not an end */
    int err;           /* what follows is this error */
};

struct script {
    struct otter_transport transport;
    const struct script_answer *answers; /* in order, one a request; after the last one nothing comes */
    size_t count;
    size_t most;     /* bytes that one recv gives at the most; 0: as many as there are */
    uint32_t ms;     /* that pass with each recv */
    int connect_err; /* what connect returns */
    int send_err;    /* what send returns from now on */
    bool went;       /* the peer closes the connection while it is idle, once */
    struct sim_guard guard;

    bool open, answering;
    size_t next, pos; /* the answer under way is the one before `next` */
    unsigned connects, closes, sends, requests;
    uint16_t port; /* of the last connect */
    char host[256];
    char sent[8192]; /* all that was sent, with a NUL */
    size_t sent_len;
};

void script_init(struct script *s, const struct script_answer *answers, size_t count);
void script_free(struct script *s);

/* The script's clock, milliseconds; starts close to where it wraps. */
extern uint32_t script_now;
uint32_t script_millis(void);

#endif
