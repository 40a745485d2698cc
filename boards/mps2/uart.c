/*
 * The console on UART0: sending waits, receiving is by interrupt into a ring.
 */
#include "boards/board.h"
#include "boards/mps2/mps2.h"

enum { RING_SIZE = 256, BAUD = 115200 };

static struct {
    volatile uint32_t put, got; /* characters so far; their difference is at most RING_SIZE */
    volatile uint8_t chars[RING_SIZE];
} ring;

void mps2_uart_init(void)
{
    UART0_BAUDDIV = MPS2_CPU_HZ / BAUD;
    UART0_CTRL = UART_CTRL_TX;
}

void mps2_uart_off(void)
{
    while (UART0_STATE & UART_STATE_TX_FULL)
        ;
    UART0_CTRL = 0;
    UART0_INTSTATUS = UART_INT_RX;
}

void board_console_put(char c)
{
    while (UART0_STATE & UART_STATE_TX_FULL)
        ;
    UART0_DATA = (uint8_t)c;
}

/* With the ring full, the character stays in the UART and the sender waits, until board_console_get makes room. */
void uart_rx_isr(void)
{
    if (ring.put - ring.got == RING_SIZE) {
        NVIC_ICER = 1u << IRQ_UART0_RX;
        return;
    }
    UART0_INTSTATUS = UART_INT_RX;
    if (UART0_STATE & UART_STATE_RX_FULL) {
        ring.chars[ring.put % RING_SIZE] = (uint8_t)UART0_DATA;
        ring.put++;
    }
}

/*
 * The receiver starts with the first call: what is typed while a bootloader runs that never asks for it is left to the
 * application.
 */
int board_console_get(void)
{
    int c = -1;
    if (ring.put != ring.got) {
        c = ring.chars[ring.got % RING_SIZE];
        ring.got++;
    }
    if (!(UART0_CTRL & UART_CTRL_RX))
        UART0_CTRL = UART_CTRL_TX | UART_CTRL_RX | UART_CTRL_RX_INTERRUPT;
    NVIC_ISER = 1u << IRQ_UART0_RX;
    return c;
}
