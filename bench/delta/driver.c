/*
 * Encodes a pair of images, decodes the patch with the codec of core, and compares.
 *   bench-delta [-b 12|13|14] [-l LOAD] OLD NEW [PATCH]     prints the patch's size, load address and seconds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/encode/delta/apply.h"
#include "core/bytes.h"
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

static int check(struct delta_stretch old, struct delta_stretch new, struct delta_stretch patch, unsigned bits)
{
    static const struct otter_codec *const codecs[] = { &otter_codec_delta_4k, &otter_codec_delta,
                                                        &otter_codec_delta_16k };
    struct delta_job job = { .codec = codecs[bits - 12], .base = old, .patch = patch };
    uint8_t *out = malloc(new.size + 1);
    size_t done;
    int err = delta_apply(&job, out, new.size, &done);

    if (err || memcmp(out, new.at, new.size))
        fprintf(stderr, "bench-delta: the patch gives another image: %s\n", otter_strerror(err));
    else
        done = 0;
    free(out);
    return done != 0;
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
    if (!patch || check(old, new, (struct delta_stretch){ patch, size }, options.bits))
        return 1;
    printf("%zu 0x%08x %.2f\n", size, (unsigned)otter_le32(patch + 1), seconds);
    if (argc - optind > 2) {
        FILE *f = fopen(argv[optind + 2], "wb");
        if (!f || fwrite(patch, 1, size, f) != size || fclose(f)) {
            perror(argv[optind + 2]);
            return 1;
        }
    }
    free(patch);
    free((void *)old.at);
    free((void *)new.at);
    return 0;
}
