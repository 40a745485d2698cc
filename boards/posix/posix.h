/*
 * What the board's files share.
 */
#ifndef POSIX_H
#define POSIX_H

#include "core/flash.h"

/* Opens the flash file, or makes one that is all erased. Says why and ends the program if it can't. */
void posix_flash_open(void);

int posix_flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len);
int posix_flash_prog(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len);
int posix_flash_erase(const struct otter_flash *flash, uint32_t off, uint32_t len);

/* Characters as they are typed, where there is a terminal; it is given back when the program ends. */
void posix_terminal_open(void);

/* Gives the terminal back before another program starts in this one's place. */
void posix_terminal_close(void);

/* Ends the program for a reason that concerns the machine it runs on. */
_Noreturn void posix_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
