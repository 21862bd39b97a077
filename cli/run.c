// SPDX-License-Identifier: BSD-2-Clause
/* tally run: a command in a mount namespace where the tree stands at the paths that clients use. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../face/connection.h"
#include "../face/namespace.h"
#include "../face/private_server.h"
#include "command.h"
#include "problem.h"

#define SERVED_TREE "/run/tally/tree"
/* Where a mount of our own stands until its parts are taken: a directory that every place is below, or beside. */
#define PASSING "/sys"
#define MEASUREMENTS "/sys/class/misc/tdx_guest/measurements"
#define BOOT_LOG "/sys/firmware/acpi/tables/data/CCEL"
/* env(1) and others end so when a command can't be run. */
#define EXIT_NOT_FOUND 127
#define EXIT_NOT_RUN 126

/* The first places are for every client, the rest for --tdx-guest. */
static struct tally_place places[] = {
	{ .path = "/sys/kernel/config/tsm", .source = "tsm" },
	{ .path = "/sys/devices/virtual/misc/tdx_guest/measurements", .source = "measurements" },
	{ .path = "/sys/class/misc/tdx_guest", .link = "../../devices/virtual/misc/tdx_guest" },
	{ .path = "/dev/tdx_guest", .source = "tdx_guest" },
	{ .path = "/sys/firmware/acpi/tables/CCEL", .source = "acpi/CCEL" },
	{ .path = BOOT_LOG, .source = "acpi/data/CCEL" },
};
#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))
#define GUEST_PLACE_COUNT 3

static size_t place_count(const struct tally_cli *cli)
{
	return PLACE_COUNT - (tally_argument(&cli->arguments, "tdx-guest") ? 0 : GUEST_PLACE_COUNT);
}

/* --- which tree --- */

/* *ret: NULL if a server of our own is needed. */
static enum tally_exit find_tree(struct tally_cli *cli, const char **ret)
{
	const char *asked = tally_argument(&cli->arguments, "mount");

	*ret = NULL;
	if (asked && tally_argument(&cli->arguments, "present-as"))
		return tally_refuse_usage(cli, "--present-as is for a server of its own: give it to tally serve");
	if (asked && !tally_connection_is_served(asked))
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE, "no tree is served at %s: tally serve --mount %s",
				    asked, asked);
	if (asked)
		*ret = asked;
	else if (!tally_argument(&cli->arguments, "present-as") && !cli->provider && !cli->directory &&
		 tally_connection_is_served(SERVED_TREE))
		*ret = SERVED_TREE;
	return TALLY_EXIT_OK;
}

/* --- a server of our own --- */

static enum tally_exit start_server(struct tally_cli *cli, int *ret_socket)
{
	static const char *const own[] = { "mount", "tdx-guest", "environment", "json", NULL };
	static char program[] = "tally", command[] = "serve", keeper[] = "--keeper";
	char *argv[3 + 2 * TALLY_ARGUMENT_LIMIT + 1] = { program, command, keeper };
	struct tally_problem problem = { .text = "" };
	enum tally_status status;

	argv[3 + tally_arguments_repeat(&cli->arguments, own, argv + 3)] = NULL;
	status = tally_private_server_start(argv, ret_socket, &problem);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

/* --- the namespace --- */

static enum tally_status mount_own(int socket, struct tally_problem *problem)
{
	enum tally_status status = tally_private_server_mount(socket, PASSING, problem);

	if (status == TALLY_OK && !tally_connection_is_served(PASSING)) {
		tally_problem_set(problem, "the server that was started for the command has ended");
		status = TALLY_SYSTEM;
	}
	return status;
}

static enum tally_status take_places(struct tally_cli *cli, const char *tree, int socket, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	if (!tree)
		status = mount_own(socket, problem);
	if (status == TALLY_OK)
		status = tally_namespace_take(places, place_count(cli), tree ? tree : PASSING, problem);
	if (!tree)
		umount2(PASSING, MNT_DETACH);
	return status;
}

static enum tally_exit enter(struct tally_cli *cli, const char *tree)
{
	struct tally_problem problem = { .text = "" };
	enum tally_status status;
	int socket = -1;
	enum tally_exit code = tree ? TALLY_EXIT_OK : start_server(cli, &socket);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_namespace_enter(&problem);
	if (status == TALLY_OK)
		status = take_places(cli, tree, socket, &problem);
	if (status == TALLY_OK)
		status = tally_namespace_place(places, place_count(cli), &problem);
	tally_namespace_release(places, place_count(cli));
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

/* --- the environment --- */

static void set_path(const char *variable, const char *tree, const char *below)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", tree, below);
	setenv(variable, path, 1);
}

/* What clients take from a variable overrides their paths, so a caller's own setting must not lead out. */
static void set_variables_inside(void)
{
	setenv("DCAP_TDX_RTMR_SYSFS_PATH", MEASUREMENTS, 1);
	setenv("SYSTEMD_TDX_MEASUREMENTS_PATH", MEASUREMENTS, 1);
	setenv("DSTACK_CCEL_FILE", BOOT_LOG, 1);
	unsetenv("DCAP_TDX_QUOTE_CONFIGFS_PATH");
	unsetenv("TSM_REPORT");
}

/* These two variables name an entry, which must be there before the client is. */
static void set_entry(const char *tree)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tsm/report/com.intel.dcap", tree);
	if (mkdir(path, 0770) != 0 && errno != EEXIST)
		return;
	setenv("DCAP_TDX_QUOTE_CONFIGFS_PATH", path, 1);
	setenv("TSM_REPORT", path, 1);
}

static enum tally_exit set_variables(struct tally_cli *cli, const char *tree)
{
	if (!tree)
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE,
				    "--environment needs a tree that is served: name its directory with --mount");
	set_path("DCAP_TDX_RTMR_SYSFS_PATH", tree, "measurements");
	set_path("SYSTEMD_TDX_MEASUREMENTS_PATH", tree, "measurements");
	set_path("DSTACK_CCEL_FILE", tree, "acpi/data/CCEL");
	set_entry(tree);
	return TALLY_EXIT_OK;
}

static enum tally_exit become(struct tally_cli *cli, char **program)
{
	fflush(NULL);
	execvp(program[0], program);
	tally_refuse_errno(cli, errno, "cannot run %s", program[0]);
	exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

enum tally_exit tally_run_run(struct tally_cli *cli)
{
	char **program = cli->arguments.rest;
	const char *tree;
	enum tally_exit code;

	if (!program || !program[0])
		return tally_refuse_usage(cli, "run needs a command: tally run -- COMMAND [ARGUMENT...]");
	code = find_tree(cli, &tree);
	if (code != TALLY_EXIT_OK)
		return code;
	if (tally_argument(&cli->arguments, "environment"))
		code = set_variables(cli, tree);
	else
		code = enter(cli, tree);
	if (code != TALLY_EXIT_OK)
		return code;
	if (!tally_argument(&cli->arguments, "environment"))
		set_variables_inside();
	return become(cli, program);
}
