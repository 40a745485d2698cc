/*
 * The TLS transport: what mbedTLS is told, and the transport's four calls.
 *
 * Everything of a connection lies in the heap, and goes with it.
 */
#include "fetch/tls.h"

#include <string.h>

#include "core/err.h"
#include "fetch/tls/session.h"
#include "mbedtls/error.h"

enum { HANDSHAKE_MS = 30000 };

/* ---- the transport underneath ---- */

static struct otter_transport *under(const struct tls_session *s)
{
    return s->tls->config->under;
}

static int send_under(void *arg, const unsigned char *data, size_t len)
{
    struct tls_session *s = arg;

    s->link_err = under(s)->send(under(s), data, len);
    return s->link_err ? MBEDTLS_ERR_SSL_CONN_EOF : (int)len;
}

/*
 * The name is set only once the first message has been sent: an address in numbers must not be in it (RFC 6066 section
 * 3), but is compared all the same when the certificate comes.
 */
static int set_name(struct tls_session *s)
{
    int ret = s->named ? 0 : mbedtls_ssl_set_hostname(&s->ssl, s->name);

    s->named = true;
    return ret;
}

static int recv_under(void *arg, unsigned char *buf, size_t len)
{
    struct tls_session *s = arg;
    const struct otter_tls_config *config = s->tls->config;

    if (set_name(s))
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    if (!s->shaken && config->millis() - s->started > HANDSHAKE_MS)
        s->link_err = OTTER_E_TIMEOUT; /* not even a byte now and then may hold us forever */
    if (s->link_err)
        return MBEDTLS_ERR_SSL_CONN_EOF;
    int n = under(s)->recv(under(s), buf, len);
    if (n > 0)
        otter_tls_watch(&s->watch, buf, (size_t)n);
    else if (n < 0)
        s->link_err = n;
    return n > 0 ? n : n ? MBEDTLS_ERR_SSL_CONN_EOF : 0;
}

/* ---- whom to trust ---- */

/* A clock that is only a floor cannot say that a certificate is not valid yet. */
static int judge_certificate(void *arg, mbedtls_x509_crt *cert, int depth, uint32_t *flags)
{
    struct tls_session *s = arg;

    if (!s->tls->config->clock->known)
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_FUTURE;
    if (depth && (*flags & (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)))
        s->above = true;
    if (!depth)
        s->self_signed = cert->subject_raw.len == cert->issuer_raw.len &&
                         !memcmp(cert->subject_raw.p, cert->issuer_raw.p, cert->issuer_raw.len);
    s->flags |= *flags;
    return 0;
}

/* A DER SEQUENCE of 128 to 65535 bytes, as certificates are: its length, or 0. */
static size_t der_size(const uint8_t *der, size_t left)
{
    size_t size = 0;

    if (left > 4 && der[0] == 0x30 && der[1] == 0x82)
        size = 4 + ((size_t)der[2] << 8 | der[3]);
    else if (left > 3 && der[0] == 0x30 && der[1] == 0x81)
        size = 3 + (size_t)der[2];
    return size <= left ? size : 0;
}

/* The certificates in DER stay where they are. */
static int read_certificates(mbedtls_x509_crt *chain, const void *data, size_t size)
{
    const uint8_t *der = data;
    int ret = 0;

    if (!size || der[0] != 0x30)
        return mbedtls_x509_crt_parse(chain, data, size);
    for (size_t n; !ret && size; der += n, size -= n) {
        n = der_size(der, size);
        ret = n ? mbedtls_x509_crt_parse_der_nocopy(chain, der, n) : MBEDTLS_ERR_X509_INVALID_FORMAT;
    }
    return ret;
}

int otter_tls_load_identity(struct tls_session *s, const struct otter_tls_identity *identity)
{
    int ret = read_certificates(&s->cert, identity->cert, identity->cert_size);

    if (!ret)
        ret = mbedtls_pk_parse_key(&s->key, identity->key, identity->key_size, NULL, 0, mbedtls_hmac_drbg_random,
                                   &s->drbg);
    return ret ? ret : mbedtls_ssl_conf_own_cert(&s->conf, &s->cert, &s->key);
}

static int read_trust(struct tls_session *s)
{
    const struct otter_tls_config *config = s->tls->config;

    if (read_certificates(&s->trust, config->trust, config->trust_size)) {
        s->tls->why = "this firmware's trust anchors for https cannot be read";
        return OTTER_E_CONFIG;
    }
    mbedtls_ssl_conf_ca_chain(&s->conf, &s->trust, NULL);
    if (config->identity && config->identity->load(s, config->identity)) {
        s->tls->why = "this device's certificate or its key cannot be read";
        return OTTER_E_CONFIG;
    }
    return 0;
}

/* ---- set up ---- */

static int draw_entropy(void *arg, unsigned char *buf, size_t len)
{
    const struct otter_tls_config *config = arg;

    return config->entropy(buf, len) ? MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED : 0;
}

static int seed(struct tls_session *s)
{
    return mbedtls_hmac_drbg_seed(&s->drbg, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), draw_entropy,
                                  (void *)s->tls->config, NULL, 0);
}

static int configure(struct tls_session *s)
{
    int ret = mbedtls_ssl_config_defaults(&s->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                          MBEDTLS_SSL_PRESET_DEFAULT);

    mbedtls_ssl_conf_rng(&s->conf, mbedtls_hmac_drbg_random, &s->drbg);
    mbedtls_ssl_conf_authmode(&s->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_verify(&s->conf, judge_certificate, s);
    mbedtls_ssl_conf_ciphersuites(&s->conf, otter_tls_ciphers);
    mbedtls_ssl_conf_groups(&s->conf, otter_tls_groups);
    return ret ? ret : otter_tls_limit(&s->conf);
}

/* Whether it is an IPv4 address: names end with a label that isn't a number. */
static bool is_number(const char *host)
{
    const char *last = strrchr(host, '.');

    last = last ? last + 1 : host;
    return *last && !last[strspn(last, "0123456789")];
}

static int set_up(struct tls_session *s, const char *host)
{
    int ret = otter_tls_start();

    if (!ret)
        ret = seed(s);
    if (!ret)
        ret = configure(s);
    if (ret)
        return otter_tls_explain(s, ret);
    int err = read_trust(s);
    if (err)
        return err;

    ret = mbedtls_ssl_setup(&s->ssl, &s->conf);
    mbedtls_ssl_set_bio(&s->ssl, s, send_under, recv_under, NULL);
    s->name = s->tls->config->name ? s->tls->config->name : host;
    if (!ret)
        ret = is_number(s->name) ? mbedtls_ssl_set_hostname(&s->ssl, NULL) : set_name(s);
    return ret ? otter_tls_explain(s, ret) : 0;
}

static int shake_hands(struct tls_session *s)
{
    int ret;

    s->started = s->tls->config->millis();
    do
        ret = mbedtls_ssl_handshake(&s->ssl);
    while (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE);
    s->shaken = !ret;
    return ret ? otter_tls_explain(s, ret) : 0;
}

static struct tls_session *begin(struct otter_tls *tls)
{
    otter_heap_init(&tls->heap, tls->config->mem);
    otter_tls_enter(NULL, tls);
    struct tls_session *s = otter_heap_take(&tls->heap, 1, sizeof *s);
    if (!s) {
        otter_tls_enter(NULL, NULL);
        return NULL;
    }
    tls->session = s;
    otter_tls_enter(s, tls);
    s->tls = tls;
    mbedtls_ssl_init(&s->ssl);
    mbedtls_ssl_config_init(&s->conf);
    mbedtls_x509_crt_init(&s->trust);
    mbedtls_x509_crt_init(&s->cert);
    mbedtls_pk_init(&s->key);
    mbedtls_hmac_drbg_init(&s->drbg);
    return s;
}

static void end(struct tls_session *s)
{
    struct otter_tls *tls = s->tls;

    mbedtls_ssl_free(&s->ssl);
    mbedtls_ssl_config_free(&s->conf);
    mbedtls_x509_crt_free(&s->trust);
    mbedtls_x509_crt_free(&s->cert);
    mbedtls_pk_free(&s->key);
    otter_tls_stop();
    mbedtls_hmac_drbg_free(&s->drbg);
    tls->session = NULL;
    otter_tls_enter(NULL, NULL);
}

/* ---- the transport ---- */

static void tls_close(struct otter_transport *t)
{
    struct otter_tls *tls = (struct otter_tls *)t;
    struct tls_session *s = tls->session;

    if (!s)
        return;
    if (s->shaken && !s->link_err)
        mbedtls_ssl_close_notify(&s->ssl);
    end(s);
    tls->config->under->close(tls->config->under);
}

static int tls_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    struct otter_tls *tls = (struct otter_tls *)t;
    struct otter_transport *tcp = tls->config->under;

    tls_close(t);
    tls->why = NULL;
    if (otter_tls_entered()) {
        tls->why = "another TLS connection is open";
        return OTTER_E_DENIED;
    }
    int err = tcp->connect(tcp, host, port);
    if (err)
        return err;
    struct tls_session *s = begin(tls);
    if (!s) {
        tls->why = "TLS needs more memory than this firmware gives it";
        tcp->close(tcp);
        return OTTER_E_NO_MEMORY;
    }
    err = set_up(s, host);
    if (!err)
        err = shake_hands(s);
    if (err)
        tls_close(t);
    return err;
}

static int tls_send(struct otter_transport *t, const void *data, size_t len)
{
    struct tls_session *s = ((struct otter_tls *)t)->session;
    const uint8_t *from = data;

    if (!s)
        return OTTER_E_CLOSED;
    while (len) {
        int n = mbedtls_ssl_write(&s->ssl, from, len);
        if (n < 0 && n != MBEDTLS_ERR_SSL_WANT_READ && n != MBEDTLS_ERR_SSL_WANT_WRITE)
            return otter_tls_explain(s, n);
        from += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Of an end without a word nobody knows who made it; only the server's own word is an end in order. */
static int tls_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct tls_session *s = ((struct otter_tls *)t)->session;
    int n;

    if (!s)
        return OTTER_E_CLOSED;
    do
        n = mbedtls_ssl_read(&s->ssl, buf, len);
    while (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE ||
           n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return 0;
    return n > 0 ? n : otter_tls_explain(s, n ? n : MBEDTLS_ERR_SSL_CONN_EOF);
}

void otter_tls_init(struct otter_tls *tls, const struct otter_tls_config *config)
{
    *tls = (struct otter_tls){ { tls_connect, tls_send, tls_recv, tls_close }, NULL, config, { 0 }, NULL };
}
