/*
 * The power of a simulated device: it counts the flash operations and goes away at one of them.
 *
 * An operation is one call of a driver's prog or erase. When the power goes, no further code of the device runs: the
 * run is left by longjmp from inside the driver.
 */
#ifndef SIM_POWER_H
#define SIM_POWER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What the flash holds where an operation was cut short. "Torn in a unit": the units before it are done, it is half
 * done (and unreadable on a device with ECC), those after it are as before. A block whose erase was torn or came to
 * garbage may not be programmed before it is erased again, however blank parts of it look.
 */
enum sim_outcome {
    SIM_UNDONE,
    SIM_TORN_FIRST,
    SIM_TORN_SECOND,
    SIM_TORN_MIDDLE,
    SIM_TORN_LAST_BUT_ONE,
    SIM_TORN_LAST,
    SIM_GARBAGE,        /* every unit */
    SIM_UNSTABLE,       /* reads as done until the power comes a second time, then as garbage; erasing heals it */
    SIM_ERASE_UNSTABLE, /* that for an erase; a program is done */
    SIM_DONE,
};

/* An event: at the op-th operation of a run, the first being 1; op 0 never comes. */
struct sim_cut {
    uint64_t op;
    enum sim_outcome outcome;
};

struct sim_flash;

/* One call of a driver's prog or erase. */
struct sim_op {
    struct sim_flash *flash;
    uint32_t off, len;
    const uint8_t *data; /* NULL for an erase */
};

struct sim_power {
    struct sim_cut cut;   /* here the power goes */
    struct sim_cut fault; /* here the operation returns OTTER_E_IO, and the device runs on */
    uint64_t fault_read;  /* so does this read */
    uint64_t ops, reads;  /* of this run */
    uint32_t random;      /* seeds torn bits and garbage; not 0 */
    void (*watch)(void *arg, const struct sim_op *op); /* told each operation that goes on, before it does; or NULL */
    void *watch_arg;
    bool off, running;
    jmp_buf out;
};

void sim_power_init(struct sim_power *p, uint32_t seed);

/* Runs code from a fresh count of operations: true if it came to its end, false if power->cut fired on the way. */
bool sim_power_run(struct sim_power *p, void (*code)(void *arg), void *arg);

/* ---- for the simulated drivers ---- */

enum sim_event { SIM_GOES_ON, SIM_FAILS, SIM_IS_CUT };

/* Counts one operation and says what becomes of it; where it doesn't go on, *outcome says what the flash holds. */
enum sim_event sim_power_step(struct sim_power *p, enum sim_outcome *outcome);

/* Leaves the run. Returns only outside of sim_power_run. */
void sim_power_lose(struct sim_power *p);

#endif
