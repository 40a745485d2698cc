/*
 * What this board is: its flash, its partitions, and what it accepts.
 */
#include "boards/board.h"

#include "boards/posix/layout.h"
#include "boards/posix/posix.h"

#define OPERATIONS .read = posix_flash_read, .prog = posix_flash_prog, .erase = posix_flash_erase

static const struct otter_flash onchip_flash = { POSIX_ONCHIP_FLASH, OPERATIONS };
static const struct otter_flash nor_flash = { POSIX_NOR_FLASH, OPERATIONS };

const struct otter_flash *const board_flashes[] = { &onchip_flash, &nor_flash, NULL };

static const struct otter_part parts[] = { POSIX_PARTS(&onchip_flash, &nor_flash) };

static const struct otter_codec *const codecs[] = { &otter_codec_aes256_cbc, &otter_codec_gzip, &otter_codec_quicklz,
                                                    &otter_codec_fastlz, NULL };

/* The RBL packager's defaults, known to everybody: they protect nothing. A product must have its own. */
static const uint8_t demo_key[OTTER_AES256_KEY_SIZE] __attribute__((nonstring)) = "0123456789ABCDEF0123456789ABCDEF";
static const uint8_t demo_iv[OTTER_AES_BLOCK_SIZE] __attribute__((nonstring)) = "0123456789ABCDEF";

const struct otter_config board_config = {
    .board = "posix",
    .parts = parts,
    .codecs = codecs,
    .accept = OTTER_ACCEPT_RBL,
    .rbl_key = demo_key,
    .rbl_iv = demo_iv,
};

/* More than any set of stages needs: memory is no concern here. */
_Alignas(OTTER_MEM_ALIGN) uint8_t board_work[256 * 1024];
const size_t board_work_size = sizeof board_work;
