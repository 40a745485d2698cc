/*
 * Bytes that grow.
 */
#ifndef CLI_BUFFER_H
#define CLI_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *data; /* NULL while nothing was ever added */
    size_t size;   /* bytes in use */
    size_t room;
};

/* `len` more bytes at the end, not yet in use: the caller writes to them and adds what it wrote to size. */
uint8_t *buffer_reserve(struct buffer *b, size_t len);

void buffer_add(struct buffer *b, const void *data, size_t len);
void buffer_free(struct buffer *b);

/* malloc that never fails: a host program without memory says so and ends with 1. */
void *must_alloc(size_t size);

#endif
