/*
 * mbedTLS 3.6 for the device. AES with its tables in flash, three of the four that are rotations of the first left out;
 * the small SHA-256; and p256-m, which mbedTLS keeps as a driver.
 */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#define MBEDTLS_PLATFORM_ZEROIZE_ALT /* in aes.c */
