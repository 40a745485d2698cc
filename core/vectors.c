#include "core/vectors.h"

#include "core/bytes.h"
#include "core/err.h"

int otter_vectors_check(const struct otter_part *part, const uint8_t start[OTTER_VECTORS_SIZE], uint32_t raw_size)
{
    uint32_t base = part->flash->addr + part->off;
    uint32_t reset = otter_le32(start + 4);
    bool is_thumb = reset & 1;

    if (!(part->flags & OTTER_PART_EXEC))
        return 0;
    return is_thumb && reset > base && reset - base < raw_size ? 0 : OTTER_E_VECTORS;
}
