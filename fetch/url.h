/*
 * Addresses of the web (RFC 3986), as far as a download needs them.
 *
 *     http://host:port/path?query#fragment
 *            '-------'             authority: a name or an IPv4 address, no user
 */
#ifndef OTTER_URL_H
#define OTTER_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OTTER_URL_HOST_MAX 253 /* characters: the longest name that DNS has (RFC 1035 section 2.3.4) */

/* Nothing is copied: host and target lie in the text that was parsed. */
struct otter_url {
    const char *host;
    size_t host_len;
    const char *target; /* path and query; where it does not begin with '/', the wire wants one before it */
    size_t target_len;
    uint16_t port;
    bool tls;        /* https */
    const char *why; /* after an error: what is wrong, one line */
};

/* 0; OTTER_E_RANGE for a host that is too long; OTTER_E_ARGUMENT for everything else that is refused. */
int otter_url_parse(struct otter_url *url, const char *text);

/* Whether `ref`, seen from `base`, is at the same scheme, host and port. May say no where they are spelt differently.
 */
bool otter_url_stays(const char *base, const char *ref);

/*
 * Follows a reference of any kind (RFC 3986 section 5.2) from `text`, which holds an absolute address in a buffer of
 * `size` bytes and then holds where the reference leads. The result is parsed into *url: OTTER_E_RANGE, with the
 * text as it was, if it does not fit; else what otter_url_parse says.
 */
int otter_url_resolve(char *text, size_t size, const char *ref, struct otter_url *url);

#endif
