/*
 * An ICMP echo request and its reply (RFC 792).
 */
#include <string.h>

#include "boards/board.h"
#include "core/err.h"
#include "fetch/lwip/port.h"
#include "fetch/net.h"
#include "lwip/icmp.h"
#include "lwip/inet_chksum.h"
#include "lwip/prot/icmp.h"
#include "lwip/prot/ip4.h"
#include "lwip/raw.h"

enum { ID = 0x4F54, DATA_SIZE = 32 };

struct echo {
    struct icmp_echo_hdr header;
    uint8_t data[DATA_SIZE];
};

static struct {
    uint16_t seq;
    bool answered;
} ping;

static bool is_answered(void)
{
    return ping.answered;
}

/* Sees every ICMP packet, from its IP header on; takes only the reply. */
static u8_t on_packet(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *from)
{
    (void)arg, (void)pcb, (void)from;
    struct icmp_echo_hdr reply;
    u16_t got = pbuf_copy_partial(p, &reply, sizeof(reply), ip_current_header_tot_len());
    if (got < sizeof(reply) || reply.type != ICMP_ER || reply.id != ID || reply.seqno != ping.seq)
        return 0;
    ping.answered = true;
    pbuf_free(p);
    return 1;
}

static int send_request(struct raw_pcb *pcb, const ip_addr_t *addr)
{
    struct pbuf *p = pbuf_alloc(PBUF_IP, sizeof(struct echo), PBUF_RAM);
    if (!p)
        return OTTER_E_IO;
    struct echo *echo = p->payload;
    *echo = (struct echo){ .header = { .type = ICMP_ECHO, .id = ID, .seqno = ping.seq } };
    for (int i = 0; i < DATA_SIZE; i++)
        echo->data[i] = (uint8_t)i;
    echo->header.chksum = inet_chksum(echo, sizeof(*echo));
    err_t err = raw_sendto(pcb, p, addr);
    pbuf_free(p);
    return err == ERR_OK ? OTTER_OK : OTTER_E_IO;
}

int otter_net_ping(const char *host, uint16_t seq, uint32_t timeout_ms)
{
    ip_addr_t addr;
    int err = lwip_resolve(host, &addr);
    if (err)
        return err;
    struct raw_pcb *pcb = raw_new(IP_PROTO_ICMP);
    if (!pcb)
        return OTTER_E_IO;
    raw_recv(pcb, on_packet, NULL);
    ping.seq = lwip_htons(seq);
    ping.answered = false;
    uint32_t start = board_micros();
    err = send_request(pcb, &addr);
    if (!err)
        err = lwip_wait(is_answered, timeout_ms);
    uint32_t took = board_micros() - start;
    raw_remove(pcb);
    return err ? err : (int)LWIP_MAX(took, 1);
}
