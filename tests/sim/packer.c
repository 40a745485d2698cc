#include "tests/sim/packer.h"

#include <stdlib.h>
#include <string.h>

#include "cli/encode/encode.h"
#include "core/hash.h"

void sim_seal_header(struct sim_package *p)
{
    otter_rbl_encode(&p->header, p->bytes);
}

void sim_seal(struct sim_package *p)
{
    p->header.body_size = p->body_size;
    p->header.body_crc = otter_hash32_of(&otter_crc32, sim_package_body(p), p->body_size);
    sim_seal_header(p);
}

static const struct encoder *encoder_of(enum otter_rbl_compression compression)
{
    const struct encoder *e = encoders;

    while (e->compression != compression)
        e++;
    return e;
}

void sim_pack(struct sim_package *p, const struct sim_recipe *r, const uint8_t *image, uint32_t size)
{
    const struct otter_hash *hash = r->hash_kind == OTTER_RBL_CRC32 ? &otter_crc32 : &otter_fnv1a;
    struct buffer body = { NULL, 0, 0 };

    p->head_size = OTTER_RBL_HEADER_SIZE;
    p->header = (struct otter_rbl){
        .cipher = r->key ? OTTER_RBL_AES256 : OTTER_RBL_PLAIN,
        .compression = (uint8_t)r->compression,
        .hash_kind = (uint16_t)r->hash_kind,
        .timestamp = 1700000000,
        .sn = "00010203040506070809",
        .raw_hash = otter_hash32_of(hash, image, size),
        .raw_size = size,
    };
    strncpy(p->header.part, r->part, sizeof p->header.part - 1);
    strncpy(p->header.version, r->version, sizeof p->header.version - 1);

    encoder_of(r->compression)->encode(image, size, &body);
    if (r->key)
        encrypt_aes256_cbc(&body, r->key, r->iv);
    if (body.size > SIM_BODY_MAX)
        abort();
    memcpy(sim_package_body(p), body.data, body.size);
    p->body_size = (uint32_t)body.size;
    buffer_free(&body);
    sim_seal(p);
}
