/*
 * The hardware that this board's files use: registers of the Cortex-M4 (ARMv7-M reference manual, B3.2 to B3.4) and of
 * the CMSDK peripherals (Arm DDI 0479) at the addresses of Arm's application note AN386; and what the files share.
 */
#ifndef MPS2_H
#define MPS2_H

#include <stdint.h>

#include "core/flash.h"

#define MPS2_CPU_HZ 25000000u

#define REG(address) (*(volatile uint32_t *)(address))

/* ---- Cortex-M4 ---- */

#define SYST_CSR  REG(0xE000E010) /* SysTick: control */
#define SYST_RVR  REG(0xE000E014) /* reload value */
#define SYST_CVR  REG(0xE000E018) /* current value, counts down */
#define NVIC_ISER REG(0xE000E100) /* interrupts 0 to 31: enable */
#define NVIC_ICER REG(0xE000E180) /* disable */
#define NVIC_ICPR REG(0xE000E280) /* forget that they are pending */
#define SCB_ICSR  REG(0xE000ED04)
#define SCB_VTOR  REG(0xE000ED08)
#define SCB_AIRCR REG(0xE000ED0C)
#define SCB_CFSR  REG(0xE000ED28)

enum {
    SYST_CSR_ENABLE = 1,
    SYST_CSR_TICKINT = 2,
    SYST_CSR_CLKSOURCE = 4, /* the CPU's clock */
    SCB_ICSR_PENDSTCLR = 1 << 25,
    SCB_ICSR_PENDSVCLR = 1 << 27,
    SCB_AIRCR_SYSRESETREQ = 1 << 2,
};

#define SCB_AIRCR_VECTKEY 0x05FA0000u

enum { IRQ_UART0_RX = 0, IRQ_ETHERNET = 13 };

/* ---- UART0 ---- */

#define UART0_DATA      REG(0x40004000)
#define UART0_STATE     REG(0x40004004)
#define UART0_CTRL      REG(0x40004008)
#define UART0_INTSTATUS REG(0x4000400C) /* write 1 to clear */
#define UART0_BAUDDIV   REG(0x40004010) /* CPU clocks per bit, at least 16 */

enum {
    UART_STATE_TX_FULL = 1,
    UART_STATE_RX_FULL = 2,
    UART_CTRL_TX = 1,
    UART_CTRL_RX = 2,
    UART_CTRL_RX_INTERRUPT = 8,
    UART_INT_RX = 2,
};

/* ---- watchdog ---- */

#define WDOG_LOAD    REG(0x40008000) /* CPU clocks; counts down from it twice: to an NMI, then to a reset */
#define WDOG_CONTROL REG(0x40008008)
#define WDOG_INTCLR  REG(0x4000800C) /* any write starts the count again */
#define WDOG_LOCK    REG(0x40008C00)

#define WDOG_UNLOCK 0x1ACCE551u

enum { WDOG_CONTROL_INTEN = 1, WDOG_CONTROL_RESEN = 2 };

/* ---- shared by this board's files ---- */

void mps2_uart_init(void);

/* Sends what is on its way, then leaves the UART as reset leaves it. */
void mps2_uart_off(void);

/* systick.c: starts board_millis. */
void mps2_systick_init(void);

/* random.c: stirs the time at which it is called into the pool that board_random draws from. */
void mps2_stir(void);

/* flash.c: the three operations of both flash devices. */
int mps2_flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len);
int mps2_flash_prog(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len);
int mps2_flash_erase(const struct otter_flash *flash, uint32_t off, uint32_t len);

/* What the vector table in startup.c points to. */
_Noreturn void reset(void);
void systick_isr(void);
void uart_rx_isr(void);
void ethernet_isr(void);

/* From sections.ld. */
extern char __stack_bottom[], __stack_top[], __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[],
    __ram_start[], __ram_end[];

#define STACK_PAINT 0xA5 /* every byte of the stack that was never used */

#endif
