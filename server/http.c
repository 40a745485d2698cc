#include "server/http.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/socket.h"

/* Per connection: the request's head and the reply's must fit. Browsers send up to some KB of cookies. */
#define POOL_SIZE (16 * 1024)

struct otter_http_server {
    struct MHD_Daemon *daemon;
    struct otter_http_config config;
};

/* One request and its reply, from the request line on until the last byte is out. */
struct exchange {
    char *target;
    char method[16];
    struct timespec begin;
    bool met;            /* the handler's first call, when the head is there, is over */
    bool answered;       /* by our handler, not by the library */
    uint64_t head_start; /* bytes that went out on this connection before the reply */
    uint64_t head_size;  /* bytes of the reply's head */
    uint64_t length;     /* bytes of the body that are to be sent */
    char note[OTTER_REPLY_NOTE_SIZE];
};

static int socket_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

const char *otter_http_header(const struct otter_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* The request line is there: the only moment at which the library shows the target as it came. */
static void *begin_exchange(void *arg, const char *target, struct MHD_Connection *connection)
{
    (void)arg;
    (void)connection;
    struct exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    clock_gettime(CLOCK_MONOTONIC, &x->begin);
    strcpy(x->method, "-");
    x->target = strdup(target ? target : "");
    if (x->target)
        return x;
    free(x);
    return NULL;
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return (length && strcmp(length, "0")) ||
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static enum MHD_Result add_header_size(void *sum, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    *(uint64_t *)sum += strlen(name) + strlen(": ") + strlen(value) + strlen("\r\n");
    return MHD_YES;
}

/* Of the head as the library writes it, but for "Connection", which it adds for clients that ask to close. */
static uint64_t head_size(struct MHD_Response *response, const struct otter_reply *reply)
{
    char length[24];
    snprintf(length, sizeof length, "%llu", (unsigned long long)reply->length);
    uint64_t size = strlen("HTTP/1.1 200 \r\n\r\n") + strlen(MHD_get_reason_phrase_for(reply->status));
    add_header_size(&size, MHD_HEADER_KIND, MHD_HTTP_HEADER_DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
    add_header_size(&size, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH, length);
    MHD_get_response_headers(response, add_header_size, &size);
    return size;
}

/* Hands the body over to the library: files by descriptor, so that the kernel copies them (sendfile). */
static struct MHD_Response *make_response(struct otter_reply *reply)
{
    struct MHD_Response *response;
    if (reply->fd >= 0)
        response = MHD_create_response_from_fd_at_offset64(reply->length, reply->fd, reply->offset);
    else
        response = MHD_create_response_from_buffer(reply->length, reply->bytes, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return NULL;
    reply->fd = -1;
    reply->bytes = NULL;
    for (int i = 0; i < reply->header_count; i++) {
        if (MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value) != MHD_YES) {
            MHD_destroy_response(response);
            return NULL;
        }
    }
    return response;
}

/* MHD_NO closes the connection without an answer: only where memory ran out. */
static enum MHD_Result send_reply(struct MHD_Connection *connection, struct exchange *x, struct otter_reply *reply)
{
    struct MHD_Response *response = reply->broken ? NULL : make_response(reply);
    if (!response)
        return MHD_NO;
    bool bodiless = reply->status == MHD_HTTP_NOT_MODIFIED || !strcmp(x->method, MHD_HTTP_METHOD_HEAD);
    x->answered = true;
    x->length = bodiless ? 0 : reply->length;
    x->head_start = otter_socket_written(socket_of(connection));
    x->head_size = head_size(response, reply);
    memcpy(x->note, reply->note, sizeof x->note);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_size, void **context)
{
    (void)url;
    (void)version;
    (void)data;
    (void)data_size;
    const struct otter_http_server *server = arg;
    struct exchange *x = *context;
    if (!x)
        return MHD_NO;
    /* An answer at the first call ends the connection: wanted only where a body would follow, which is not read. */
    if (!x->met) {
        x->met = true;
        snprintf(x->method, sizeof x->method, "%s", method);
        if (!has_body(connection))
            return MHD_YES;
    }
    struct otter_http_request request = { method, x->target, connection };
    struct otter_reply reply;
    server->config.handle(server->config.arg, &request, &reply);
    enum MHD_Result result = send_reply(connection, x, &reply);
    otter_reply_free(&reply);
    return result;
}

static enum otter_http_end end_of(const struct exchange *x, enum MHD_RequestTerminationCode code)
{
    switch (code) {
    case MHD_REQUEST_TERMINATED_COMPLETED_OK:
        return OTTER_HTTP_DONE;
    case MHD_REQUEST_TERMINATED_TIMEOUT_REACHED:
        return OTTER_HTTP_TIMEOUT;
    case MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN:
        return OTTER_HTTP_STOPPED;
    default:
        return x->answered ? OTTER_HTTP_GONE : OTTER_HTTP_MALFORMED;
    }
}

/* The library hides how far sendfile came, but TCP counts. */
static uint64_t bytes_sent(int fd, const struct exchange *x, enum otter_http_end end)
{
    if (end == OTTER_HTTP_DONE)
        return x->length;
    uint64_t acked = otter_socket_acked(fd), before = x->head_start + x->head_size;
    if (acked <= before)
        return 0;
    return acked - before < x->length ? acked - before : x->length;
}

static double ms_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) * 1e3 + (double)(now.tv_nsec - begin->tv_nsec) / 1e6;
}

static void end_exchange(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    const struct otter_http_server *server = arg;
    struct exchange *x = *context;
    if (!x)
        return;
    *context = NULL;
    const union MHD_ConnectionInfo *status = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    enum otter_http_end end = end_of(x, code);
    struct otter_http_result result = {
        .method = x->method,
        .target = x->target,
        .note = x->note,
        .status = status ? status->http_status : 0,
        .length = x->length,
        .sent = bytes_sent(socket_of(connection), x, end),
        .ms = ms_since(&x->begin),
        .end = end,
    };
    otter_address_text(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
                       result.peer);
    server->config.done(server->config.arg, &result);
    free(x->target);
    free(x);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)arg;
    (void)context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        otter_socket_keep_queue_short(socket_of(connection));
}

static struct MHD_Daemon *start_daemon(struct otter_http_server *server)
{
    const struct otter_http_config *config = &server->config;
    const struct MHD_OptionItem options[] = {
        { MHD_OPTION_LISTEN_SOCKET, config->listener, NULL },
        { MHD_OPTION_THREAD_POOL_SIZE, config->threads > 1 ? config->threads : 0, NULL }, /* 1 it does not want */
        { MHD_OPTION_CONNECTION_LIMIT, config->connections, NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, config->timeout, NULL },
        { MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_SIZE, NULL },
        { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, NULL },
        { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)begin_exchange, NULL },
        { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)end_exchange, server },
        { MHD_OPTION_END, 0, NULL },
    };
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, server, MHD_OPTION_ARRAY, options,
                            MHD_OPTION_END);
}

struct otter_http_server *otter_http_start(const struct otter_http_config *config)
{
    struct otter_http_server *server = malloc(sizeof *server);
    if (server) {
        server->config = *config;
        server->daemon = start_daemon(server);
        if (server->daemon)
            return server;
        free(server);
    }
    close(config->listener);
    return NULL;
}

void otter_http_stop(struct otter_http_server *server)
{
    MHD_stop_daemon(server->daemon);
    free(server);
}
