/*
 * The time that goes into a header.
 */
#ifndef CLI_TIMESTAMP_H
#define CLI_TIMESTAMP_H

#include <stdint.h>
#include <time.h>

/* What all commands with --timestamp say of it. */
#define TIMESTAMP_HELP                                                                                                 \
    "seconds since 1970, UTC; without it, SOURCE_DATE_EPOCH or\n"                                                      \
    "the time when the image was last changed"

/* `option` is what --timestamp was given, or NULL: EXIT_OK, or EXIT_USAGE after an error. */
int timestamp_take(const char *option, time_t image_mtime, uint32_t *timestamp);

#endif
