#include "cli/boards.h"

#include <stddef.h>

#include "boards/mps2/layout.h"
#include "boards/posix/layout.h"

static const struct otter_flash mps2_onchip = { MPS2_ONCHIP_FLASH }, mps2_nor = { MPS2_NOR_FLASH };
static const struct otter_flash *const mps2_flashes[] = { &mps2_onchip, &mps2_nor, NULL };
static const struct otter_part mps2_parts[] = { MPS2_PARTS(&mps2_onchip, &mps2_nor) };

static const struct otter_flash posix_onchip = { POSIX_ONCHIP_FLASH }, posix_nor = { POSIX_NOR_FLASH };
static const struct otter_flash *const posix_flashes[] = { &posix_onchip, &posix_nor, NULL };
static const struct otter_part posix_parts[] = { POSIX_PARTS(&posix_onchip, &posix_nor) };

const struct board boards[] = {
    { "mps2", mps2_flashes, mps2_parts, true },
    { "posix", posix_flashes, posix_parts, true },
    { NULL, NULL, NULL, false },
};
