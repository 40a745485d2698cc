/*
 * Any two lines as an address and a reference seen from it: both are refused, or lead to an address that is sound.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/url.h"

#define URL_MAX 480

static void check(const struct otter_url *url, const char *text)
{
    size_t len = strlen(text);

    if (url->host < text || url->host + url->host_len > text + len || !url->host_len ||
        url->host_len > OTTER_URL_HOST_MAX || !url->port)
        abort();
    if (url->target < url->host + url->host_len || url->target + url->target_len > text + len)
        abort();
    if (url->target_len && *url->target != '/' && *url->target != '?')
        abort();
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            abort();
}

/* The path that came of a reference goes up and down no more. */
static void check_path(const struct otter_url *url)
{
    for (const char *at = url->target; *at == '/';) {
        size_t n = strcspn(at + 1, "/?#");
        if ((n == 1 && at[1] == '.') || (n == 2 && at[1] == '.' && at[2] == '.'))
            abort();
        at += 1 + n;
    }
}

static void follow(const char *base, const char *ref)
{
    struct otter_url from, to;
    char *text = malloc(URL_MAX);

    strcpy(text, base);
    otter_url_parse(&from, base);
    bool stays = otter_url_stays(base, ref);
    if (!otter_url_resolve(text, URL_MAX, ref, &to)) {
        check(&to, text);
        check_path(&to);
        if (stays && (to.tls != from.tls || to.port != from.port || to.host_len != from.host_len ||
                      strncasecmp(to.host, from.host, to.host_len)))
            abort();
    } else if (!to.why) {
        abort();
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct otter_url url;
    char *base = malloc(size + 1);
    char *ref = base + size;

    if (size)
        memcpy(base, data, size);
    base[size] = 0;
    for (size_t i = 0; i < size; i++) {
        if (base[i] == '\n') {
            base[i] = 0;
            ref = base + i + 1;
            break;
        }
    }
    if (!otter_url_parse(&url, base)) {
        check(&url, base);
        if (strlen(base) < URL_MAX)
            follow(base, ref);
    } else if (!url.why) {
        abort();
    }
    free(base);
    return 0;
}
