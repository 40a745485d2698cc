/*
 * The board's settings, which lie in its partition `easyflash`. The application knows:
 *
 *     ota_url                  what http_ota fetches when it is given no address
 *     ip mask gateway dns      the network's addresses; without `ip`, or if it is `dhcp`, DHCP gives them
 *     device_id                what the device calls itself
 */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "fetch/net.h"

/* Once, after board_init. */
void settings_open(void);

/* A setting that is text and fits with its NUL; false if there is none. */
bool settings_text(const char *key, char *text, size_t size);

/* The addresses that are set; false if DHCP is to give them. Says so if they make no sense. */
bool settings_addrs(struct otter_net_addrs *addrs);

#endif
