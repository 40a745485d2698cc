/*
 * An HTTP/1.1 server: the only file that knows libmicrohttpd. It turns requests into replies by a handler, and tells
 * what became of each; what is served is none of its business.
 */
#ifndef OTTER_SERVER_HTTP_H
#define OTTER_SERVER_HTTP_H

#include <netinet/in.h>

#include "server/reply.h"

struct otter_http_request {
    const char *method;
    const char *target; /* raw, as on the request line */
    void *connection;   /* for otter_http_header */
};

/* The value of a request's header, or NULL; lives as long as the request. Of several the first. */
const char *otter_http_header(const struct otter_http_request *request, const char *name);

enum otter_http_end {
    OTTER_HTTP_DONE,      /* everything went out */
    OTTER_HTTP_MALFORMED, /* refused before it reached the handler */
    OTTER_HTTP_GONE,      /* the client went away, or the connection broke */
    OTTER_HTTP_TIMEOUT,   /* nothing moved for too long */
    OTTER_HTTP_STOPPED,   /* the server was stopped */
};

/* What became of a request. */
struct otter_http_result {
    char peer[INET6_ADDRSTRLEN];
    const char *method; /* "-" if it was not understood */
    const char *target;
    const char *note; /* the reply's */
    unsigned status;
    uint64_t length; /* bytes of the body that were to be sent */
    uint64_t sent;   /* all of them, or those that the client has acknowledged */
    double ms;       /* from the request line to the end */
    enum otter_http_end end;
};

struct otter_http_config {
    int listener;         /* a listening socket, which the server takes over */
    unsigned connections; /* at the most; others wait until one ends */
    unsigned threads;
    unsigned timeout; /* seconds without any byte, either way, after which a connection is closed */

    /* Both are called from several threads at once. The reply is given back by the server. */
    void (*handle)(void *arg, const struct otter_http_request *request, struct otter_reply *reply);
    void (*done)(void *arg, const struct otter_http_result *result);
    void *arg;
};

struct otter_http_server;

/* Serves from threads of its own, which have the caller's signal mask. NULL if it cannot; then the socket is closed. */
struct otter_http_server *otter_http_start(const struct otter_http_config *config);

/* Ends transfers that are under way, each with its result, and frees the server. */
void otter_http_stop(struct otter_http_server *server);

#endif
