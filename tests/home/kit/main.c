/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-kit: one process is one health device of the virtual home, on a virtual controller of its
 * own, or the client that tells such a device what its user does.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "air.h"
#include "device.h"
#include "floor.h"
#include "util.h"

#define RADIO_MS 10000
#define RETRY_MS 200

static const struct vk_kind *const kinds[] = {
	&vk_kind_scale,       &vk_kind_cuff,        &vk_kind_oximeter, &vk_kind_meter,
	&vk_kind_thermometer, &vk_kind_composition, &vk_kind_heart,    &vk_kind_cgm,
	&vk_kind_beacon,      &vk_kind_record_cuff};

static int usage(void)
{
	fprintf(stderr,
		"vaka-kit run --index N --name NAME --dir DIR --kind scale|cuff|oximeter|meter|\n"
		"             "
		"thermometer|composition-scale|heart-rate|cgm|beacon-scale|record-cuff\n"
		"             [--advertise NAME] [--privacy]\n"
		"             [--passkey] [--model \"MAKER MODEL\"] [--clock] [--verbose]\n"
		"vaka-kit ctl NAME VERB [ARGUMENT...]\n"
		"vaka-kit air INDEX open|silent|silent-until-reset|deaf-to-adverts\n"
		"vaka-kit storm INDEX PER_SECOND SECONDS\n"
		"vaka-kit floor ADAPTER DEVICE FILE\n");
	return VK_CONTROL_USAGE;
}

static int set_model(struct vk_config *c, char *text)
{
	char *space = strchr(text, ' ');

	c->model = space ? space + 1 : text;
	if (space) {
		*space = '\0';
		c->maker = text;
	}
	return *c->model ? 0 : -EINVAL;
}

static int set_option(struct vk_config *c, const char *option, char *value)
{
	char *end;

	if (strcmp(option, "--index") == 0) {
		c->index = (uint16_t)strtoul(value, &end, 10);
		return *value && !*end ? 0 : -EINVAL;
	}
	if (strcmp(option, "--name") == 0)
		c->name = value;
	else if (strcmp(option, "--advertise") == 0)
		c->advert = value;
	else if (strcmp(option, "--dir") == 0)
		c->dir = value;
	else if (strcmp(option, "--model") == 0)
		return set_model(c, value);
	else if (strcmp(option, "--kind") != 0)
		return -EINVAL;
	for (size_t i = 0; strcmp(option, "--kind") == 0 && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		if (strcmp(value, kinds[i]->name) == 0)
			c->kind = kinds[i];
	}
	return 0;
}

static bool plain_name(const char *name)
{
	size_t len =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return len > 0 && len <= 64 && name[len] == '\0';
}

static int parse(int argc, char **argv, struct vk_config *c)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--passkey") == 0)
			c->passkey = true;
		else if (strcmp(argv[i], "--privacy") == 0)
			c->privacy = true;
		else if (strcmp(argv[i], "--clock") == 0)
			c->clock = true;
		else if (strcmp(argv[i], "--verbose") == 0)
			c->verbose = true;
		else if (i + 1 == argc || set_option(c, argv[i], argv[i + 1]) < 0)
			return -EINVAL;
		else
			i++;
	}
	if (!c->kind || !c->name || !c->dir || c->index == 0 || !plain_name(c->name))
		return -EINVAL;
	/* Of the makers whose scales are modelled here, Beurer's have a clock. */
	c->clock = c->clock || (c->maker && strcmp(c->maker, "Beurer") == 0);
	c->maker = c->maker ? c->maker : c->kind->maker;
	c->advert = c->advert ? c->advert : c->name;
	c->model = c->model ? c->model : c->kind->model;
	return 0;
}

static int stop_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* The controller may appear a moment after the process: the virtual radio is started beside it. */
static int start(struct vk_device *d, const struct vk_config *c, int stop_fd)
{
	int64_t end = vk_mono_ms() + RADIO_MS;
	struct pollfd p = {.fd = stop_fd, .events = POLLIN};
	int rc;

	while ((rc = vk_device_start(d, c)) < 0 && vk_mono_ms() < end) {
		vk_device_stop(d);
		if (poll(&p, 1, RETRY_MS) > 0)
			break;
	}
	return rc;
}

static int serve(struct vk_device *d, const struct vk_config *c)
{
	int stop_fd vk_auto(vk_close_fd) = stop_signals();
	int rc = stop_fd < 0 ? stop_fd : start(d, c, stop_fd);

	if (rc == 0)
		rc = vk_device_run(d, stop_fd);
	if (rc < 0)
		vk_log(c->name, "ends: %s", strerror(-rc));
	vk_device_stop(d);
	return rc;
}

static int run(int argc, char **argv)
{
	struct vk_config c = {0};
	struct vk_device *d;
	int rc;

	if (parse(argc, argv, &c) < 0)
		return usage();
	if (mkdir(c.dir, 0700) < 0 && errno != EEXIST) {
		vk_log(c.name, "cannot make its folder: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	d = malloc(sizeof(*d));
	if (!d)
		return EXIT_FAILURE;
	vk_device_init(d);
	rc = serve(d, &c);
	free(d);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int u16(const char *text, uint16_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || v > UINT16_MAX)
		return -EINVAL;
	*out = (uint16_t)v;
	return 0;
}

static int told(int rc)
{
	if (rc == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "vaka-kit: the controller: %s\n", strerror(-rc));
	return EXIT_FAILURE;
}

static int air(int argc, char **argv)
{
	enum vk_air air;
	uint16_t index;

	if (argc != 2 || u16(argv[0], &index) < 0 || vk_air_parse(argv[1], &air) < 0)
		return usage();
	return told(vk_air_set(index, air));
}

static int storm(int argc, char **argv)
{
	uint16_t v[3];

	if (argc != 3)
		return usage();
	for (int i = 0; i < 3; i++) {
		if (u16(argv[i], &v[i]) < 0)
			return usage();
	}
	return told(vk_air_storm(v[0], v[1], v[2]));
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "run") == 0)
		return run(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "ctl") == 0)
		return vk_ctl_main(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "floor") == 0)
		return vk_floor_main(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "air") == 0)
		return air(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "storm") == 0)
		return storm(argc - 2, argv + 2);
	return usage();
}
