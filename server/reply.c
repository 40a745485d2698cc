#include "server/reply.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void otter_reply_init(struct otter_reply *reply, unsigned status)
{
    *reply = (struct otter_reply){ .status = status, .fd = -1 };
}

void otter_reply_add(struct otter_reply *reply, const char *name, const char *format, ...)
{
    assert(reply->header_count < OTTER_REPLY_HEADERS);
    char *value;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&value, format, args);
    va_end(args);
    if (len < 0)
        reply->broken = true;
    else
        reply->headers[reply->header_count++] = (struct otter_reply_header){ name, value };
}

void otter_reply_body(struct otter_reply *reply, const char *type, char *bytes, size_t length)
{
    reply->bytes = bytes;
    reply->length = length;
    reply->broken |= !bytes;
    otter_reply_add(reply, "Content-Type", "%s", type);
    /* Without it some browsers would run a text file that looks like a page. */
    otter_reply_add(reply, "X-Content-Type-Options", "nosniff");
}

void otter_reply_error(struct otter_reply *reply, unsigned status, const char *why)
{
    char *text;
    int len = asprintf(&text, "%u: %s\n", status, why);
    reply->status = status;
    otter_reply_body(reply, "text/plain; charset=utf-8", len < 0 ? NULL : text, len < 0 ? 0 : (size_t)len);
}

void otter_reply_free(struct otter_reply *reply)
{
    for (int i = 0; i < reply->header_count; i++)
        free(reply->headers[i].value);
    free(reply->bytes);
    if (reply->fd >= 0)
        close(reply->fd);
    otter_reply_init(reply, 0);
}

const char *otter_reply_find(const struct otter_reply *reply, const char *name)
{
    for (int i = 0; i < reply->header_count; i++)
        if (!strcasecmp(reply->headers[i].name, name))
            return reply->headers[i].value;
    return NULL;
}
