/*
 * Any bytes as a server's answers. What is read must not depend on the pieces in which it came, and must keep the
 * client's promises.
 *
 *     method | bytes a recv, 0: all | bytes a read, less one | answers ...
 */
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "fetch/http.h"
#include "fetch/url.h"

struct peer {
    struct otter_transport transport;
    const uint8_t *data;
    size_t size, pos, most;
    unsigned connects;
};

static int peer_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    struct peer *p = (struct peer *)t;

    if (!*host || strlen(host) > OTTER_URL_HOST_MAX || !port)
        abort();
    p->connects++;
    return 0;
}

static int peer_send(struct otter_transport *t, const void *data, size_t len)
{
    (void)t, (void)data;
    if (!len)
        abort();
    return 0;
}

static int peer_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct peer *p = (struct peer *)t;

    if (!len)
        abort();
    if (len > p->size - p->pos)
        len = p->size - p->pos;
    if (p->most && len > p->most)
        len = p->most;
    memcpy(buf, p->data + p->pos, len);
    p->pos += len;
    return (int)len;
}

static void peer_close(struct otter_transport *t)
{
    (void)t;
}

/* A clock that never stands: 1 ms a look. */
static uint32_t now;

static uint32_t millis(void)
{
    return now++;
}

static void on_field(void *arg, const char *name, const char *value)
{
    (void)arg;
    for (const char *v = value; *v; v++)
        if ((*v > 0 && *v < ' ' && *v != '\t') || *v == 0x7F)
            abort();
    if (!*name)
        abort();
}

static void check_response(const struct otter_http *h)
{
    const struct otter_http_response *r = &h->response;
    struct otter_url url;

    if (r->status < 200 || r->status > 599 || otter_url_parse(&url, h->url))
        abort();
    if (!memchr(r->etag, 0, sizeof r->etag) || !memchr(r->last_modified, 0, sizeof r->last_modified) ||
        !memchr(r->content_type, 0, sizeof r->content_type))
        abort();
    if (r->range_first > r->range_last)
        abort();
}

struct outcome {
    int err;
    unsigned connects;
    uint32_t len, sum; /* of the body */
};

static struct outcome ask(enum otter_http_method method, const uint8_t *data, size_t size, size_t most, size_t want)
{
    struct peer p = { { peer_connect, peer_send, peer_recv, peer_close }, data, size, 0, most, 0 };
    struct otter_http_request request = { .method = method, .url = "http://h/a/b", .on_field = on_field };
    struct otter_http *h = malloc(sizeof *h);
    uint8_t *buf = malloc(want);
    struct outcome o = { 0 };
    int n = 0;

    now = 0;
    otter_http_init(h, &p.transport, NULL, millis);
    o.err = otter_http_request(h, &request);
    if (!o.err)
        check_response(h);
    while (!o.err && (n = otter_stream_read(&h->body, buf, want)) > 0) {
        if ((size_t)n > want)
            abort();
        o.len += (uint32_t)n;
        for (int i = 0; i < n; i++)
            o.sum = o.sum * 31 + buf[i];
    }
    if (n < 0)
        o.err = n;
    if (otter_stream_read(&h->body, buf, want) != o.err || o.len > size)
        abort();
    if (!o.err && method == OTTER_HTTP_GET && h->response.status != 204 && h->response.status != 304 &&
        h->response.length != OTTER_HTTP_UNKNOWN && o.len != h->response.length)
        abort();
    o.connects = p.connects;
    otter_http_request(h, &request);
    otter_http_close(h);
    free(h);
    free(buf);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    enum otter_http_method method = data[0] % 3;
    struct outcome whole = ask(method, data + 3, size - 3, 0, 4096);
    struct outcome pieces = ask(method, data + 3, size - 3, data[1], 1u + data[2]);

    /* A redirect ends the connection: what the next one begins with depends on how much this one had taken. */
    if (whole.connects == 1 && pieces.connects == 1 &&
        (whole.err != pieces.err || whole.len != pieces.len || whole.sum != pieces.sum))
        abort();
    return 0;
}
