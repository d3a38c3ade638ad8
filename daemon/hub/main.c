/* SPDX-License-Identifier: Apache-2.0 */
/* vakad: arguments, the check of a configuration, and the run of the hub. */
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "hub/run.h"
#include "models/models.h"

static const char usage[] =
	"vakad [--config FILE] [--socket PATH] [--allow-unsigned] [--own-user] [--no-bus]\n"
	"vakad --check [FILE]   print every mistake of the configuration, exit 1 if there is one\n"
	"\n"
	"  --config FILE      default " VK_CONFIG_PATH "\n"
	"  --socket PATH      plugin socket, default $VAKA_SOCKET or /run/vaka/plugin.sock\n"
	"  --allow-unsigned   take plans without a signature (health shows it)\n"
	"  --own-user         any plugin run by the same user may connect (outside systemd)\n"
	"  --no-bus           without the D-Bus interface\n"
	"  --synchronous-off  only for the test that shows what is lost without it\n";

enum option_id {
	OPT_CONFIG = 'c',
	OPT_CHECK = 256,
	OPT_SOCKET,
	OPT_UNSIGNED,
	OPT_OWN_USER,
	OPT_NO_BUS,
	OPT_SYNC_OFF,
	OPT_VERSION,
	OPT_HELP,
};

static int print_problems(const char *path, struct vk_problems *problems)
{
	if (problems->text.text)
		(void)fputs(problems->text.text, stderr);
	(void)fprintf(stderr, "%s: %d mistake%s\n", path, problems->n, problems->n == 1 ? "" : "s");
	return 1;
}

static int load(const char *path, struct vk_config *config)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = path};

	if (vk_config_load(path, &problems, config) == 0)
		return 0;
	return print_problems(path, &problems);
}

static int check_models(void)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	vk_auto(vk_models_done) struct vk_models models = {0};

	if (vk_models_load(NULL, &problems, &models) == 0)
		return 0;
	return print_problems("devices.d", &problems);
}

static int check(const char *path)
{
	struct vk_config *config = calloc(1, sizeof *config);
	int r = config ? load(path, config) : 1;

	free(config);
	if (check_models())
		r = 1;
	if (r == 0)
		(void)printf("%s: no mistakes\n", path);
	return r;
}

static const struct option options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"check", no_argument, NULL, OPT_CHECK},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"allow-unsigned", no_argument, NULL, OPT_UNSIGNED},
	{"own-user", no_argument, NULL, OPT_OWN_USER},
	{"no-bus", no_argument, NULL, OPT_NO_BUS},
	{"synchronous-off", no_argument, NULL, OPT_SYNC_OFF},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

/* 0: run; 1 and 2: exit codes + 1 would be unclear, so *ret_code says. */
static bool parse(int argc, char **argv, struct vk_run_options *o, bool *ret_check, int *ret_code)
{
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case OPT_CONFIG:
			o->config_path = optarg;
			break;
		case OPT_CHECK:
			*ret_check = true;
			break;
		case OPT_SOCKET:
			o->socket_path = optarg;
			break;
		case OPT_UNSIGNED:
			o->is_unsigned_allowed = true;
			break;
		case OPT_OWN_USER:
			o->is_own_user_trusted = true;
			break;
		case OPT_NO_BUS:
			o->is_without_bus = true;
			break;
		case OPT_SYNC_OFF:
			o->is_synchronous_off = true;
			break;
		case OPT_VERSION:
			(void)puts("vakad " VAKA_VERSION);
			*ret_code = 0;
			return false;
		default:
			(void)fputs(usage, c == OPT_HELP ? stdout : stderr);
			*ret_code = c == OPT_HELP ? 0 : 2;
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct vk_run_options o = {.config_path = VK_CONFIG_PATH,
				   .socket_path = getenv("VAKA_SOCKET")};
	bool is_check = false;
	int code = 0, r;

	vk_log_init();
	vk_heap_init();
	if (!parse(argc, argv, &o, &is_check, &code))
		return code;
	if (optind < argc)
		o.config_path = argv[optind];
	if (is_check)
		return check(o.config_path);
	if (!o.socket_path)
		o.socket_path = "/run/vaka/plugin.sock";
	if (sodium_init() < 0)
		return 1;
	r = vk_run(&o, load);
	return r < 0 ? 1 : r;
}
