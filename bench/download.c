/*
 * The downloader without a network: the board mps2 gets a package from a transport in memory and stores it in the
 * partition `download`. What an HTTP server would have sent lies in the partition `filesystem`:
 *
 *     | u32 length, little-endian | HTTP/1.1 200 OK ... package ... |
 */
#include <string.h>

#include "boards/board.h"
#include "core/bytes.h"
#include "core/err.h"
#include "fetch/download.h"

void bench_begins(void);
void bench_ends(int err);

enum {
    SEGMENT = 1460,   /* what one TCP segment carries on Ethernet */
    BLOCK_MAX = 4096, /* the erase block of `download` */
};

struct memory_transport {
    struct otter_transport transport;
    const uint8_t *at;
    size_t left;
};

static int memory_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    const struct otter_part *part = otter_part_find(board_config.parts, "filesystem");
    const uint8_t *answer = (const uint8_t *)(uintptr_t)(part->flash->addr + part->off);

    (void)host;
    (void)port;
    *(struct memory_transport *)t = (struct memory_transport){ *t, answer + 4, otter_le32(answer) };
    return 0;
}

static int memory_send(struct otter_transport *t, const void *data, size_t len)
{
    (void)t;
    (void)data;
    (void)len;
    return 0;
}

static int memory_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct memory_transport *m = (struct memory_transport *)t;
    size_t n = m->left < SEGMENT ? m->left : SEGMENT;

    if (n > len)
        n = len;
    memcpy(buf, m->at, n);
    m->at += n;
    m->left -= n;
    return (int)n;
}

static void memory_close(struct otter_transport *t)
{
    (void)t;
}

/* bench/run counts from the call of the one to the call of the other. */
void __attribute__((noinline)) bench_begins(void)
{
    __asm__ volatile("");
}

void __attribute__((noinline)) bench_ends(int err)
{
    __asm__ volatile("" : : "r"(err));
}

static struct otter_http http;
static _Alignas(OTTER_MEM_ALIGN) uint8_t memory[OTTER_STORE_MEM_MIN + BLOCK_MAX];

int main(void)
{
    struct memory_transport transport = { { memory_connect, memory_send, memory_recv, memory_close }, NULL, 0 };
    struct otter_download download = {
        .http = &http,
        .store = { .config = &board_config,
                   .part = otter_part_find(board_config.parts, "download"),
                   .mem = { memory, sizeof memory } },
    };

    board_init();
    otter_http_init(&http, &transport.transport, NULL, board_millis);
    bench_begins();
    int err = otter_download(&download, "http://server/package.rbl");
    bench_ends(err);
    for (;;)
        board_idle();
}
