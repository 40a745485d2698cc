#include "app/wait.h"

#include "boards/board.h"
#include "fetch/net.h"

enum {
    CTRL_C = 3,
};

static bool is_canceled(void)
{
    for (int c; (c = board_console_get()) >= 0;)
        if (c == CTRL_C)
            return true;
    return false;
}

bool app_wait(uint32_t ms)
{
    uint32_t started = board_millis();
    for (;;) {
        otter_net_poll();
        if (is_canceled())
            return false;
        if (board_millis() - started >= ms)
            return true;
        board_idle();
    }
}
