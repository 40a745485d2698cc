/*
 * TLS: a transport on another transport, for https. By mbedTLS, as a client that knows whom it talks to or does not
 * talk at all.
 *
 *     otter_tls_init(&tls, &config);
 *     otter_http_init(&http, otter_net_tcp(), &tls.transport, board_millis);
 *     ... if a call gives an error: tls.why
 *
 * The board's build chooses TLS 1.2 or TLS 1.3 and whether RSA is in it (otter_tls in fetch/tls/CMakeLists.txt).
 * docs/TLS.md says what is checked, what it costs, and what it wants of a server.
 */
#ifndef OTTER_TLS_H
#define OTTER_TLS_H

#include "core/mem.h"
#include "fetch/clock.h"
#include "fetch/heap.h"
#include "fetch/transport.h"

/*
 * Memory that is enough for a connection by either version, where the server sends three certificates of 500 bytes with
 * P-256 keys; twice as much where pointers have 64 bits.
 */
#define OTTER_TLS_MEM ((15 * 1024 + 512) * (sizeof(void *) / 4))

/* Bytes of a record that a server may send, whatever it was asked for. */
#define OTTER_TLS_RECORD_MAX 4096

struct tls_session;

/* What proves to the server who the device is; a program without one has no code for it. */
struct otter_tls_identity {
    int (*load)(struct tls_session *s, const struct otter_tls_identity *identity); /* otter_tls_load_identity */
    const void *cert; /* DER, or PEM with its NUL counted: the device's certificate, then those between it and the CA */
    size_t cert_size;
    const void *key; /* DER, or PEM with its NUL counted; not encrypted */
    size_t key_size;
};

int otter_tls_load_identity(struct tls_session *s, const struct otter_tls_identity *identity);

/* All that is pointed to stays the caller's, and must last as long as the transport. */
struct otter_tls_config {
    struct otter_transport *under;
    const void *trust; /* CA certificates: DER, one after another; or PEM, with its NUL counted */
    size_t trust_size;
    const struct otter_tls_identity *identity; /* or NULL */
    const char *name;                          /* expected in the certificate instead of the host dialled; or NULL */
    struct otter_clock *clock;
    int (*entropy)(void *buf, size_t len); /* numbers that nobody can foretell: 0, or a negative error */
    uint32_t (*millis)(void);              /* a counter that may wrap */
    struct otter_mem mem;                  /* OTTER_TLS_MEM bytes */
};

/*
 * What its calls give beside the other transport's errors: OTTER_E_DENIED for a server that isn't who it should be,
 * OTTER_E_PROTOCOL, OTTER_E_CLOSED also for an end without a word (a cut looks the same), OTTER_E_RANGE for records
 * over OTTER_TLS_RECORD_MAX, OTTER_E_NO_MEMORY, OTTER_E_CONFIG for trust or identity that cannot be read.
 */
struct otter_tls {
    struct otter_transport transport;
    const char *why; /* after an error: what was wrong, one line; or NULL */

    /* The rest is its own. */
    const struct otter_tls_config *config;
    struct otter_heap heap;
    struct tls_session *session; /* in the heap while a connection is open */
};

/* One connection at a time in a program: mbedTLS's own state knows of no second. */
void otter_tls_init(struct otter_tls *tls, const struct otter_tls_config *config);

#endif
