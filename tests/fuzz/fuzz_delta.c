/*
 * Input: u16 image size, u16 base size, table class, bytes of a read; base; patch.
 */
#include <string.h>

#include "cli/encode/delta/apply.h"
#include "core/bytes.h"
#include "tests/fuzz/target.h"

enum { HEAD = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct otter_codec *const codecs[] = { &otter_codec_delta_4k, &otter_codec_delta,
                                                        &otter_codec_delta_16k };
    size_t image_size, base_size, done[2];

    if (size < HEAD || otter_le16(data + 2) > size - HEAD)
        return 0;
    image_size = otter_le16(data);
    base_size = otter_le16(data + 2);
    uint8_t *base = malloc(base_size + 1), *out = calloc(2, image_size + 1);
    memcpy(base, data + HEAD, base_size);
    struct delta_job job = {
        codecs[data[4] % 3], { base, base_size }, { data + HEAD + base_size, size - HEAD - base_size }, 0, 0
    };
    int err = delta_apply(&job, out, image_size, &done[0]);
    job.read_most = data[5];
    must(delta_apply(&job, out + image_size, image_size, &done[1]) == err, "the same error whatever the reads");
    must(done[0] == done[1] && !memcmp(out, out + image_size, done[0]), "the same bytes whatever the reads");
    must(err || done[0] == image_size, "all of the image or an error");
    free(base);
    free(out);
    return 0;
}
