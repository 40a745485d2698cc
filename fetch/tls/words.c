/*
 * Why TLS failed, in words for people, and as the project's errors.
 */
#include "core/err.h"
#include "fetch/tls/session.h"
#include "mbedtls/error.h"

struct row {
    int code; /* a TLS alert, a mbedTLS error, or flags of a certificate */
    int err;
    const char *words;
};

static const struct row *find(const struct row *row, int code)
{
    while (row->code && row->code != code)
        row++;
    return row;
}

/* ---- the server's certificate ---- */

#define OUT_OF_TIME (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)
#define WEAK        (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY)
#define MISUSED                                                                                                        \
    (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE)

/* The first that applies: what is wrong at the root comes before what is wrong at the leaf. */
static const struct row flaws[] = {
    { MBEDTLS_X509_BADCERT_NOT_TRUSTED, 0,
      "nobody this firmware trusts vouches for the server's certificate (unknown CA)" },
    { MBEDTLS_X509_BADCERT_EXPIRED, 0, "the server's certificate has expired" },
    { MBEDTLS_X509_BADCERT_FUTURE, 0, "the server's certificate is not valid yet" },
    { MBEDTLS_X509_BADCERT_CN_MISMATCH, 0, "the server's certificate is for another host" },
    { WEAK, 0, "the server's certificate uses a key or a hash that this firmware does not take" },
    { MISUSED, 0, "the server's certificate is not meant for servers" },
    { -1, 0, "the server's certificate cannot be accepted" },
};

static const char *judge(const struct tls_session *s)
{
    const struct row *row = flaws;

    while (!(s->flags & (uint32_t)row->code) && row->code != -1)
        row++;
    if (row->code == MBEDTLS_X509_BADCERT_NOT_TRUSTED && s->self_signed)
        return "the server's certificate is self-signed, and not one that this firmware trusts";
    if (s->above && row->code == MBEDTLS_X509_BADCERT_EXPIRED)
        return "a CA certificate above the server's has expired";
    if (s->above && row->code == MBEDTLS_X509_BADCERT_FUTURE)
        return "a CA certificate above the server's is not valid yet";
    return row->words;
}

/* ---- alerts (RFC 8446 section 6.2) ---- */

enum {
    HANDSHAKE_FAILURE = 40,
    UNKNOWN_CA = 48,
    PROTOCOL_VERSION = 70,
    UNRECOGNIZED_NAME = 112,
    CERTIFICATE_REQUIRED = 116
};

static const struct row alerts[] = {
    { HANDSHAKE_FAILURE, OTTER_E_PROTOCOL, "the server has no cipher or kind of key in common with this firmware" },
    { 71, OTTER_E_PROTOCOL, "the server finds this firmware's ciphers too weak" },
    { 42, OTTER_E_DENIED, "the server refuses this device's certificate" },
    { 43, OTTER_E_DENIED, "the server refuses this device's certificate" },
    { 44, OTTER_E_DENIED, "the server says that this device's certificate was revoked" },
    { 45, OTTER_E_DENIED, "the server says that this device's certificate has expired" },
    { UNKNOWN_CA, OTTER_E_DENIED, "the server does not know who issued this device's certificate" },
    { UNRECOGNIZED_NAME, OTTER_E_DENIED, "the server does not know the host name that it was asked for" },
    { CERTIFICATE_REQUIRED, OTTER_E_DENIED, "the server wants a certificate from this device" },
    { 0, OTTER_E_PROTOCOL, "the server ended the connection with a TLS alert" },
};

static int explain_alert(struct tls_session *s, int number)
{
    const struct row *row = find(alerts, number);
    bool version = number == PROTOCOL_VERSION;

    s->tls->why = version ? otter_tls_other_version : row->words;
    return version ? OTTER_E_PROTOCOL : row->err;
}

/* ---- everything else ---- */

static const char memory[] = "TLS needs more memory than this firmware gives it";
static const char algorithm[] = "the server's certificates use a key or a hash that this firmware lacks";

static const struct row errors[] = {
    { MBEDTLS_ERR_SSL_ALLOC_FAILED, OTTER_E_NO_MEMORY, memory },
    { MBEDTLS_ERR_X509_ALLOC_FAILED, OTTER_E_NO_MEMORY, memory },
    { MBEDTLS_ERR_PK_ALLOC_FAILED, OTTER_E_NO_MEMORY, memory },
    { MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED, OTTER_E_IO, "the board has no random numbers for TLS" },
    { MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG, OTTER_E_DENIED, algorithm },
    { MBEDTLS_ERR_X509_UNKNOWN_OID, OTTER_E_DENIED, algorithm },
    { MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, OTTER_E_DENIED, algorithm },
    { MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE, OTTER_E_DENIED, algorithm },
    { MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE, OTTER_E_DENIED, algorithm },
    { MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, OTTER_E_DENIED, "the server wants a certificate from this device" },
    { MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, OTTER_E_PROTOCOL, otter_tls_other_version },
    { MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, OTTER_E_PROTOCOL,
      "the server chose something that this firmware did not offer" },
    { MBEDTLS_ERR_SSL_BAD_CERTIFICATE, OTTER_E_DENIED, "the server's certificate cannot be read" },
    { MBEDTLS_ERR_SSL_INVALID_MAC, OTTER_E_PROTOCOL, "what the server sent was changed on its way, or is not its own" },
    { 0, OTTER_E_PROTOCOL, "what the server sent breaks the rules of TLS" },
};

/* What the lower half of a mbedTLS error says is known from its upper half. */
static int high(int ret)
{
    return -(-ret & ~0x7F);
}

static int explain_code(struct tls_session *s, int ret)
{
    const struct row *row = find(errors, ret);

    if (!row->code)
        row = find(errors, high(ret));
    s->tls->why = row->words;
    return row->err;
}

static int explain_end(struct tls_session *s)
{
    if (!s->shaken && s->link_err == OTTER_E_TIMEOUT)
        s->tls->why = "the server did not finish the TLS handshake in time";
    else if (s->shaken && s->link_err)
        s->tls->why = NULL; /* its own words say it all */
    else if (s->shaken)
        s->tls->why = "the connection ended without the server's word that it is over: cut, or by a careless server";
    else if (!s->watch.first)
        s->tls->why = "the server closed the connection as soon as TLS began";
    else
        s->tls->why = "the server closed the connection in the middle of the TLS handshake";
    return s->link_err ? s->link_err : OTTER_E_CLOSED;
}

static bool is_tls(const struct tls_watch *w)
{
    return !w->first ||
           (w->first >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC && w->first <= MBEDTLS_SSL_MSG_APPLICATION_DATA);
}

int otter_tls_explain(struct tls_session *s, int ret)
{
    if (!is_tls(&s->watch)) {
        s->tls->why = "the server does not speak TLS on this port: http:// instead of https://?";
        return OTTER_E_PROTOCOL;
    }
    if (ret == MBEDTLS_ERR_SSL_CONN_EOF)
        return explain_end(s);
    if (otter_tls_watch_too_long(&s->watch)) {
        s->tls->why = "the server sends TLS records over 4 KB: give it small ones (nginx: ssl_buffer_size 4k) or ask "
                      "for smaller ranges";
        return OTTER_E_RANGE;
    }
    if (ret == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        s->tls->why = judge(s);
        return OTTER_E_DENIED;
    }
    if (ret == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        return explain_alert(s, otter_tls_watch_alert(&s->watch));
    return explain_code(s, ret);
}
