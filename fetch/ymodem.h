/*
 * Y-modem receiver (C. Forsberg, "XMODEM/YMODEM Protocol Reference", 1988): one file from a serial line, as a stream.
 *
 *     sender                                        receiver
 *                                                   'C'            every 3 s, until a sender answers
 *     SOH 00 FF "name" 00 "size" ... 00  crc16      ACK 'C'        the header: 128 bytes after SOH, 1024 after STX
 *     STX 01 FE <1024 bytes>             crc16      ACK            data, numbered modulo 256; the last is padded
 *     EOT                                           NAK            noise can look like one EOT
 *     EOT                                           ACK 'C'        by otter_ymodem_close: once the file is stored
 *     SOH 00 FF 00 ... 00                crc16      ACK            no further file
 *     CAN CAN                                       CAN CAN        either side gives up
 *
 * crc16 is CRC-16/XMODEM of the data, high byte first. Y-modem-G says 'G' for 'C', and nothing for ACK and NAK: the
 * line's flow control holds the sender back, and any error is the end.
 *
 * A block is acknowledged when the next one is wanted, so the sender is silent while the caller works on the last: no
 * byte is lost while flash is erased, and what the caller does between two reads is what the acknowledgement waits for.
 */
#ifndef OTTER_YMODEM_H
#define OTTER_YMODEM_H

#include "core/stream.h"
#include "fetch/serial.h"

#define OTTER_YMODEM_BLOCK 1024 /* bytes of the largest block */

struct otter_ymodem {
    struct otter_stream stream; /* the file: exactly `size` bytes, without the padding */
    const char *name;           /* as the sender calls it, any bytes; until the first read */
    uint32_t size;              /* bytes */

    /* The rest is its own. */
    struct otter_serial *serial;
    bool streaming, noisy, ended;
    int peeked;                                /* a byte that was looked at, or negative */
    int err;                                   /* that the stream has given, and gives again */
    uint32_t cancels;                          /* CANs in a row */
    uint32_t next;                             /* block that is expected: 0 for the header */
    uint32_t len;                              /* bytes of data in `block` */
    uint32_t pos;                              /* of them taken */
    uint32_t left;                             /* bytes of the file that were not taken */
    uint8_t block[2 + OTTER_YMODEM_BLOCK + 2]; /* number, complement, data, CRC */
};

/*
 * Waits for a sender and takes its header. Nothing else may use the line until otter_ymodem_close. `streaming` for
 * Y-modem-G. OTTER_E_TIMEOUT after that many seconds without one; OTTER_E_CANCELED by the sender; OTTER_E_PROTOCOL for
 * a file without a name or a size, or what is no Y-modem.
 */
int otter_ymodem_open(struct otter_ymodem *y, struct otter_serial *serial, bool streaming, uint32_t seconds);

/*
 * To be called once after otter_ymodem_open, whatever that gave, with what became of the file. With 0, after the stream
 * has ended, the sender is told that all is well, and any further file is refused; with an error, or before that, it is
 * told to stop. Returns when the line is silent.
 */
void otter_ymodem_close(struct otter_ymodem *y, int err);

#endif
