/*
 * The partition `recovery`: a copy of what an update replaces, one slot for each partition that packages may write.
 *
 * The slots lie in the order of the board's table, each as large as its partition, and a block larger where its blocks
 * are larger, and with them the trailer; those that do not fit are not saved. A copy is laid out like the partition
 * itself, trailer and all, and encrypted where the board has a product key: `recovery` is often on an external chip
 * that anybody can read.
 */
#ifndef OTTER_RECOVERY_H
#define OTTER_RECOVERY_H

#include "core/install.h"
#include "core/journal.h"

/* The slot for a partition's copy: OTTER_E_NOT_FOUND if the board has no room for one. */
int otter_recovery_slot(const struct otter_config *config, const struct otter_part *part, struct otter_part *slot);

/*
 * Copies what `part` holds to its slot, unless it is there already. OTTER_E_NOT_FOUND as above, or the reason why what
 * `part` holds is not worth keeping. After a cut, call it again with the group that was begun last.
 */
int otter_recovery_save(const struct otter_config *config, const struct otter_part *part, struct otter_mem mem,
                        const struct otter_resume *resume, struct otter_progress progress);

/*
 * Whether the slot of `part` holds an image that may be put back: authentic, undamaged, and as otter_record_judge says.
 * `id`, if not NULL, gets the package's id.
 */
int otter_recovery_check(const struct otter_config *config, const struct otter_part *part,
                         const struct otter_record *record, struct otter_mem mem, uint8_t id[OTTER_PACKAGE_ID_SIZE]);

/* Puts it back, after otter_recovery_check. After a cut, call it again with the group that was begun last. */
int otter_recovery_restore(const struct otter_config *config, const struct otter_part *part, struct otter_mem mem,
                           const struct otter_resume *resume, struct otter_progress progress);

/* Stacks the copies' cipher on a stream, to encrypt as to decrypt. */
int otter_recovery_cipher(const struct otter_config *config, const uint8_t nonce[8], struct otter_mem *mem,
                          struct otter_stream **stream);

#endif
