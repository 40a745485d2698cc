#include "fetch/download.h"

#include "core/err.h"
#include "fetch/text.h"

static int judge_answer(const struct otter_http_response *r)
{
    if (r->status == 404 || r->status == 410)
        return OTTER_E_NOT_FOUND;
    if (r->status == 401 || r->status == 403)
        return OTTER_E_DENIED;
    return r->status != 200 || r->encoded ? OTTER_E_PROTOCOL : 0;
}

int otter_download(struct otter_download *d, const char *url)
{
    struct otter_http_request request = {
        .method = OTTER_HTTP_GET, .url = url, .fields = d->fields, .on_field = d->on_field, .arg = d->arg
    };
    const struct otter_http_response *r = &d->http->response;

    d->store.step = OTTER_STORE_START;
    d->store.millis = d->http->millis;
    int err = otter_http_request(d->http, &request);
    if (!err)
        err = judge_answer(r);
    if (!err)
        err = otter_store(&d->store, &d->http->body, r->length);
    if (err == OTTER_E_TRUNCATED && r->until_close)
        err = OTTER_E_CLOSED;
    otter_http_close(d->http);
    return err;
}

/* ---- words ---- */

static const char *words(const struct otter_http *h, int err)
{
    return h->why ? h->why : otter_strerror(err);
}

static void explain_answer(const struct otter_http *h, int err, char *text, size_t size)
{
    unsigned status = h->response.status;

    if (h->why)
        otter_text(text, size, "%s: %s", h->why, h->url);
    else if (!status && err == OTTER_E_NOT_FOUND)
        otter_text(text, size, "no such host: %s", h->url);
    else if (!status)
        otter_text(text, size, "no answer from the server (%s): %s", otter_strerror(err), h->url);
    else if (judge_answer(&h->response) != err)
        otter_text(text, size, "%s: %s", otter_strerror(err), h->url);
    else if (err == OTTER_E_NOT_FOUND)
        otter_text(text, size, "the server has no such file (HTTP status %u): %s", status, h->url);
    else if (err == OTTER_E_DENIED)
        otter_text(text, size, "the server does not allow it (HTTP status %u): %s", status, h->url);
    else if (status == 200)
        otter_text(text, size, "the server changed the file on its way (Content-Encoding): %s", h->url);
    else
        otter_text(text, size, "the server answered with HTTP status %u: %s", status, h->url);
}

static void explain_size(const struct otter_store *s, char *text, size_t size)
{
    const struct otter_image *image = &s->image;

    if (image->body_off > s->part->size || image->body_size > s->part->size - image->body_off)
        otter_text(text, size, "the package of %u bytes does not fit '%s', which has %u",
                   (unsigned)(image->body_off + image->body_size), s->part->name, (unsigned)s->part->size);
    else
        otter_text(text, size, "the package's image of %u bytes does not fit '%s', which has %u with the trailer",
                   (unsigned)image->raw_size, image->part, image->dest ? (unsigned)image->dest->size : 0u);
}

static void explain_head(const struct otter_store *s, int err, char *text, size_t size)
{
    const struct otter_image *image = &s->image;

    if (err == OTTER_E_NO_PACKAGE && s->done < OTTER_HEAD_PREFIX)
        otter_text(text, size, "not a package: it has only %u bytes", (unsigned)s->done);
    else if (err == OTTER_E_NO_PACKAGE)
        otter_text(text, size, "not a package that this board knows, or one whose head is damaged");
    else if (err == OTTER_E_DESTINATION)
        otter_text(text, size, "the package is for '%s', where this board takes none", image->part);
    else if (err == OTTER_E_UNSUPPORTED)
        otter_text(text, size, "the package needs a cipher, a compression or a hash that this board has not");
    else if (err == OTTER_E_TOO_LARGE)
        explain_size(s, text, size);
    else if (err == OTTER_E_FORMAT)
        otter_text(text, size, "the package's head contradicts itself: image %u bytes, body %u",
                   (unsigned)image->raw_size, (unsigned)image->body_size);
    else
        otter_text(text, size, "this board refuses the package: %s", otter_strerror(err));
}

static void explain_body(const struct otter_store *s, const struct otter_http *h, int err, char *text, size_t size)
{
    if (err == OTTER_E_CHECKSUM)
        otter_text(text, size, "the package is damaged, within its first %u bytes: wrong checksum",
                   (unsigned)(s->package.head_size + s->arrival.done));
    else if (err == OTTER_E_FORMAT)
        otter_text(text, size, "the server sent more than the %u bytes of the package", (unsigned)s->total);
    else
        otter_text(text, size, "%s, after %u of %u bytes", words(h, err), (unsigned)s->done, (unsigned)s->total);
}

void otter_download_explain(const struct otter_download *d, int err, char *text, size_t size)
{
    const struct otter_store *s = &d->store;

    if (s->step == OTTER_STORE_START)
        explain_answer(d->http, err, text, size);
    else if (s->step == OTTER_STORE_HEAD)
        explain_head(s, err, text, size);
    else if (s->step == OTTER_STORE_LENGTH)
        otter_text(text, size, "the server has %u bytes, the package's head tells of %u", (unsigned)s->promised,
                   (unsigned)s->total);
    else if (s->step == OTTER_STORE_BODY)
        explain_body(s, d->http, err, text, size);
    else
        otter_text(text, size, "the flash of '%s' failed after %u bytes: %s", s->part->name, (unsigned)s->done,
                   otter_strerror(err));
}
