/*
 * gzip by zlib, which no other file of the host program sees. The bytes depend on nothing but the image and zlib's
 * version: no name, no time, and the same system id everywhere.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>

#include "cli/encode/encode.h"

enum { WINDOW_32K = 15, GZIP_WRAPPER = 16, MEMORY_LEVEL = 8, OS_UNIX = 3 };

static void check(int zlib_result, int wanted)
{
    if (zlib_result == wanted)
        return;
    fprintf(stderr, "otter: error: zlib failed (%d)\n", zlib_result);
    exit(1);
}

void encode_gzip(const uint8_t *raw, size_t size, struct buffer *body)
{
    gz_header header = { .os = OS_UNIX };
    z_stream z = { .next_in = (Bytef *)raw, .avail_in = (uInt)size };
    int result;

    check(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_32K + GZIP_WRAPPER, MEMORY_LEVEL, Z_DEFAULT_STRATEGY),
          Z_OK);
    check(deflateSetHeader(&z, &header), Z_OK);
    do {
        const size_t step = 64 * 1024;
        z.next_out = buffer_reserve(body, step);
        z.avail_out = (uInt)step;
        result = deflate(&z, Z_FINISH);
        body->size += step - z.avail_out;
    } while (result == Z_OK);
    check(result, Z_STREAM_END);
    deflateEnd(&z);
}
