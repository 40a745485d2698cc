/*
 * otter pack, Otter's own format: the command line into a recipe, and that into a package.
 */
#include <string.h>
#include <sys/random.h>

#include "cli/file.h"
#include "cli/pack.h"
#include "cli/package_writer.h"
#include "cli/semver.h"
#include "cli/term.h"
#include "cli/text.h"
#include "cli/timestamp.h"
#include "core/crypto/aes.h"

enum {
    FORMAT,
    KEY,
    HMAC_KEY,
    FOR_SIGNING,
    PRODUCT,
    HARDWARE,
    VERSION,
    COUNTER,
    PART,
    IMAGE,
    COMPRESS,
    ENCRYPT,
    PRODUCT_KEY,
    CONTENT_KEY,
    MIN_BOOT,
    TIMESTAMP,
    NOTES,
    NOTES_FILE,
    REVOKE,
    ALLOW_DOWNGRADE,
    CHUNK,
    OUTPUT,
};

static const struct option_row options[] = {
    [FORMAT] = { "--format", "NAME", "otter (the default) or rbl, which has its own options", false },
    [KEY] = { "--key", "FILE", "sign with this private P-256 key", false },
    [HMAC_KEY] = { "--hmac-key", "FILE", "or with this key, which the boards share", false },
    [FOR_SIGNING] = { "--for-signing", "FILE",
                      "or leave the signature empty, for a key that is kept\n"
                      "elsewhere; FILE is its public half. See 'otter sign'",
                      false },
    [PRODUCT] = { "--product", "NAME", "what the package is for; other products refuse it", false },
    [HARDWARE] = { "--hardware", "NAME",
                   "and which hardware of it; again for each that the\n"
                   "package is for",
                   true },
    [VERSION] = { "--version", "V", "semantic version, as 2.0.0 or 2.1.0-rc.1", false },
    [COUNTER] = { "--counter", "N",
                  "security counter, 0 to 4294967295: once a package is\n"
                  "confirmed, boards refuse those with a lower one. Raise\n"
                  "it with each release that closes a hole",
                  false },
    [PART] = { "--part", "NAME", "the partition that IMAGE is for; app if not given", false },
    [IMAGE] = { "--image", "PART=FILE", "instead of IMAGE, again for each of several images", true },
    [COMPRESS] = { "--compress", "HOW",
                   "none, gzip, quicklz (the default) or fastlz. gzip makes\n"
                   "the smallest package, but needs 32 KB of a board's RAM",
                   false },
    [ENCRYPT] = { "--encrypt", NULL, "AES-256-CTR with a new key, wrapped for the product's boards", false },
    [PRODUCT_KEY] = { "--product-key", "FILE", "the product's key, for --encrypt", false },
    [CONTENT_KEY] = { "--content-key", "HEX",
                      "with --encrypt: this key, 64 digits, instead of a new\n"
                      "one, so that the same inputs give the same bytes",
                      false },
    [MIN_BOOT] = { "--min-boot", "V", "the oldest bootloader that may install it, as 1.0.0", false },
    [TIMESTAMP] = { "--timestamp", "T", TIMESTAMP_HELP, false },
    [NOTES] = { "--notes", "TEXT", "release notes, at most 1024 bytes", false },
    [NOTES_FILE] = { "--notes-file", "FILE", "the same from a file", false },
    [REVOKE] = { "--revoke", "ID", "boards that confirm it trust this key no longer; repeats", true },
    [ALLOW_DOWNGRADE] = { "--allow-downgrade", NULL,
                          "ignore the security counter, on boards that hold the\n"
                          "key as one for development",
                          false },
    [CHUNK] = { "--chunk", "N",
                "bytes of a chunk, 256 to 4096 (the default): a board must\n"
                "have memory for one",
                false },
    [OUTPUT] = { "-o", "PKG", "where to write the package", false },
    { 0 },
};

static const char *const operands[] = { "IMAGE", NULL };

static const struct command_line line = {
    .name = "pack",
    .usage = "--key FILE --product NAME --hardware NAME --version V --counter N\n"
             "       [options] IMAGE -o PKG",
    .summary = "Packs raw firmware images for devices to download and install. The package is\n"
               "decoded again and compared before it gets its name; the same inputs give the same\n"
               "bytes (with gzip: for the same version of zlib; encrypted: with --content-key).",
    .options = options,
    .needed = 1u << PRODUCT | 1u << HARDWARE | 1u << VERSION | 1u << COUNTER | 1u << OUTPUT,
    .operands = operands,
    .operands_may_miss = true,
    .notes = "'otter keygen' makes the keys. For boards that run RT-Thread's bootloader:\n"
             "'otter pack --format rbl --help'.\n",
};

enum { TEXT_MAX = 32, NOTES_MAX = 1024 };

/* Everything that the command line asks for, and what the recipe points to. */
struct job {
    const char *output;
    struct package_recipe recipe;
    struct key key, product_key;
    char product[TEXT_MAX + 1], version[TEXT_MAX + 1], hardware_names[VALUES_MAX][TEXT_MAX + 1];
    const char *hardware[VALUES_MAX + 1];
    struct buffer notes;
    char parts[RECIPE_IMAGES_MAX][OTTER_PART_NAME_MAX + 1];
    const char *files[RECIPE_IMAGES_MAX];
};

static int take_key(const struct arguments *args, struct job *job)
{
    static const struct {
        int option;
        enum key_kind kind;
    } ways[] = { { KEY, KEY_P256 }, { HMAC_KEY, KEY_HMAC }, { FOR_SIGNING, KEY_P256 } };
    int status, way = -1;

    for (int i = 0; i < 3; i++)
        if (args->option[ways[i].option]) {
            if (way >= 0)
                return term_usage("pack: a package has one signature: give one of --key, --hmac-key, --for-signing");
            way = i;
        }
    if (way < 0)
        return term_usage("pack: '--key FILE' is missing: the private key to sign with; 'otter keygen' makes one");
    int option = ways[way].option;
    status = key_take(&job->key, options[option].name, args->option[option], ways[way].kind);
    if (!status && option == KEY && !job->key.has_secret)
        return term_error("--key: '%s' is a public half, and signing needs the private one", args->option[KEY]);
    if (option == FOR_SIGNING)
        job->key.has_secret = false;
    job->recipe.key = &job->key;
    return status;
}

static int take_texts(const struct arguments *args, struct job *job)
{
    const char *value;
    int status = options_text("--product", args->option[PRODUCT], job->product, sizeof job->product);

    if (!status)
        status = options_text("--version", args->option[VERSION], job->version, sizeof job->version);
    if (!status && !semver_is_valid(job->version))
        status = term_usage("--version: '%s' is no semantic version, as 2.0.0 or 2.1.0-rc.1 (semver.org)",
                            job->version);
    for (int i = 0; !status && (value = options_value(args, HARDWARE, i)); i++) {
        status = options_text("--hardware", value, job->hardware_names[i], sizeof job->hardware_names[i]);
        job->hardware[i] = job->hardware_names[i];
    }
    job->recipe.product = job->product;
    job->recipe.version = job->version;
    job->recipe.hardware = job->hardware;
    return status;
}

static int take_numbers(const struct arguments *args, struct package_recipe *r)
{
    const char *boot = args->option[MIN_BOOT], *chunk = args->option[CHUNK];
    uint64_t counter, chunk_size = OTTER_CHUNK_MAX;

    if (!options_number("--counter", args->option[COUNTER], UINT32_MAX, &counter) ||
        (chunk && !options_number("--chunk", chunk, OTTER_CHUNK_MAX, &chunk_size)))
        return EXIT_USAGE;
    if (chunk_size < OTTER_CHUNK_MIN)
        return term_usage("--chunk: %llu is less than %d bytes", (unsigned long long)chunk_size, OTTER_CHUNK_MIN);
    if (boot && !semver_of_boot(boot, &r->boot_version))
        return term_usage("--min-boot: '%s' is not a version as 1.0.0, at most 65535.255.255", boot);
    r->counter = (uint32_t)counter;
    r->chunk_size = (uint16_t)chunk_size;
    return EXIT_OK;
}

static int take_notes(const struct arguments *args, struct job *job)
{
    const char *text = args->option[NOTES], *file = args->option[NOTES_FILE];

    if (!text && !file)
        return EXIT_OK;
    if (text && file)
        return term_usage("pack: --notes-file replaces --notes: give one or the other");
    if (file && file_load(file, NOTES_MAX, &job->notes, NULL))
        return EXIT_FAIL;
    if (text)
        buffer_add(&job->notes, text, strlen(text));
    if (job->notes.size > NOTES_MAX)
        return term_usage("--notes: %zu bytes; at most %d are possible", job->notes.size, NOTES_MAX);
    for (size_t i = 0; i < job->notes.size; i++)
        if ((job->notes.data[i] < ' ' && !memchr("\n\t", job->notes.data[i], 2)) || job->notes.data[i] == 0x7F)
            return term_error("the notes have a control character");
    buffer_add(&job->notes, "", 1);
    job->recipe.notes = (const char *)job->notes.data;
    return EXIT_OK;
}

static int take_content_key(const char *digits, uint8_t key[32])
{
    if (!digits)
        return getrandom(key, 32, 0) == 32 ? EXIT_OK : term_error("the system gives no random numbers");
    if (!text_decode_hex(digits, key, 32))
        return term_usage("--content-key: it needs exactly 64 hexadecimal digits");
    term_warning("other users of this machine can see a key on the command line");
    return EXIT_OK;
}

static int take_encryption(const struct arguments *args, struct job *job)
{
    bool encrypt = args->option[ENCRYPT];
    const char *file = args->option[PRODUCT_KEY];

    if (encrypt && !file)
        return term_usage("pack: --encrypt needs --product-key");
    if (!encrypt && (file || args->option[CONTENT_KEY]))
        return term_usage("pack: there is a key, but no --encrypt: the package would not be encrypted");
    if (!encrypt)
        return EXIT_OK;
    int status = take_content_key(args->option[CONTENT_KEY], job->recipe.content_key);
    if (!status)
        status = key_take(&job->product_key, "--product-key", file, KEY_PRODUCT);
    job->recipe.product_key = &job->product_key;
    return status;
}

static int take_revocations(const struct arguments *args, struct job *job)
{
    struct package_recipe *r = &job->recipe;
    const char *id;

    for (int i = 0; (id = options_value(args, REVOKE, i)); i++) {
        if (i == OTTER_KEYS_MAX)
            return term_usage("--revoke: at most %d keys", OTTER_KEYS_MAX);
        if (!text_decode_hex(id, r->revoked[i], OTTER_KEY_ID_SIZE))
            return term_usage("--revoke: '%s' is no key's id: 'otter keygen --show' tells its 16 digits", id);
        if (!memcmp(r->revoked[i], job->key.id, OTTER_KEY_ID_SIZE))
            return term_usage("--revoke: the package cannot revoke '%s': it is signed with that key", id);
        r->revoked_count++;
    }
    r->allow_downgrade = args->option[ALLOW_DOWNGRADE];
    if (r->allow_downgrade)
        term_warning("--allow-downgrade works only where the board holds the key as one for development");
    return EXIT_OK;
}

static int add_image(struct job *job, const char *option, const char *part, size_t len, const char *file)
{
    unsigned n = job->recipe.image_count;
    char name[64];

    if (n == RECIPE_IMAGES_MAX)
        return term_usage("--image: at most %d", RECIPE_IMAGES_MAX);
    snprintf(name, sizeof name, "%.*s", (int)len, part);
    if (options_text(option, name, job->parts[n], sizeof job->parts[n]))
        return EXIT_USAGE;
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(job->parts[i], name))
            return term_usage("%s: a second image for '%s'", option, name);
    pack_warn_of_part(name);
    job->files[n] = file;
    job->recipe.images[n].part = job->parts[n];
    job->recipe.image_count++;
    return EXIT_OK;
}

static int take_images(const struct arguments *args, struct job *job)
{
    const char *image = args->operand[0], *part = args->option[PART] ? args->option[PART] : "app", *value;
    int status = EXIT_OK;

    if (!image == !args->option[IMAGE])
        return term_usage(image ? "pack: --image replaces the argument IMAGE: give one or the other"
                                : "pack: the argument IMAGE is missing, or --image PART=FILE for each of several");
    if (!image && args->option[PART])
        return term_usage("pack: --part is for the argument IMAGE; --image names its own");
    if (image)
        return add_image(job, "--part", part, strlen(part), image);
    for (int i = 0; !status && (value = options_value(args, IMAGE, i)); i++) {
        const char *equals = strchr(value, '=');
        status = equals ? add_image(job, "--image", value, (size_t)(equals - value), equals + 1)
                        : term_usage("--image: '%s' is not PART=FILE", value);
    }
    return status;
}

static int take_job(const struct arguments *args, struct job *job)
{
    int (*const steps[])(const struct arguments *, struct job *) = { take_texts, take_images,      take_notes,
                                                                     take_key,   take_revocations, take_encryption };
    int status = take_numbers(args, &job->recipe);

    job->output = args->option[OUTPUT];
    if (!status && !(job->recipe.encoder = pack_encoder(args->option[COMPRESS])))
        status = EXIT_USAGE;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !status; i++)
        status = steps[i](args, job);
    return status;
}

/* *newest: when the last of them was changed. */
static int load_images(struct job *job, time_t *newest)
{
    *newest = 0;
    for (unsigned i = 0; i < job->recipe.image_count; i++) {
        time_t mtime;
        int status = pack_load_image(job->files[i], UINT32_MAX, &job->recipe.images[i].raw, &mtime);

        if (status)
            return status;
        if (mtime > *newest)
            *newest = mtime;
    }
    return EXIT_OK;
}

static int check(const struct job *job, struct buffer package)
{
    struct reader_keys keys = {
        .proof = job->key,
        .has_proof = job->key.has_secret,
        .product = job->product_key,
        .has_product = job->recipe.product_key,
    };
    int status = pack_check(job->output, package, &keys);

    reader_keys_wipe(&keys);
    return status;
}

static void tell(const struct job *job, size_t size)
{
    for (unsigned i = 0; i < job->recipe.image_count; i++)
        term_line(stdout, "%s: %s %s, %zu bytes of image", job->output, job->parts[i], job->version,
                  job->recipe.images[i].raw.size);
    term_line(stdout, "%s: %zu bytes, %s key %s", job->output, size,
              job->key.has_secret ? "signed with" : "not signed: 'otter sign' puts in a signature by",
              key_id_text(job->key.id).digits);
}

static int save(const struct arguments *args, const struct job *job, const struct buffer *package)
{
    const char *inputs[RECIPE_IMAGES_MAX + 6] = { NULL };
    const int files[] = { KEY, HMAC_KEY, FOR_SIGNING, PRODUCT_KEY, NOTES_FILE };
    int n = 0;

    for (unsigned i = 0; i < job->recipe.image_count; i++)
        inputs[n++] = job->files[i];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (args->option[files[i]])
            inputs[n++] = args->option[files[i]];
    return output_save(job->output, inputs, package) ? EXIT_FAIL : EXIT_OK;
}

static int pack(const struct arguments *args, struct job *job)
{
    struct buffer package = { 0 };
    uint32_t timestamp;
    time_t newest;
    int status = load_images(job, &newest);

    if (!status)
        status = timestamp_take(args->option[TIMESTAMP], newest, &timestamp);
    if (!status) {
        job->recipe.timestamp = timestamp;
        status = package_write(&job->recipe, &package);
    }
    if (!status)
        status = check(job, package);
    if (!status)
        status = save(args, job, &package);
    if (!status)
        tell(job, package.size);
    buffer_free(&package);
    return status;
}

int pack_otter(int argc, char **argv)
{
    struct arguments args;
    struct job job = { 0 };
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    status = take_job(&args, &job);
    if (!status)
        status = pack(&args, &job);
    for (unsigned i = 0; i < job.recipe.image_count; i++)
        buffer_free(&job.recipe.images[i].raw);
    buffer_free(&job.notes);
    otter_wipe(&job, sizeof job);
    return status;
}
