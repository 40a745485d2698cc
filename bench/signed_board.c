/*
 * The board mps2 of a product that takes only signed packages, neither compressed nor encrypted: what signatures,
 * journal, trial and restore need of flash and RAM.
 */
#include "boards/board.h"
#include "boards/demo/keys.h"
#include "boards/mps2/layout.h"
#include "boards/mps2/mps2.h"
#include "core/manifest.h"
#include "core/package.h"

#define OPERATIONS .read = mps2_flash_read, .prog = mps2_flash_prog, .erase = mps2_flash_erase

static const struct otter_flash onchip_flash = { MPS2_ONCHIP_FLASH, OPERATIONS };
static const struct otter_flash nor_flash = { MPS2_NOR_FLASH, OPERATIONS };

const struct otter_flash *const board_flashes[] = { &onchip_flash, &nor_flash, NULL };

static const struct otter_part parts[] = { MPS2_PARTS(&onchip_flash, &nor_flash) };

static const struct otter_codec *const codecs[] = { NULL };

static const struct otter_format *const formats[] = { &otter_format_otter, NULL };

enum { CHUNK_MAX = OTTER_CHUNK_MAX };

const struct otter_config board_config = {
    .board = "mps2",
    .parts = parts,
    .codecs = codecs,
    .formats = formats,
    .keys = demo_keys,
    .product = "otter-demo",
    .hardware = "mps2",
    .boot_version = BOARD_BOOT_VERSION,
    .chunk_max = CHUNK_MAX,
};

enum {
    BLOCK_MAX = 4096, /* the largest erase block of a partition that can be installed */
    WORK_SIZE = OTTER_MEM_ROUND(2 * OTTER_HEAD_MAX) + OTTER_MEM_ROUND(CHUNK_MAX + OTTER_SOURCE_MAX) + BLOCK_MAX,
};

_Alignas(OTTER_MEM_ALIGN) uint8_t board_work[WORK_SIZE];
const size_t board_work_size = sizeof(board_work);
