/*
 * The command `otter serve`: options, what it prints at its start, and its end.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/http.h"
#include "server/listing.h"
#include "server/log.h"
#include "server/socket.h"
#include "server/static.h"

#define DEFAULT_LISTEN  "0.0.0.0:8080"
#define DEFAULT_TIMEOUT "30"
#define TIMEOUT_MAX     3600 /* seconds */
#define CONNECTIONS_MAX 1000
#define THREADS_MAX     8
#define EXAMPLES_MAX    3

enum { EXIT_USAGE = 2 };

static const char help[] = "Usage: otter serve [--listen ADDR:PORT] [--timeout SECONDS] DIR\n"
                           "\n"
                           "Serves the files below DIR over HTTP, so that boards can download packages from it.\n"
                           "\n"
                           "Options:\n"
                           "  --listen ADDR:PORT    where to listen; " DEFAULT_LISTEN " if not given: on every IPv4\n"
                           "                        network of this machine, since boards are on one of them.\n"
                           "                        127.0.0.1:8080 is for this machine alone, [::]:8080 for\n"
                           "                        IPv6 and IPv4; port 0 takes any free one\n"
                           "  --timeout SECONDS     close a connection on which nothing has moved for so long;\n"
                           "                        " DEFAULT_TIMEOUT " if not given\n"
                           "  --help                show this text\n"
                           "\n"
                           "Whoever reaches the port can read DIR, but for files and folders whose names begin\n"
                           "with a dot and symbolic links that lead out of DIR. Nobody can write. Each request is\n"
                           "a line on the standard error. Ctrl-C or SIGTERM ends it, with exit status 0.\n";

struct options {
    const char *listen, *timeout, *dir;
    bool help;
};

struct site {
    struct otter_root root;
    bool colour;
};

/* One line on the standard error; the exit status that it stands for. */
__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("otter: error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_FAILURE;
}

static int usage(const char *what, const char *value)
{
    fail("serve: %s%s", what, value);
    fputs("Try 'otter serve --help'.\n", stderr);
    return EXIT_USAGE;
}

/* 0, or the exit status. */
static int parse_options(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        { "listen", required_argument, NULL, 'l' },
        { "timeout", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *options = (struct options){ .listen = DEFAULT_LISTEN, .timeout = DEFAULT_TIMEOUT };
    optind = 0; /* main() may have used getopt before */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":h", names, NULL)) != -1;) {
        switch (c) {
        case 'l':
            options->listen = optarg;
            break;
        case 't':
            options->timeout = optarg;
            break;
        case 'h':
            options->help = true;
            return 0;
        case ':':
            return usage("a value is missing after ", argv[optind - 1]);
        default:
            return usage("unknown option ", optopt ? (char[]){ '-', (char)optopt, 0 } : argv[optind - 1]);
        }
    }
    if (optind == argc)
        return usage("the argument DIR is missing", "");
    if (optind + 1 < argc)
        return usage("one DIR only, what is ", argv[optind + 1]);
    options->dir = argv[optind];
    return 0;
}

static unsigned parse_timeout(const char *text)
{
    char *end;
    unsigned long seconds = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && seconds <= TIMEOUT_MAX ? (unsigned)seconds : 0;
}

static const char *why_not_listening(int err)
{
    switch (err) {
    case -EADDRINUSE:
        return "the port is in use: end the program that has it, or choose another (0 takes any free one)";
    case -EACCES:
        return "no permission: ports below 1024 are root's, choose one above";
    case -EADDRNOTAVAIL:
        return "this machine has no such address: 0.0.0.0 stands for all that it has";
    default:
        return strerror(-err);
    }
}

static void answer(void *arg, const struct otter_http_request *request, struct otter_reply *reply)
{
    const struct site *site = arg;
    struct otter_static_query query = {
        .method = request->method,
        .target = request->target,
        .range = otter_http_header(request, "Range"),
        .conditions = {
            .if_match = otter_http_header(request, "If-Match"),
            .if_unmodified_since = otter_http_header(request, "If-Unmodified-Since"),
            .if_none_match = otter_http_header(request, "If-None-Match"),
            .if_modified_since = otter_http_header(request, "If-Modified-Since"),
            .if_range = otter_http_header(request, "If-Range"),
        },
    };
    otter_static_answer(&site->root, &query, reply);
}

static void write_log(void *arg, const struct otter_http_result *result)
{
    const struct site *site = arg;
    char line[OTTER_LOG_LINE_SIZE];
    size_t len = otter_log_format(line, result, time(NULL), site->colour);
    /* One write, so that lines of several threads don't mix. A log that nobody reads any more is no reason to stop. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}

/* Each connection takes a descriptor, and another while it sends a file. The number that there is room for. */
static unsigned connections_possible(void)
{
    const rlim_t spare = 64, want = 2 * CONNECTIONS_MAX + spare;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 64;
    if (limit.rlim_cur < want) {
        limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= want)
        return CONNECTIONS_MAX;
    return limit.rlim_cur > 2 * spare ? (unsigned)(limit.rlim_cur - spare) / 2 : THREADS_MAX;
}

static unsigned threads_useful(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus < 2 ? 2 : cpus > THREADS_MAX ? THREADS_MAX : (unsigned)cpus; /* a slow disk must not stop the others */
}

static bool is_package(const struct otter_entry *entry)
{
    const char *dot = strrchr(entry->name, '.');
    return !entry->folder && dot && !strcasecmp(dot, ".rbl");
}

static int newest_first(const void *left, const void *right)
{
    const struct otter_entry *a = left, *b = right;
    return (a->mtime < b->mtime) - (a->mtime > b->mtime);
}

/* What to type at a board's shell: the packages that were made last. */
static void print_examples(const struct otter_root *root, struct otter_address address)
{
    struct otter_listing listing;
    char origin[OTTER_ORIGIN_SIZE];
    size_t shown = 0, packages = 0;
    if (otter_listing_read(&listing, root, "."))
        return;
    otter_address_reachable(&address);
    otter_address_origin(&address, origin);
    if (listing.count)
        qsort(listing.entries, listing.count, sizeof *listing.entries, newest_first);
    for (size_t i = 0; i < listing.count; i++) {
        if (!is_package(&listing.entries[i]) || packages++ >= EXAMPLES_MAX)
            continue;
        printf("%s  http_ota %s/", shown++ ? "" : "At a board's shell:\n", origin);
        otter_path_encode(stdout, listing.entries[i].name);
        putchar('\n');
    }
    if (packages > shown)
        printf("  (and %zu more)\n", packages - shown);
    if (!packages)
        puts("No package (.rbl) there yet: one that is put there can be downloaded at once.");
    otter_listing_free(&listing);
}

static void announce(const struct options *options, const struct site *site, const struct otter_address *address)
{
    char origin[OTTER_ORIGIN_SIZE];
    otter_address_origin(address, origin);
    printf("Serving %s on %s/\n", options->dir, origin);
    if (otter_address_is_wildcard(address))
        puts("Whoever is on a network of this machine can read it; --listen 127.0.0.1:8080 would keep it to yourself.");
    print_examples(&site->root, *address);
    fflush(stdout);
}

/* Blocked before there are threads, so that no thread but this one gets them. */
static void block_signals(sigset_t *set)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void wait_for_signal(const sigset_t *set)
{
    int which;
    while (sigwait(set, &which))
        ;
    /* A second one ends the program even if a thread should hang, on a log that nobody reads for example. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static int serve(const struct options *options, struct site *site, struct otter_address *address, unsigned timeout)
{
    int listener = otter_socket_listen(address);
    if (listener < 0)
        return fail("cannot listen on %s: %s", options->listen, why_not_listening(listener));
    sigset_t signals;
    block_signals(&signals);
    struct otter_http_server *server = otter_http_start(&(struct otter_http_config){
        .listener = listener,
        .connections = connections_possible(),
        .threads = threads_useful(),
        .timeout = timeout,
        .handle = answer,
        .done = write_log,
        .arg = site,
    });
    if (!server)
        return fail("cannot start to serve: %s", strerror(errno));
    announce(options, site, address);
    wait_for_signal(&signals);
    otter_http_stop(server);
    return EXIT_SUCCESS;
}

int otter_serve_command(int argc, char **argv)
{
    struct options options;
    struct otter_address address;
    struct site site = { .colour = otter_log_wants_colour(STDERR_FILENO) };
    int end = parse_options(&options, argc, argv);
    if (end)
        return end;
    if (options.help)
        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    unsigned timeout = parse_timeout(options.timeout);
    if (!timeout)
        return usage("--timeout takes 1 to 3600 seconds, not ", options.timeout);
    if (!otter_address_parse(options.listen, &address))
        return fail("--listen %s is not ADDR:PORT in numbers, like 127.0.0.1:8080 or [::1]:8080", options.listen);
    int err = otter_root_open(&site.root, options.dir);
    if (err)
        return fail("cannot serve '%s': %s", options.dir,
                    err == -ENOTDIR ? "it is a file, a folder is wanted" : strerror(-err));
    end = serve(&options, &site, &address, timeout);
    otter_root_close(&site.root);
    return end;
}
