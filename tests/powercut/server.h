/*
 * A server in memory, and the product's own downloader in front of it.
 */
#ifndef POWERCUT_SERVER_H
#define POWERCUT_SERVER_H

#include "tests/sim/device.h"

/* Downloads the package into `download`, as an application does: 0 or a negative otter_err. */
int server_download(struct sim_device *device, const struct sim_package *package);

#endif
