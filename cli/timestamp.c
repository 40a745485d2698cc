#include "cli/timestamp.h"

#include <stdlib.h>

#include "cli/options.h"
#include "cli/term.h"

/* SOURCE_DATE_EPOCH: reproducible-builds.org/specs/source-date-epoch. */
int timestamp_take(const char *option, time_t image_mtime, uint32_t *timestamp)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = 0;

    if (option && !options_number("--timestamp", option, UINT32_MAX, &seconds))
        return EXIT_USAGE;
    if (!option && epoch && *epoch && !options_number("SOURCE_DATE_EPOCH", epoch, UINT32_MAX, &seconds))
        return EXIT_USAGE;
    if (!option && !(epoch && *epoch)) {
        if (image_mtime < 0 || (uint64_t)image_mtime > UINT32_MAX)
            return term_usage("the image's time of change does not fit a header: give --timestamp");
        seconds = (uint64_t)image_mtime;
    }
    *timestamp = (uint32_t)seconds;
    return EXIT_OK;
}
