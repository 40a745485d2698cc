/*
 * Intel, "Hexadecimal Object File Format Specification", revision A:
 *
 *     ":" count  address(2)  type  data[count]  checksum      in hexadecimal digits; the bytes of a line add up to 0
 */
#include "cli/hex.h"

enum { DATA = 0, END = 1, UPPER_ADDRESS = 4, LINE = 16, SEGMENT = 0x10000 };

static void put_record(FILE *out, uint8_t type, uint16_t addr, const uint8_t *data, uint8_t len)
{
    uint8_t sum = (uint8_t)(len + (addr >> 8) + addr + type);

    fprintf(out, ":%02X%04X%02X", len, addr, type);
    for (uint8_t i = 0; i < len; i++) {
        fprintf(out, "%02X", data[i]);
        sum = (uint8_t)(sum + data[i]);
    }
    fprintf(out, "%02X\n", (uint8_t)-sum);
}

static void put_upper_address(FILE *out, uint32_t addr)
{
    const uint8_t upper[2] = { (uint8_t)(addr >> 24), (uint8_t)(addr >> 16) };

    put_record(out, UPPER_ADDRESS, 0, upper, sizeof upper);
}

/* Lines begin at multiples of their length, so that none crosses into the next segment. */
void hex_write(FILE *out, uint32_t addr, const uint8_t *data, size_t len)
{
    put_upper_address(out, addr);
    while (len) {
        size_t n = LINE - addr % LINE;
        if (n > len)
            n = len;
        put_record(out, DATA, (uint16_t)addr, data, (uint8_t)n);
        addr += (uint32_t)n;
        data += n;
        len -= n;
        if (len && addr % SEGMENT == 0)
            put_upper_address(out, addr);
    }
}

void hex_end(FILE *out)
{
    put_record(out, END, 0, NULL, 0);
}
