/*
 * Fuzzing a codec: any bytes give an error or an end, at most so many bytes of output, and the same ones whatever the
 * size of the reads.
 *
 *     bytes a source's read, 0: all | bytes a read, 0: by chance | u16 le raw size | the codec's input ...
 */
#ifndef FUZZ_CODEC_H
#define FUZZ_CODEC_H

#include "core/codec.h"

#define FUZZ_CODEC_HEAD 4 /* bytes before the codec's input */

void fuzz_codec(const struct otter_codec *codec, const uint8_t *data, size_t size);

#endif
