#include "fetch/copy.h"

#include "core/err.h"

static int copy_piece(const struct otter_part *part, struct otter_stream *source, uint32_t off, uint8_t *buf,
                      uint32_t len)
{
    uint32_t block = part->flash->erase_size;
    int err = otter_stream_read_all(source, buf, len);

    for (uint32_t at = (off + block - 1) / block * block; !err && at < off + len; at += block)
        err = otter_part_erase(part, at, block);
    return err ? err : otter_part_prog_tail(part, off, buf, len);
}

int otter_copy(const struct otter_part *part, struct otter_stream *source, uint32_t size, struct otter_mem mem)
{
    uint8_t *buf = otter_mem_take(&mem, OTTER_COPY_PIECE);
    int err = buf ? 0 : OTTER_E_NO_MEMORY;

    if (size > part->size)
        err = OTTER_E_TOO_LARGE;
    for (uint32_t off = 0; !err && off < size; off += OTTER_COPY_PIECE)
        err = copy_piece(part, source, off, buf, size - off < OTTER_COPY_PIECE ? size - off : OTTER_COPY_PIECE);
    if (!err)
        err = otter_stream_read(source, (uint8_t[1]){ 0 }, 1);
    return err > 0 ? OTTER_E_FORMAT : err;
}
