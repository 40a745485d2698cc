/*
 * mbedTLS 3.6 for TLS: what both versions need. One curve (P-256), one hash (SHA-256), one cipher (AES-128-GCM), client
 * only, records of 4 KB. AES and SHA-256 are those of core/crypto: their options must be the same here.
 */
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_NO_PLATFORM_ENTROPY

/* Memory and time are hooks.c's. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO    otter_tls_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO      otter_tls_free
#define MBEDTLS_PLATFORM_TIME_MACRO      otter_tls_time
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO time_t
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE

/* As in core/crypto. */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_PLATFORM_ZEROIZE_ALT

#define MBEDTLS_MD_C
#define MBEDTLS_GCM_C
#define MBEDTLS_HMAC_DRBG_C

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_PEM_PARSE_C

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_SERVER_NAME_INDICATION

#define MBEDTLS_SSL_IN_CONTENT_LEN 4096

#include <stddef.h>
#include <time.h>

void *otter_tls_calloc(size_t count, size_t size);
void otter_tls_free(void *block);
time_t otter_tls_time(time_t *seconds);
