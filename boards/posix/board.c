/*
 * What this board is: its flash, its partitions, and what it accepts.
 */
#include "boards/board.h"
#include "boards/demo/keys.h"

#include "boards/posix/layout.h"
#include "boards/posix/posix.h"
#include "core/manifest.h"
#include "core/package.h"

#define OPERATIONS .read = posix_flash_read, .prog = posix_flash_prog, .erase = posix_flash_erase

static const struct otter_flash onchip_flash = { POSIX_ONCHIP_FLASH, OPERATIONS };
static const struct otter_flash nor_flash = { POSIX_NOR_FLASH, OPERATIONS };

const struct otter_flash *const board_flashes[] = { &onchip_flash, &nor_flash, NULL };

static const struct otter_part parts[] = { POSIX_PARTS(&onchip_flash, &nor_flash) };

static const struct otter_codec *const codecs[] = { &otter_codec_aes256_ctr, &otter_codec_aes256_cbc, &otter_codec_gzip,
                                                    &otter_codec_quicklz,    &otter_codec_fastlz,     NULL };

static const struct otter_format *const formats[] = { &otter_format_otter, &otter_format_rbl, NULL };

const struct otter_config board_config = {
    .board = "posix",
    .parts = parts,
    .codecs = codecs,
    .formats = formats,
    .rbl_key = demo_rbl_key,
    .rbl_iv = demo_rbl_iv,
    .keys = demo_keys,
    .product_key = &demo_product_key,
    .product = "otter-demo",
    .hardware = "posix",
    .boot_version = BOARD_BOOT_VERSION,
    .chunk_max = OTTER_CHUNK_MAX,
};

/* More than any set of stages needs: memory is no concern here. */
_Alignas(OTTER_MEM_ALIGN) uint8_t board_work[256 * 1024];
const size_t board_work_size = sizeof board_work;
