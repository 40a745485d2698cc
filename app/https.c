#include "app/https.h"

#include <strings.h>

#include "app/version.h"
#include "boards/board.h"
#include "fetch/net.h"
#include "fetch/tls.h"

static struct otter_clock wall_clock;
static struct otter_tls tls;
static struct otter_tls_config config;
static _Alignas(OTTER_MEM_ALIGN) uint8_t memory[OTTER_TLS_MEM];

/* The board's own clock, or what servers have said, or at least the time of the build. */
static void start_clock(void)
{
    uint32_t seconds = board_time();

    if (!wall_clock.millis)
        otter_clock_init(&wall_clock, app_built, board_millis);
    if (seconds)
        otter_clock_raise(&wall_clock, seconds);
}

struct otter_transport *https_transport(void)
{
    start_clock();
    config = (struct otter_tls_config){
        .under = otter_net_tcp(),
        .trust = board_trust,
        .trust_size = board_trust_size,
        .clock = &wall_clock,
        .entropy = board_entropy,
        .millis = board_millis,
        .mem = { memory, sizeof memory },
    };
    otter_tls_init(&tls, &config);
    return &tls.transport;
}

const char *https_why(void)
{
    return tls.why;
}

void https_memory(struct https_memory *m)
{
    *m = (struct https_memory){ sizeof memory, (uint32_t)tls.heap.peak };
}

void https_on_field(void *http, const char *name, const char *value)
{
    uint32_t seconds;

    if (((struct otter_http *)http)->conn != &tls.transport || strcasecmp(name, "Date"))
        return;
    if (!otter_date_parse(value, &seconds))
        otter_clock_raise(&wall_clock, seconds);
}
