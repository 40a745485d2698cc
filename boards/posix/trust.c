/*
 * Whom this board trusts to vouch for a server of https.
 */
#include "boards/demo/trust.h"
#include "boards/board.h"

const uint8_t board_trust[] = { DEMO_CA };
const size_t board_trust_size = sizeof board_trust;
