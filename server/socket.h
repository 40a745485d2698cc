/*
 * Addresses, the listening socket, and what TCP knows of a connection. Looks up no names.
 */
#ifndef OTTER_SOCKET_H
#define OTTER_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct otter_address {
    struct sockaddr_storage at;
    socklen_t len;
};

/* "127.0.0.1:8080", "[::1]:8080". Port 0 is any free one. False if it is no such thing. */
bool otter_address_parse(const char *text, struct otter_address *address);

#define OTTER_ORIGIN_SIZE (sizeof "http://[]:65535" + INET6_ADDRSTRLEN)

/* "http://127.0.0.1:8080", without a slash at the end. */
void otter_address_origin(const struct otter_address *address, char origin[OTTER_ORIGIN_SIZE]);

/* The bare address; an IPv4 client of an IPv6 socket as IPv4. */
void otter_address_text(const struct sockaddr *address, char text[INET6_ADDRSTRLEN]);

/* 0.0.0.0 and [::]: all addresses of this machine. */
bool otter_address_is_wildcard(const struct otter_address *address);

/*
 * A wildcard listens everywhere but leads nowhere: puts in their place this machine's IPv4 address on the first
 * network that is up, or the loopback address if there is none. Leaves others alone.
 */
void otter_address_reachable(struct otter_address *address);

/* A listening socket, or -errno. `address` becomes the one that it has. IPv4 clients reach [::] too. */
int otter_socket_listen(struct otter_address *address);

/*
 * Lets only little wait unsent in the kernel. Otherwise up to megabytes go there at once, and for minutes a slow board
 * looks idle although it is being served: it would run into the timeout, and the log would not know how far it came.
 */
void otter_socket_keep_queue_short(int fd);

/* Bytes that the program has written to a TCP connection since it began; 0 if it cannot be told. */
uint64_t otter_socket_written(int fd);

/* Bytes of these that have reached the other side. Also known after the connection broke. */
uint64_t otter_socket_acked(int fd);

#endif
