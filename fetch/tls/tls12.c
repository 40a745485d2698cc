/*
 * The part that knows it is TLS 1.2.
 */
#include "fetch/tls/session.h"

const int otter_tls_ciphers[] = {
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, /* passed over where RSA is left out */
    0,
};

const uint16_t otter_tls_groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE };

const char otter_tls_other_version[] = "the server does not speak TLS 1.2, the only version of this firmware";

int otter_tls_start(void)
{
    return 0;
}

int otter_tls_limit(mbedtls_ssl_config *conf)
{
    return mbedtls_ssl_conf_max_frag_len(conf, MBEDTLS_SSL_MAX_FRAG_LEN_4096);
}

void otter_tls_stop(void)
{
}
