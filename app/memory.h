/*
 * Work memory of the command that runs: there is one at a time.
 */
#ifndef APP_MEMORY_H
#define APP_MEMORY_H

#include "core/mem.h"
#include "fetch/store.h"
#include "fetch/ymodem.h"

enum {
    BLOCK_MAX = 4096, /* the largest erase block of a board's partition `download` */
    APP_MEMORY_SIZE = OTTER_STORE_MEM_MIN + BLOCK_MAX + OTTER_MEM_ROUND(sizeof(struct otter_ymodem)),
};

extern uint8_t app_memory[APP_MEMORY_SIZE];

#endif
