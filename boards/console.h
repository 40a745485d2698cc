/*
 * What a board's programs print with: formatted text, and a bar for long work, on board_console_put.
 */
#ifndef BOARDS_CONSOLE_H
#define BOARDS_CONSOLE_H

#include <stdint.h>

/*
 * Knows %s %c %d %u %x %%, each with a width, `-` (to the left), `0` (zeros before a number) and `l`. A newline is
 * sent as CR LF.
 */
void console_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* `[=======>            ] 37%`, without a newline. */
void console_bar(uint32_t percent);

/*
 * One line that follows long work: `OTA Write: [=======>            ] 37%`. Draws only when the percentage or the
 * label (its address) has changed, and ends the line at 100%.
 */
void console_progress(const char *label, uint32_t done, uint32_t total);

#endif
