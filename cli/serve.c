// SPDX-License-Identifier: BSD-2-Clause
/* tally serve: the tree of files, for clients that measure and attest through paths. */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../face/callers_policy.h"
#include "../face/connection.h"
#include "../face/extend.h"
#include "../face/keeper.h"
#include "../face/notify.h"
#include "../face/server.h"
#include "own.h"
#include "problem.h"

#define GROUP_NAME "tally"
#define REPORTS 4 /* made at one time */

/* Everything that is served; ended by serving_done. */
struct serving {
	struct tally_own_options own[TALLY_FACE_LIMIT];
	struct tally_face face[TALLY_FACE_LIMIT];
	struct tally_callers *callers[TALLY_FACE_LIMIT];
	struct tally_tree_options tree;
	struct tally_server *server;
	struct tally_connection connection;
	const char *statistics;
	sigset_t signals;
	pthread_t listener;
	bool is_left; /* to the next server */
};

/* --- options --- */

static enum tally_exit read_number(struct tally_cli *cli, const char *option, unsigned limit, unsigned *ret)
{
	const char *text = tally_argument(&cli->arguments, option);
	unsigned long value;
	char *end;

	if (!text)
		return TALLY_EXIT_OK;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > limit)
		return tally_refuse_usage(cli, "--%s is a number up to %u, not %.40s", option, limit, text);
	*ret = (unsigned)value;
	return TALLY_EXIT_OK;
}

static enum tally_exit read_owner(struct tally_cli *cli, struct tally_tree_options *tree)
{
	const char *text = tally_argument(&cli->arguments, "owner");
	const struct group *group = getgrnam(GROUP_NAME);
	unsigned user, owner_group;
	char rest;

	tree->owner = geteuid();
	tree->owner_group = getegid();
	if (text && sscanf(text, "%u:%u%c", &user, &owner_group, &rest) == 2) {
		tree->owner = user;
		tree->owner_group = owner_group;
	} else if (text) {
		return tally_refuse_usage(cli, "--owner is UID:GID, not %.40s", text);
	}
	/* Without the group nobody but the owner reads. */
	tree->reader_group = group ? group->gr_gid : tree->owner_group;
	return TALLY_EXIT_OK;
}

static enum tally_exit read_label(struct tally_cli *cli, struct tally_tree_options *tree)
{
	tree->label = tally_argument(&cli->arguments, "label");
	if (tree->label && !tally_caller_label_is_valid(tree->label))
		return tally_refuse_usage(cli,
					  "a label has 1 to %d bytes of UTF-8, without @ and :", TALLY_LABEL_LIMIT - 1);
	return TALLY_EXIT_OK;
}

/* --- faces --- */

/* Soft shows itself as hardware only where that was asked for, and its reports stay soft's. */
static enum tally_exit find_present(struct tally_cli *cli, struct serving *serving, size_t i)
{
	const char *name = tally_argument(&cli->arguments, "present-as");
	const char *provider = tally_authority_provider(serving->face[i].authority)->name;

	serving->tree.present[i] = tally_present_of(provider);
	if (!name || i > 0)
		return TALLY_EXIT_OK;
	if (strcmp(provider, "soft") != 0)
		return tally_refuse_usage(cli, "--present-as is for tests with soft, not for %s", provider);
	serving->tree.present[i] = tally_present_find(name);
	if (!serving->tree.present[i])
		return tally_refuse_usage(cli, "--present-as is tdx_guest, sev_guest or arm_cca_guest, not %.40s",
					  name);
	fprintf(stderr,
		"tally: this tree shows the provider soft as %s: it is for testing clients, and proves nothing\n",
		name);
	return TALLY_EXIT_OK;
}

static enum tally_exit read_callers(struct tally_cli *cli, struct serving *serving, size_t i)
{
	const char *path = tally_argument(&cli->arguments, "callers");
	struct tally_problem problem = { "" };
	enum tally_status status;

	if (!path)
		return TALLY_EXIT_OK;
	status = tally_callers_read_file(path, tally_authority_registers(serving->face[i].authority),
					 &serving->callers[i], &problem);
	serving->face[i].callers = serving->callers[i];
	/* Without a policy nobody who may extend has a limit. */
	if (status == TALLY_OK)
		status = tally_face_count_logged(&serving->face[i], serving->tree.label, &problem);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

static enum tally_exit open_face(struct tally_cli *cli, struct serving *serving, struct tally_quota *quota)
{
	size_t i = serving->tree.face_count;
	struct tally_own_options *own = &serving->own[i];
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = read_number(cli, "test-report-delay", 600000, &own->soft.report_delay);

	if (code == TALLY_EXIT_OK)
		code = read_number(cli, "test-report-failures", 1000000, &own->soft.report_fails);
	if (code != TALLY_EXIT_OK)
		return code;
	own->authority.report_limit = REPORTS;
	status = tally_authority_open(&own->authority, &serving->face[i].authority, &problem);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	serving->face[i].quota = quota;
	serving->tree.faces[i] = &serving->face[i];
	serving->tree.face_count++;
	code = read_callers(cli, serving, i);
	return code == TALLY_EXIT_OK ? find_present(cli, serving, i) : code;
}

/* "soft:/run/other": a provider, and for soft its directory. */
static enum tally_exit open_also(struct tally_cli *cli, struct serving *serving, const char *text,
				 struct tally_quota *quota)
{
	struct tally_own_options *own = &serving->own[serving->tree.face_count];
	struct tally_cli other = *cli;
	const char *colon = strchr(text, ':');
	char name[TALLY_REGISTER_NAME_LIMIT];
	size_t size = colon ? (size_t)(colon - text) : strlen(text);
	enum tally_exit code;

	if (serving->tree.face_count == TALLY_FACE_LIMIT || size == 0 || size >= sizeof(name))
		return tally_refuse_usage(cli, "--also names a provider, at most %d times: not %.40s",
					  TALLY_FACE_LIMIT - 1, text);
	memcpy(name, text, size);
	name[size] = 0;
	for (size_t i = 1; i < serving->tree.face_count; i++)
		if (strcmp(tally_authority_registers(serving->face[i].authority)->provider, name) == 0)
			return tally_refuse_usage(cli, "--also %s is given twice", name);
	other.provider = name;
	other.directory = colon ? colon + 1 : NULL;
	code = tally_own_read(&other, own);
	if (code != TALLY_EXIT_OK)
		return code;
	/* What was read is kept, and the name only until it is opened. */
	return open_face(cli, serving, quota);
}

static enum tally_exit open_faces(struct tally_cli *cli, struct serving *serving)
{
	struct tally_quota *quota = tally_quota_new();
	const char *text;
	size_t i = 0;
	enum tally_exit code;

	if (!quota)
		return tally_refuse(cli, TALLY_EXIT_SYSTEM, "out of memory");
	serving->face[0].quota = quota;
	code = tally_own_read(cli, &serving->own[0]);
	if (code == TALLY_EXIT_OK)
		code = open_face(cli, serving, quota);
	while (code == TALLY_EXIT_OK && (text = tally_argument_next(&cli->arguments, "also", &i)))
		code = open_also(cli, serving, text, quota);
	return code;
}

/* --- signals --- */

static void write_statistics(struct serving *serving)
{
	struct tally_problem problem;

	if (serving->statistics &&
	    tally_server_write_statistics(serving->server, serving->statistics, &problem) != TALLY_OK)
		fprintf(stderr, "tally: %s\n", problem.text);
}

/* SIGHUP: another server takes the mount over, if there is a keeper; SIGTERM and SIGINT: it ends with us. */
static void *listen_to_signals(void *context)
{
	struct serving *serving = context;
	int number = 0;

	while (sigwait(&serving->signals, &number) == 0 && number == SIGUSR1)
		write_statistics(serving);
	serving->is_left = number == SIGHUP && serving->connection.is_kept;
	tally_server_stop(serving->server);
	return NULL;
}

/* Before there are threads: they inherit what is blocked. */
static void block_signals(struct serving *serving)
{
	sigemptyset(&serving->signals);
	sigaddset(&serving->signals, SIGTERM);
	sigaddset(&serving->signals, SIGINT);
	sigaddset(&serving->signals, SIGHUP);
	sigaddset(&serving->signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &serving->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* --- the server --- */

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* In words: which trees, of which providers, and how they look. A server of other ones can't go on with this mount. */
static const char *what_is_served(const struct serving *serving)
{
	static char text[TALLY_FACE_LIMIT * (PATH_MAX + 128)];
	size_t size = 0;

	for (size_t i = 0; i < serving->tree.face_count; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s %s %s\n",
					 tally_authority_registers(serving->face[i].authority)->provider,
					 tally_authority_directory(serving->face[i].authority),
					 serving->tree.present[i]->name ? serving->tree.present[i]->name : "");
	return text;
}

/* What an older server negotiated and we would not can't be gone on with: then the mount is made anew. */
static enum tally_status connect_server(struct tally_cli *cli, struct serving *serving, struct tally_problem *problem)
{
	const char *path = tally_argument(&cli->arguments, "mount");
	bool allows_others = geteuid() == 0;
	enum tally_status status;

	for (int i = 0; i < 2; i++) {
		status = tally_server_new(&serving->tree, &serving->server, problem);
		if (status == TALLY_OK)
			status = tally_connection_open(&serving->connection, path, what_is_served(serving),
						       allows_others, problem);
		if (status == TALLY_OK && serving->connection.has_replaced)
			fprintf(stderr, "tally: the server that was at %s has died: its mount is replaced\n", path);
		if (status == TALLY_OK)
			status = tally_connection_begin(&serving->connection, tally_server_fuse(serving->server),
							problem);
		if (status == TALLY_OK)
			tally_server_number(serving->server, serving->connection.incarnation);
		if (status == TALLY_OK && serving->connection.has_old_names)
			tally_server_forget(serving->server);
		if (status != TALLY_UNSUPPORTED)
			return status;
		tally_connection_close(&serving->connection, false);
		tally_server_free(serving->server);
		serving->server = NULL;
	}
	return status;
}

static enum tally_exit run_server(struct tally_cli *cli, struct serving *serving)
{
	struct tally_problem problem = { "" };
	enum tally_status status = connect_server(cli, serving, &problem);

	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	if (pthread_create(&serving->listener, NULL, listen_to_signals, serving) != 0)
		return tally_refuse(cli, TALLY_EXIT_SYSTEM, "no thread can be started");
	tally_notify("READY=1");
	status = tally_server_run(serving->server, &problem);
	/* Where it ended by itself, nobody told the listener. */
	pthread_kill(serving->listener, SIGTERM);
	pthread_join(serving->listener, NULL);
	tally_notify("STOPPING=1");
	write_statistics(serving);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

static void serving_done(struct serving *serving)
{
	for (size_t i = 0; i < serving->tree.face_count; i++) {
		tally_callers_free(serving->callers[i]);
		tally_authority_close(serving->face[i].authority);
	}
	tally_quota_free(serving->face[0].quota);
}

static enum tally_exit serve(struct tally_cli *cli, struct serving *serving)
{
	enum tally_exit code;

	serving->connection.mount = -1;
	serving->connection.state = -1;
	serving->statistics = tally_argument(&cli->arguments, "statistics");
	block_signals(serving);
	code = open_faces(cli, serving);
	if (code != TALLY_EXIT_OK)
		return code;
	raise_descriptor_limit();
	code = run_server(cli, serving);
	if (serving->server) {
		tally_connection_close(&serving->connection, serving->is_left);
		/* Work that goes on has our memory: it ends with the process. */
		if (!tally_server_end(serving->server))
			_exit((int)code);
		tally_server_free(serving->server);
	}
	return code;
}

/* The same command line without the keeper is the server's. */
static enum tally_exit keep_server(struct tally_cli *cli)
{
	static const char *const own[] = { "keeper", NULL };
	static char program[] = "tally", command[] = "serve";
	char *argv[2 + 2 * TALLY_ARGUMENT_LIMIT + 1] = { program, command };
	struct tally_problem problem = { "" };
	enum tally_status status;
	int code = TALLY_EXIT_SYSTEM;

	argv[2 + tally_arguments_repeat(&cli->arguments, own, argv + 2)] = NULL;
	status = tally_keep(argv, &code, &problem);
	return status == TALLY_OK ? (enum tally_exit)code : tally_refuse_status(cli, status, &problem);
}

enum tally_exit tally_run_serve(struct tally_cli *cli)
{
	static struct serving serving;
	enum tally_exit code;

	if (cli->arguments.operand_count)
		return tally_refuse_usage(cli, "tally serve takes no operand");
	if (tally_argument(&cli->arguments, "keeper"))
		return keep_server(cli);
	serving.tree.entry_quota = TALLY_ENTRY_QUOTA;
	serving.tree.open_quota = TALLY_OPEN_QUOTA;
	code = read_owner(cli, &serving.tree);
	if (code == TALLY_EXIT_OK)
		code = read_label(cli, &serving.tree);
	if (code == TALLY_EXIT_OK)
		code = serve(cli, &serving);
	serving_done(&serving);
	return code;
}
