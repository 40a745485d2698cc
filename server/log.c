#include "server/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool otter_log_wants_colour(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static void escape(char *out, size_t size, const char *text)
{
    size_t used = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (size - used < sizeof "\\x00..." + 1) {
            strcpy(out + used, "...");
            return;
        }
        if (c > ' ' && c < 0x7F && c != '\\')
            out[used++] = (char)c;
        else
            used += (size_t)sprintf(out + used, "\\x%02X", c);
    }
    out[used] = 0;
}

static const char red[] = "\033[31m", yellow[] = "\033[33m", cyan[] = "\033[36m", green[] = "\033[32m";

static const char *colour_of(const struct otter_http_result *result)
{
    if (result->end != OTTER_HTTP_DONE || result->status >= 500)
        return red;
    if (result->status >= 400)
        return yellow;
    return result->status >= 300 ? cyan : green;
}

/* In brackets at the line's end: what is special about this one. */
static void remark(char *out, size_t size, const struct otter_http_result *result)
{
    static const char *const ends[] = {
        [OTTER_HTTP_DONE] = "",
        [OTTER_HTTP_MALFORMED] = "malformed request",
        [OTTER_HTTP_GONE] = "aborted by the client",
        [OTTER_HTTP_TIMEOUT] = "aborted: timed out",
        [OTTER_HTTP_STOPPED] = "aborted: server stopped",
    };
    const char *end = ends[result->end];
    char of[64] = "";
    if (result->sent < result->length)
        snprintf(of, sizeof of, ", %" PRIu64 " of %" PRIu64 " bytes", result->sent, result->length);
    if (*end || *result->note)
        snprintf(out, size, " (%s%s%s%s)", result->note, *end && *result->note ? "; " : "", end, of);
    else
        *out = 0;
}

size_t otter_log_format(char line[OTTER_LOG_LINE_SIZE], const struct otter_http_result *result, time_t when,
                        bool colour)
{
    struct tm tm;
    char date[32], method[64], target[1024], status[32], sent[24], special[256];
    localtime_r(&when, &tm);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
    escape(method, sizeof method, result->method);
    escape(target, sizeof target, *result->target ? result->target : "-");
    remark(special, sizeof special, result);
    snprintf(status, sizeof status, "%s%u%s", colour ? colour_of(result) : "", result->status, colour ? "\033[0m" : "");
    /* Of a malformed request the library alone knows how much it answered. */
    snprintf(sent, sizeof sent, result->end == OTTER_HTTP_MALFORMED ? "-" : "%" PRIu64, result->sent);
    return (size_t)snprintf(line, OTTER_LOG_LINE_SIZE, "%s %s %s %s %s %s bytes %.0f ms%s\n", date, result->peer,
                            method, target, status, sent, result->ms, special);
}
