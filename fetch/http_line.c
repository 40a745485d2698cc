#include "fetch/http_head.h"

#include <string.h>

#include "core/err.h"

#define CUT_AT 64 /* characters kept of a line that is too long */

_Static_assert(OTTER_HTTP_HEAD_MAX == 16384, "a message says so");

int otter_http_refuse(struct otter_http *h, int err, const char *why)
{
    h->why = why;
    return err;
}

void otter_http_begin_lines(struct otter_http *h)
{
    h->started = h->millis();
    h->budget = OTTER_HTTP_HEAD_MAX;
}

static int check_text(struct otter_http *h, const char *text, size_t len)
{
    for (; len; text++, len--) {
        uint8_t c = (uint8_t)*text;
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server sent a control character in a header line");
    }
    return 0;
}

static int use(struct otter_http *h, const char *text, size_t len)
{
    if (len > h->budget)
        return otter_http_refuse(h, OTTER_E_RANGE, "the server's headers are longer than 16384 bytes");
    h->budget -= (uint16_t)len;
    return check_text(h, text, len);
}

/* Makes room in a buffer full of one line; its last two bytes stay, since they may be the line's end. */
static int cut_line(struct otter_http *h)
{
    int err = use(h, h->buf + CUT_AT, sizeof h->buf - CUT_AT - 2);

    memcpy(h->buf + CUT_AT, h->buf + sizeof h->buf - 2, 2);
    h->end = CUT_AT + 2;
    h->cut = true;
    return err;
}

static int receive(struct otter_http *h)
{
    int err = 0;

    h->end -= h->begin;
    memmove(h->buf, h->buf + h->begin, h->end);
    h->begin = 0;
    if (h->end == sizeof h->buf)
        err = cut_line(h);
    if (err)
        return err;
    if (h->millis() - h->started > OTTER_HTTP_HEAD_MS)
        return otter_http_refuse(h, OTTER_E_TIMEOUT, "the server sends its headers too slowly");

    int n = h->conn->recv(h->conn, h->buf + h->end, sizeof h->buf - h->end);
    if (!n)
        return otter_http_refuse(h, OTTER_E_CLOSED, "the server closed the connection before its answer was complete");
    h->end += (uint16_t)(n < 0 ? 0 : n);
    return n < 0 ? n : 0;
}

static int end_line(struct otter_http *h, char *line, size_t len)
{
    int err = use(h, line, len);

    line[len] = 0;
    h->begin += (uint16_t)(len + 2);
    return err;
}

/*
 * The LF that ends the line at `start`, or that has no CR before it; NULL if it isn't there yet. Line ends that are
 * followed by white space are overwritten with spaces: whether one is can be seen only from the byte after it.
 */
static char *find_end(char *start, char *stop, bool folds)
{
    char *lf = memchr(start, '\n', (size_t)(stop - start));

    while (lf && folds && lf - start > 1 && lf[-1] == '\r') {
        if (lf + 1 == stop)
            return NULL;
        if (lf[1] != ' ' && lf[1] != '\t')
            return lf;
        lf[-1] = lf[0] = ' ';
        lf = memchr(lf, '\n', (size_t)(stop - lf));
    }
    return lf;
}

int otter_http_line(struct otter_http *h, bool folds, char **line)
{
    h->cut = false;
    for (;;) {
        char *start = h->buf + h->begin;
        char *lf = find_end(start, h->buf + h->end, folds);
        if (lf && (lf == start || lf[-1] != '\r'))
            return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server sent a line that does not end with CR LF");
        if (lf) {
            *line = start;
            return end_line(h, start, (size_t)(lf - 1 - start));
        }
        int err = receive(h);
        if (err)
            return err;
    }
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

int otter_http_number(const char **at, unsigned base, uint32_t *value)
{
    const char *start = *at;
    uint64_t v = 0;

    for (unsigned d; (d = (unsigned)digit(**at)) < base; ++*at) {
        v = v * base + d;
        if (v >= OTTER_HTTP_UNKNOWN)
            return OTTER_E_RANGE;
    }
    *value = (uint32_t)v;
    return *at == start ? OTTER_E_PROTOCOL : 0;
}
