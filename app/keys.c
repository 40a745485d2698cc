#include "app/keys.h"

#include "boards/board.h"
#include "fetch/net.h"

enum {
    CTRL_C = 3,
    WAITING_MAX = 255,
};

static struct {
    uint8_t codes[WAITING_MAX];
    uint32_t first, end;
} waiting;

int keys_get(void)
{
    return waiting.first < waiting.end ? waiting.codes[waiting.first++] : board_console_get();
}

/* False for Ctrl-C. */
static bool collect(void)
{
    if (waiting.first == waiting.end)
        waiting.first = waiting.end = 0;
    while (waiting.end < WAITING_MAX) {
        int c = board_console_get();
        if (c < 0)
            break;
        if (c == CTRL_C) {
            waiting.first = waiting.end = 0;
            return false;
        }
        waiting.codes[waiting.end++] = (uint8_t)c;
    }
    return true;
}

bool keys_wait(uint32_t ms)
{
    uint32_t started = board_millis();
    for (;;) {
        otter_net_poll();
        if (!collect())
            return false;
        if (board_millis() - started >= ms)
            return true;
        board_idle();
    }
}
