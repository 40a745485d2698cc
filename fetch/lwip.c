/*
 * The network of boards with Ethernet: lwIP between the board's driver and the transports. No thread: everything
 * happens in otter_net_poll, which every wait calls.
 */
#include <string.h>

#include "boards/board.h"
#include "core/err.h"
#include "fetch/lwip/port.h"
#include "fetch/net.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

enum {
    FRAME_MAX = 1514,
    LINK_POLL_MS = 250,
    DNS_MS = 10000,
};

static struct netif netif;
static uint32_t link_polled; /* milliseconds */
static bool is_static;       /* DHCP gives no addresses */

static struct {
    uintptr_t number; /* of the query whose answer is awaited; one for an earlier query is ignored */
    bool answered;
    bool found;
    ip_addr_t addr;
} query;

u32_t sys_now(void)
{
    return board_millis();
}

static err_t send_frame(struct netif *to, struct pbuf *p)
{
    (void)to;
    struct pbuf *whole = p->next ? pbuf_clone(PBUF_RAW, PBUF_RAM, p) : p;
    if (!whole)
        return ERR_MEM;
    int err = board_eth_send(whole->payload, whole->len);
    if (whole != p)
        pbuf_free(whole);
    return err ? ERR_IF : ERR_OK;
}

static err_t init_netif(struct netif *n)
{
    n->name[0] = 'e';
    n->name[1] = 'n';
    n->output = etharp_output;
    n->linkoutput = send_frame;
    n->mtu = FRAME_MAX - SIZEOF_ETH_HDR;
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    n->hwaddr_len = 6;
    board_eth_mac(n->hwaddr);
    return ERR_OK;
}

static void poll_link(void)
{
    link_polled = board_millis();
    bool up = board_eth_link();
    if (up && !netif_is_link_up(&netif))
        netif_set_link_up(&netif); /* lets DHCP begin anew */
    else if (!up && netif_is_link_up(&netif))
        netif_set_link_down(&netif);
}

int otter_net_init(void)
{
    board_eth_init();
    lwip_init();
    if (!netif_add_noaddr(&netif, NULL, init_netif, ethernet_input))
        return OTTER_E_IO;
    netif_set_default(&netif);
    netif_set_up(&netif);
    poll_link();
    return dhcp_start(&netif) == ERR_OK ? OTTER_OK : OTTER_E_NO_MEMORY;
}

/* One frame from the driver to lwIP: false if there was none, or no buffer for it yet. */
static bool pass_frame(void)
{
    struct pbuf *p = pbuf_alloc(PBUF_RAW, FRAME_MAX, PBUF_POOL);
    if (!p)
        return false;
    size_t len = board_eth_receive(p->payload, FRAME_MAX);
    pbuf_realloc(p, (u16_t)len);
    if (!len || netif.input(p, &netif) != ERR_OK)
        pbuf_free(p);
    return len > 0;
}

void otter_net_poll(void)
{
    while (pass_frame())
        ;
    sys_check_timeouts();
    if (board_millis() - link_polled >= LINK_POLL_MS)
        poll_link();
}

int lwip_wait(bool (*ready)(void), uint32_t ms)
{
    uint32_t start = board_millis();
    while (!ready()) {
        if (board_millis() - start >= ms)
            return OTTER_E_TIMEOUT;
        otter_net_poll();
        if (!ready())
            board_idle();
    }
    return OTTER_OK;
}

static ip4_addr_t ip4(const uint8_t bytes[4])
{
    ip4_addr_t addr;
    IP4_ADDR(&addr, bytes[0], bytes[1], bytes[2], bytes[3]);
    return addr;
}

int otter_net_static(const struct otter_net_addrs *addrs)
{
    ip4_addr_t addr = ip4(addrs->addr), mask = ip4(addrs->mask), gateway = ip4(addrs->gateway), dns = ip4(addrs->dns);
    dhcp_release_and_stop(&netif);
    netif_set_addr(&netif, &addr, &mask, &gateway);
    dns_setserver(0, &dns);
    is_static = true;
    return OTTER_OK;
}

static bool has_address(void)
{
    return is_static ? netif_is_link_up(&netif) : dhcp_supplied_address(&netif);
}

int otter_net_wait(uint32_t ms)
{
    return lwip_wait(has_address, ms);
}

void otter_net_info(struct otter_net_info *info)
{
    *info = (struct otter_net_info){ .link = netif_is_link_up(&netif), .dhcp = dhcp_supplied_address(&netif) };
    memcpy(info->mac, netif.hwaddr, sizeof(info->mac));
    memcpy(info->addr, netif_ip4_addr(&netif), sizeof(info->addr));
    memcpy(info->mask, netif_ip4_netmask(&netif), sizeof(info->mask));
    memcpy(info->gateway, netif_ip4_gw(&netif), sizeof(info->gateway));
    memcpy(info->dns, dns_getserver(0), sizeof(info->dns));
}

static bool is_answered(void)
{
    return query.answered;
}

static void on_answer(const char *name, const ip_addr_t *addr, void *number)
{
    (void)name;
    if ((uintptr_t)number != query.number)
        return;
    query.answered = true;
    query.found = addr;
    if (addr)
        query.addr = *addr;
}

int lwip_resolve(const char *host, ip_addr_t *addr)
{
    query.number++;
    query.answered = false;
    err_t result = dns_gethostbyname(host, addr, on_answer, (void *)query.number);
    if (result != ERR_INPROGRESS)
        return result == ERR_OK ? OTTER_OK : OTTER_E_NOT_FOUND;
    int err = lwip_wait(is_answered, DNS_MS);
    if (err)
        return err;
    *addr = query.addr;
    return query.found ? OTTER_OK : OTTER_E_NOT_FOUND;
}
