/*
 * What the files of the TLS transport share.
 */
#ifndef OTTER_TLS_SESSION_H
#define OTTER_TLS_SESSION_H

#include "fetch/tls.h"
#include "mbedtls/hmac_drbg.h"
#include "mbedtls/ssl.h"

/* Watches the records that come in, for what mbedTLS doesn't tell: alerts, and lengths over the buffer's. */
struct tls_watch {
    uint8_t head[7]; /* type, version, length; and two bytes of what follows */
    uint8_t have;    /* bytes of head */
    uint8_t first;   /* type of the first record of all; 0: none came yet */
    uint32_t left;   /* bytes of the record that are still to come, once its length is known */
};

struct tls_session {
    struct otter_tls *tls;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt trust;
    mbedtls_x509_crt cert; /* of the identity */
    mbedtls_pk_context key;
    mbedtls_hmac_drbg_context drbg;
    struct tls_watch watch;
    const char *name; /* expected in the certificate */
    uint32_t started; /* the handshake; milliseconds */
    uint32_t flags;   /* what is wrong with the certificates: MBEDTLS_X509_BADCERT_... */
    int link_err;     /* of the transport underneath */
    bool named;       /* mbedTLS knows the name */
    bool above;       /* it isn't the server's own certificate that is out of its time */
    bool self_signed; /* the server's own certificate */
    bool shaken;      /* the handshake is over */
};

/* hooks.c: gives mbedTLS this connection's heap, clock and random numbers; NULL takes them away. */
void otter_tls_enter(struct tls_session *s, struct otter_tls *tls);
struct otter_tls *otter_tls_entered(void);
int otter_tls_random(void *buf, size_t len); /* 0, or a negative mbedTLS error */

/* tls12.c or tls13.c */
extern const int otter_tls_ciphers[];     /* ends with 0 */
extern const uint16_t otter_tls_groups[]; /* ends with MBEDTLS_SSL_IANA_TLS_GROUP_NONE */
extern const char otter_tls_other_version[];
int otter_tls_start(void);                     /* 0, or a negative mbedTLS error */
int otter_tls_limit(mbedtls_ssl_config *conf); /* asks for records of at most OTTER_TLS_RECORD_MAX */
void otter_tls_stop(void);

/* watch.c */
void otter_tls_watch(struct tls_watch *w, const uint8_t *data, size_t len);
bool otter_tls_watch_too_long(const struct tls_watch *w);
int otter_tls_watch_alert(const struct tls_watch *w); /* the number of a fatal alert in the clear, or -1 */

/* words.c: the error to give for what mbedTLS gave, with tls->why. */
int otter_tls_explain(struct tls_session *s, int ret);

#endif
