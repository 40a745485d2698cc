#include "cli/semver.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number without leading zeros, at most `most`. */
static bool take_number(const char **at, uint32_t most, uint32_t *number)
{
    const char *from = *at;
    uint64_t value = 0;

    for (; is_digit(**at) && value <= most; ++*at)
        value = value * 10 + (uint64_t)(**at - '0');
    *number = (uint32_t)value;
    return *at > from && value <= most && (*from != '0' || *at == from + 1);
}

static bool take_core(const char **at, const uint32_t most[3], uint32_t number[3])
{
    for (int i = 0; i < 3; i++) {
        if (!take_number(at, most[i], &number[i]))
            return false;
        if (i < 2 && *(*at)++ != '.')
            return false;
    }
    return true;
}

/* Identifiers between dots; those of a pre-release are no numbers with leading zeros. */
static bool take_identifiers(const char **at, bool zeros_may_lead)
{
    do {
        const char *from = *at;
        bool is_number = true;
        for (; is_digit(**at) || isalpha((unsigned char)**at) || **at == '-'; ++*at)
            is_number = is_number && is_digit(**at);
        if (*at == from || (!zeros_may_lead && is_number && *from == '0' && *at > from + 1))
            return false;
    } while (**at == '.' && ++*at);
    return true;
}

bool semver_is_valid(const char *text)
{
    static const uint32_t most[] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
    uint32_t number[3];

    if (!take_core(&text, most, number))
        return false;
    if (*text == '-' && (text++, !take_identifiers(&text, false)))
        return false;
    if (*text == '+' && (text++, !take_identifiers(&text, true)))
        return false;
    return !*text;
}

bool semver_of_boot(const char *text, uint32_t *version)
{
    static const uint32_t most[] = { 0xFFFF, 0xFF, 0xFF };
    uint32_t number[3];

    if (!take_core(&text, most, number) || *text)
        return false;
    *version = number[0] << 16 | number[1] << 8 | number[2];
    return true;
}
