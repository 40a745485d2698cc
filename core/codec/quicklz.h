#ifndef OTTER_CODEC_QUICKLZ_H
#define OTTER_CODEC_QUICKLZ_H

#include "core/codec/piece.h"

#define OTTER_QUICKLZ_WORK sizeof(struct otter_piece_stream) /* bytes of work memory */

#endif
