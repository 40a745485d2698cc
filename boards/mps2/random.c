/*
 * Numbers that are hard to foretell, on a board without a random number generator.
 *
 * The only source is time: the timer's value, 40 ns a step, whenever a frame arrives and whenever a number is drawn,
 * stirred into 128 bits of which a caller sees 32. Somebody off the board cannot follow that to the step; but the first
 * numbers after a start hold a few bits of chance, and under -icount they are the same in every run. Good for ports and
 * sequence numbers. board_entropy has no better source on this machine and draws from the same: enough to show https,
 * not to protect a secret. A board of a product has a generator, and a board_entropy that waits for it.
 */
#include <string.h>

#include "boards/board.h"
#include "boards/mps2/mps2.h"

/* ChaCha's constant: zeros alone would stay zeros. */
static uint32_t pool[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

/* ChaCha's quarter round (RFC 8439, 2.1). */
static void quarter_round(uint32_t s[4])
{
    s[0] += s[1], s[3] = rotate(s[3] ^ s[0], 16);
    s[2] += s[3], s[1] = rotate(s[1] ^ s[2], 12);
    s[0] += s[1], s[3] = rotate(s[3] ^ s[0], 8);
    s[2] += s[3], s[1] = rotate(s[1] ^ s[2], 7);
}

void mps2_stir(void)
{
    pool[0] ^= SYST_CVR;
    pool[1] += board_millis();
    quarter_round(pool);
}

uint32_t board_random(void)
{
    for (int i = 0; i < 4; i++)
        mps2_stir();
    return pool[3];
}

int board_entropy(void *buf, size_t len)
{
    uint8_t *to = buf;

    while (len) {
        uint32_t word = board_random();
        size_t n = len < sizeof word ? len : sizeof word;
        memcpy(to, &word, n);
        to += n;
        len -= n;
    }
    return 0;
}
