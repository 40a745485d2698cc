/*
 * The time of day on boards that may have no clock of their own.
 *
 * It begins at a floor: a moment that has certainly passed, such as when the firmware was built. A floor is enough to
 * know that a certificate has expired, but not that it isn't valid yet; so a clock says whether it is more than that.
 */
#ifndef OTTER_CLOCK_H
#define OTTER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970-01-01 00:00 UTC, to 2106. */
struct otter_clock {
    uint32_t (*millis)(void); /* a counter that may wrap */
    uint32_t seconds;         /* at `marked` */
    uint32_t marked;          /* milliseconds */
    bool known;               /* set by somebody who knows the time, not only a floor */
};

void otter_clock_init(struct otter_clock *clock, uint32_t floor, uint32_t (*millis)(void));

/* To be called at least once before the counter wraps. */
uint32_t otter_clock_now(struct otter_clock *clock);

/* From a source that is trusted. Time never goes back: an earlier moment is ignored and gives false. */
bool otter_clock_raise(struct otter_clock *clock, uint32_t seconds);

struct otter_date {
    uint16_t year;
    uint8_t month, day, hour, minute, second; /* month and day from 1 */
};

void otter_date_of(uint32_t seconds, struct otter_date *date);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7, the one form that may be sent): 0, or OTTER_E_PROTOCOL. */
int otter_date_parse(const char *text, uint32_t *seconds);

#endif
