#include "boot/boot.h"

#include "core/err.h"

enum { TRIES = 3 }; /* of an install that fails for the flash's sake, before the next reset */

static bool may_pass(int err)
{
    return err < 0 && err > OTTER_E_RANGE;
}

static void say_begins(const struct boot_view *view, const struct otter_package *pkg)
{
    struct otter_rbl old;
    int err = otter_installed_verify(pkg->dest, &old);

    if (view->begins)
        view->begins(pkg, err ? NULL : &old);
}

static int install(const struct otter_package *pkg, struct otter_mem mem, const struct boot_view *view)
{
    int err = OTTER_E_IO;

    for (int i = 0; i < TRIES && may_pass(err); i++) {
        say_begins(view, pkg);
        err = otter_install(pkg, mem, view->progress);
        if (view->ends)
            view->ends(pkg, err);
    }
    return err;
}

/* 0 if there is nothing to do or it is done; otherwise why what is in `download` cannot be installed. */
static int update(const struct otter_config *config, const struct otter_part *download, struct otter_mem mem,
                  const struct boot_view *view)
{
    struct otter_package pkg;
    int err = otter_package_open(&pkg, config, download);

    if (err == OTTER_E_NO_PACKAGE)
        return 0;
    if (err) {
        if (view->refused)
            view->refused(&pkg, err);
        return err;
    }
    return otter_install_is_done(&pkg) ? 0 : install(&pkg, mem, view);
}

int boot_run(const struct otter_config *config, struct otter_mem mem, const struct boot_view *view,
             struct otter_rbl *app)
{
    const struct otter_part *download = otter_part_find(config->parts, "download");
    const struct otter_part *dest = otter_part_find(config->parts, "app");

    if (!download || !dest)
        return OTTER_E_CONFIG;
    int package_err = update(config, download, mem, view);
    int app_err = otter_installed_verify(dest, app);
    if (!app_err && otter_err_is_package(package_err))
        otter_part_erase(download, 0, download->flash->erase_size);
    return app_err;
}
