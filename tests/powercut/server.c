#include "tests/powercut/server.h"

#include <stdio.h>
#include <string.h>

#include "fetch/download.h"

enum { SEGMENT = 1460 }; /* bytes of a TCP segment */

struct memory_server {
    struct otter_transport transport;
    char head[64];
    const uint8_t *body;
    size_t head_size, body_size, sent;
};

static int server_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    (void)host, (void)port;
    ((struct memory_server *)t)->sent = 0;
    return 0;
}

static int server_send(struct otter_transport *t, const void *data, size_t len)
{
    (void)t, (void)data, (void)len;
    return 0;
}

static size_t give(const void *from, size_t size, size_t at, void *buf, size_t len)
{
    size_t n = size - at < len ? size - at : len;

    memcpy(buf, (const uint8_t *)from + at, n);
    return n;
}

static int server_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct memory_server *s = (struct memory_server *)t;
    size_t n;

    if (len > SEGMENT)
        len = SEGMENT;
    if (s->sent < s->head_size)
        n = give(s->head, s->head_size, s->sent, buf, len);
    else
        n = give(s->body, s->body_size, s->sent - s->head_size, buf, len);
    s->sent += n;
    return (int)n;
}

static void server_close(struct otter_transport *t)
{
    (void)t;
}

static void server_init(struct memory_server *s, const struct sim_package *p)
{
    *s = (struct memory_server){ .transport = { server_connect, server_send, server_recv, server_close },
                                 .body = p->bytes,
                                 .body_size = sim_package_size(p) };
    s->head_size = (size_t)snprintf(s->head, sizeof s->head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                                    s->body_size);
}

static uint32_t millis(void)
{
    return 0;
}

int server_download(struct sim_device *device, const struct sim_package *package)
{
    struct memory_server server;
    static struct otter_http http;
    struct otter_download d = { .http = &http };

    server_init(&server, package);
    otter_http_init(&http, &server.transport, NULL, millis);
    d.store.config = &device->config;
    d.store.part = sim_part(device, SIM_DOWNLOAD);
    d.store.mem = sim_mem(device);
    return otter_download(&d, "http://server/package");
}
