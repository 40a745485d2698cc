/*
 * What a board provides: const data, and one function for each thing of which there is exactly one. Linked, not
 * registered. docs/PORTING.md walks through it.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#include "core/config.h"
#include "core/mem.h"

/* ---- data (board.c) ---- */

/* The version of the bootloader: major << 16 | minor << 8 | patch. */
#define BOARD_BOOT_VERSION 0x000100

extern const struct otter_config board_config;

/* All flash devices, for the shell's `fal`; ends with NULL. */
extern const struct otter_flash *const board_flashes[];

/* Work memory of the bootloader: the largest stages that the codec table allows, and one erase block. */
extern uint8_t board_work[];
extern const size_t board_work_size;

/* ---- both programs ---- */

/* Clocks, console and flash. The first call of main(). */
void board_init(void);

/* Waits until there is room. */
void board_console_put(char c);

/* The next character that was typed, or -1 at once if there is none. */
int board_console_get(void);

/* Milliseconds since board_init; wraps after 49 days, so compare differences. */
uint32_t board_millis(void);

/* Lets time pass cheaply until something may have happened: an interrupt, a character, a packet. */
void board_idle(void);

/*
 * Restarts the board unless it is fed at least this often, until the next reset. Idling and every flash operation feed
 * it, so what is left to feed it is a loop that does neither. A board without a watchdog does nothing.
 */
void board_watchdog_start(uint32_t ms);
void board_watchdog_feed(void);

/* Restarts the board as a power cycle would. Does not return. */
_Noreturn void board_reset(void);

/* ---- the bootloader only ---- */

/* Whether a person holds the button that asks for the factory image. Asked once, after board_init. */
bool board_button_held(void);

/*
 * Leaves the hardware as reset leaves it (interrupts, SysTick, console) and starts the image in `app`. The caller has
 * verified it. Returns only if the board can tell that the image cannot start.
 */
void board_start(const struct otter_part *app);

/* ---- the application only ---- */

/* RAM, in bytes. */
struct board_memory {
    uint32_t total;     /* that the program has been given */
    uint32_t fixed;     /* variables: .data and .bss */
    uint32_t stack;     /* set apart for the stack */
    uint32_t stack_max; /* the most of it that was ever in use: found by the paint that the start put there */
};

void board_memory(struct board_memory *memory);

/* ---- the application only, for https ---- */

/* Certificates of those who may vouch for a server: DER, one after another; or PEM, with its NUL counted. */
extern const uint8_t board_trust[];
extern const size_t board_trust_size;

/* Numbers for keys, that nobody can foretell: 0, or OTTER_E_IO if there are none now. */
int board_entropy(void *buf, size_t len);

/* Seconds since 1970 by a clock that runs on while the board is off, or 0 on a board that has none. */
uint32_t board_time(void);

/* ---- the application only, on boards with Ethernet ---- */

void board_eth_init(void);

/* True while a cable is in and the other end answers. */
bool board_eth_link(void);

void board_eth_mac(uint8_t mac[6]);

/* Sends one frame without its checksum: 0, or OTTER_E_IO. */
int board_eth_send(const void *frame, size_t len);

/* Takes one frame that has arrived: its length, at most `size`; 0 if there is none. */
size_t board_eth_receive(void *frame, size_t size);

/* A number that an attacker off the board cannot foretell well enough to matter for ports and sequence numbers. */
uint32_t board_random(void);

/* Microseconds since board_init, for measuring; wraps after 71 minutes. */
uint32_t board_micros(void);

#endif
