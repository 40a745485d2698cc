/*
 * What the program uses of its RAM.
 */
#include "boards/board.h"
#include "boards/mps2/mps2.h"

void board_memory(struct board_memory *memory)
{
    const uint8_t *used = (const uint8_t *)__stack_bottom;
    const uint8_t *top = (const uint8_t *)__stack_top;
    while (used < top && *used == STACK_PAINT)
        used++;
    *memory = (struct board_memory){
        .total = (uint32_t)(__ram_end - __ram_start),
        .fixed = (uint32_t)(__data_end - __data_start + (__bss_end - __bss_start)),
        .stack = (uint32_t)(__stack_top - __stack_bottom),
        .stack_max = (uint32_t)(top - used),
    };
}
