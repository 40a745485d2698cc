/*
 * Puts a package into a partition while it arrives, from whatever brings it as a stream of bytes.
 *
 *     head | body ...           the stream
 *     '- first -'               kept in RAM: the head's program units, and what shares the last of them
 *
 * The head is judged before anything is erased. Then the first block goes, and with it the package that was there; each
 * further block is erased when the first byte for it has come. What comes is judged as it comes. The head's units are
 * programmed last: so a download that was cut, by whatever, leaves a partition without a package.
 */
#ifndef OTTER_STORE_H
#define OTTER_STORE_H

#include "core/mem.h"
#include "core/package.h"

#define OTTER_STORE_UNKNOWN UINT32_MAX

/* A source that gives less than that, this often, is given up: a server can't hold a device for ever. */
#define OTTER_STORE_SLOW_BYTES 1024
#define OTTER_STORE_SLOW_MS    60000

/* Bytes of work memory that do for any partition. It is fastest with one erase block more. */
#define OTTER_STORE_MEM_MIN (OTTER_HEAD_MAX + 2 * OTTER_PROG_MAX + OTTER_MEM_ALIGN)

/* How far it got: which of the fields below mean something, and what an error was about. */
enum otter_store_step { OTTER_STORE_START, OTTER_STORE_HEAD, OTTER_STORE_LENGTH, OTTER_STORE_BODY, OTTER_STORE_FLASH };

struct otter_store {
    /* Given by the caller. */
    const struct otter_config *config;
    const struct otter_part *part; /* where the package goes */
    struct otter_mem mem;          /* at least OTTER_STORE_MEM_MIN */
    uint32_t (*millis)(void);      /* may wrap */

    /* Called now and then and at the end: bytes of the package, and milliseconds since the start. What is not 0 stops
     * the download with OTTER_E_CANCELED. Or NULL. */
    int (*progress)(void *arg, uint32_t done, uint32_t total, uint32_t ms);
    void *arg;

    /* What came of it. */
    enum otter_store_step step;
    uint32_t promised; /* bytes that the source said it has, or OTTER_STORE_UNKNOWN */
    uint32_t done;     /* bytes that came */
    uint32_t total;    /* bytes of the package */
    struct otter_package package;
    struct otter_image image; /* the one that an error of the head is about, or the last */

    /* The rest is its own. */
    struct otter_arrival arrival;
    uint32_t erased, started, marked, marked_done;
};

/*
 * Stores one package and reads the source to its end. `promised`: how many bytes the source says there are, or
 * OTTER_STORE_UNKNOWN. What otter_package_parse says; OTTER_E_TRUNCATED and OTTER_E_FORMAT for fewer and more bytes
 * than the head tells of, OTTER_E_CHECKSUM, OTTER_E_NO_MEMORY, OTTER_E_TIMEOUT for a source too slow, and the errors
 * of the source and the flash. After an error before the step OTTER_STORE_BODY, the partition is as it was.
 */
int otter_store(struct otter_store *s, struct otter_stream *source, uint32_t promised);

#endif
