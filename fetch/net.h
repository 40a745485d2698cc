/*
 * The application's network: exactly one, linked: lwip.c on boards with Ethernet, sockets.c on posix.
 */
#ifndef OTTER_NET_H
#define OTTER_NET_H

#include <stdbool.h>

#include "fetch/transport.h"

struct otter_net_info {
    bool link; /* cable in, interface up */
    bool dhcp; /* the addresses come from DHCP */
    uint8_t mac[6];
    uint8_t addr[4]; /* IPv4, all zero until there is one */
    uint8_t mask[4];
    uint8_t gateway[4];
    uint8_t dns[4];
};

/* Starts the interface and DHCP; does not wait for an address. Once, after board_init. */
int otter_net_init(void);

struct otter_net_addrs {
    uint8_t addr[4], mask[4];
    uint8_t gateway[4], dns[4]; /* all zero: none */
};

/* Uses these addresses in place of DHCP's, from now on. OTTER_E_DENIED where the interface is not the program's own. */
int otter_net_static(const struct otter_net_addrs *addrs);

/* Handles what has arrived and the timers that are due. To be called often: from the shell's loop and in every wait. */
void otter_net_poll(void);

void otter_net_info(struct otter_net_info *info);

/* Polls until there is an address: 0, or OTTER_E_TIMEOUT after `ms` milliseconds. */
int otter_net_wait(uint32_t ms);

/* One echo request: its round trip in microseconds (at least 1), OTTER_E_TIMEOUT, OTTER_E_NOT_FOUND (name) or
 * OTTER_E_IO. */
int otter_net_ping(const char *host, uint16_t seq, uint32_t timeout_ms);

/* A TCP transport: its calls poll the network while they wait. There is one; do not use it from two places at once. */
struct otter_transport *otter_net_tcp(void);

#endif
