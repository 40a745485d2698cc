/*
 * The server's log: one line a request, when it is over.
 *
 *     2026-11-22 18:52:01 192.168.1.77 GET /app.rbl 206 1000 bytes 3 ms (bytes 0-999/262144)
 */
#ifndef OTTER_LOG_H
#define OTTER_LOG_H

#include <stdbool.h>
#include <time.h>

#include "server/http.h"

/* Whether lines to this descriptor should be coloured: a terminal, unless NO_COLOR or TERM=dumb says no. */
bool otter_log_wants_colour(int fd);

#define OTTER_LOG_LINE_SIZE 2048 /* longer targets are cut, with "..." */

/*
 * One line with its newline; its length. Bytes of the target that could play tricks with a terminal or a reader of the
 * log are written as \xNN. `when` in seconds since 1970, written in local time.
 */
size_t otter_log_format(char line[OTTER_LOG_LINE_SIZE], const struct otter_http_result *result, time_t when,
                        bool colour);

#endif
