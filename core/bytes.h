/*
 * Numbers in bytes: never a cast of a pointer, so alignment and byte order are nobody's concern.
 */
#ifndef OTTER_BYTES_H
#define OTTER_BYTES_H

#include <stdint.h>

static inline uint16_t otter_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t otter_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t otter_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void otter_put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void otter_put_le32(uint8_t *p, uint32_t v)
{
    otter_put_le16(p, (uint16_t)v);
    otter_put_le16(p + 2, (uint16_t)(v >> 16));
}

#endif
