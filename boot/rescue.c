#include "boot/rescue.h"

#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "fetch/copy.h"
#include "fetch/ymodem.h"

enum { BUTTON_MS = 1500 };

bool rescue_is_wanted(void)
{
    uint32_t since = board_millis();
    int c = 0;

    console_print("Press y to send a package by Y-modem, or wait for the factory image.\n");
    while (c != 'y' && board_millis() - since < BUTTON_MS) {
        c = board_console_get();
        if (c < 0)
            board_idle();
    }
    return c == 'y';
}

int rescue_receive(const struct otter_config *config, struct otter_mem mem, uint32_t seconds)
{
    struct otter_console console = {
        .get = board_console_get, .put = board_console_put, .millis = board_millis, .idle = board_idle, .key = 'r'
    };
    struct otter_ymodem *y = otter_mem_take(&mem, sizeof *y);
    const struct otter_part *part = otter_part_find(config->parts, "download");
    int err;

    if (!y || !part)
        return OTTER_E_NO_MEMORY;
    console_print("Send a package by Y-modem, or press r to restart.\n");
    otter_console_init(&console);
    err = otter_ymodem_open(y, &console.serial, false, seconds);
    if (console.pressed)
        board_reset();
    if (!console.began)
        return OTTER_E_TIMEOUT;
    if (!err)
        err = otter_copy(part, &y->stream, y->size, mem);
    otter_ymodem_close(y, err);
    if (err)
        console_print("Y-modem failed: %s (%d).\n", otter_strerror(err), err);
    return err;
}
