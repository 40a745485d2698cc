/*
 * Start, wait and restart.
 */
#include "boards/board.h"
#include "boards/mps2/mps2.h"

void board_init(void)
{
    mps2_uart_init();
    mps2_systick_init();
}

/* What comes between the caller's last look and the wait is seen a millisecond later: SysTick ends every wait. */
void board_idle(void)
{
    board_watchdog_feed();
    __asm__ volatile("wfi" ::: "memory");
}

/* The emulated board has no button: scripts/qemu-mps2 --button puts this word where no program keeps anything. */
bool board_button_held(void)
{
    return REG(0x203FFFFC) == 0xB0770F00;
}

_Noreturn void board_reset(void)
{
    mps2_uart_off();
    __asm__ volatile("dsb" ::: "memory");
    SCB_AIRCR = SCB_AIRCR_VECTKEY | SCB_AIRCR_SYSRESETREQ;
    for (;;)
        ;
}
