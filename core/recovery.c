#include "core/recovery.h"

#include <string.h>

#include "core/codec/aes256_ctr.h"
#include "core/crypto/aes.h"
#include "core/crypto/sha256.h"
#include "core/err.h"

int otter_recovery_slot(const struct otter_config *config, const struct otter_part *part, struct otter_part *slot)
{
    const struct otter_part *recovery = otter_part_find(config->parts, "recovery");
    uint32_t off = 0;

    if (!recovery)
        return OTTER_E_NOT_FOUND;
    uint32_t block = recovery->flash->erase_size;
    for (const struct otter_part *p = config->parts; p->name; p++) {
        if (!(p->flags & OTTER_PART_INSTALL))
            continue;
        uint32_t size = (p->size + block - 1) & ~(block - 1);
        if (p->flash->erase_size < block)
            size += block;
        if (size > recovery->size - off)
            return OTTER_E_NOT_FOUND;
        *slot = (struct otter_part){ "recovery", recovery->flash, recovery->off + off, size, 0 };
        if (p == part)
            return 0;
        off += size;
    }
    return OTTER_E_NOT_FOUND;
}

/*
 * Copies have a key of their own, made from the product key, which wraps keys and should do nothing else.
 */
int otter_recovery_cipher(const struct otter_config *config, const uint8_t nonce[8], struct otter_mem *mem,
                          struct otter_stream **stream)
{
    static const char label[] = "otter recovery";
    uint8_t key[OTTER_AES256_KEY_SIZE], counter[OTTER_AES_BLOCK_SIZE] = { 0 };

    if (!config->product_key)
        return OTTER_E_KEY;
    void *work = otter_mem_take(mem, otter_codec_aes256_ctr.work_size);
    if (!work)
        return OTTER_E_NO_MEMORY;
    otter_hmac_sha256(config->product_key->bytes, OTTER_AES256_KEY_SIZE, label, sizeof label - 1, key);
    memcpy(counter, nonce, 8);
    *stream = otter_codec_aes256_ctr.open(work, *stream, &(struct otter_codec_args){ .key = key, .iv = counter });
    otter_wipe(key, sizeof key);
    return 0;
}

/*
 * A nonce for the copy of an image: from the head that says what the image is. Two images never share one, and the
 * same image's copy is the same each time, so that a copy that was cut goes on where it was.
 */
static void make_nonce(const struct otter_package *pkg, uint8_t image, uint8_t nonce[8])
{
    uint8_t digest[OTTER_SHA256_SIZE];

    otter_hash_of(&otter_sha256, pkg->head, pkg->head_size, digest);
    memcpy(nonce, digest, 8);
    nonce[0] ^= image;
    nonce[7] |= 1; /* not all zeros, which means a plain copy */
}

/* Copies the image that `from` has, to `dest`, as an encrypted copy or a plain one. */
static int copy(const struct otter_part *dest, const struct otter_installed *from, bool encrypt, struct otter_mem mem,
                const struct otter_resume *resume, struct otter_progress progress)
{
    struct otter_installed_stream s;
    struct otter_content content = { NULL, from->image.raw_size, &from->pkg, from->trailer };
    int err = otter_installed_read(&s, from, &mem);

    if (err)
        return err;
    memset(content.trailer.nonce, 0, sizeof content.trailer.nonce);
    if (encrypt) {
        make_nonce(&from->pkg, from->trailer.image, content.trailer.nonce);
        err = otter_recovery_cipher(from->pkg.config, content.trailer.nonce, &mem, &s.image);
    }
    content.image = s.image;
    return err ? err : otter_write(dest, &content, mem, resume, progress);
}

/* Opens what a partition holds and makes sure of it, as if it lay in `place`. */
static int open_whole(struct otter_installed *installed, const struct otter_config *config,
                      const struct otter_part *part, const struct otter_part *place, struct otter_mem *mem)
{
    int err = otter_installed_open(installed, config, part, mem);

    return err ? err : otter_installed_verify(installed, place, *mem);
}

int otter_recovery_save(const struct otter_config *config, const struct otter_part *part, struct otter_mem mem,
                        const struct otter_resume *resume, struct otter_progress progress)
{
    struct otter_installed running, saved;
    struct otter_part slot;
    int err = otter_recovery_slot(config, part, &slot);

    if (!err)
        err = open_whole(&running, config, part, part, &mem);
    if (err)
        return err;
    struct otter_mem rest = mem;
    if (resume->group == OTTER_NO_GROUP && !open_whole(&saved, config, &slot, part, &rest) &&
        !memcmp(saved.pkg.id, running.pkg.id, sizeof saved.pkg.id))
        return 0;
    bool encrypt = config->product_key && running.pkg.format->keeps_nonce;
    return copy(&slot, &running, encrypt, mem, resume, progress);
}

int otter_recovery_check(const struct otter_config *config, const struct otter_part *part,
                         const struct otter_record *record, struct otter_mem mem, uint8_t id[OTTER_PACKAGE_ID_SIZE])
{
    struct otter_installed saved;
    struct otter_part slot;
    int err = otter_recovery_slot(config, part, &slot);

    if (!err)
        err = open_whole(&saved, config, &slot, part, &mem);
    if (err)
        return err;
    if (id)
        memcpy(id, saved.pkg.id, OTTER_PACKAGE_ID_SIZE);
    return otter_record_judge(record, &saved.pkg);
}

int otter_recovery_restore(const struct otter_config *config, const struct otter_part *part, struct otter_mem mem,
                           const struct otter_resume *resume, struct otter_progress progress)
{
    struct otter_installed saved;
    struct otter_part slot;
    int err = otter_recovery_slot(config, part, &slot);

    if (!err)
        err = otter_installed_open(&saved, config, &slot, &mem);
    return err ? err : copy(part, &saved, false, mem, resume, progress);
}
