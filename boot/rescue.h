/*
 * The rescue: a package by Y-modem on the console, for a device with nothing to start.
 */
#ifndef BOOT_RESCUE_H
#define BOOT_RESCUE_H

#include "core/config.h"
#include "core/mem.h"

/* After the banner: whether the person who holds the button asks for the rescue rather than the factory image. */
bool rescue_is_wanted(void);

/*
 * Puts what is sent into `download`, unjudged: boot_run judges it like any other package. 0; OTTER_E_TIMEOUT if nobody
 * has sent anything for `seconds`, or why it failed, after saying so. Restarts the board where a person asks for it.
 * Before a sender has begun, `download` is as it was.
 */
int rescue_receive(const struct otter_config *config, struct otter_mem mem, uint32_t seconds);

#endif
