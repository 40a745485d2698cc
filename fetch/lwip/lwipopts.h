/*
 * lwIP's settings: one client connection at a time, no threads, all memory static.
 */
#ifndef OTTER_LWIPOPTS_H
#define OTTER_LWIPOPTS_H

/* Called from one place, otter_net_poll. */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_TCP  1
#define LWIP_UDP  1
#define LWIP_DHCP 1
#define LWIP_DNS  1
#define LWIP_ICMP 1
#define LWIP_RAW  1 /* ping */

#define IP_FORWARD    0
#define IP_FRAG       0
#define IP_REASSEMBLY 0
#define LWIP_ACD      0

#define LWIP_STATS        0
#define LWIP_SINGLE_NETIF 1

/* The server has looked whether the address is free; looking again would delay the start. */
#define LWIP_DHCP_DOES_ACD_CHECK 0

/* Names of the C library that would cost more than lwIP's own. */
#define LWIP_NO_CTYPE_H 1

/*
 * Memory. A frame fits one buffer of the pool, where the driver puts it. When the pool is empty, frames wait in the
 * controller's FIFO: so the window is what fits there (6 segments of 1460 bytes), not what fits the pool.
 */
#define MEM_ALIGNMENT             4
#define MEM_SIZE                  4096 /* for sending: TCP_SND_BUF with its headers, DHCP's and DNS's messages */
#define PBUF_POOL_SIZE            6
#define PBUF_POOL_BUFSIZE         1520
#define MEMP_NUM_TCP_PCB          4 /* one connection, and old ones in TIME_WAIT */
#define MEMP_NUM_TCP_SEG          8
#define MEMP_NUM_UDP_PCB          (1 + DNS_MAX_REQUESTS) /* DHCP, and one for each query */
#define MEMP_NUM_RAW_PCB          1
#define MEMP_NUM_PBUF             4
#define ARP_TABLE_SIZE            4
#define DNS_TABLE_SIZE            2
#define DNS_MAX_REQUESTS          1
#define DNS_MAX_NAME_LENGTH       256
#define LWIP_TCP_PCB_NUM_EXT_ARGS 0

#define TCP_MSS            1460
#define TCP_WND            (6 * TCP_MSS)
#define TCP_SND_BUF        (2 * TCP_MSS)
#define TCP_SND_QUEUELEN   8
#define TCP_LISTEN_BACKLOG 0

/* lwIP would have the whole window fit the pool; see above. */
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

/*
 * Segments that come after a lost one are kept, or each loss would cost the peer's retransmission timeout. Two buffers
 * stay for the lost one.
 */
#define TCP_QUEUE_OOSEQ     1
#define TCP_OOSEQ_MAX_PBUFS (PBUF_POOL_SIZE - 2)

/* The driver sends a frame from one buffer. */
#define LWIP_NETIF_TX_SINGLE_PBUF 1

/* lwIP's own initial sequence numbers can be foretold (RFC 6528 says why that matters), and so can its ports. */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) LWIP_RAND()
#define LWIP_RANDOMIZE_INITIAL_LOCAL_PORTS                              1

#endif
