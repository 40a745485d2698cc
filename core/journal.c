#include "core/journal.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/hash.h"

/*
 * A record in flash, little-endian:
 *
 *      0 version = 1   1 state   2 trials   3 result   4 u32 sequence   8 u32 counter   12 u16 group   14 image
 *     15 revoked   16 flags   20 id[8]   28 rejected[8]   36 0 ...   44 CRC-32 of bytes 0..43
 *
 * Later versions may use the zeros; what is named here keeps its meaning.
 */
enum { RECORD_SIZE = 48, RECORD_CRC = 44, RECORD_VERSION = 1 };

static void encode(const struct otter_record *r, uint32_t sequence, uint8_t bytes[RECORD_SIZE])
{
    memset(bytes, 0, RECORD_SIZE);
    bytes[0] = RECORD_VERSION;
    bytes[1] = r->state;
    bytes[2] = r->trials;
    bytes[3] = r->result;
    otter_put_le32(bytes + 4, sequence);
    otter_put_le32(bytes + 8, r->counter);
    otter_put_le16(bytes + 12, r->group);
    bytes[14] = r->image;
    bytes[15] = r->revoked;
    bytes[16] = r->flags;
    memcpy(bytes + 20, r->id, sizeof r->id);
    memcpy(bytes + 28, r->rejected, sizeof r->rejected);
    otter_put_le32(bytes + RECORD_CRC, otter_hash32_of(&otter_crc32, bytes, RECORD_CRC));
}

static bool decode(const uint8_t bytes[RECORD_SIZE], struct otter_record *r, uint32_t *sequence)
{
    if (bytes[0] < RECORD_VERSION || bytes[0] == OTTER_ERASED ||
        otter_hash32_of(&otter_crc32, bytes, RECORD_CRC) != otter_le32(bytes + RECORD_CRC))
        return false;
    *sequence = otter_le32(bytes + 4);
    *r = (struct otter_record){
        .state = bytes[1],
        .trials = bytes[2],
        .result = bytes[3],
        .flags = bytes[16],
        .counter = otter_le32(bytes + 8),
        .group = otter_le16(bytes + 12),
        .image = bytes[14],
        .revoked = bytes[15],
    };
    memcpy(r->id, bytes + 20, sizeof r->id);
    memcpy(r->rejected, bytes + 28, sizeof r->rejected);
    return true;
}

/* Whole program units. */
static uint32_t slot_size(const struct otter_part *part)
{
    uint32_t unit = part->flash->prog_size;

    return (RECORD_SIZE + unit - 1) & ~(unit - 1);
}

/* Half of the partition, whole erase blocks. */
static uint32_t block_size(const struct otter_part *part)
{
    return part->size / 2 & ~(part->flash->erase_size - 1);
}

/* Takes over the newest record of one block, if it is newer than what the journal has. */
static void scan(struct otter_journal *journal, uint32_t block, bool *found)
{
    const struct otter_part *part = journal->part;
    uint32_t size = slot_size(part), end = block + block_size(part), sequence;
    uint8_t bytes[RECORD_SIZE] = { 0 };
    struct otter_record record;

    for (uint32_t off = block; end - off >= size && bytes[0] != OTTER_ERASED; off += size) {
        if (otter_part_read(part, off, bytes, sizeof bytes) || !decode(bytes, &record, &sequence))
            continue;
        if (*found && (int32_t)(sequence - journal->sequence) <= 0)
            continue;
        *found = true;
        journal->record = record;
        journal->sequence = sequence;
        journal->home = block;
    }
}

void otter_journal_open(struct otter_journal *journal, const struct otter_part *part)
{
    bool found = false;

    *journal = (struct otter_journal){ .part = part };
    if (!part)
        return;
    scan(journal, 0, &found);
    scan(journal, block_size(part), &found);
    journal->counter = journal->record.counter;
    journal->revoked = journal->record.revoked;
}

/* J2, J3. */
static int find_slot(struct otter_journal *journal)
{
    uint32_t size = block_size(journal->part);

    if (journal->room >= slot_size(journal->part))
        return 0;
    journal->next = journal->home ? 0 : size;
    int err = otter_part_erase(journal->part, journal->next, size);
    journal->room = err ? 0 : size;
    return err;
}

static int write(struct otter_journal *journal, const uint8_t bytes[RECORD_SIZE])
{
    uint32_t size = slot_size(journal->part);
    uint8_t readback[RECORD_SIZE];
    int err = find_slot(journal);

    if (err)
        return err;
    err = otter_part_prog_tail(journal->part, journal->next, bytes, RECORD_SIZE);
    if (!err)
        err = otter_part_read(journal->part, journal->next, readback, sizeof readback);
    if (!err && memcmp(readback, bytes, RECORD_SIZE))
        err = OTTER_E_IO;
    if (!err)
        journal->home = journal->next < block_size(journal->part) ? 0 : block_size(journal->part);
    journal->room = err ? 0 : journal->room - size;
    journal->next += size;
    return err;
}

int otter_journal_write(struct otter_journal *journal)
{
    struct otter_record *record = &journal->record;
    uint8_t bytes[RECORD_SIZE];

    if (record->counter < journal->counter)
        record->counter = journal->counter;
    record->revoked |= journal->revoked;
    journal->sequence++;
    if (journal->part) {
        encode(record, journal->sequence, bytes);
        int err = write(journal, bytes);
        if (err)
            return err;
    }
    journal->counter = record->counter;
    journal->revoked = record->revoked;
    return 0;
}

int otter_record_judge(const struct otter_record *record, const struct otter_package *pkg)
{
    if (record->revoked >> pkg->key & 1)
        return OTTER_E_KEY;
    return pkg->counter < record->counter && !pkg->downgrade ? OTTER_E_DOWNGRADE : 0;
}
