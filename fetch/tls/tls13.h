/*
 * TLS 1.3 (RFC 8446): its curve arithmetic by p256-m, through PSA, which is smaller, faster and needs less memory than
 * mbedTLS's own.
 */
#include "fetch/tls/common.h"

#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "fetch/tls/psa.h"
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#define MBEDTLS_PSA_KEY_SLOT_COUNT 8
#define MBEDTLS_USE_PSA_CRYPTO
#define MBEDTLS_PK_USE_PSA_EC_DATA

#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE

/* A server is asked for short records by RFC 8449, which says nothing of what is sent: requests, and a certificate. */
#define MBEDTLS_SSL_RECORD_SIZE_LIMIT
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048
