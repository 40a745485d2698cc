/*
 * The network of a program on an operating system: BSD sockets. The interface, its address and its routes are the
 * host's own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "fetch/net.h"

enum {
    CONNECT_MS = 10000,
    TRANSFER_MS = 15000, /* without a byte */
};

/* ---- waiting ---- */

static uint32_t micros(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000000u + (uint32_t)(now.tv_nsec / 1000);
}

static int wait_for(int fd, short events, uint32_t ms)
{
    struct pollfd p = { .fd = fd, .events = events };
    int n;
    do
        n = poll(&p, 1, (int)ms);
    while (n < 0 && errno == EINTR);
    return n > 0 ? OTTER_OK : n ? OTTER_E_IO : OTTER_E_TIMEOUT;
}

static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int transfer_error(int error)
{
    return error == EPIPE || error == ECONNRESET ? OTTER_E_CLOSED : OTTER_E_IO;
}

/* ---- TCP ---- */

struct tcp {
    struct otter_transport transport;
    int fd; /* -1 while none is open */
};

static int look_up(const char *host, uint16_t port, int type, struct addrinfo **list)
{
    char service[8];
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = type };
    snprintf(service, sizeof service, "%u", port);
    return getaddrinfo(host, service, &hints, list) ? OTTER_E_NOT_FOUND : OTTER_OK;
}

static int open_to(const struct addrinfo *to, int *fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    *fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
    if (*fd < 0)
        return OTTER_E_IO;
    if (connect(*fd, to->ai_addr, to->ai_addrlen) == 0)
        return OTTER_OK;
    int err = errno == EINPROGRESS ? wait_for(*fd, POLLOUT, CONNECT_MS) : OTTER_E_IO;
    if (!err && (getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &size) || error))
        err = OTTER_E_IO;
    if (err) {
        close(*fd);
        *fd = -1;
    }
    return err;
}

static void tcp_close(struct otter_transport *t)
{
    struct tcp *tcp = (struct tcp *)t;
    if (tcp->fd >= 0)
        close(tcp->fd);
    tcp->fd = -1;
}

static int tcp_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    struct tcp *tcp = (struct tcp *)t;
    struct addrinfo *list;
    tcp_close(t);
    int err = look_up(host, port, SOCK_STREAM, &list);
    if (err)
        return err;
    for (const struct addrinfo *to = list; to && tcp->fd < 0; to = to->ai_next)
        err = open_to(to, &tcp->fd);
    freeaddrinfo(list);
    return err;
}

static int tcp_send(struct otter_transport *t, const void *data, size_t len)
{
    struct tcp *tcp = (struct tcp *)t;
    const char *from = data;
    while (len) {
        ssize_t n = send(tcp->fd, from, len, MSG_NOSIGNAL);
        if (n >= 0) {
            from += n;
            len -= (size_t)n;
            continue;
        }
        int err = is_passing(errno) ? wait_for(tcp->fd, POLLOUT, TRANSFER_MS) : transfer_error(errno);
        if (err)
            return err;
    }
    return OTTER_OK;
}

static int tcp_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct tcp *tcp = (struct tcp *)t;
    for (;;) {
        ssize_t n = recv(tcp->fd, buf, len, 0);
        if (n >= 0)
            return (int)n;
        int err = is_passing(errno) ? wait_for(tcp->fd, POLLIN, TRANSFER_MS) : transfer_error(errno);
        if (err)
            return err;
    }
}

struct otter_transport *otter_net_tcp(void)
{
    static struct tcp tcp = { { tcp_connect, tcp_send, tcp_recv, tcp_close }, -1 };
    return &tcp.transport;
}

/* ---- the interface ---- */

int otter_net_init(void)
{
    return OTTER_OK;
}

void otter_net_poll(void)
{
}

int otter_net_wait(uint32_t ms)
{
    (void)ms;
    return OTTER_OK;
}

static void copy_addr(uint8_t to[4], const struct sockaddr *from)
{
    memcpy(to, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
}

/* The first interface with an IPv4 address; the loopback only where there is no other. */
static const struct ifaddrs *choose(const struct ifaddrs *list)
{
    const struct ifaddrs *loopback = NULL;
    for (; list; list = list->ifa_next) {
        if (!list->ifa_addr || list->ifa_addr->sa_family != AF_INET || !(list->ifa_flags & IFF_UP))
            continue;
        if (!(list->ifa_flags & IFF_LOOPBACK))
            return list;
        loopback = list;
    }
    return loopback;
}

static void find_mac(uint8_t mac[6], const struct ifaddrs *list, const char *name)
{
    for (; list; list = list->ifa_next)
        if (list->ifa_addr && list->ifa_addr->sa_family == AF_PACKET && !strcmp(list->ifa_name, name))
            memcpy(mac, ((const struct sockaddr_ll *)(const void *)list->ifa_addr)->sll_addr, 6);
}

int otter_net_static(const struct otter_net_addrs *addrs)
{
    (void)addrs;
    return OTTER_E_DENIED;
}

/* Gateway and name server stay zero: the host knows several. */
void otter_net_info(struct otter_net_info *info)
{
    struct ifaddrs *list;
    memset(info, 0, sizeof *info);
    if (getifaddrs(&list))
        return;
    const struct ifaddrs *interface = choose(list);
    if (interface) {
        info->link = true;
        copy_addr(info->addr, interface->ifa_addr);
        copy_addr(info->mask, interface->ifa_netmask);
        find_mac(info->mac, list, interface->ifa_name);
    }
    freeifaddrs(list);
}

/* ---- ping ---- */

/* The kernel fills in the checksum and, with the socket's own number, the identifier. */
static int echo(int fd, const struct addrinfo *to, uint16_t seq, uint32_t timeout_ms)
{
    struct icmphdr request = { .type = ICMP_ECHO, .un.echo.sequence = htons(seq) }, reply;
    uint32_t sent = micros(), spent = 0;
    if (sendto(fd, &request, sizeof request, 0, to->ai_addr, to->ai_addrlen) < 0)
        return OTTER_E_IO;
    while (spent / 1000 < timeout_ms) {
        int err = wait_for(fd, POLLIN, timeout_ms - spent / 1000);
        if (err)
            return err;
        if (recv(fd, &reply, sizeof reply, 0) < (ssize_t)sizeof reply)
            return OTTER_E_IO;
        spent = micros() - sent;
        if (reply.type == ICMP_ECHOREPLY && reply.un.echo.sequence == htons(seq))
            return spent ? (int)spent : 1;
    }
    return OTTER_E_TIMEOUT;
}

/* Linux lets ordinary users ping where net.ipv4.ping_group_range has their group. */
int otter_net_ping(const char *host, uint16_t seq, uint32_t timeout_ms)
{
    struct addrinfo *to;
    int err = look_up(host, 0, SOCK_DGRAM, &to);
    if (err)
        return err;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd >= 0) {
        err = echo(fd, to, seq, timeout_ms);
        close(fd);
    } else {
        err = errno == EACCES || errno == EPERM ? OTTER_E_DENIED : OTTER_E_IO;
    }
    freeaddrinfo(to);
    return err;
}
