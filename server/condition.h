/*
 * Validators and preconditions (RFC 9110, sections 8.8 and 13): whether the client already has these bytes, and
 * whether the part that it asks for belongs to the file that it began.
 */
#ifndef OTTER_CONDITION_H
#define OTTER_CONDITION_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#define OTTER_ETAG_SIZE      19 /* "0123456789abcdef" in its quotes, and a NUL */
#define OTTER_HTTP_DATE_SIZE 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */

/*
 * A strong entity tag, without reading the file: a hash of its device, inode, size, and times of change to the
 * nanosecond. A file that is replaced has another inode; one that is rewritten in place has another ctime, which,
 * unlike the mtime, nobody can set back. The hash keeps inode numbers to ourselves.
 */
void otter_etag_make(const struct stat *st, char etag[OTTER_ETAG_SIZE]);

/* Years 0 to 9999. */
void otter_http_date_make(time_t time, char date[OTTER_HTTP_DATE_SIZE]);

/* Reads all three formats of RFC 9110, 5.6.7. */
bool otter_http_date_parse(const char *date, time_t *time);

/* The request's headers of these names, or NULL. */
struct otter_conditions {
    const char *if_match;
    const char *if_unmodified_since;
    const char *if_none_match;
    const char *if_modified_since;
    const char *if_range;
};

/* What a GET or HEAD of an existing file comes to: 0 (go on), 304 or 412. */
unsigned otter_conditions_check(const struct otter_conditions *conditions, const char *etag, time_t mtime);

/* Whether a Range header counts: no If-Range, or one that names exactly this file. */
bool otter_conditions_allow_range(const struct otter_conditions *conditions, const char *etag, time_t mtime);

#endif
