/*
 * What tells one build of the application from another.
 */
#ifndef APP_VERSION_H
#define APP_VERSION_H

extern const char app_version[];
extern const char app_url[]; /* what http_ota fetches when it is given no address */

/* Begins with words that `strings` finds in an image, and ends with the version. */
extern const char app_banner[];

#endif
