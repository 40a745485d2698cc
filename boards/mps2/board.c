/*
 * What this board is: its flash, its partitions, and what it accepts.
 */
#include "boards/board.h"
#include "boards/mps2/layout.h"
#include "boards/mps2/mps2.h"
#include "core/codec/aes256_cbc.h"
#include "core/codec/fastlz.h"
#include "core/codec/gzip.h"
#include "core/codec/quicklz.h"

#define OPERATIONS .read = mps2_flash_read, .prog = mps2_flash_prog, .erase = mps2_flash_erase

static const struct otter_flash onchip_flash = { MPS2_ONCHIP_FLASH, OPERATIONS };
static const struct otter_flash nor_flash = { MPS2_NOR_FLASH, OPERATIONS };

const struct otter_flash *const board_flashes[] = { &onchip_flash, &nor_flash, NULL };

static const struct otter_part parts[] = { MPS2_PARTS(&onchip_flash, &nor_flash) };

static const struct otter_codec *const codecs[] = { &otter_codec_aes256_cbc, &otter_codec_gzip, &otter_codec_quicklz,
                                                    &otter_codec_fastlz, NULL };

/* The RBL packager's defaults, known to everybody: they protect nothing. A product must have its own. */
static const uint8_t demo_key[OTTER_AES256_KEY_SIZE] __attribute__((nonstring)) = "0123456789ABCDEF0123456789ABCDEF";
static const uint8_t demo_iv[OTTER_AES_BLOCK_SIZE] __attribute__((nonstring)) = "0123456789ABCDEF";

const struct otter_config board_config = {
    .board = "mps2",
    .parts = parts,
    .codecs = codecs,
    .accept = OTTER_ACCEPT_RBL,
    .rbl_key = demo_key,
    .rbl_iv = demo_iv,
};

/* The cipher, the largest decompressor, and the largest erase block of a partition that can be installed. */
enum {
    BLOCK_MAX = 4096,
    WORK_SIZE = OTTER_MEM_ROUND(OTTER_AES256_CBC_WORK) + OTTER_MEM_ROUND(OTTER_GZIP_WORK) + BLOCK_MAX,
};

_Static_assert(OTTER_GZIP_WORK >= OTTER_QUICKLZ_WORK && OTTER_GZIP_WORK >= OTTER_FASTLZ_WORK,
               "gzip needs the most memory");

_Alignas(OTTER_MEM_ALIGN) uint8_t board_work[WORK_SIZE];
const size_t board_work_size = sizeof(board_work);
