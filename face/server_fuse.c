// SPDX-License-Identifier: BSD-2-Clause
/* The tree, served: the table of operations, and a server's life. */
#include "server_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITE_LIMIT (128 * 1024) /* bytes of one write(2) that come in one piece */

/*
 * Threads that read requests do the work themselves while few do, which saves handing it over; the rest waits for
 * workers. There are more readers than can be at work in both lanes.
 */
#define REGISTERS_INLINE 16
#define REGISTERS_WORKERS 2
#define REPORTS_INLINE 8
#define REPORTS_WORKERS 8
_Static_assert(REGISTERS_INLINE + REPORTS_INLINE < TALLY_SESSION_THREADS, "somebody always reads");

#define END_WAIT_MS 3000

/* --- what nobody may do --- */

static void refuse(fuse_req_t request, int error)
{
	tally_statistics_count(&tally_server_of(request)->statistics, TALLY_STATISTIC_OTHER);
	fuse_reply_err(request, error);
}

/* As configfs, which has no such operations: new files EACCES, all else EPERM. */
static void serve_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
			 struct fuse_file_info *info)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)info;
	refuse(request, EACCES);
}

static void serve_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)device;
	refuse(request, EPERM);
}

static void serve_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	refuse(request, EPERM);
}

static void serve_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	(void)parent;
	(void)name;
	refuse(request, EPERM);
}

static void serve_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
			 const char *new_name, unsigned flags)
{
	(void)parent;
	(void)name;
	(void)new_parent;
	(void)new_name;
	(void)flags;
	refuse(request, EPERM);
}

static void serve_link(fuse_req_t request, fuse_ino_t number, fuse_ino_t parent, const char *name)
{
	(void)number;
	(void)parent;
	(void)name;
	refuse(request, EPERM);
}

static void serve_init(void *context, struct fuse_conn_info *connection)
{
	(void)context;
	connection->max_write = WRITE_LIMIT;
}

static const struct fuse_lowlevel_ops operations = {
	.init = serve_init,
	.lookup = tally_serve_lookup,
	.getattr = tally_serve_getattr,
	.setattr = tally_serve_setattr,
	.mknod = serve_mknod,
	.mkdir = tally_serve_mkdir,
	.unlink = serve_unlink,
	.rmdir = tally_serve_rmdir,
	.symlink = serve_symlink,
	.rename = serve_rename,
	.link = serve_link,
	.open = tally_serve_open,
	.read = tally_serve_read,
	.write = tally_serve_write,
	.flush = tally_serve_flush,
	.release = tally_serve_release,
	.opendir = tally_serve_opendir,
	.readdir = tally_serve_readdir,
	.releasedir = tally_serve_releasedir,
	.create = serve_create,
	.ioctl = tally_serve_ioctl,
};

/* --- names that we removed --- */

/* Within a mkdir(2) the kernel holds the directory: it is told when that is answered, by a thread of its own. */
static void note_removed(void *context, uint64_t parent, const char *name)
{
	struct tally_server *server = context;
	struct tally_removed_name *removed = calloc(1, sizeof(*removed));

	/* Without memory the name stays in its cache, where an open finds that the entry is gone. */
	if (!removed)
		return;
	removed->parent = parent;
	snprintf(removed->name, sizeof(removed->name), "%s", name);
	pthread_mutex_lock(&server->lock);
	removed->next = server->removed;
	server->removed = removed;
	pthread_cond_signal(&server->change);
	pthread_mutex_unlock(&server->lock);
}

static void *notify(void *context)
{
	struct tally_server *server = context;

	pthread_mutex_lock(&server->lock);
	while (!server->is_ending) {
		struct tally_removed_name *removed = server->removed;

		if (!removed) {
			pthread_cond_wait(&server->change, &server->lock);
			continue;
		}
		server->removed = removed->next;
		pthread_mutex_unlock(&server->lock);
		fuse_lowlevel_notify_inval_entry(server->fuse, removed->parent, removed->name, strlen(removed->name));
		free(removed);
		pthread_mutex_lock(&server->lock);
	}
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

/*
 * While the session still answers: a notification waits for a directory that a mkdir(2) holds, and that for us. Once,
 * by whoever comes first.
 */
static void end_notifier(struct tally_server *server)
{
	bool is_first;

	pthread_mutex_lock(&server->lock);
	is_first = server->has_notifier;
	server->has_notifier = false;
	server->is_ending = true;
	pthread_cond_signal(&server->change);
	pthread_mutex_unlock(&server->lock);
	if (is_first)
		pthread_join(server->notifier, NULL);
}

static bool start_notifier(struct tally_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->has_notifier = pthread_create(&server->notifier, NULL, notify, server) == 0;
	pthread_mutex_unlock(&server->lock);
	return server->has_notifier;
}

/* --- life --- */

static void keep_thread(void *context, bool begins)
{
	tally_session_keep(context, begins);
}

static void init_lane(struct tally_server *server, struct tally_lane *lane, unsigned inline_limit,
		      unsigned worker_limit)
{
	tally_lane_init(lane, inline_limit, worker_limit);
	lane->keep = keep_thread;
	lane->keep_context = &server->session;
}

static void fail_request(void *request, int error)
{
	fuse_reply_err(request, error);
}

static struct fuse_session *new_session(struct tally_server *server)
{
	char name[] = "tally";
	char *arguments[] = { name, NULL };
	struct fuse_args given = FUSE_ARGS_INIT(1, arguments);
	struct fuse_session *session = fuse_session_new(&given, &operations, sizeof(operations), server);

	fuse_opt_free_args(&given);
	return session;
}

enum tally_status tally_server_new(const struct tally_tree_options *options, struct tally_server **ret,
				   struct tally_problem *problem)
{
	struct tally_server *server = calloc(1, sizeof(*server));

	if (!server)
		return TALLY_NO_MEMORY;
	server->fuse = new_session(server);
	if (!server->fuse) {
		free(server);
		tally_problem_set(problem, "no FUSE session can be made: there is no memory for it");
		return TALLY_NO_MEMORY;
	}
	clock_gettime(CLOCK_REALTIME, &server->started);
	tally_tree_init(&server->tree, options);
	server->tree.removed = note_removed;
	server->tree.removed_context = server;
	tally_handles_init(&server->handles, &server->tree);
	init_lane(server, &server->registers, REGISTERS_INLINE, REGISTERS_WORKERS);
	init_lane(server, &server->reports, REPORTS_INLINE, REPORTS_WORKERS);
	tally_session_init(&server->session, server->fuse);
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->change, NULL);
	*ret = server;
	return TALLY_OK;
}

void tally_server_free(struct tally_server *server)
{
	if (!server)
		return;
	tally_handles_done(&server->handles);
	tally_tree_done(&server->tree);
	for (size_t i = 0; i < TALLY_FACE_LIMIT; i++)
		tally_log_watch_free(server->watch[i]);
	while (server->removed) {
		struct tally_removed_name *next = server->removed->next;

		free(server->removed);
		server->removed = next;
	}
	fuse_session_destroy(server->fuse);
	tally_session_done(&server->session);
	pthread_cond_destroy(&server->change);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

void tally_server_number(struct tally_server *server, uint32_t incarnation)
{
	tally_tree_number(&server->tree, incarnation);
	tally_handles_number(&server->handles, incarnation);
}

void tally_server_forget(struct tally_server *server)
{
	for (unsigned face = 0; face < server->tree.options.face_count; face++) {
		note_removed(server, tally_tree_tsm_number(face), "report");
		note_removed(server, tally_tree_tsm_number(face), "rtmrs");
	}
}

struct fuse_session *tally_server_fuse(struct tally_server *server)
{
	return server->fuse;
}

static enum tally_status watch_logs(struct tally_server *server)
{
	const struct tally_tree_options *options = &server->tree.options;
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; i < options->face_count && status == TALLY_OK; i++)
		status =
			tally_log_watch_new(tally_authority_directory(options->faces[i]->authority), &server->watch[i]);
	return status;
}

/* Those who wait for records are answered here, so that no lane is left with them. */
static void stop_watches(struct tally_server *server)
{
	atomic_store(&server->is_stopping, true);
	for (size_t i = 0; i < TALLY_FACE_LIMIT; i++)
		if (server->watch[i])
			tally_log_watch_stop(server->watch[i]);
}

enum tally_status tally_server_run(struct tally_server *server, struct tally_problem *problem)
{
	enum tally_status status = tally_waiting_init(&server->waiting, fail_request);

	if (status == TALLY_OK)
		status = watch_logs(server);
	if (status == TALLY_OK && !start_notifier(server))
		status = TALLY_NO_MEMORY;
	if (status == TALLY_OK)
		status = tally_session_run(&server->session);
	if (status != TALLY_OK)
		tally_problem_set(problem, "no thread can be started");
	return status;
}

void tally_server_stop(struct tally_server *server)
{
	end_notifier(server);
	tally_session_stop(&server->session);
}

bool tally_server_end(struct tally_server *server)
{
	bool is_done = tally_session_wait(&server->session, END_WAIT_MS);

	stop_watches(server);
	is_done = tally_lane_end(&server->registers, END_WAIT_MS) && is_done;
	is_done = tally_lane_end(&server->reports, END_WAIT_MS) && is_done;
	tally_waiting_fail_all(&server->waiting, ECONNABORTED);
	if (!is_done)
		return false;
	tally_waiting_done(&server->waiting);
	end_notifier(server);
	return true;
}

enum tally_status tally_server_write_statistics(struct tally_server *server, const char *path,
						struct tally_problem *problem)
{
	char text[1024];
	char other[PATH_MAX + 4];
	size_t size = tally_statistics_text(&server->statistics, text);
	int fd;
	bool is_written;

	snprintf(other, sizeof(other), "%s.new", path);
	fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	is_written = fd >= 0 && write(fd, text, size) == (ssize_t)size;
	if (fd >= 0)
		close(fd);
	if (is_written && rename(other, path) == 0)
		return TALLY_OK;
	tally_problem_set(problem, "cannot write the statistics to %s: %s", path, strerror(errno));
	return TALLY_SYSTEM;
}
