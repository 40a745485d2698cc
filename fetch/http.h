/*
 * An HTTP/1.1 client (RFC 9110, RFC 9112) on a transport: one request at a time, its body read as a stream.
 *
 *     otter_http_init(&http, otter_net_tcp(), NULL, board_millis);
 *     int err = otter_http_request(&http, &(struct otter_http_request){ .url = url });
 *     if (!err && http.response.status == 200)
 *         while ((n = otter_stream_read(&http.body, buf, sizeof buf)) > 0) ...
 *     otter_http_close(&http);
 *
 * Where the standard leaves a choice, the strict one is taken, since two readers that split the same bytes differently
 * are how answers get forged: a line ends with CR LF, a bare LF or CR is refused; no space before a field's colon; one
 * Content-Length of digits alone, never beside a Transfer-Encoding; no Transfer-Encoding but "chunked". Folded lines
 * are unfolded, as a user agent must.
 */
#ifndef OTTER_HTTP_H
#define OTTER_HTTP_H

#include "core/stream.h"
#include "fetch/transport.h"

#define OTTER_HTTP_URL_MAX   480   /* an address, with its NUL; also after redirects */
#define OTTER_HTTP_LINE_MAX  512   /* a line that matters; others may be longer and are passed over */
#define OTTER_HTTP_HEAD_MAX  16384 /* bytes of header lines of an answer, interim ones included; as many of trailers */
#define OTTER_HTTP_FIELD_MAX 100   /* header lines of one answer */
#define OTTER_HTTP_HEAD_MS   30000 /* for one answer's head, its trailers, or the line before one chunk */
#define OTTER_HTTP_REDIRECTS 5     /* how many are followed unless the request says otherwise */
#define OTTER_HTTP_UNKNOWN   UINT32_MAX

enum otter_http_method { OTTER_HTTP_GET, OTTER_HTTP_HEAD, OTTER_HTTP_POST };

/* A header field that the caller adds. Host, Content-Length and Accept-Encoding are there already. */
struct otter_http_field {
    const char *name, *value;
};

/* All that is pointed to stays the caller's and must last until otter_http_request returns. */
struct otter_http_request {
    enum otter_http_method method;
    const char *url;
    const struct otter_http_field *fields; /* ends with a NULL name; or NULL */
    const void *body;                      /* of a POST */
    size_t body_len;
    int redirects; /* how many to follow: 0 means OTTER_HTTP_REDIRECTS, -1 none */

    /* Told every header line of each answer that isn't interim, unless it is longer than OTTER_HTTP_LINE_MAX; or NULL.
     */
    void (*on_field)(void *arg, const char *name, const char *value);
    void *arg;
};

/* The head of the last answer. Text that is missing, or longer than its field, is empty: never cut. */
struct otter_http_response {
    uint32_t length;      /* bytes of the body by Content-Length, or OTTER_HTTP_UNKNOWN */
    uint32_t range_first; /* of Content-Range; OTTER_HTTP_UNKNOWN where missing or '*' */
    uint32_t range_last;
    uint32_t range_total;
    uint32_t retry_after; /* seconds; 0 if missing or a date */
    uint16_t status;      /* 200..599; 0 while there is no answer */
    bool until_close;     /* the body ends where the connection does: a cut looks like its end */
    bool encoded;         /* has a Content-Encoding, though none was asked for: the body isn't the file's bytes */
    bool accepts_ranges;
    char etag[72];
    char last_modified[30];
    char content_type[32];
};

/* About 1.2 KB, given by the caller. Holds no pointer into itself. */
struct otter_http {
    struct otter_stream body; /* of the last answer: chunks joined; ends exactly where the answer's body ends */
    struct otter_http_response response;
    const char *why; /* after an error: what was wrong, one line; NULL if the error's own line says it all */
    char url[OTTER_HTTP_URL_MAX]; /* the last address, after redirects */

    /* The rest is the client's own. */
    struct otter_transport *tcp, *tls;
    struct otter_transport *conn; /* the one that is open, to the host in url; or NULL */
    uint32_t (*millis)(void);
    const struct otter_http_request *request; /* while otter_http_request runs */
    int err;                                  /* why nothing more can be sent or read, or 0 */
    uint32_t left;                            /* bytes of the body, or of its chunk, still to come */
    uint32_t started;                         /* when the lines under way were begun, milliseconds */
    uint16_t budget;                          /* bytes that they may still have */
    uint16_t begin, end;                      /* the bytes in buf that are still to be used */
    uint16_t seen;                            /* which fields the head has, by their row */
    uint8_t fields;                           /* lines of the head */
    uint8_t method;                           /* enum otter_http_method: a redirect may change it */
    uint8_t framing;                          /* of the body */
    bool old;                                 /* the answer is HTTP/1.0 */
    bool chunked;                             /* by Transfer-Encoding */
    bool first;                               /* no chunk was begun yet */
    bool keep;                                /* the connection may serve another request */
    bool located;                             /* url is where the answer redirects to */
    bool away;                                /* redirects have led to another host */
    bool cut;                                 /* the line in buf was too long: its rest is missing */
    char buf[OTTER_HTTP_LINE_MAX];
};

/* tls may be NULL: https is then refused. millis: a clock that may wrap. */
void otter_http_init(struct otter_http *h, struct otter_transport *tcp, struct otter_transport *tls,
                     uint32_t (*millis)(void));

/*
 * Sends a request, follows redirects, and reads the head of the final answer into h->response: 0 whatever its status.
 * OTTER_E_ARGUMENT, OTTER_E_RANGE and OTTER_E_DENIED (https without TLS, or a redirect away from it) for addresses;
 * OTTER_E_PROTOCOL for what is not HTTP, OTTER_E_RANGE for what is over a limit, and the transport's own errors.
 *
 * A connection is used again if the last body was read to its end and the peer allows it. Authorization and Cookie
 * fields are not sent on to another host.
 */
int otter_http_request(struct otter_http *h, const struct otter_http_request *request);

/* May be called at any time, and twice. A body that wasn't read to its end gives OTTER_E_CLOSED from now on. */
void otter_http_close(struct otter_http *h);

#endif
