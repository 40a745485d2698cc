#include "fetch/url.h"

#include <string.h>
#include <strings.h>

#include "core/err.h"

static int refuse(struct otter_url *url, int err, const char *why)
{
    url->why = why;
    return err;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What may be sent in a request line: printable ASCII without the space. */
static int check_characters(struct otter_url *url, const char *text)
{
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;
        if (c == ' ')
            return refuse(url, OTTER_E_ARGUMENT, "the address has a space in it (write %20)");
        if (c < ' ' || c == 0x7F)
            return refuse(url, OTTER_E_ARGUMENT, "the address has a control character in it");
        if (c > 0x7F)
            return refuse(url, OTTER_E_ARGUMENT, "the address has a character outside ASCII in it (write it as %XX)");
    }
    return 0;
}

static int parse_scheme(struct otter_url *url, const char **at)
{
    url->tls = !strncasecmp(*at, "https://", 8);
    if (!url->tls && strncasecmp(*at, "http://", 7))
        return refuse(url, OTTER_E_ARGUMENT, "the address must begin with http:// or https://");
    *at += url->tls ? 8 : 7;
    return 0;
}

static int check_host(struct otter_url *url)
{
    if (!url->host_len)
        return refuse(url, OTTER_E_ARGUMENT, "the address names no host");
    if (*url->host == '[')
        return refuse(url, OTTER_E_ARGUMENT, "IPv6 addresses are not supported");
    if (url->host_len > OTTER_URL_HOST_MAX)
        return refuse(url, OTTER_E_RANGE, "the host's name is longer than 253 characters");
    for (size_t i = 0; i < url->host_len; i++)
        if (!is_alpha(url->host[i]) && !is_digit(url->host[i]) && !strchr("-._", url->host[i]))
            return refuse(url, OTTER_E_ARGUMENT, "the host's name has a character that no host's name has");
    return 0;
}

/* The digits up to `end`; none mean the scheme's own port (RFC 3986 section 3.2.3). */
static int parse_port(struct otter_url *url, const char *at, const char *end)
{
    uint32_t port = 0;

    if (at == end)
        return 0;
    for (; at < end && is_digit(*at) && port <= UINT16_MAX; at++)
        port = port * 10 + (uint32_t)(*at - '0');
    if (at < end || !port || port > UINT16_MAX)
        return refuse(url, OTTER_E_ARGUMENT, "the port must be a number from 1 to 65535");
    url->port = (uint16_t)port;
    return 0;
}

static int parse_authority(struct otter_url *url, const char *at, const char *end)
{
    if (memchr(at, '@', (size_t)(end - at)))
        return refuse(url, OTTER_E_ARGUMENT, "a user or password in the address is not supported");

    /* The colons of an IPv6 literal are not a port's, but it is refused by its bracket before that matters. */
    const char *colon = memchr(at, ':', (size_t)(end - at));
    url->host = at;
    url->host_len = (size_t)((colon ? colon : end) - at);
    url->port = url->tls ? 443 : 80;
    int err = check_host(url);
    if (!err && colon)
        err = parse_port(url, colon + 1, end);
    return err;
}

int otter_url_parse(struct otter_url *url, const char *text)
{
    *url = (struct otter_url){ 0 };
    int err = check_characters(url, text);
    if (!err)
        err = parse_scheme(url, &text);
    if (err)
        return err;

    url->target = text + strcspn(text, "/?#");
    url->target_len = strcspn(url->target, "#");
    return parse_authority(url, text, url->target);
}

/* Characters of `ref` before the ':' of its scheme; 0 if it has none. */
static size_t scheme_len(const char *ref)
{
    size_t n = 0;

    if (!is_alpha(*ref))
        return 0;
    while (is_alpha(ref[n]) || is_digit(ref[n]) || (ref[n] && strchr("+-.", ref[n])))
        n++;
    return ref[n] == ':' ? n : 0;
}

/* Characters of "scheme://authority" in an absolute address. */
static size_t origin_len(const char *text)
{
    size_t n = scheme_len(text) + 3;

    return n + strcspn(text + n, "/?#");
}

/* How much of `base` stays in front of `ref`. */
static size_t kept(const char *base, const char *ref)
{
    size_t origin = origin_len(base);
    size_t path = strcspn(base + origin, "?#");

    if (scheme_len(ref))
        return 0;
    if (ref[0] == '/' && ref[1] == '/')
        return scheme_len(base) + 1;
    if (ref[0] == '/')
        return origin;
    if (ref[0] == '?')
        return origin + path;
    if (ref[0] == '#' || !ref[0])
        return origin + strcspn(base + origin, "#");
    while (path && base[origin + path - 1] != '/')
        path--;
    return origin + path;
}

bool otter_url_stays(const char *base, const char *ref)
{
    size_t keep = kept(base, ref);
    size_t origin = origin_len(base);

    if (keep >= origin)
        return true;
    size_t rest = origin - keep;
    return !strncasecmp(base + keep, ref, rest) && (!ref[rest] || strchr("/?#", ref[rest]));
}

/* Takes "." and ".." out of a path that is empty or begins with '/' (RFC 3986 section 5.2.4). */
static void drop_dots(char *path)
{
    char *end = path + strcspn(path, "?#");
    char *out = path;

    for (char *in = path; in < end;) {
        size_t n = 1 + strcspn(in + 1, "/?#");
        bool dot = n == 2 && in[1] == '.';
        bool up = n == 3 && in[1] == '.' && in[2] == '.';
        while (up && out > path && *--out != '/')
            ;
        if (!dot && !up) {
            memmove(out, in, n);
            out += n;
        } else if (in + n == end) {
            *out++ = '/';
        }
        in += n;
    }
    memmove(out, end, strlen(end) + 1);
}

int otter_url_resolve(char *text, size_t size, const char *ref, struct otter_url *url)
{
    size_t keep = kept(text, ref);
    size_t len = strlen(ref);
    size_t slash = keep == origin_len(text) && *ref && !strchr("/?#", *ref); /* "http://host" and "file" */

    if (keep + slash + len >= size)
        return refuse(url, OTTER_E_RANGE, "the address is too long");
    if (slash)
        text[keep] = '/';
    memcpy(text + keep + slash, ref, len + 1);

    int err = otter_url_parse(url, text);
    if (err)
        return err;
    drop_dots(text + (url->target - text));
    return otter_url_parse(url, text);
}
