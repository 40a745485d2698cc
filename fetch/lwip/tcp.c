/*
 * The TCP transport on lwIP. What has arrived stays in lwIP's buffers until it is read; only then is the peer's window
 * opened again, so a slow reader slows the sender down.
 */
#include "lwip/tcp.h"

#include "core/err.h"
#include "fetch/lwip/port.h"
#include "fetch/net.h"

enum {
    CONNECT_MS = 10000,
    SILENCE_MS = 15000, /* without a byte either way */
};

static struct connection {
    struct tcp_pcb *pcb;   /* NULL when there is no connection, or lwIP has ended it */
    struct pbuf *received; /* and not read yet */
    int err;               /* why lwIP has ended it */
    bool connected;
    bool peer_ended; /* in order */
    bool has_room;   /* to send */
} tcp;

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg, (void)pcb;
    tcp.connected = true;
    return err;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg, (void)pcb, (void)err;
    if (!p)
        tcp.peer_ended = true;
    else if (tcp.received)
        pbuf_cat(tcp.received, p);
    else
        tcp.received = p;
    return ERR_OK;
}

/* lwIP has freed the pcb already. */
static void on_error(void *arg, err_t err)
{
    (void)arg;
    tcp.pcb = NULL;
    if (err == ERR_ABRT)
        tcp.err = OTTER_E_TIMEOUT; /* the peer no longer acknowledges */
    else
        tcp.err = tcp.connected ? OTTER_E_CLOSED : OTTER_E_IO;
}

static err_t on_acknowledged(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    (void)arg, (void)pcb, (void)len;
    tcp.has_room = true;
    return ERR_OK;
}

/* What a call gives that needs a connection when there is none. */
static int ended(void)
{
    return tcp.err ? tcp.err : OTTER_E_CLOSED;
}

static void transport_close(struct otter_transport *t)
{
    (void)t;
    if (tcp.pcb) {
        tcp_recv(tcp.pcb, NULL);
        tcp_sent(tcp.pcb, NULL);
        tcp_err(tcp.pcb, NULL);
        if (tcp_close(tcp.pcb) != ERR_OK)
            tcp_abort(tcp.pcb);
    }
    if (tcp.received)
        pbuf_free(tcp.received);
    tcp = (struct connection){ .pcb = NULL };
}

static bool is_decided(void)
{
    return tcp.connected || tcp.err;
}

static int open_connection(const ip_addr_t *addr, uint16_t port)
{
    tcp.pcb = tcp_new();
    if (!tcp.pcb)
        return OTTER_E_IO;
    tcp_err(tcp.pcb, on_error);
    tcp_recv(tcp.pcb, on_received);
    tcp_sent(tcp.pcb, on_acknowledged);
    if (tcp_connect(tcp.pcb, addr, port, on_connected) != ERR_OK)
        return OTTER_E_IO;
    int err = lwip_wait(is_decided, CONNECT_MS);
    return err ? err : tcp.err;
}

static int transport_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    ip_addr_t addr;
    transport_close(t);
    int err = lwip_resolve(host, &addr);
    if (!err)
        err = open_connection(&addr, port);
    if (err)
        transport_close(t);
    return err;
}

static bool can_send(void)
{
    return tcp.has_room || !tcp.pcb;
}

/* Waits for the peer to acknowledge something when lwIP has no more room. */
static int transport_send(struct otter_transport *t, const void *data, size_t len)
{
    (void)t;
    const uint8_t *p = data;
    while (len) {
        if (!tcp.pcb)
            return ended();
        u16_t n = (u16_t)LWIP_MIN(len, tcp_sndbuf(tcp.pcb));
        tcp.has_room = n > 0 && tcp_write(tcp.pcb, p, n, TCP_WRITE_FLAG_COPY) == ERR_OK;
        if (tcp.has_room) {
            tcp_output(tcp.pcb);
            p += n;
            len -= n;
        }
        int err = lwip_wait(can_send, SILENCE_MS);
        if (err)
            return err;
    }
    return OTTER_OK;
}

static bool can_receive(void)
{
    return tcp.received || tcp.peer_ended || !tcp.pcb;
}

static int transport_recv(struct otter_transport *t, void *buf, size_t len)
{
    (void)t;
    int err = lwip_wait(can_receive, SILENCE_MS);
    if (err)
        return err;
    if (!tcp.received && tcp.peer_ended)
        return 0;
    if (!tcp.received)
        return ended();
    u16_t n = pbuf_copy_partial(tcp.received, buf, (u16_t)LWIP_MIN(len, tcp.received->tot_len), 0);
    tcp.received = pbuf_free_header(tcp.received, n);
    if (tcp.pcb)
        tcp_recved(tcp.pcb, n);
    return n;
}

struct otter_transport *otter_net_tcp(void)
{
    static struct otter_transport transport = { transport_connect, transport_send, transport_recv, transport_close };
    return &transport;
}
