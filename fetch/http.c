#include "fetch/http.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "core/err.h"
#include "fetch/http_head.h"
#include "fetch/text.h"
#include "fetch/url.h"

_Static_assert(sizeof(struct otter_http) <= 1188 + 8 * sizeof(void *), "at most 1.2 KB on a device");
_Static_assert(OTTER_HTTP_URL_MAX == 480, "a message says so");
_Static_assert(OTTER_URL_HOST_MAX < OTTER_HTTP_LINE_MAX, "connect() builds the host's name in buf");

static const char *const methods[] = { "GET ", "HEAD ", "POST " };

/* ---- the connection ---- */

static void hang_up(struct otter_http *h)
{
    if (h->conn)
        h->conn->close(h->conn);
    h->conn = NULL;
}

static int fail(struct otter_http *h, int err)
{
    hang_up(h);
    h->err = err;
    return err;
}

static bool body_is_done(const struct otter_http *h)
{
    return h->framing == OTTER_HTTP_COUNTED && !h->left;
}

/* Bytes after the body would be taken for the next answer: a connection that has them is not used again. */
static void end_body(struct otter_http *h)
{
    h->framing = OTTER_HTTP_COUNTED;
    h->left = 0;
    if (!h->keep || h->begin != h->end)
        hang_up(h);
}

static int dial(struct otter_http *h, const struct otter_url *url)
{
    h->conn = url->tls ? h->tls : h->tcp;
    if (!h->conn)
        return otter_http_refuse(h, OTTER_E_DENIED, "this firmware has no TLS for https");
    memcpy(h->buf, url->host, url->host_len);
    h->buf[url->host_len] = 0;
    return h->conn->connect(h->conn, h->buf, url->port);
}

/* ---- the request ---- */

static void flush(struct otter_http *h)
{
    if (!h->err && h->end)
        h->err = h->conn->send(h->conn, h->buf, h->end);
    h->end = 0;
}

/* Gathers what is sent, so that a request is one packet where it can be. */
static void put_bytes(struct otter_http *h, const void *data, size_t len)
{
    if (len > sizeof h->buf - h->end)
        flush(h);
    if (len > sizeof h->buf) {
        if (!h->err)
            h->err = h->conn->send(h->conn, data, len);
        return;
    }
    memcpy(h->buf + h->end, data, len);
    h->end += (uint16_t)len;
}

static void put(struct otter_http *h, const char *text)
{
    put_bytes(h, text, strlen(text));
}

static void put_number(struct otter_http *h, const char *before, size_t number)
{
    char text[11];

    otter_text(text, sizeof text, "%u", (unsigned)number);
    put(h, before);
    put(h, text);
}

static bool sends_body(const struct otter_http *h)
{
    return h->method == OTTER_HTTP_POST;
}

/* What proves who we are is for the host that we were told to ask, and what describes a body goes with it. */
static bool sends_field(const struct otter_http *h, const char *name)
{
    if (h->away && (!strcasecmp(name, "Authorization") || !strcasecmp(name, "Cookie")))
        return false;
    return sends_body(h) || strncasecmp(name, "Content-", 8);
}

static int send_request(struct otter_http *h, const struct otter_url *url)
{
    const struct otter_http_request *r = h->request;
    bool usual = url->port == (url->tls ? 443 : 80);

    h->end = 0;
    put(h, methods[h->method]);
    if (!url->target_len || *url->target != '/')
        put(h, "/");
    put_bytes(h, url->target, url->target_len);
    put(h, " HTTP/1.1\r\nHost: ");
    put_bytes(h, url->host, url->host_len);
    if (!usual)
        put_number(h, ":", url->port);
    put(h, "\r\nAccept-Encoding: identity\r\n");
    for (const struct otter_http_field *f = r->fields; f && f->name; f++) {
        if (!sends_field(h, f->name))
            continue;
        put(h, f->name);
        put(h, ": ");
        put(h, f->value);
        put(h, "\r\n");
    }
    if (sends_body(h)) {
        put_number(h, "Content-Length: ", r->body_len);
        put(h, "\r\n");
    }
    put(h, "\r\n");
    if (sends_body(h) && r->body_len)
        put_bytes(h, r->body, r->body_len);
    flush(h);
    h->begin = 0;
    return h->err;
}

static int attempt(struct otter_http *h)
{
    struct otter_url url;
    int err = otter_url_parse(&url, h->url);

    if (!err && !h->conn)
        err = dial(h, &url);
    if (!err)
        err = send_request(h, &url);
    return err ? err : otter_http_head(h);
}

/*
 * A peer may close an idle connection at any time: if nothing at all came back over a used one, a second attempt is
 * due on a new one, unless the request may have done its work (RFC 9112 section 9.3.1).
 */
static int exchange(struct otter_http *h)
{
    bool reused = h->conn;
    int err = attempt(h);
    bool idle = (err == OTTER_E_CLOSED || err == OTTER_E_IO) && !h->end;

    if (!reused || !idle || h->method == OTTER_HTTP_POST)
        return err;
    hang_up(h);
    h->err = 0;
    h->why = NULL;
    return attempt(h);
}

/* RFC 9110 section 15.4: 303 asks for another thing, and all the world turns POST into GET at 301 and 302. */
static void follow(struct otter_http *h)
{
    uint16_t status = h->response.status;

    if (h->method == OTTER_HTTP_POST && status <= 303)
        h->method = OTTER_HTTP_GET;
    if (!body_is_done(h) || h->away)
        hang_up(h);
    else
        end_body(h);
}

/* A field of the caller's must be one line of the request and no more. */
static bool is_sound(const struct otter_http_field *f)
{
    size_t n = strspn(f->name, OTTER_HTTP_TOKEN);
    const char *v = f->value;

    while (*v == '\t' || (uint8_t)*v >= ' ')
        v++;
    return n && !f->name[n] && !*v;
}

static int begin(struct otter_http *h, const struct otter_http_request *r)
{
    struct otter_url url;
    size_t len = strlen(r->url);

    h->response = (struct otter_http_response){ .length = OTTER_HTTP_UNKNOWN };
    h->why = NULL;
    h->request = r;
    h->method = (uint8_t)r->method;
    h->away = false;
    if (h->err || !body_is_done(h) || (h->conn && !otter_url_stays(h->url, r->url)))
        hang_up(h);
    h->err = 0;

    if (len >= sizeof h->url) {
        h->url[0] = 0;
        return otter_http_refuse(h, OTTER_E_RANGE, "the address is longer than 479 characters");
    }
    memmove(h->url, r->url, len + 1);
    int err = otter_url_parse(&url, h->url);
    if (err)
        return otter_http_refuse(h, err, url.why);
    for (const struct otter_http_field *f = r->fields; f && f->name; f++)
        if (!is_sound(f))
            return otter_http_refuse(h, OTTER_E_ARGUMENT, "a header field to be sent is not one line");
    return 0;
}

int otter_http_request(struct otter_http *h, const struct otter_http_request *request)
{
    int hops = request->redirects ? request->redirects : OTTER_HTTP_REDIRECTS;
    int err = begin(h, request);

    if (!err)
        err = exchange(h);
    while (!err && h->located) {
        if (hops-- <= 0) {
            err = otter_http_refuse(h, OTTER_E_PROTOCOL, "the server redirects too often");
        } else {
            follow(h);
            err = exchange(h);
        }
    }
    h->request = NULL;
    if (err)
        return fail(h, err);
    if (body_is_done(h))
        end_body(h);
    return 0;
}

/* ---- the body ---- */

static int find_chunk_size(struct otter_http *h)
{
    char *line;

    int err = otter_http_line(h, false, &line);
    if (err)
        return err;
    const char *at = line;
    err = otter_http_number(&at, 16, &h->left);
    at += strspn(at, " \t");
    if (err == OTTER_E_RANGE)
        return otter_http_refuse(h, err, "the server sent a chunk of 4 GB or more");
    if (err || (*at && *at != ';'))
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server sent a chunk without its size");
    if (h->cut)
        return otter_http_refuse(h, OTTER_E_RANGE, "the server sent a chunk's extension that is too long");
    return 0;
}

static int pass_trailers(struct otter_http *h)
{
    char *line;
    int err;

    do
        err = otter_http_line(h, true, &line);
    while (!err && *line);
    return err;
}

/*
 *     5;extension CRLF  hello CRLF  0 CRLF  trailer: lines CRLF  CRLF
 */
static int next_chunk(struct otter_http *h)
{
    char *line = "";
    int err = 0;

    otter_http_begin_lines(h);
    if (!h->first)
        err = otter_http_line(h, false, &line);
    if (!err && *line)
        err = otter_http_refuse(h, OTTER_E_PROTOCOL, "the server sent a chunk that is longer than its size");
    h->first = false;
    if (!err)
        err = find_chunk_size(h);
    if (err || h->left)
        return err;
    err = pass_trailers(h);
    if (!err)
        end_body(h);
    return err;
}

/* What was received with the lines before goes first; all else goes straight to where the caller wants it. */
static int take(struct otter_http *h, void *buf, size_t len)
{
    size_t here = h->end - h->begin;

    if (!here)
        return h->conn->recv(h->conn, buf, len);
    if (len > here)
        len = here;
    memcpy(buf, h->buf + h->begin, len);
    h->begin += (uint16_t)len;
    return (int)len;
}

static int read_body(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_http *h = (struct otter_http *)stream;

    if (h->err)
        return h->err;
    if (h->framing == OTTER_HTTP_CHUNKS && !h->left) {
        int err = next_chunk(h);
        if (err)
            return fail(h, err);
    }
    if (body_is_done(h))
        return 0;

    if (len > INT_MAX)
        len = INT_MAX;
    if (len > h->left)
        len = h->left;
    int n = take(h, buf, len);
    if (n < 0)
        return fail(h, n);
    if (h->framing == OTTER_HTTP_TO_CLOSE) {
        if (!n)
            end_body(h);
        return n;
    }
    if (!n)
        return fail(
            h, otter_http_refuse(h, OTTER_E_CLOSED, "the server closed the connection before its answer was complete"));
    h->left -= (uint32_t)n;
    if (body_is_done(h))
        end_body(h);
    return n;
}

/* ---- */

void otter_http_init(struct otter_http *h, struct otter_transport *tcp, struct otter_transport *tls,
                     uint32_t (*millis)(void))
{
    memset(h, 0, sizeof *h);
    h->body.read = read_body;
    h->tcp = tcp;
    h->tls = tls;
    h->millis = millis;
}

void otter_http_close(struct otter_http *h)
{
    hang_up(h);
    if (!body_is_done(h) && !h->err)
        h->err = OTTER_E_CLOSED;
}
