/*
 * The Range header (RFC 9110, section 14).
 */
#ifndef OTTER_RANGE_H
#define OTTER_RANGE_H

#include <stdint.h>

enum otter_range {
    OTTER_RANGE_WHOLE,         /* no range, one that makes no sense, or several: send everything */
    OTTER_RANGE_PART,          /* send length bytes from first on */
    OTTER_RANGE_UNSATISFIABLE, /* nothing of it exists: 416 */
};

/* `value` may be NULL. first and length are set for OTTER_RANGE_PART alone, and then lie inside size. */
enum otter_range otter_range_parse(const char *value, uint64_t size, uint64_t *first, uint64_t *length);

#endif
