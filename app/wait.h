/*
 * Time in a command: the network goes on meanwhile, and Ctrl-C is heard.
 */
#ifndef APP_WAIT_H
#define APP_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* False as soon as Ctrl-C is typed. Zero milliseconds just ask. What else was typed is lost. */
bool app_wait(uint32_t ms);

#endif
