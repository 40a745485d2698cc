/*
 * Ethernet by an SMSC LAN9118 (data sheet DS00002266): frames go through two FIFOs, a word at a time.
 *
 * The interrupt only ends board_idle: its handler switches it off until board_eth_receive has emptied the FIFO. Frames
 * wait there, not in RAM: 10 KB, so a TCP window above 6 segments would overrun it.
 */
#include <string.h>

#include "boards/board.h"
#include "boards/mps2/mps2.h"
#include "core/err.h"

#define LAN(offset)  REG(0x40200000 + (offset))
#define RX_DATA      LAN(0x00)
#define TX_DATA      LAN(0x20)
#define RX_STATUS    LAN(0x40)
#define TX_STATUS    LAN(0x48)
#define IRQ_CFG      LAN(0x54)
#define INT_STS      LAN(0x58)
#define INT_EN       LAN(0x5C)
#define BYTE_TEST    LAN(0x64)
#define FIFO_INT     LAN(0x68)
#define TX_CFG       LAN(0x70)
#define HW_CFG       LAN(0x74)
#define RX_DP_CTRL   LAN(0x78)
#define RX_FIFO_INF  LAN(0x7C)
#define TX_FIFO_INF  LAN(0x80)
#define PMT_CTRL     LAN(0x84)
#define MAC_CSR_CMD  LAN(0xA4)
#define MAC_CSR_DATA LAN(0xA8)
#define E2P_CMD      LAN(0xB0)

#define BUSY (1u << 31) /* in MAC_CSR_CMD and E2P_CMD */

enum {
    IRQ_CFG_ENABLE = 1 << 8,
    IRQ_CFG_ACTIVE_HIGH = 1 << 4,
    IRQ_CFG_PUSH_PULL = 1,
    INT_RX_STATUS_LEVEL = 1 << 3,
    TX_CFG_ON = 1 << 1,
    HW_CFG_SRST = 1,
    HW_CFG_MUST_BE_ONE = 1 << 20,
    HW_CFG_TX_FIFO_5K = 5 << 16, /* of 16 KB, status included; the rest is for receiving */
    PMT_CTRL_READY = 1,
    MAC_CSR_READ = 1 << 30,

    RX_STATUS_ERROR = 1 << 15,
    TX_A_FIRST_AND_LAST = 1 << 13 | 1 << 12,

    FRAME_MAX = 1514, /* bytes without the checksum */
    CHECKSUM = 4,     /* bytes that end a received frame */
    RETRIES = 100000, /* reads of a register until the chip counts as dead */
};

/* Registers of the MAC, behind MAC_CSR_CMD, and of the PHY behind those. */
enum { MAC_CR = 1, MAC_ADDRH = 2, MAC_ADDRL = 3, MAC_MII_ACC = 6, MAC_MII_DATA = 7 };
enum { MAC_CR_RXEN = 1 << 2, MAC_CR_TXEN = 1 << 3, MAC_CR_FULL_DUPLEX = 1 << 20 };
enum { MII_BUSY = 1, MII_PHY_1 = 1 << 11, PHY_STATUS = 1 << 6, PHY_STATUS_LINK = 1 << 2 };

/* Gives up after a while: a dead chip means no network, not a program that hangs. */
static void await(volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (int i = 0; i < RETRIES && (*reg & mask) != value; i++)
        ;
}

static uint32_t mac_read(uint32_t reg)
{
    MAC_CSR_CMD = BUSY | MAC_CSR_READ | reg;
    await(&MAC_CSR_CMD, BUSY, 0);
    return MAC_CSR_DATA;
}

static void mac_write(uint32_t reg, uint32_t value)
{
    MAC_CSR_DATA = value;
    MAC_CSR_CMD = BUSY | reg;
    await(&MAC_CSR_CMD, BUSY, 0);
}

/* The EEPROM has given the MAC its address; a board without one gets one that is locally administered. */
static void need_address(void)
{
    if (mac_read(MAC_ADDRL) != UINT32_MAX)
        return;
    mac_write(MAC_ADDRL, 0x54544F02); /* 02:4F:54:54:45:52, "OTTER" */
    mac_write(MAC_ADDRH, 0x5245);
}

void board_eth_init(void)
{
    await(&BYTE_TEST, UINT32_MAX, 0x87654321);
    HW_CFG = HW_CFG_SRST;
    await(&HW_CFG, HW_CFG_SRST, 0);
    await(&PMT_CTRL, PMT_CTRL_READY, PMT_CTRL_READY);
    await(&E2P_CMD, BUSY, 0);
    need_address();
    HW_CFG = HW_CFG_MUST_BE_ONE | HW_CFG_TX_FIFO_5K;
    TX_CFG = TX_CFG_ON;
    mac_write(MAC_CR, MAC_CR_RXEN | MAC_CR_TXEN | MAC_CR_FULL_DUPLEX);
    FIFO_INT = 0; /* interrupt at one frame or more */
    IRQ_CFG = IRQ_CFG_ENABLE | IRQ_CFG_ACTIVE_HIGH | IRQ_CFG_PUSH_PULL;
    INT_STS = UINT32_MAX;
    INT_EN = INT_RX_STATUS_LEVEL;
}

bool board_eth_link(void)
{
    mac_write(MAC_MII_ACC, MII_PHY_1 | PHY_STATUS | MII_BUSY);
    for (int i = 0; i < RETRIES && mac_read(MAC_MII_ACC) & MII_BUSY; i++)
        ;
    return mac_read(MAC_MII_DATA) & PHY_STATUS_LINK;
}

void board_eth_mac(uint8_t mac[6])
{
    uint32_t low = mac_read(MAC_ADDRL), high = mac_read(MAC_ADDRH);
    memcpy(mac, &low, 4);
    memcpy(mac + 4, &high, 2);
}

int board_eth_send(const void *frame, size_t len)
{
    if (len > FRAME_MAX)
        return OTTER_E_IO;
    while (TX_FIFO_INF >> 16)
        (void)TX_STATUS; /* whether a frame was lost is for the protocols to find out */
    for (int i = 0; (TX_FIFO_INF & 0xFFFF) < len + 16; i++)
        if (i == RETRIES)
            return OTTER_E_IO;
    TX_DATA = TX_A_FIRST_AND_LAST | (uint32_t)len;
    TX_DATA = (uint32_t)len;
    const uint8_t *p = frame;
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        TX_DATA = word;
    }
    if (len) {
        uint32_t word = 0;
        memcpy(&word, p, len);
        TX_DATA = word;
    }
    return OTTER_OK;
}

/* Reads `words` from the FIFO, and keeps the first `len` bytes. */
static void take(uint8_t *to, size_t len, size_t words)
{
    for (; len >= 4; to += 4, len -= 4, words--) {
        uint32_t word = RX_DATA;
        memcpy(to, &word, 4);
    }
    for (; words; words--, len = 0) {
        uint32_t word = RX_DATA;
        memcpy(to, &word, len);
    }
}

size_t board_eth_receive(void *frame, size_t size)
{
    INT_STS = INT_RX_STATUS_LEVEL;
    while (RX_FIFO_INF >> 16 & 0xFF) {
        uint32_t status = RX_STATUS;
        size_t stored = status >> 16 & 0x3FFF, len = stored - CHECKSUM;
        bool good = !(status & RX_STATUS_ERROR) && stored > CHECKSUM && len <= size;
        take(frame, good ? len : 0, (stored + 3) / 4);
        if (good)
            return len;
    }
    NVIC_ISER = 1u << IRQ_ETHERNET;
    return 0;
}

void ethernet_isr(void)
{
    mps2_stir();
    NVIC_ICER = 1u << IRQ_ETHERNET;
}
