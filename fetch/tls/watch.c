/*
 * A record (RFC 5246 section 6.2.1, RFC 8446 section 5.1):
 *
 *     | type 1 | version 2 | length 2 | bytes ... |          an alert in the clear: | 21 | version | 0 2 | level |
 * number |
 */
#include "fetch/tls/session.h"

enum { HEAD = 5, ALERT = 21, RECORD_OVERHEAD = 256 };

static uint32_t length(const struct tls_watch *w)
{
    return w->have < HEAD ? 0 : (uint32_t)w->head[3] << 8 | w->head[4];
}

static void add(struct tls_watch *w, uint8_t byte)
{
    if (w->have >= HEAD && !w->left)
        w->have = 0;
    if (w->have < HEAD) {
        w->head[w->have++] = byte;
        w->left = length(w);
        if (!w->first)
            w->first = byte ? byte : 0xFF;
        return;
    }
    if (w->have < sizeof w->head)
        w->head[w->have++] = byte;
    w->left--;
}

void otter_tls_watch(struct tls_watch *w, const uint8_t *data, size_t len)
{
    while (len) {
        if (w->have == sizeof w->head && w->left) { /* nothing to see */
            size_t n = len < w->left ? len : w->left;
            w->left -= (uint32_t)n;
            data += n;
            len -= n;
        } else {
            add(w, *data++);
            len--;
        }
    }
}

bool otter_tls_watch_too_long(const struct tls_watch *w)
{
    return length(w) > OTTER_TLS_RECORD_MAX + RECORD_OVERHEAD;
}

int otter_tls_watch_alert(const struct tls_watch *w)
{
    bool clear = w->have == sizeof w->head && w->head[0] == ALERT && length(w) == 2;

    return clear ? w->head[6] : -1;
}
