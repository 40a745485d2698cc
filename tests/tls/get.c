/*
 * Fetches an address over https and says how that went, in one line:
 *
 *     tls-get [trust=FILE] [name=HOST] [cert=FILE key=FILE] [time=SECONDS] [floor=SECONDS] [mem=BYTES] URL...
 *
 *     200 11 bytes, sum 1116                     one line an address; the connection is kept where it can be
 *     -21 the server's certificate has expired   the error's number, and why
 *
 * The clock is known to be `time`, the host's by default; or it is not known, but at least `floor`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "core/err.h"
#include "fetch/http.h"
#include "fetch/net.h"
#include "fetch/tls.h"

static uint8_t memory[64 * 1024];
static struct otter_clock wall_clock;

static uint32_t millis(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static int entropy(void *buf, size_t len)
{
    return getentropy(buf, len) ? OTTER_E_IO : 0;
}

/* PEM wants its NUL counted. */
static const void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *data = calloc(1, 65536);

    if (!file || !data) {
        fprintf(stderr, "tls-get: cannot read %s\n", path);
        exit(2);
    }
    *size = fread(data, 1, 65535, file);
    *size += *data == '-';
    fclose(file);
    return data;
}

static int get(struct otter_http *http, const struct otter_tls *tls, const char *url)
{
    uint8_t buf[1000];
    unsigned long size = 0, sum = 0;
    int n = 0;
    int err = otter_http_request(http, &(struct otter_http_request){ .url = url });

    while (!err && (n = otter_stream_read(&http->body, buf, sizeof buf)) > 0)
        for (int i = 0; i < n; i++, size++)
            sum += buf[i];
    err = err ? err : n;
    if (err)
        printf("%d %s\n", err, http->why ? http->why : tls->why ? tls->why : otter_strerror(err));
    else
        printf("%u %lu bytes, sum %lu\n", http->response.status, size, sum);
    return err ? 1 : 0;
}

static struct otter_tls_identity identity = { .load = otter_tls_load_identity };
static struct otter_tls_config config = {
    .clock = &wall_clock,
    .entropy = entropy,
    .millis = millis,
    .mem = { memory, sizeof memory },
};

static bool take_option(char *option)
{
    char *value = strchr(option, '=');

    if (!value || !strncmp(option, "https:", 6))
        return false;
    *value++ = 0;
    if (!strcmp(option, "trust"))
        config.trust = read_file(value, &config.trust_size);
    else if (!strcmp(option, "name"))
        config.name = value;
    else if (!strcmp(option, "cert"))
        identity.cert = read_file(value, &identity.cert_size);
    else if (!strcmp(option, "key"))
        identity.key = read_file(value, &identity.key_size), config.identity = &identity;
    else if (!strcmp(option, "time"))
        otter_clock_init(&wall_clock, 0, millis), otter_clock_raise(&wall_clock, (uint32_t)strtoul(value, NULL, 10));
    else if (!strcmp(option, "floor"))
        otter_clock_init(&wall_clock, (uint32_t)strtoul(value, NULL, 10), millis);
    else if (!strcmp(option, "mem"))
        config.mem.left = strtoul(value, NULL, 10);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct otter_http http;
    struct otter_tls tls;
    int failed = 0, i = 1;

    otter_clock_init(&wall_clock, 0, millis);
    otter_clock_raise(&wall_clock, (uint32_t)time(NULL));
    config.under = otter_net_tcp();
    while (i < argc && take_option(argv[i]))
        i++;
    otter_tls_init(&tls, &config);
    otter_http_init(&http, otter_net_tcp(), &tls.transport, millis);
    for (; i < argc; i++)
        failed |= get(&http, &tls, argv[i]);
    otter_http_close(&http);
    return failed;
}
