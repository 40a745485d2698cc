#include "tests/powercut/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/boot.h"
#include "core/err.h"
#include "fetch/download.h"

enum {
    SETTLE_LIVES = 4, /* at the most: one to finish, two until what is unstable has shown it, one that writes nothing */
    SEGMENT = 1460,   /* bytes of a TCP segment */
    APP_SIZE = 3000,  /* of the app in scenarios about another partition */
};

/* ---- a server in memory ---- */

struct memory_server {
    struct otter_transport transport;
    char head[64];
    const uint8_t *body;
    size_t head_size, body_size, sent;
};

static int server_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    (void)host, (void)port;
    ((struct memory_server *)t)->sent = 0;
    return 0;
}

static int server_send(struct otter_transport *t, const void *data, size_t len)
{
    (void)t, (void)data, (void)len;
    return 0;
}

static size_t give(const void *from, size_t size, size_t at, void *buf, size_t len)
{
    size_t n = size - at < len ? size - at : len;

    memcpy(buf, (const uint8_t *)from + at, n);
    return n;
}

static int server_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct memory_server *s = (struct memory_server *)t;
    size_t n;

    if (len > SEGMENT)
        len = SEGMENT;
    if (s->sent < s->head_size)
        n = give(s->head, s->head_size, s->sent, buf, len);
    else
        n = give(s->body, s->body_size, s->sent - s->head_size, buf, len);
    s->sent += n;
    return (int)n;
}

static void server_close(struct otter_transport *t)
{
    (void)t;
}

static void server_init(struct memory_server *s, const struct sim_package *p)
{
    *s = (struct memory_server){ .transport = { server_connect, server_send, server_recv, server_close },
                                 .body = p->bytes,
                                 .body_size = sim_package_size(p) };
    s->head_size = (size_t)snprintf(s->head, sizeof s->head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                                    s->body_size);
}

/* ---- life ---- */

static void fail(struct world *w, const char *why)
{
    if (!w->failure)
        w->failure = why;
}

static bool holds(const struct world *w, const char *version)
{
    const struct scenario *s = w->scenario;
    bool is_new = !strcmp(version, "2.0.0");
    struct otter_rbl header;

    return !otter_installed_verify(sim_part(&w->device, s->part), &header) && !strcmp(header.version, version) &&
           sim_part_holds(&w->device, s->part, is_new ? w->new_image : w->old_image,
                          is_new ? s->new_size : s->old_size);
}

/* What is about to be started has to be one of the two images, bit for bit, and the one that its header claims. */
static void judge_app(struct world *w, const struct otter_rbl *header)
{
    if (w->scenario->part != SIM_APP) {
        if (!sim_part_holds(&w->device, SIM_APP, w->app, APP_SIZE))
            fail(w, "app was touched by an update of another partition");
    } else if (!holds(w, header->version)) {
        fail(w, "started an image that is neither old nor new");
    }
}

static void boot(struct world *w)
{
    static const struct boot_view blind;
    struct otter_rbl header;

    if (boot_run(&w->device.config, sim_mem(&w->device), &blind, &header))
        fail(w, "nothing to start");
    else
        judge_app(w, &header);
}

static uint32_t millis(void)
{
    return 0;
}

static void download(struct world *w)
{
    struct memory_server server;
    static struct otter_http http;
    struct otter_download d = { .http = &http };

    server_init(&server, &w->package);
    otter_http_init(&http, &server.transport, NULL, millis);
    d.store.config = &w->device.config;
    d.store.part = sim_part(&w->device, SIM_DOWNLOAD);
    d.store.mem = sim_mem(&w->device);
    if (otter_download(&d, "http://server/package.rbl"))
        fail(w, "the download failed");
}

static void live(void *arg)
{
    struct world *w = arg;

    boot(w);
    if (w->scenario->arrival == OVER_HTTP && !w->failure && !holds(w, "2.0.0")) {
        download(w);
        boot(w);
    }
}

bool world_run(struct world *w)
{
    sim_device_reset_counts(&w->device);
    return sim_device_run(&w->device, live, w);
}

static bool is_worn(const struct sim_flash *f)
{
    return f->most_erases > 1 || f->most_progs > 1;
}

static bool is_settled(const struct world *w)
{
    return !w->device.power.ops && !w->device.chip.weak && !w->device.nor.weak;
}

void world_settle(struct world *w)
{
    bool settled = false;

    w->device.power.cut.op = 0;
    for (int i = 0; i < SETTLE_LIVES && !w->failure && !settled; i++) {
        world_run(w);
        settled = is_settled(w);
        if (is_worn(&w->device.chip) || is_worn(&w->device.nor))
            fail(w, "a block erased or a unit programmed twice in one life");
    }
    if (sim_device_violation(&w->device))
        fail(w, sim_device_violation(&w->device));
    if (!w->failure && !settled)
        fail(w, "still writing after the last life");
    if (!w->failure && !holds(w, w->scenario->arrival == DAMAGED ? "1.0.0" : "2.0.0"))
        fail(w, "did not end on the right version");
}

/* ---- how it begins ---- */

static void pack(struct world *w, struct sim_package *p, int part, const char *version, const uint8_t *image,
                 uint32_t size)
{
    const struct scenario *s = w->scenario;
    const struct sim_recipe r = { sim_part(&w->device, part)->name, version, s->compression, OTTER_RBL_FNV1A,
                                  s->encrypted ? sim_key : NULL,    sim_iv };

    sim_pack(p, &r, image, size);
    if (sim_package_size(p) > sim_part(&w->device, SIM_DOWNLOAD)->size) {
        fprintf(stderr, "%s: the package does not fit\n", s->name);
        exit(2);
    }
}

/* As an earlier update left it: the image in its partition, the package in `download`. */
static void install_earlier(struct world *w, int part, const uint8_t *image, uint32_t size)
{
    static struct sim_package p;
    static const struct boot_view blind;
    struct otter_rbl header;

    pack(w, &p, part, "1.0.0", image, size);
    sim_device_download(&w->device, &p);
    if (boot_run(&w->device.config, sim_mem(&w->device), &blind, &header)) {
        fprintf(stderr, "%s: no beginning\n", w->scenario->name);
        exit(2);
    }
}

void world_init(struct world *w, const struct scenario *s)
{
    *w = (struct world){ .scenario = s };
    sim_device_init(&w->device, s->board);
    sim_image(&w->device, 1, w->app, APP_SIZE);
    sim_image(&w->device, 2, w->old_image, s->old_size);
    sim_image(&w->device, 3, w->new_image, s->new_size);
    memcpy(w->new_image, w->old_image, s->shared);
    if (s->part != SIM_APP)
        install_earlier(w, SIM_APP, w->app, APP_SIZE);
    if (s->old_size)
        install_earlier(w, s->part, w->old_image, s->old_size);

    pack(w, &w->package, s->part, "2.0.0", w->new_image, s->new_size);
    if (s->arrival == DAMAGED)
        sim_package_body(&w->package)[w->package.body_size / 2] ^= 1;
    if (s->arrival != OVER_HTTP)
        sim_device_download(&w->device, &w->package);
}

void world_free(struct world *w)
{
    sim_device_free(&w->device);
}
