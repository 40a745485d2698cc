/*
 * The example application: a shell, and a network to fetch updates by.
 */
#include "app/keys.h"
#include "app/line.h"
#include "app/settings.h"
#include "app/shell.h"
#include "app/trial.h"
#include "app/version.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "fetch/net.h"

static struct line line;

static void start_network(void)
{
    struct otter_net_addrs addrs;
    int err = otter_net_init();
    if (!err && settings_addrs(&addrs))
        err = otter_net_static(&addrs);
    if (err)
        console_print("The network cannot start: %s (%d)\n", otter_strerror(err), err);
}

int main(void)
{
    board_init();
    console_print("\n%s\n", app_banner);
    while (app_hangs)
        ;
    settings_open();
    trial_report();
    start_network();
    line_init(&line, "msh >", board_console_put, shell_complete);
    for (;;) {
        otter_net_poll();
        trial_poll();
        int c = keys_get();
        char *typed = c < 0 ? NULL : line_feed(&line, (char)c);
        if (typed) {
            shell_run(typed);
            line_prompt(&line);
        }
        if (c < 0)
            board_idle();
    }
}
