/*
 * A transport: one connection at a time to a host's port, as an object. HTTP neither knows nor cares what carries it.
 */
#ifndef OTTER_TRANSPORT_H
#define OTTER_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

struct otter_transport {
    /* Closes what was open before. 0, OTTER_E_NOT_FOUND (no such host), OTTER_E_TIMEOUT or OTTER_E_IO. */
    int (*connect)(struct otter_transport *t, const char *host, uint16_t port);

    /* Sends all of it: 0, OTTER_E_TIMEOUT, OTTER_E_CLOSED or OTTER_E_IO. */
    int (*send)(struct otter_transport *t, const void *data, size_t len);

    /* 1..len bytes, 0 when the peer has ended its side in order, or a negative otter_err. */
    int (*recv)(struct otter_transport *t, void *buf, size_t len);

    /* May be called at any time, and twice. */
    void (*close)(struct otter_transport *t);
};

#endif
