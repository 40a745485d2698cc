/*
 * The plain static host: `otter serve DIR`.
 *
 * Public is otter_serve_command. Below it is the decision, apart from sockets and the HTTP library: a request as plain
 * data becomes a reply as plain data.
 */
#ifndef OTTER_STATIC_H
#define OTTER_STATIC_H

#include "server/condition.h"
#include "server/path.h"
#include "server/reply.h"

/* argv[0] is "serve". The program's exit code: 0 after SIGINT or SIGTERM, 1 if it cannot serve, 2 for wrong usage. */
int otter_serve_command(int argc, char **argv);

struct otter_static_query {
    const char *method;
    const char *target; /* raw, as on the request line */
    const char *range;  /* the header's value, or NULL */
    struct otter_conditions conditions;
};

/* Always fills the reply, whatever the query. To be called from several threads at once. */
void otter_static_answer(const struct otter_root *root, const struct otter_static_query *query,
                         struct otter_reply *reply);

#endif
