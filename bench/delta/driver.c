/*
 * Encodes pairs of images, decodes each patch with the codec of core, and compares.
 *   bench-delta [-b 12|13|14] OLD NEW [PATCH]     prints the patch's size, load address and seconds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/encode/delta/delta.h"
#include "core/bytes.h"
#include "core/codec.h"
#include "core/err.h"

static struct delta_stretch load_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct delta_stretch s = { NULL, 0 };
    uint8_t *bytes;
    long size;

    if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
        perror(path);
        exit(1);
    }
    bytes = malloc((size_t)size + 1);
    s.size = fread(bytes, 1, (size_t)size, f);
    s.at = bytes;
    fclose(f);
    return s;
}

static const uint8_t *flash_bytes;

static int flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    (void)flash;
    memcpy(buf, flash_bytes + off, len);
    return 0;
}

struct bytes_stream {
    struct otter_stream stream;
    const uint8_t *at;
    size_t left;
};

static int bytes_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct bytes_stream *s = (struct bytes_stream *)stream;

    if (len > s->left)
        len = s->left;
    memcpy(buf, s->at, len);
    s->at += len;
    s->left -= len;
    return (int)len;
}

static int check(struct delta_stretch old, struct delta_stretch new, const uint8_t *patch, size_t size, unsigned bits)
{
    static const struct otter_codec *const codecs[] = { &otter_codec_delta_4k, &otter_codec_delta,
                                                        &otter_codec_delta_16k };
    const struct otter_codec *codec = codecs[bits - 12];
    struct otter_flash flash = { .size = (uint32_t)old.size, .erase_size = 1, .prog_size = 1, .read = flash_read };
    struct otter_part base = { "base", &flash, 0, (uint32_t)old.size, 0 };
    struct otter_codec_args args = { .raw_size = (uint32_t)new.size, .base = &base,
                                     .base_size = (uint32_t)old.size };
    struct bytes_stream src = { { bytes_read }, patch, size };
    uint8_t *out = malloc(new.size + 1);
    void *work = malloc(codec->work_size);
    struct otter_stream *stream;
    size_t done = 0;
    int n;

    flash_bytes = old.at;
    stream = codec->open(work, &src.stream, &args);
    while (done <= new.size && (n = otter_stream_read(stream, out + done, new.size + 1 - done)) > 0)
        done += (size_t)n;
    if (n < 0 || done != new.size || memcmp(out, new.at, done)) {
        size_t i = 0;
        while (i < done && out[i] == new.at[i])
            i++;
        fprintf(stderr, "bench-delta: decoded %zu of %zu bytes, first wrong one %zu: %s\n", done, new.size, i,
                otter_strerror(n));
        return 1;
    }
    free(work);
    free(out);
    return 0;
}

int main(int argc, char **argv)
{
    struct delta_options options = { 13, DELTA_UNKNOWN_LOAD };
    int c;

    while ((c = getopt(argc, argv, "b:l:")) != -1) {
        if (c == 'b')
            options.bits = (unsigned)atoi(optarg);
        else if (c == 'l')
            options.load = (uint32_t)strtoul(optarg, NULL, 0);
        else
            return 2;
    }
    if (argc - optind < 2 || options.bits < 12 || options.bits > 14) {
        fprintf(stderr, "usage: bench-delta [-b 12|13|14] [-l load] OLD NEW [PATCH]\n");
        return 2;
    }
    struct delta_stretch old = load_file(argv[optind]), new = load_file(argv[optind + 1]);
    size_t size = 0;
    clock_t start = clock();
    uint8_t *patch = delta_encode(old, new, options, &size);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (!patch || check(old, new, patch, size, options.bits))
        return 1;
    printf("%zu 0x%08x %.2f\n", size, (unsigned)otter_le32(patch + 1), seconds);
    if (argc - optind > 2) {
        FILE *f = fopen(argv[optind + 2], "wb");
        if (!f || fwrite(patch, 1, size, f) != size || fclose(f)) {
            perror(argv[optind + 2]);
            return 1;
        }
    }
    return 0;
}
