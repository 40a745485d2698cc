#include "core/codec.h"

#include "core/err.h"

const struct otter_codec *otter_codec_find(const struct otter_codec *const *table, enum otter_codec_id id)
{
    for (; *table; table++)
        if ((*table)->id == id)
            return *table;
    return NULL;
}

int otter_codec_stack(const struct otter_codec *const *table, enum otter_codec_id id,
                      const struct otter_codec_args *args, struct otter_mem *mem, struct otter_stream **stream)
{
    const struct otter_codec *codec = otter_codec_find(table, id);

    if (!codec)
        return OTTER_E_UNSUPPORTED;
    if (codec->needs_key && !args->key)
        return OTTER_E_FORMAT;
    void *work = otter_mem_take(mem, codec->work_size);
    if (!work)
        return OTTER_E_NO_MEMORY;
    *stream = codec->open(work, *stream, args);
    return 0;
}
