/*
 * Whom this board trusts to vouch for a server of https; and that it has no clock of its own.
 */
#include "boards/demo/trust.h"
#include "boards/board.h"

const uint8_t board_trust[] = { DEMO_CA };
const size_t board_trust_size = sizeof board_trust;

uint32_t board_time(void)
{
    return 0;
}
