/*
 * What tells one build of the application from another.
 */
#ifndef APP_VERSION_H
#define APP_VERSION_H

#include <stdbool.h>

extern const char app_version[];
extern const char app_url[]; /* what http_ota fetches when it is given no address */

/* Of a build that plays a bad release: it hangs, so that its trial can be seen to fail. */
extern const bool app_hangs;

/* Begins with words that `strings` finds in an image, and ends with the version. */
extern const char app_banner[];

#endif
