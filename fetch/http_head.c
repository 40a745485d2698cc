#include "fetch/http_head.h"

#include <string.h>
#include <strings.h>

#include "core/err.h"
#include "fetch/url.h"

_Static_assert(OTTER_HTTP_FIELD_MAX == 100, "a message says so");

/* ---- fields ---- */

static bool is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static int take_length(struct otter_http *h, const char *value)
{
    int err = otter_http_number(&value, 10, &h->response.length);

    if (err == OTTER_E_RANGE)
        return otter_http_refuse(h, err, "the server's Content-Length is 4 GB or more");
    if (err || *value)
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server's Content-Length is not a number");
    return 0;
}

static int take_coding(struct otter_http *h, const char *value)
{
    h->chunked = !strcasecmp(value, "chunked");
    if (!h->chunked)
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server uses a Transfer-Encoding other than chunked");
    return 0;
}

static int take_connection(struct otter_http *h, const char *value)
{
    while (*value) {
        size_t n = strcspn(value, ", \t");
        if (n == 5 && !strncasecmp(value, "close", n))
            h->keep = false;
        value += n;
        value += strspn(value, ", \t");
    }
    return 0;
}

static int take_location(struct otter_http *h, const char *value)
{
    struct otter_url from, to = { 0 };

    if (!is_redirect(h->response.status))
        return 0;
    if (!otter_url_stays(h->url, value))
        h->away = true;
    int err = otter_url_parse(&from, h->url);
    if (!err)
        err = otter_url_resolve(h->url, sizeof h->url, value, &to);
    if (err)
        return otter_http_refuse(h, err, to.why);
    if (from.tls && !to.tls)
        return otter_http_refuse(h, OTTER_E_DENIED, "the server redirects from https to http");
    h->located = true;
    return 0;
}

/* `0-499` or `*`, then `/`. */
static int parse_range(struct otter_http_response *r, const char **at)
{
    int err = 0;

    if (**at == '*') {
        ++*at;
    } else {
        err = otter_http_number(at, 10, &r->range_first);
        if (!err && *(*at)++ != '-')
            err = OTTER_E_PROTOCOL;
        if (!err)
            err = otter_http_number(at, 10, &r->range_last);
        if (!err && r->range_first > r->range_last)
            err = OTTER_E_PROTOCOL;
    }
    return err ? err : *(*at)++ != '/' ? OTTER_E_PROTOCOL : 0;
}

/* `bytes 0-499/1234`, with `*` for what isn't known; elsewhere it has no meaning (RFC 9110 section 14.4). */
static int take_range(struct otter_http *h, const char *value)
{
    struct otter_http_response *r = &h->response;

    if ((r->status != 206 && r->status != 416) || strncasecmp(value, "bytes ", 6))
        return 0;
    value += 6;
    int err = parse_range(r, &value);
    if (!err && *value == '*')
        value++;
    else if (!err)
        err = otter_http_number(&value, 10, &r->range_total);
    if (err || *value || (r->range_last != OTTER_HTTP_UNKNOWN && r->range_last >= r->range_total))
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server's Content-Range makes no sense");
    return 0;
}

static int take_ranges(struct otter_http *h, const char *value)
{
    h->response.accepts_ranges = !strcasecmp(value, "bytes");
    return 0;
}

static int take_encoding(struct otter_http *h, const char *value)
{
    h->response.encoded = strcasecmp(value, "identity") != 0;
    return 0;
}

static int take_retry(struct otter_http *h, const char *value)
{
    if (otter_http_number(&value, 10, &h->response.retry_after) || *value)
        h->response.retry_after = 0;
    return 0;
}

/* A text that doesn't fit is as good as missing: half an ETag would match the wrong file. */
static int keep_text(char *field, size_t size, const char *value)
{
    size_t len = strlen(value);

    if (len < size)
        memcpy(field, value, len + 1);
    return 0;
}

static int take_etag(struct otter_http *h, const char *value)
{
    return keep_text(h->response.etag, sizeof h->response.etag, value);
}

static int take_modified(struct otter_http *h, const char *value)
{
    return keep_text(h->response.last_modified, sizeof h->response.last_modified, value);
}

static int take_type(struct otter_http *h, const char *value)
{
    return keep_text(h->response.content_type, sizeof h->response.content_type, value);
}

static const struct row {
    const char *name;
    bool once; /* a second one would mean that somebody reads another answer than we do */
    int (*take)(struct otter_http *h, const char *value);
} rows[] = {
    { "Content-Length", true, take_length },
    { "Transfer-Encoding", true, take_coding },
    { "Location", true, take_location },
    { "Content-Range", true, take_range },
    { "ETag", true, take_etag },
    { "Last-Modified", true, take_modified },
    { "Connection", false, take_connection },
    { "Content-Encoding", true, take_encoding },
    { "Accept-Ranges", false, take_ranges },
    { "Content-Type", false, take_type },
    { "Retry-After", false, take_retry },
};

static int take_field(struct otter_http *h, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcasecmp(name, rows[i].name))
            continue;
        if (h->cut)
            return otter_http_refuse(h, OTTER_E_RANGE, "the server sent a header line that is too long");
        if (rows[i].once && h->seen & 1u << i)
            return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server sent a header twice that may come once");
        h->seen |= (uint16_t)(1u << i);
        return rows[i].take(h, value);
    }
    return 0;
}

static int parse_field(struct otter_http *h, char *line)
{
    size_t n = strspn(line, OTTER_HTTP_TOKEN);
    char *value = line + n + 1;
    char *end = line + strlen(line);

    if (!n || line[n] != ':')
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server sent a header line that is not `Name: value`");
    if (++h->fields > OTTER_HTTP_FIELD_MAX)
        return otter_http_refuse(h, OTTER_E_RANGE, "the server sent more than 100 header lines");
    line[n] = 0;
    value += strspn(value, " \t");
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = 0;

    int err = take_field(h, line, value);
    if (!err && !h->cut && h->request->on_field && h->response.status >= 200)
        h->request->on_field(h->request->arg, line, value);
    return err;
}

/* ---- heads ---- */

/* `HTTP/1.1 200 OK`; some servers leave out the last space with the reason. */
static int parse_status(struct otter_http *h, const char *line)
{
    uint32_t status;
    const char *at = line + 9;

    if (strncmp(line, "HTTP/1.", 7) || line[7] < '0' || line[7] > '9' || line[8] != ' ')
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server does not answer in HTTP/1");
    if (otter_http_number(&at, 10, &status) || at != line + 12 || (*at && *at != ' ') || status < 100 || status > 599)
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server's status line has no status");
    h->response.status = (uint16_t)status;
    h->old = line[7] == '0';
    h->keep = !h->old;
    return 0;
}

static int read_one_head(struct otter_http *h)
{
    char *line;

    h->response = (struct otter_http_response){
        .length = OTTER_HTTP_UNKNOWN,
        .range_first = OTTER_HTTP_UNKNOWN,
        .range_last = OTTER_HTTP_UNKNOWN,
        .range_total = OTTER_HTTP_UNKNOWN,
    };
    h->seen = h->fields = 0;
    h->chunked = h->located = false;

    int err = otter_http_line(h, false, &line);
    if (!err)
        err = parse_status(h, line);
    if (!err)
        err = otter_http_line(h, true, &line);
    while (!err && *line) {
        err = parse_field(h, line);
        if (!err)
            err = otter_http_line(h, true, &line);
    }
    return err;
}

static int frame(struct otter_http *h)
{
    struct otter_http_response *r = &h->response;
    bool none = h->method == OTTER_HTTP_HEAD || r->status == 204 || r->status == 304;

    if (h->chunked && (h->old || r->length != OTTER_HTTP_UNKNOWN))
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server frames its answer in two ways that contradict");
    if (r->status == 204 && (h->chunked || r->length != OTTER_HTTP_UNKNOWN))
        h->keep = false; /* who knows whether a body comes after all */
    r->until_close = !none && !h->chunked && r->length == OTTER_HTTP_UNKNOWN;
    h->first = true;
    h->left = none || h->chunked ? 0 : r->length;
    h->framing = OTTER_HTTP_COUNTED;
    if (h->chunked && !none)
        h->framing = OTTER_HTTP_CHUNKS;
    if (r->until_close)
        h->framing = OTTER_HTTP_TO_CLOSE;
    return 0;
}

int otter_http_head(struct otter_http *h)
{
    int err;

    otter_http_begin_lines(h);
    do
        err = read_one_head(h);
    while (!err && h->response.status < 200 && h->response.status != 101);
    if (!err && h->response.status == 101)
        return otter_http_refuse(h, OTTER_E_PROTOCOL, "the server switches to a protocol that nobody asked for");
    return err ? err : frame(h);
}
