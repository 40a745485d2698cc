#include "server/condition.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, 64 bits. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++, value >>= 8)
        hash = (hash ^ (value & 0xFF)) * UINT64_C(0x100000001B3);
    return hash;
}

void otter_etag_make(const struct stat *st, char etag[OTTER_ETAG_SIZE])
{
    const uint64_t parts[] = {
        st->st_dev,
        st->st_ino,
        (uint64_t)st->st_size,
        (uint64_t)st->st_mtim.tv_sec,
        (uint64_t)st->st_mtim.tv_nsec,
        (uint64_t)st->st_ctim.tv_sec,
        (uint64_t)st->st_ctim.tv_nsec,
    };
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        hash = mix(hash, parts[i]);
    snprintf(etag, OTTER_ETAG_SIZE, "\"%016" PRIx64 "\"", hash);
}

/* The program never calls setlocale(), so the names of days and months are those of HTTP. */
static const char *const formats[] = {
    "%a, %d %b %Y %H:%M:%S GMT", /* the one to send */
    "%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
    "%a %b %d %H:%M:%S %Y",      /* asctime() */
};

void otter_http_date_make(time_t time, char date[OTTER_HTTP_DATE_SIZE])
{
    struct tm tm;
    gmtime_r(&time, &tm);
    strftime(date, OTTER_HTTP_DATE_SIZE, formats[0], &tm);
}

bool otter_http_date_parse(const char *date, time_t *time)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct tm tm = { 0 };
        const char *end = strptime(date, formats[i], &tm);
        if (end && !*end) {
            *time = timegm(&tm);
            return true;
        }
    }
    return false;
}

/* Whether a list of entity tags, or "*", has this one. A weak tag counts where weak comparison is called for. */
static bool listed(const char *list, const char *etag, bool weak)
{
    for (const char *at = list;;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        bool is_weak = !strncmp(at, "W/", 2);
        if (is_weak)
            at += 2;
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (!end)
            return false; /* the list's end, or something that is no tag */
        size_t len = (size_t)(end + 1 - at);
        if ((weak || !is_weak) && len == strlen(etag) && !memcmp(at, etag, len))
            return true;
        at = end + 1;
    }
}

/* The order is that of RFC 9110, 13.2.2. A tag overrides the date beside it; a date that makes no sense is no date. */
unsigned otter_conditions_check(const struct otter_conditions *conditions, const char *etag, time_t mtime)
{
    time_t date;
    if (conditions->if_match) {
        if (!listed(conditions->if_match, etag, false))
            return 412;
    } else if (conditions->if_unmodified_since && otter_http_date_parse(conditions->if_unmodified_since, &date)) {
        if (mtime > date)
            return 412;
    }
    if (conditions->if_none_match) {
        if (listed(conditions->if_none_match, etag, true))
            return 304;
    } else if (conditions->if_modified_since && otter_http_date_parse(conditions->if_modified_since, &date)) {
        if (mtime <= date)
            return 304;
    }
    return 0;
}

bool otter_conditions_allow_range(const struct otter_conditions *conditions, const char *etag, time_t mtime)
{
    const char *value = conditions->if_range;
    time_t date;
    if (!value || !strcmp(value, etag))
        return true;
    return otter_http_date_parse(value, &date) && date == mtime;
}
