/*
 * Time, from the SysTick timer: an interrupt a millisecond.
 */
#include "boards/board.h"
#include "boards/mps2/mps2.h"

enum { CLOCKS_PER_US = MPS2_CPU_HZ / 1000000, CLOCKS_PER_MS = MPS2_CPU_HZ / 1000 };

static volatile uint32_t millis;

void mps2_systick_init(void)
{
    SYST_RVR = CLOCKS_PER_MS - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CLKSOURCE;
}

void systick_isr(void)
{
    millis++;
}

uint32_t board_millis(void)
{
    return millis;
}

uint32_t board_micros(void)
{
    uint32_t ms, clocks;
    do {
        ms = millis;
        clocks = CLOCKS_PER_MS - 1 - SYST_CVR;
    } while (ms != millis);
    return ms * 1000 + clocks / CLOCKS_PER_US;
}
