#include "server/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * Bytes that may wait unsent in the kernel. Room for several segments at least: the HTTP library corks a reply, so that
 * the kernel keeps back what does not fill one, and asks for more only when half of this is free.
 */
#define UNSENT_MIN (16u * 1024)

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned long value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= UINT16_MAX; at++)
        value = value * 10 + (unsigned long)(*at - '0');
    *port = (uint16_t)value;
    return at > text && !*at && value <= UINT16_MAX;
}

static uint16_t *port_of(struct otter_address *address)
{
    if (address->at.ss_family == AF_INET6)
        return &((struct sockaddr_in6 *)&address->at)->sin6_port;
    return &((struct sockaddr_in *)&address->at)->sin_port;
}

bool otter_address_parse(const char *text, struct otter_address *address)
{
    char host[64];
    uint16_t port;
    const char *colon = strrchr(text, ':');
    if (!colon || !parse_port(colon + 1, &port))
        return false;
    size_t len = (size_t)(colon - text);
    bool ipv6 = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    if (ipv6) {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = 0;

    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_family = ipv6 ? AF_INET6 : AF_INET }, *found;
    if (getaddrinfo(host, NULL, &hints, &found))
        return false;
    *address = (struct otter_address){ .len = found->ai_addrlen };
    memcpy(&address->at, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    *port_of(address) = htons(port);
    return true;
}

void otter_address_text(const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    strcpy(text, "?");
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, INET6_ADDRSTRLEN);
    else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(v6))
        inet_ntop(AF_INET, &v6->s6_addr[12], text, INET6_ADDRSTRLEN);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, v6, text, INET6_ADDRSTRLEN);
}

void otter_address_origin(const struct otter_address *address, char origin[OTTER_ORIGIN_SIZE])
{
    char host[INET6_ADDRSTRLEN];
    struct otter_address copy = *address;
    otter_address_text((const struct sockaddr *)&address->at, host);
    snprintf(origin, OTTER_ORIGIN_SIZE, strchr(host, ':') ? "http://[%s]:%u" : "http://%s:%u", host,
             ntohs(*port_of(&copy)));
}

bool otter_address_is_wildcard(const struct otter_address *address)
{
    if (address->at.ss_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&address->at)->sin6_addr);
    return ((const struct sockaddr_in *)&address->at)->sin_addr.s_addr == htonl(INADDR_ANY);
}

void otter_address_reachable(struct otter_address *address)
{
    struct ifaddrs *all, *i;
    if (!otter_address_is_wildcard(address))
        return;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = *port_of(address) };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (getifaddrs(&all) == 0) {
        for (i = all; i; i = i->ifa_next) {
            const unsigned want = IFF_UP | IFF_RUNNING, mask = want | IFF_LOOPBACK | IFF_POINTOPOINT;
            if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET && (i->ifa_flags & mask) == want) {
                at.sin_addr = ((const struct sockaddr_in *)i->ifa_addr)->sin_addr;
                break;
            }
        }
        freeifaddrs(all);
    }
    *address = (struct otter_address){ .len = sizeof at };
    memcpy(&address->at, &at, sizeof at);
}

static int configure(int fd, int family)
{
    const int on = 1, off = 0;
    /* A server that was just stopped may start again at once; two at a time are still refused. */
    int err = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!err && family == AF_INET6)
        err = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return err;
}

int otter_socket_listen(struct otter_address *address)
{
    struct sockaddr *at = (struct sockaddr *)&address->at;
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (configure(fd, at->sa_family) || bind(fd, at, address->len) || listen(fd, SOMAXCONN) ||
        getsockname(fd, at, &address->len)) {
        int err = -errno;
        close(fd);
        return err;
    }
    return fd;
}

/* All zero if it cannot be told. */
static struct tcp_info tcp_info_of(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t len = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    return info;
}

void otter_socket_keep_queue_short(int fd)
{
    const unsigned segments = 8 * tcp_info_of(fd).tcpi_snd_mss;
    const unsigned unsent = segments > UNSENT_MIN ? segments : UNSENT_MIN;
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

uint64_t otter_socket_acked(int fd)
{
    return tcp_info_of(fd).tcpi_bytes_acked;
}

uint64_t otter_socket_written(int fd)
{
    int queued = 0;
    if (ioctl(fd, SIOCOUTQ, &queued) || queued < 0)
        queued = 0;
    return otter_socket_acked(fd) + (uint64_t)queued;
}
