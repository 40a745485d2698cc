/*
 * Commands about the network: ifconfig, ping.
 */
#include <inttypes.h>

#include "app/commands.h"
#include "app/keys.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "fetch/net.h"

enum {
    PING_COUNT = 4,
    PING_WAIT_MS = 2000,
    PING_PAUSE_MS = 1000,
};

static void print_addr(const char *label, const uint8_t addr[4])
{
    console_print("%s%u.%u.%u.%u\n", label, addr[0], addr[1], addr[2], addr[3]);
}

static void ifconfig(int argc, char **argv)
{
    struct otter_net_info info;
    (void)argc;
    (void)argv;
    otter_net_info(&info);
    console_print("link       : %s\n", info.link ? "up" : "down");
    console_print("MAC        : %02x:%02x:%02x:%02x:%02x:%02x\n", info.mac[0], info.mac[1], info.mac[2], info.mac[3],
                  info.mac[4], info.mac[5]);
    console_print("DHCP       : %s\n", info.dhcp ? "on" : "off");
    print_addr("ip address : ", info.addr);
    print_addr("gw address : ", info.gateway);
    print_addr("net mask   : ", info.mask);
    print_addr("dns server : ", info.dns);
}

/* Whether there was an answer; *err is what another attempt cannot change. */
static bool ping_once(const char *host, uint16_t seq, int *err)
{
    int micros = otter_net_ping(host, seq, PING_WAIT_MS);
    if (micros >= 0) {
        console_print("answer from %s: seq=%u time=%d.%03d ms\n", host, seq, micros / 1000, micros % 1000);
        return true;
    }
    console_print("no answer from %s: seq=%u, %s\n", host, seq, otter_strerror(micros));
    *err = micros <= OTTER_E_RANGE ? micros : OTTER_OK;
    return false;
}

static void ping(int argc, char **argv)
{
    uint32_t count = PING_COUNT, sent = 0, answered = 0;
    int err = OTTER_OK;
    if (argc < 2 || argc > 3 || (argc == 3 && (!shell_number(argv[2], &count) || count == 0 || count > UINT16_MAX))) {
        console_print("Usage: ping host [count], with a count from 1 to %d\n", UINT16_MAX);
        return;
    }
    while (!err && sent < count && keys_wait(sent ? PING_PAUSE_MS : 0)) {
        sent++;
        answered += ping_once(argv[1], (uint16_t)sent, &err);
    }
    console_print("%" PRIu32 " sent, %" PRIu32 " answered\n", sent, answered);
}

const struct shell_command network_commands[] = {
    { "ifconfig", "Show the network interface", ifconfig },
    { "ping", "Ask a host for an answer: ping host [count]", ping },
    { NULL, NULL, NULL },
};
