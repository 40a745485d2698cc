/*
 * Intel HEX, with 32-bit addresses.
 */
#ifndef CLI_HEX_H
#define CLI_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The records of one stretch. May be called again for more. */
void hex_write(FILE *out, uint32_t addr, const uint8_t *data, size_t len);

/* The last record. */
void hex_end(FILE *out);

#endif
