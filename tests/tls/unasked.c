/*
 * In place of mbedTLS's own: says that it will ask the server for small records, and does not.
 */
struct mbedtls_ssl_config;

int __wrap_mbedtls_ssl_conf_max_frag_len(struct mbedtls_ssl_config *conf, unsigned char code);

int __wrap_mbedtls_ssl_conf_max_frag_len(struct mbedtls_ssl_config *conf, unsigned char code)
{
    (void)conf;
    (void)code;
    return 0;
}
