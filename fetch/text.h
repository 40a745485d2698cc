/*
 * Text for people and for the wire, without newlib's printf (about 20 KB on a device).
 */
#ifndef OTTER_TEXT_H
#define OTTER_TEXT_H

#include <stddef.h>

/*
 * Knows %s, %u, %x (8 digits) and %%. Cut to fit, always NUL-terminated; size is at least 1. What %s brings may come
 * from the network, so any byte of it that is not printable ASCII is shown as '?'.
 */
void otter_text(char *text, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
