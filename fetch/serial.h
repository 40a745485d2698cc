/*
 * A serial line as an object, and one made of a board's console.
 */
#ifndef OTTER_SERIAL_H
#define OTTER_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* All 8 bits of a byte pass, both ways. */
struct otter_serial {
    /* The next byte; OTTER_E_TIMEOUT if none comes within `ms`; or another negative otter_err. */
    int (*get)(struct otter_serial *serial, uint32_t ms);
    void (*put)(struct otter_serial *serial, uint8_t byte);
};

/* The first fields are the caller's. The functions are those of boards/board.h. */
struct otter_console {
    struct otter_serial serial;
    int (*get)(void);
    void (*put)(char c);
    uint32_t (*millis)(void);
    void (*idle)(void);
    char key; /* a person who presses it while no sender has begun ends the wait with OTTER_E_CANCELED */

    bool began;   /* the begin of a block has come */
    bool pressed; /* the key has ended the wait */
};

void otter_console_init(struct otter_console *console);

#endif
