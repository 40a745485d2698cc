/*
 * The vector table, the way from reset to main(), and what is left to do after a fault: say where, and restart.
 */
#include <inttypes.h>
#include <string.h>

#include "boards/board.h"
#include "boards/console.h"
#include "boards/mps2/mps2.h"

int main(void);

enum { STACK_IN_USE = 64 }; /* bytes: more than reset() and memset() have on it */

_Noreturn void reset(void)
{
    memset(__stack_bottom, STACK_PAINT, (size_t)(__stack_top - __stack_bottom - STACK_IN_USE));
    memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
    memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
    main();
    board_reset();
}

/* pc is 0 if the stack is exhausted: then no frame that would tell was written. */
_Noreturn static void __attribute__((used)) report(uint32_t pc, uint32_t exception)
{
    console_print("\n%s at pc=0x%08" PRIx32 ", cfsr=0x%08" PRIx32 "%s: restarting\n",
                  exception == 2   ? "Watchdog"
                  : exception == 3 ? "HardFault"
                                   : "Unexpected interrupt",
                  pc, (uint32_t)SCB_CFSR, pc ? "" : ", stack overflow");
    board_reset();
}

/* Takes the pc from the frame that the exception pushed, then the whole stack for the report. */
static void __attribute__((naked)) fault(void)
{
    __asm__("mrs   r0, msp          \n"
            "ldr   r1, =__stack_bottom \n"
            "cmp   r0, r1           \n"
            "ite   hs               \n"
            "ldrhs r0, [r0, #24]    \n"
            "movlo r0, #0           \n"
            "ldr   r1, =__stack_top \n"
            "msr   msp, r1          \n"
            "mrs   r1, ipsr         \n"
            "b     report           \n");
}

/* A program that links no driver for an interrupt doesn't enable it either. */
void __attribute__((weak, alias("fault"))) uart_rx_isr(void);
void __attribute__((weak, alias("fault"))) ethernet_isr(void);

union vector {
    char *stack;
    void (*handler)(void);
};

extern const union vector vectors[];
const union vector __attribute__((section(".vectors"), used)) vectors[16 + IRQ_ETHERNET + 1] = {
    [0] = { .stack = __stack_top },
    [1] = { .handler = reset },
    [2 ... 14] = { .handler = fault },
    [15] = { .handler = systick_isr },
    [16 + IRQ_UART0_RX] = { .handler = uart_rx_isr },
    [16 + IRQ_UART0_RX + 1 ... 16 + IRQ_ETHERNET - 1] = { .handler = fault },
    [16 + IRQ_ETHERNET] = { .handler = ethernet_isr },
};
