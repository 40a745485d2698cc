/*
 * What the files around lwIP share.
 */
#ifndef OTTER_LWIP_PORT_H
#define OTTER_LWIP_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/ip_addr.h"

/* Polls the network until ready() says so: 0, or OTTER_E_TIMEOUT after `ms` milliseconds. */
int lwip_wait(bool (*ready)(void), uint32_t ms);

/* The address of a name, or of an address in dotted form: 0, OTTER_E_NOT_FOUND or OTTER_E_TIMEOUT. */
int lwip_resolve(const char *host, ip_addr_t *addr);

#endif
