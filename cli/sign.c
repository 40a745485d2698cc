/*
 * otter sign: the signature of a key that is kept elsewhere, into a package that 'otter pack --for-signing' made.
 */
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/package_file.h"
#include "cli/term.h"
#include "cli/text.h"
#include "core/hash.h"

enum { MANIFEST, SIGNATURE, PUBKEY, OUTPUT };

static const struct option_row options[] = {
    [MANIFEST] = { "--manifest-out", "FILE", "first: write the bytes that are to be signed" },
    [SIGNATURE] = { "--signature", "FILE",
                    "then: put in this signature, 64 raw bytes (r, then s)\n"
                    "or DER as openssl makes it" },
    [PUBKEY] = { "--pubkey", "FILE", "the public half of the key; the signature must be its" },
    [OUTPUT] = { "-o", "PKG", "where to write the signed package" },
    { 0 },
};

static const char *const operands[] = { "UNSIGNED", NULL };

static const struct command_line line = {
    .name = "sign",
    .usage = "UNSIGNED --manifest-out FILE\n"
             "       otter sign UNSIGNED --signature FILE --pubkey FILE -o PKG",
    .summary = "Signs a package with a P-256 key that is kept elsewhere.",
    .options = options,
    .operands = operands,
    .notes = "With a key in a hardware module, or on a computer without a network:\n"
             "  otter pack --for-signing release.pub ... app.bin -o app.unsigned\n"
             "  otter sign app.unsigned --manifest-out app.manifest\n"
             "  openssl dgst -sha256 -sign release.pem -out app.sig app.manifest\n"
             "  otter sign app.unsigned --signature app.sig --pubkey release.pub -o app.otter\n"
             "What is signed is ECDSA P-256 with SHA-256; the first step prints the SHA-256, too.\n",
};

enum { SIZE = OTTER_P256_SIGNATURE_SIZE, HALF = SIZE / 2, SIGNATURE_MAX = 128 };

/* A positive INTEGER of DER as 32 bytes: what follows it, or NULL. */
static const uint8_t *take_integer(const uint8_t *at, const uint8_t *end, uint8_t number[HALF])
{
    if (end - at < 3 || at[0] != 2 || at[1] < 1 || at[1] > end - at - 2)
        return NULL;
    size_t size = at[1];
    const uint8_t *bytes = at + 2;
    at = bytes + size;
    if (size > HALF && *bytes == 0)
        bytes++, size--;
    if (size > HALF)
        return NULL;
    memset(number, 0, HALF - size);
    memcpy(number + HALF - size, bytes, size);
    return at;
}

/* SEQUENCE { r INTEGER, s INTEGER } (RFC 3279, 2.2.3), and nothing after it. */
static bool decode_der(const struct buffer *der, uint8_t signature[SIZE])
{
    const uint8_t *at = der->data, *end = at + der->size;

    if (der->size < 2 || at[0] != 0x30 || at[1] != der->size - 2)
        return false;
    at = take_integer(at + 2, end, signature);
    if (at)
        at = take_integer(at, end, signature + HALF);
    return at == end;
}

static bool is_by(const struct key *key, const struct package_file *f, const uint8_t signature[SIZE])
{
    const uint8_t *manifest = f->bytes.data;

    return key_auth(key)->verify(key->public_half, manifest, otter_manifest_size(manifest), signature);
}

/* Puts it behind the manifest, if it is right: EXIT_OK, or EXIT_FAIL after an error. */
static int put_signature(struct package_file *f, const struct key *key, const char *path)
{
    uint8_t signature[SIZE];
    struct buffer content = { 0 };
    int status = file_load(path, SIGNATURE_MAX, &content, NULL) ? EXIT_FAIL : EXIT_OK;

    if (!status && !(decode_der(&content, signature) && is_by(key, f, signature))) {
        if (content.size == SIZE && is_by(key, f, content.data))
            memcpy(signature, content.data, SIZE);
        else
            status = term_error("'%s' is not the signature of '%s' by that key, neither as DER nor as 64 raw bytes",
                                path, f->name);
    }
    if (!status)
        memcpy(f->bytes.data + otter_manifest_size(f->bytes.data), signature, SIZE);
    buffer_free(&content);
    return status;
}

/* That the package is for that key: the manifest names it, and it is part of what is signed. */
static int take_key(const struct package_file *f, const char *path, struct key *key)
{
    int status = key_take(key, "--pubkey", path, KEY_P256);

    if (status || !memcmp(f->trusted[0].id, key->id, sizeof key->id))
        return status;
    return term_error("'%s' was packed for another key than '%s'; pack it --for-signing with that", f->name, path);
}

static int write_manifest(const struct package_file *f, const char *path)
{
    const char *const inputs[] = { f->name, NULL };
    const struct buffer manifest = { f->bytes.data, otter_manifest_size(f->bytes.data), 0 };
    uint8_t digest[32];
    char digits[2 * 32 + 1];

    if (output_save(path, inputs, &manifest))
        return EXIT_FAIL;
    otter_hash_of(&otter_sha256, manifest.data, manifest.size, digest);
    text_encode_hex(digest, sizeof digest, digits);
    term_line(stdout, "%s: %zu bytes to sign, SHA-256 %s", path, manifest.size, digits);
    return EXIT_OK;
}

static int write_signed(struct package_file *f, const struct arguments *args)
{
    const char *const inputs[] = { args->option[SIGNATURE], args->option[PUBKEY], NULL };
    struct key key;
    int status = take_key(f, args->option[PUBKEY], &key);

    if (!status)
        status = put_signature(f, &key, args->option[SIGNATURE]);
    key_wipe(&key);
    if (!status && output_save(args->option[OUTPUT], inputs, &f->bytes))
        status = EXIT_FAIL;
    if (!status)
        term_line(stdout, "%s: %zu bytes, signed", args->option[OUTPUT], f->bytes.size);
    return status;
}

static int check_arguments(const struct arguments *args)
{
    bool first = args->option[MANIFEST];
    bool then = args->option[SIGNATURE] && args->option[PUBKEY] && args->option[OUTPUT];
    bool any = args->option[SIGNATURE] || args->option[PUBKEY] || args->option[OUTPUT];

    if (first ? any : !then)
        return term_usage("sign: give --manifest-out alone, or --signature, --pubkey and -o");
    return EXIT_OK;
}

static int sign(const struct arguments *args, struct package_file *f)
{
    int status = package_file_judge(f);

    if (!status && (f->kind != &package_kind_otter || f->trusted[0].auth->id != otter_auth_p256.id))
        status = term_error("'%s' is no package that 'otter pack --for-signing' made", f->name);
    if (status)
        return status;
    return args->option[MANIFEST] ? write_manifest(f, args->option[MANIFEST]) : write_signed(f, args);
}

int sign_command(int argc, char **argv)
{
    static const struct reader_keys none;
    struct arguments args;
    struct package_file f;
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    status = check_arguments(&args);
    if (!status)
        status = package_file_load(&f, args.operand[0], &none);
    if (status)
        return status;
    status = sign(&args, &f);
    package_file_free(&f);
    return status;
}
