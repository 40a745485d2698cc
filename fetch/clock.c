#include "fetch/clock.h"

#include <string.h>

#include "core/err.h"

enum { DAY = 86400 };

void otter_clock_init(struct otter_clock *clock, uint32_t floor, uint32_t (*millis)(void))
{
    *clock = (struct otter_clock){ .millis = millis, .seconds = floor, .marked = millis() };
}

uint32_t otter_clock_now(struct otter_clock *clock)
{
    uint32_t passed = (clock->millis() - clock->marked) / 1000;

    clock->seconds += passed;
    clock->marked += passed * 1000;
    return clock->seconds;
}

bool otter_clock_raise(struct otter_clock *clock, uint32_t seconds)
{
    if (seconds < otter_clock_now(clock))
        return false;
    clock->seconds = seconds;
    clock->known = true;
    return true;
}

/* ---- dates of the Gregorian calendar, in years that begin with March, so that the leap day is the last ---- */

static uint32_t days_before_year(uint32_t year)
{
    return 365 * year + year / 4 - year / 100 + year / 400;
}

/* Months from March, 0 to 11: 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31 days. */
static uint32_t days_before_month(uint32_t month)
{
    return (153 * month + 2) / 5;
}

#define EPOCH (365 * 1969u + 1969 / 4 - 1969 / 100 + 1969 / 400 + 306) /* 1970-01-01, in days since 0000-03-01 */

static uint32_t days_of(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t from_march = (month + 9) % 12;

    return days_before_year(year - (month < 3)) + days_before_month(from_march) + day - 1 - EPOCH;
}

void otter_date_of(uint32_t seconds, struct otter_date *date)
{
    uint32_t days = seconds / DAY + EPOCH, left = seconds % DAY;
    uint32_t year = days / 365, month = 11;

    while (days_before_year(year) > days)
        year--;
    days -= days_before_year(year);
    while (days_before_month(month) > days)
        month--;
    *date = (struct otter_date){
        .year = (uint16_t)(year + (month >= 10)),
        .month = (uint8_t)((month + 2) % 12 + 1),
        .day = (uint8_t)(days - days_before_month(month) + 1),
        .hour = (uint8_t)(left / 3600),
        .minute = (uint8_t)(left / 60 % 60),
        .second = (uint8_t)(left % 60),
    };
}

/* ---- the text ---- */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Two digits, or a number over 99. */
static uint32_t two(const char *text)
{
    uint32_t tens = (uint32_t)(text[0] - '0'), ones = (uint32_t)(text[1] - '0');

    return tens > 9 || ones > 9 ? 100 : 10 * tens + ones;
}

/* Whether letters, digits and marks are where they must be: the pattern's 0 stands for a digit, its A for any letter.
 */
static bool matches(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++) {
        bool letter = (*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z');
        bool digit = *text >= '0' && *text <= '9';
        if (*pattern == 'A' ? !letter : *pattern == '0' ? !digit : *text != *pattern)
            return false;
    }
    return !*text;
}

static uint32_t month_of(const char *name)
{
    for (uint32_t i = 0; i < 12; i++)
        if (!memcmp(months + 3 * i, name, 3))
            return i + 1;
    return 0;
}

int otter_date_parse(const char *text, uint32_t *seconds)
{
    if (!matches(text, "AAA, 00 AAA 0000 00:00:00 GMT"))
        return OTTER_E_PROTOCOL;
    uint32_t day = two(text + 5), month = month_of(text + 8), year = 100 * two(text + 12) + two(text + 14);
    uint32_t hour = two(text + 17), minute = two(text + 20), second = two(text + 23);

    if (!month || !day || day > 31 || year < 1970 || year > 2105 || hour > 23 || minute > 59 || second > 60)
        return OTTER_E_PROTOCOL;
    *seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    return 0;
}
