/*
 * Downloads a package over HTTP into a partition, and says in words what went wrong.
 */
#ifndef OTTER_DOWNLOAD_H
#define OTTER_DOWNLOAD_H

#include "fetch/http.h"
#include "fetch/store.h"

struct otter_download {
    struct otter_http *http;               /* initialised by the caller; closed at the end */
    const struct otter_http_field *fields; /* more for the request, as in struct otter_http_request; or NULL */
    void (*on_field)(void *arg, const char *name, const char *value); /* as in struct otter_http_request; or NULL */
    void *arg;
    struct otter_store store; /* config, part, mem and progress by the caller, the clock is http's */
};

/*
 * The errors of otter_http_request and of otter_store; of the server's status, OTTER_E_NOT_FOUND (404, 410),
 * OTTER_E_DENIED (401, 403) or OTTER_E_PROTOCOL; OTTER_E_CLOSED for a body that only its end could have ended, if that
 * came too early. Where d->store.step is before OTTER_STORE_BODY, the partition is as it was; otherwise it holds no
 * package unless the result is 0. May be called again.
 */
int otter_download(struct otter_download *d, const char *url);

/* One line, without a full stop, on what the last otter_download gave; cut to fit, 200 bytes are enough. */
void otter_download_explain(const struct otter_download *d, int err, char *text, size_t size);

#endif
