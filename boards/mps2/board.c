/*
 * What this board is: its flash, its partitions, and what it accepts.
 */
#include "boards/board.h"
#include "boards/demo/keys.h"
#include "boards/mps2/layout.h"
#include "boards/mps2/mps2.h"
#include "core/codec/aes256_cbc.h"
#include "core/codec/fastlz.h"
#include "core/codec/gzip.h"
#include "core/codec/quicklz.h"
#include "core/manifest.h"
#include "core/package.h"

#define OPERATIONS .read = mps2_flash_read, .prog = mps2_flash_prog, .erase = mps2_flash_erase

static const struct otter_flash onchip_flash = { MPS2_ONCHIP_FLASH, OPERATIONS };
static const struct otter_flash nor_flash = { MPS2_NOR_FLASH, OPERATIONS };

const struct otter_flash *const board_flashes[] = { &onchip_flash, &nor_flash, NULL };

static const struct otter_part parts[] = { MPS2_PARTS(&onchip_flash, &nor_flash) };

static const struct otter_codec *const codecs[] = { &otter_codec_aes256_ctr, &otter_codec_aes256_cbc, &otter_codec_gzip,
                                                    &otter_codec_quicklz,    &otter_codec_fastlz,     NULL };

static const struct otter_format *const formats[] = { &otter_format_otter, &otter_format_rbl, NULL };

const struct otter_config board_config = {
    .board = "mps2",
    .parts = parts,
    .codecs = codecs,
    .formats = formats,
    .rbl_key = demo_rbl_key,
    .rbl_iv = demo_rbl_iv,
    .keys = demo_keys,
    .product_key = &demo_product_key,
    .product = "otter-demo",
    .hardware = "mps2",
    .boot_version = BOARD_BOOT_VERSION,
    .chunk_max = OTTER_CHUNK_MAX,
};

/* A head, a chunk, the cipher, the largest decompressor, and the largest erase block that is written. */
enum {
    BLOCK_MAX = 4096,
    WORK_SIZE = OTTER_MEM_ROUND(2 * OTTER_HEAD_MAX) + OTTER_MEM_ROUND(OTTER_CHUNK_MAX + OTTER_SOURCE_MAX) +
                OTTER_MEM_ROUND(OTTER_AES256_CBC_WORK) + OTTER_MEM_ROUND(OTTER_GZIP_WORK) + BLOCK_MAX,
};

_Static_assert(OTTER_GZIP_WORK >= OTTER_QUICKLZ_WORK && OTTER_GZIP_WORK >= OTTER_FASTLZ_WORK,
               "gzip needs the most memory");

_Alignas(OTTER_MEM_ALIGN) uint8_t board_work[WORK_SIZE];
const size_t board_work_size = sizeof(board_work);
