#include "server/range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Digits to a number; one that is too large for 64 bits becomes the largest. False where there is no digit. */
static bool number(const char **at, uint64_t *value)
{
    const char *begin = *at;
    for (*value = 0; **at >= '0' && **at <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(**at - '0');
        *value = *value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *value * 10 + digit;
    }
    return *at > begin;
}

static bool ended(const char *at)
{
    return at[strspn(at, " \t")] == 0;
}

/* "-500": the last 500 bytes, or all if there are fewer. */
static enum otter_range suffix(const char *at, uint64_t size, uint64_t *first, uint64_t *length)
{
    uint64_t count;
    at++;
    if (!number(&at, &count) || !ended(at))
        return OTTER_RANGE_WHOLE;
    if (count == 0)
        return OTTER_RANGE_UNSATISFIABLE;
    if (size == 0)
        return OTTER_RANGE_WHOLE; /* satisfiable, says the standard, but no Content-Range can express it */
    *length = count < size ? count : size;
    *first = size - *length;
    return OTTER_RANGE_PART;
}

enum otter_range otter_range_parse(const char *value, uint64_t size, uint64_t *first, uint64_t *length)
{
    if (!value || strncasecmp(value, "bytes=", 6))
        return OTTER_RANGE_WHOLE;
    const char *at = value + 6;
    at += strspn(at, " \t");
    if (*at == '-')
        return suffix(at, size, first, length);

    uint64_t begin, last = UINT64_MAX;
    if (!number(&at, &begin) || *at++ != '-')
        return OTTER_RANGE_WHOLE;
    bool open = !number(&at, &last);
    if (open)
        last = UINT64_MAX;
    if (!ended(at) || last < begin)
        return OTTER_RANGE_WHOLE;
    if (begin >= size)
        return OTTER_RANGE_UNSATISFIABLE;
    *first = begin;
    *length = (last < size ? last + 1 : size) - begin;
    return OTTER_RANGE_PART;
}
