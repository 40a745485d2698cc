#include "core/manifest.h"

#include <string.h>

#include "core/auth.h"
#include "core/bytes.h"
#include "core/err.h"

enum { VERSION = 4, PROOF_KIND = 5, SIZE = 6, FIELD_HEADER = 4 };

/* Each known tag, with the lengths that its value may have. */
static const struct rule {
    uint16_t tag, shortest, longest;
    bool required, repeats;
} rules[] = {
    { OTTER_TAG_TIMESTAMP, 8, 8, false, false },
    { OTTER_TAG_NOTES, 0, 1024, false, false },
    { OTTER_TAG_PRODUCT, 1, 32, true, false },
    { OTTER_TAG_HARDWARE, 1, 32, true, true },
    { OTTER_TAG_VERSION, 1, 32, true, false },
    { OTTER_TAG_COUNTER, 4, 4, true, false },
    { OTTER_TAG_BOOT, 4, 4, false, false },
    { OTTER_TAG_KEY, OTTER_CONTENT_SIZE, OTTER_CONTENT_SIZE, false, false },
    { OTTER_TAG_REVOKE, OTTER_KEY_ID_SIZE, OTTER_KEY_ID_SIZE *OTTER_KEYS_MAX, false, false },
    { OTTER_TAG_DOWNGRADE, 0, 0, false, false },
    { OTTER_TAG_IMAGE, OTTER_IMAGE_STAGES, 256, true, true },
};

uint32_t otter_manifest_size(const uint8_t *manifest)
{
    return otter_le16(manifest + SIZE);
}

int otter_manifest_head_size(const uint8_t prefix[16])
{
    static const uint8_t proof_sizes[] = { 0, 64, 32 };
    uint32_t size = otter_manifest_size(prefix);

    if (memcmp(prefix, "OTTR", 4))
        return 0;
    if (prefix[VERSION] != OTTER_MANIFEST_VERSION)
        return OTTER_E_UNSUPPORTED;
    if (size < OTTER_MANIFEST_FIELDS || size > OTTER_MANIFEST_MAX || prefix[PROOF_KIND] == 0 ||
        prefix[PROOF_KIND] >= sizeof proof_sizes)
        return OTTER_E_NO_PACKAGE;
    return (int)(size + proof_sizes[prefix[PROOF_KIND]]);
}

bool otter_manifest_next(const uint8_t *manifest, uint32_t *off, struct otter_field *field)
{
    uint32_t left = otter_manifest_size(manifest) - *off;
    const uint8_t *at = manifest + *off;

    if (left < FIELD_HEADER)
        return false;
    *field = (struct otter_field){ otter_le16(at), otter_le16(at + 2), at + FIELD_HEADER };
    if (field->size > left - FIELD_HEADER)
        return false;
    *off += FIELD_HEADER + field->size;
    return true;
}

bool otter_manifest_find(const uint8_t *manifest, uint16_t tag, unsigned n, struct otter_field *field)
{
    uint32_t off = OTTER_MANIFEST_FIELDS;

    while (otter_manifest_next(manifest, &off, field))
        if (field->tag == tag && !n--)
            return true;
    return false;
}

static const struct rule *find_rule(uint16_t tag)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].tag == tag)
            return &rules[i];
    return NULL;
}

/* By its tag without the critical bit, so that a field's place does not change when it becomes critical. */
static int check_order(uint16_t last, uint16_t tag, const struct rule *rule)
{
    uint16_t a = last & ~OTTER_TAG_CRITICAL, b = tag & ~OTTER_TAG_CRITICAL;

    return b > a || (b == a && rule && rule->repeats) ? 0 : OTTER_E_FORMAT;
}

static int check_field(const struct otter_field *field, uint16_t last)
{
    const struct rule *rule = find_rule(field->tag);
    int err = check_order(last, field->tag, rule);

    if (err)
        return err;
    if (!rule)
        return field->tag & OTTER_TAG_CRITICAL ? OTTER_E_UNSUPPORTED : 0;
    return field->size >= rule->shortest && field->size <= rule->longest ? 0 : OTTER_E_FORMAT;
}

static int check_required(const uint8_t *manifest)
{
    struct otter_field field;

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].required && !otter_manifest_find(manifest, rules[i].tag, 0, &field))
            return OTTER_E_FORMAT;
    return 0;
}

int otter_manifest_check(const uint8_t *manifest)
{
    uint32_t off = OTTER_MANIFEST_FIELDS;
    struct otter_field field;
    uint16_t last = 0;

    while (otter_manifest_next(manifest, &off, &field)) {
        int err = check_field(&field, last);
        if (err)
            return err;
        last = field.tag;
    }
    return off == otter_manifest_size(manifest) ? check_required(manifest) : OTTER_E_FORMAT;
}
