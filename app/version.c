#include "app/version.h"

const char app_version[] = APP_VERSION;
const char app_url[] = APP_URL;
const uint32_t app_built = APP_BUILT;
const bool app_hangs = APP_HANGS;
const char app_banner[] = "The current version of APP firmware is " APP_VERSION;
