/*
 * From the bootloader to the application.
 */
#include "boards/board.h"
#include "boards/mps2/mps2.h"

/* The first two words of a vector table. */
struct start {
    uint32_t stack, reset;
};

/* As much of the board's RAM as any image may use; 8 bytes is what the architecture aligns stacks to. */
enum { RAM_START = 0x20000000, RAM_END = 0x20400000, STACK_ALIGN = 8 };

static bool can_start(const struct start *start, uint32_t addr, uint32_t size)
{
    bool stack_ok = start->stack > RAM_START && start->stack <= RAM_END && start->stack % STACK_ALIGN == 0;
    bool is_thumb = start->reset & 1;
    return stack_ok && is_thumb && start->reset >= addr && start->reset - addr < size;
}

/* Whatever the bootloader turned on would interrupt an application that does not expect it. */
static void quiet(void)
{
    mps2_uart_off();
    SYST_CSR = 0;
    SYST_RVR = 0;
    SYST_CVR = 0;
    NVIC_ICER = UINT32_MAX;
    NVIC_ICPR = UINT32_MAX;
    SCB_ICSR = SCB_ICSR_PENDSTCLR | SCB_ICSR_PENDSVCLR;
}

/* Privileged, on the main stack, interrupts let through but none enabled: the state after reset. */
_Noreturn static void jump(uint32_t stack, uint32_t entry)
{
    __asm__ volatile("msr  control, %2 \n"
                     "msr  msp, %0     \n"
                     "msr  basepri, %2 \n"
                     "isb              \n"
                     "cpsie i          \n"
                     "cpsie f          \n"
                     "bx   %1          \n"
                     :
                     : "r"(stack), "r"(entry), "r"(0)
                     : "memory");
    __builtin_unreachable();
}

void board_start(const struct otter_part *app)
{
    uint32_t addr = app->flash->addr + app->off;
    const struct start *table = (const struct start *)(uintptr_t)addr;
    if (!can_start(table, addr, app->size))
        return;
    struct start start = *table;
    __asm__ volatile("cpsid i" ::: "memory");
    quiet();
    SCB_VTOR = addr;
    __asm__ volatile("dsb" ::: "memory");
    jump(start.stack, start.reset);
}
