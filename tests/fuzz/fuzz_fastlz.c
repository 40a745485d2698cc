#include "tests/fuzz/codec.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_codec(&otter_codec_fastlz, data, size);
    return 0;
}
