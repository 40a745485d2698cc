/*
 * Keys: those pressed while a command runs wait for the shell, and Ctrl-C among them stops the command.
 */
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include <stdbool.h>
#include <stdint.h>

/* The next key, or -1 at once if there is none. */
int keys_get(void);

/*
 * For commands: lets the network work for that long, and at least once. False as soon as Ctrl-C is pressed, which
 * drops the keys pressed before it. Behind 255 waiting keys it is not heard.
 */
bool keys_wait(uint32_t ms);

#endif
