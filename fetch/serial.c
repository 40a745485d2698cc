#include "fetch/serial.h"

#include "core/err.h"

enum { SOH = 0x01, STX = 0x02 };

static int judge(struct otter_console *c, int byte)
{
    if (byte == SOH || byte == STX)
        c->began = true;
    c->pressed = !c->began && byte == c->key;
    return c->pressed ? OTTER_E_CANCELED : byte;
}

static int console_get(struct otter_serial *serial, uint32_t ms)
{
    struct otter_console *c = (struct otter_console *)serial;
    uint32_t started = c->millis();

    for (;;) {
        int byte = c->get();
        if (byte >= 0)
            return judge(c, byte);
        if (c->millis() - started >= ms)
            return OTTER_E_TIMEOUT;
        c->idle();
    }
}

static void console_put(struct otter_serial *serial, uint8_t byte)
{
    ((struct otter_console *)serial)->put((char)byte);
}

void otter_console_init(struct otter_console *console)
{
    console->serial = (struct otter_serial){ console_get, console_put };
    console->began = console->pressed = false;
}
