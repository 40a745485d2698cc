/*
 * The inner parts of the HTTP client: its line reader (http_line.c), and the heads of answers (http_head.c).
 */
#ifndef OTTER_HTTP_HEAD_H
#define OTTER_HTTP_HEAD_H

#include "fetch/http.h"

#define OTTER_HTTP_TOKEN                                                                                               \
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" /* RFC 9110, 5.6.2 */

enum { OTTER_HTTP_COUNTED, OTTER_HTTP_CHUNKS, OTTER_HTTP_TO_CLOSE }; /* how the body is framed */

/* Returns err. */
int otter_http_refuse(struct otter_http *h, int err, const char *why);

/* Starts the limits of bytes and time that the lines to come may use. */
void otter_http_begin_lines(struct otter_http *h);

/*
 * The next line, without its end, until the next call; more bytes are received as needed. With `folds`, the lines that
 * begin with white space are joined to it. Of a line longer than the buffer, h->cut is set and only the first
 * characters are given: enough for any field's name.
 */
int otter_http_line(struct otter_http *h, bool folds, char **line);

/* Reads the next final answer's head into h->response, and from it how the body is framed (RFC 9112 section 6.3). */
int otter_http_head(struct otter_http *h);

/* Digits of that base from *at on: OTTER_E_PROTOCOL if there are none, OTTER_E_RANGE from 2^32 - 1 on. */
int otter_http_number(const char **at, unsigned base, uint32_t *value);

#endif
