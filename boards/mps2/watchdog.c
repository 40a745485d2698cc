/*
 * The CMSDK watchdog (Arm DDI 0479, 4.5). Its first time-out is an NMI, which startup.c answers with a report and a
 * reset; the second would be the reset itself.
 */
#include "boards/board.h"
#include "boards/mps2/mps2.h"

void board_watchdog_start(uint32_t ms)
{
    WDOG_LOCK = WDOG_UNLOCK;
    WDOG_LOAD = ms * (MPS2_CPU_HZ / 1000);
    WDOG_CONTROL = WDOG_CONTROL_INTEN | WDOG_CONTROL_RESEN;
    WDOG_LOCK = 0;
}

void board_watchdog_feed(void)
{
    WDOG_LOCK = WDOG_UNLOCK;
    WDOG_INTCLR = 1;
    WDOG_LOCK = 0;
}
