/*
 * A Y-modem sender at the other end of a simulated line, with faults as a test wants them and a clock of its own: so a
 * transfer that would take minutes takes none, and every answer's time is known.
 *
 * It keeps to the protocol as lrzsz's sb does: an answer that is none is passed over, NAK and 'C' have a block sent
 * again, silence too after a while, EOT is repeated until it is acknowledged. What is waiting to be read when it begins
 * to send is dropped, unless it keeps it.
 */
#ifndef SENDER_H
#define SENDER_H

#include "fetch/ymodem.h"

enum sender_fault {
    SENDER_FLIPS = 1,   /* one bit in the middle of the block */
    SENDER_LOSES,       /* a byte of it */
    SENDER_DOUBLES,     /* a byte of it */
    SENDER_LOSES_BEGIN, /* its first byte */
    SENDER_LOSES_BLOCK, /* all of it */
    SENDER_REPEATS,     /* sends it again, unasked, after its answer */
    SENDER_BABBLES,     /* bytes before it that are none of a block */
    SENDER_MISSES,      /* the answer to it is lost */
    SENDER_SKIPS,       /* goes on with the next one */
    SENDER_CANCELS,     /* two CANs in place of it */
    SENDER_BREAKS_OFF,  /* half of it, then CANs and backspaces */
    SENDER_GOES,        /* nothing in place of it or after it */
};

struct sender {
    struct otter_serial serial; /* the receiver's end of the line */
    const uint8_t *data;
    uint32_t size;
    const char *name;
    const char *header;           /* in place of the size and what follows it in the header; or NULL */
    uint32_t header_block, block; /* bytes of a block: 128 or 1024 */
    bool streams;                 /* answers 'G' as Y-modem-G */
    bool has_another;             /* a second file in the batch */
    bool keeps;                   /* does not drop what is waiting, as sb does not */
    bool ends_early;              /* EOT after half of the file */

    enum sender_fault fault;
    uint32_t fault_block; /* sent blocks before it, the header being the first; EOT and the last header count */
    uint32_t fault_times; /* that in a row */

    uint32_t noise; /* one byte of so many is flipped, lost or doubled, both ways; 0 for none */
    uint32_t random;

    /* What came of it. */
    uint32_t now;        /* microseconds */
    uint32_t bytes;      /* on the line, both ways, before noise */
    uint32_t slowest;    /* from a block's end to its acknowledgement, microseconds */
    uint32_t asked;      /* how often the header was asked for */
    bool done, canceled; /* how it ended: both false while it goes on, or where it gave up */

    /* The rest is its own. */
    enum {
        SENDER_ASKED,
        SENDER_HEADER,
        SENDER_BEGINS,
        SENDER_DATA,
        SENDER_EOT,
        SENDER_NEXT,
        SENDER_LAST,
        SENDER_OVER
    } state;
    uint32_t number;          /* of the block under way */
    uint32_t tries, deadline; /* of the answer, microseconds */
    uint32_t complete;        /* when the block was on the line, or 0 */
    uint32_t cans;
    bool misses, repeats;
    uint8_t in[64], out[8192]; /* to be read by the sender, by the receiver */
    uint32_t in_len, out_len, out_pos;
};

/* 115200 baud, blocks of 1024 bytes, no faults. */
void sender_init(struct sender *s, const uint8_t *data, uint32_t size);

#endif
