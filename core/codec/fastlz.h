#ifndef OTTER_CODEC_FASTLZ_H
#define OTTER_CODEC_FASTLZ_H

#include "core/codec/piece.h"

#define OTTER_FASTLZ_WORK sizeof(struct otter_piece_stream) /* bytes of work memory */

#endif
