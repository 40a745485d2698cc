#include "cli/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (p)
        return p;
    fputs("otter: error: out of memory\n", stderr);
    exit(1);
}

void *must_alloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

uint8_t *buffer_reserve(struct buffer *b, size_t len)
{
    if (len > b->room - b->size) {
        b->room = 2 * b->room > b->size + len ? 2 * b->room : b->size + len;
        b->data = checked(realloc(b->data, b->room));
    }
    return b->data + b->size;
}

void buffer_add(struct buffer *b, const void *data, size_t len)
{
    if (len)
        memcpy(buffer_reserve(b, len), data, len);
    b->size += len;
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){ 0 };
}
