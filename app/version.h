/*
 * What tells one build of the application from another.
 */
#ifndef APP_VERSION_H
#define APP_VERSION_H

#include <stdbool.h>
#include <stdint.h>

extern const char app_version[];
extern const char app_url[]; /* what http_ota fetches when it is given no address */

extern const uint32_t app_built; /* seconds since 1970: the time of the build, or what SOURCE_DATE_EPOCH says it was */

/* Of a build that plays a bad release: it hangs, so that its trial can be seen to fail. */
extern const bool app_hangs;

/* Begins with words that `strings` finds in an image, and ends with the version. */
extern const char app_banner[];

#endif
