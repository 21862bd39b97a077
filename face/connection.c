// SPDX-License-Identifier: BSD-2-Clause
/* A FUSE mount as its server holds it: made, or taken over from a server that died. */
#define FUSE_USE_VERSION 312

#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <limits.h>
#include <linux/fuse.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notify.h"

#define MESSAGE_LIMIT 512 /* INIT and its answer, with room for what later kernels add */
#define REQUEST_ROOM (2u << 20)
#define WHAT_LIMIT 65536
#define NOTIFY_INC_EPOCH 8 /* FUSE_NOTIFY_INC_EPOCH of Linux 6.16 */
#define INIT_WAIT_MS 5000
#define FUSE_MAGIC 0x65735546 /* f_type of statfs(2) */

/* A message as it went over the descriptor. */
struct init_message {
	uint32_t size;
	uint8_t bytes[MESSAGE_LIMIT];
};

/* What the next server needs to know. Read only by the program that wrote it, or a later release of it. */
struct kept_state {
	char magic[8];
	uint32_t incarnation;
	char path[PATH_MAX]; /* empty: a mount of others */
	char what[WHAT_LIMIT];
	struct init_message init;
	struct init_message answer;
};

static const char state_magic[8] = "tally-1";

static const char *connection_path(const struct tally_connection *connection)
{
	return connection->path ? connection->path : "a mount of others";
}

static enum tally_status fail(const char *what, const struct tally_connection *connection,
			      struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot %s %s: %s", what, connection_path(connection), strerror(error));
	if (error == EPERM || error == EACCES)
		return TALLY_PERMISSION;
	return error == ENOENT || error == ENOTDIR ? TALLY_NOT_FOUND : TALLY_SYSTEM;
}

/* --- mounting --- */

/* The helper unmounts for who had it mount. */
static bool ask_helper(const char *path)
{
	char copy[PATH_MAX];
	char program[] = "fusermount3", unmount[] = "-u", lazy[] = "-z", quiet[] = "-q", end[] = "--";
	char *const arguments[] = { program, unmount, lazy, quiet, end, copy, NULL };
	pid_t pid;
	int status = -1;

	memcpy(copy, path, strlen(path) + 1);
	if (posix_spawnp(&pid, program, NULL, NULL, arguments, environ) != 0)
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

static bool remove_mount(const char *path)
{
	return umount2(path, MNT_DETACH) == 0 || (errno == EPERM && ask_helper(path));
}

/* What is left of a server that nobody kept anything for. stat(2) would be answered by what the kernel remembers. */
static bool remove_dead_mount(const char *path)
{
	struct statfs there;
	bool is_removed = false;

	while (statfs(path, &there) != 0 && (errno == ENOTCONN || errno == ECONNABORTED) && remove_mount(path))
		is_removed = true;
	return is_removed;
}

bool tally_connection_is_served(const char *directory)
{
	struct statfs there;
	struct stat entry;
	char path[PATH_MAX];

	return statfs(directory, &there) == 0 && there.f_type == FUSE_MAGIC &&
	       snprintf(path, sizeof(path), "%s/tsm", directory) < (int)sizeof(path) && stat(path, &entry) == 0;
}

/* Who may mount does it here: libfuse would keep the path for an end of its session that never comes. */
static int mount_directly(const char *path, bool allows_others)
{
	char options[128];
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int error;

	if (device < 0)
		return -1;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions%s", device,
		 (unsigned)geteuid(), (unsigned)getegid(), allows_others ? ",allow_other" : "");
	if (mount("tally", path, "fuse.tally", MS_NOSUID | MS_NODEV, options) == 0)
		return device;
	error = errno;
	close(device);
	errno = error;
	return -1;
}

/* libfuse knows the helper for those who may not mount; its session is not ours. */
static int ask_to_mount(const char *path, bool allows_others)
{
	const char *options = allows_others ? "fsname=tally,subtype=tally,default_permissions,allow_other"
					    : "fsname=tally,subtype=tally,default_permissions";
	struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
	static const struct fuse_lowlevel_ops nothing;
	struct fuse_session *session = NULL;
	int fd = -1;

	if (fuse_opt_add_arg(&arguments, "tally") == 0 && fuse_opt_add_arg(&arguments, "-o") == 0 &&
	    fuse_opt_add_arg(&arguments, options) == 0)
		session = fuse_session_new(&arguments, &nothing, sizeof(nothing), NULL);
	fuse_opt_free_args(&arguments);
	if (!session)
		return -1;
	errno = 0;
	if (fuse_session_mount(session, path) == 0)
		fd = fcntl(fuse_session_fd(session), F_DUPFD_CLOEXEC, 3);
	fuse_session_destroy(session);
	return fd;
}

/* Of two servers that start here at one time, one has the directory locked, and the other sees that or its tree. */
static enum tally_status mount_alone(struct tally_connection *connection, int directory, bool allows_others,
				     struct tally_problem *problem)
{
	if (flock(directory, LOCK_EX | LOCK_NB) != 0 || tally_connection_is_served(connection->path)) {
		tally_problem_set(problem, "another server serves %s: end it first, or choose another directory",
				  connection->path);
		return TALLY_CONFLICT;
	}
	if (access("/dev/fuse", F_OK) != 0) {
		tally_problem_set(problem, "this machine has no FUSE: /dev/fuse is missing");
		return TALLY_UNAVAILABLE;
	}
	connection->mount = mount_directly(connection->path, allows_others);
	if (connection->mount < 0 && errno == EPERM)
		connection->mount = ask_to_mount(connection->path, allows_others);
	if (connection->mount >= 0)
		return TALLY_OK;
	errno = errno ? errno : EPERM;
	return fail("mount on", connection, problem);
}

static enum tally_status mount_new(struct tally_connection *connection, bool allows_others,
				   struct tally_problem *problem)
{
	enum tally_status status;
	int directory;

	connection->has_replaced = remove_dead_mount(connection->path);
	if (mkdir(connection->path, 0755) != 0 && errno != EEXIST)
		return fail("mount on", connection, problem);
	directory = open(connection->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return fail("mount on", connection, problem);
	status = mount_alone(connection, directory, allows_others, problem);
	close(directory);
	return status;
}

/* --- what the keeper has --- */

static bool read_state(int fd, struct kept_state *ret)
{
	return pread(fd, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret) &&
	       memcmp(ret->magic, state_magic, sizeof(state_magic)) == 0 && ret->init.size <= MESSAGE_LIMIT &&
	       ret->answer.size <= MESSAGE_LIMIT && memchr(ret->path, 0, sizeof(ret->path)) &&
	       memchr(ret->what, 0, sizeof(ret->what));
}

/* Unmounted, or ended by whoever may: a poll tells. */
static bool is_connected(int mount)
{
	struct pollfd poll_mount = { .fd = mount };

	return poll(&poll_mount, 1, 0) == 0;
}

/* Whether what was passed is the mount that we are to serve. One without state is new, and mounted by somebody else. */
static bool is_ours(const struct tally_connection *connection)
{
	static struct kept_state state;

	if (connection->mount < 0 || !is_connected(connection->mount))
		return false;
	if (connection->state < 0)
		return !connection->path;
	/* Where something else was served, names that its clients remember would mean what they did not. */
	return read_state(connection->state, &state) && strcmp(state.what, connection->what) == 0 &&
	       strcmp(state.path, connection->path ? connection->path : "") == 0;
}

static void close_both(struct tally_connection *connection)
{
	if (connection->mount >= 0)
		close(connection->mount);
	if (connection->state >= 0)
		close(connection->state);
	connection->mount = -1;
	connection->state = -1;
}

static void let_drop(void)
{
	tally_notify_drop(TALLY_KEPT_MOUNT);
	tally_notify_drop(TALLY_KEPT_STATE);
}

static bool take_passed(struct tally_connection *connection)
{
	connection->mount = tally_passed(TALLY_KEPT_MOUNT);
	connection->state = tally_passed(TALLY_KEPT_STATE);
	tally_passed_end();
	connection->is_resumed = connection->state >= 0;
	if (is_ours(connection))
		return true;
	/* Nobody will serve it: while it is held, those who use it wait. */
	if (connection->mount >= 0 || connection->state >= 0)
		let_drop();
	close_both(connection);
	connection->is_resumed = false;
	return false;
}

enum tally_status tally_connection_open(struct tally_connection *ret, const char *path, const char *what,
					bool allows_others, struct tally_problem *problem)
{
	*ret = (struct tally_connection){ .path = path, .mount = -1, .state = -1, .what = what };
	if ((path && strlen(path) >= PATH_MAX) || strlen(what) >= WHAT_LIMIT)
		return TALLY_TOO_LARGE;
	if (take_passed(ret))
		return TALLY_OK;
	if (!path) {
		tally_problem_set(problem,
				  "no mount was passed to this server, and no directory to mount on was named");
		return TALLY_INVALID;
	}
	return mount_new(ret, allows_others, problem);
}

static bool write_state(struct tally_connection *connection, struct kept_state *state)
{
	connection->incarnation = ++state->incarnation;
	return pwrite(connection->state, state, sizeof(*state), 0) == (ssize_t)sizeof(*state);
}

static bool make_state(struct tally_connection *connection, struct kept_state *state)
{
	memcpy(state->magic, state_magic, sizeof(state_magic));
	memcpy(state->what, connection->what, strlen(connection->what) + 1);
	if (connection->path)
		memcpy(state->path, connection->path, strlen(connection->path) + 1);
	connection->state = memfd_create("tally-state", MFD_CLOEXEC);
	return connection->state >= 0 && write_state(connection, state);
}

static bool keep(const struct tally_connection *connection)
{
	/* The mount comes last: without its state nobody could go on with it. */
	return tally_notify_keep(connection->state, TALLY_KEPT_STATE) &&
	       tally_notify_keep(connection->mount, TALLY_KEPT_MOUNT);
}

/* --- INIT --- */

/* A descriptor of the same connection, with requests in flight of its own. */
static int clone_channel(int mount)
{
	int channel = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	uint32_t from = (uint32_t)mount;

	if (channel >= 0 && ioctl(channel, FUSE_DEV_IOC_CLONE, &from) != 0) {
		close(channel);
		return -1;
	}
	return channel;
}

static bool read_init(int channel, struct init_message *ret)
{
	struct pollfd poll_channel = { .fd = channel, .events = POLLIN };
	uint8_t *room = NULL;
	ssize_t size = -1;

	if (poll(&poll_channel, 1, INIT_WAIT_MS) == 1)
		room = malloc(REQUEST_ROOM);
	/* The kernel refuses a buffer that could not take its largest request. */
	if (room)
		size = read(channel, room, REQUEST_ROOM);
	if (size > 0 && size <= MESSAGE_LIMIT) {
		memcpy(ret->bytes, room, (size_t)size);
		ret->size = (uint32_t)size;
	}
	free(room);
	return size > 0 && size <= MESSAGE_LIMIT;
}

/* What the session answers goes into a pipe that stands in for the kernel. */
static bool ask_session(struct fuse_session *session, struct init_message *init, int answers,
			struct init_message *ret_answer)
{
	struct fuse_buf request = { .size = init->size, .mem = init->bytes };
	ssize_t size;

	fuse_session_process_buf(session, &request);
	size = read(answers, ret_answer->bytes, sizeof(ret_answer->bytes));
	ret_answer->size = size > 0 ? (uint32_t)size : 0;
	return size > 0;
}

/* Kept only when the kernel has the answer: a mount that was never answered can't be gone on with. */
static bool negotiate(struct tally_connection *connection, struct fuse_session *session, int channel, int answers)
{
	static struct kept_state state;

	memset(&state, 0, sizeof(state));
	if (!read_init(channel, &state.init) || !ask_session(session, &state.init, answers, &state.answer) ||
	    !make_state(connection, &state) ||
	    write(channel, state.answer.bytes, state.answer.size) != (ssize_t)state.answer.size)
		return false;
	connection->is_kept = keep(connection);
	return true;
}

/* What the first server was asked, again: this one must answer as that one did. */
static bool negotiate_again(struct tally_connection *connection, struct fuse_session *session, int answers)
{
	static struct kept_state state;
	static struct init_message answer;

	connection->is_kept = true;
	return read_state(connection->state, &state) && ask_session(session, &state.init, answers, &answer) &&
	       answer.size == state.answer.size && memcmp(answer.bytes, state.answer.bytes, answer.size) == 0 &&
	       write_state(connection, &state);
}

/* What the kernel remembers of names belongs to the earlier server's entries, which are gone. */
static bool forget_names(int channel)
{
	struct fuse_out_header epoch = { .len = sizeof(epoch), .error = NOTIFY_INC_EPOCH };

	return write(channel, &epoch, sizeof(epoch)) == (ssize_t)sizeof(epoch);
}

/* The session believes that it is mounted on a descriptor: first a pipe, then the channel under the same number. */
static enum tally_status hand_over(struct tally_connection *connection, struct fuse_session *session, int channel,
				   const int stand_in[2], struct tally_problem *problem)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/fd/%d", stand_in[1]);
	if (fuse_session_mount(session, path) != 0) {
		close(stand_in[1]);
		return fail("begin on", connection, problem);
	}
	if (connection->is_resumed && !negotiate_again(connection, session, stand_in[0])) {
		tally_problem_set(problem, "the earlier server of %s agreed with the kernel on what this one can't",
				  connection_path(connection));
		return TALLY_UNSUPPORTED;
	}
	if (!connection->is_resumed && !negotiate(connection, session, channel, stand_in[0]))
		return fail("begin on", connection, problem);
	if (dup3(channel, stand_in[1], O_CLOEXEC) < 0)
		return fail("begin on", connection, problem);
	connection->has_old_names = connection->is_resumed && !forget_names(channel);
	return TALLY_OK;
}

enum tally_status tally_connection_begin(struct tally_connection *connection, struct fuse_session *session,
					 struct tally_problem *problem)
{
	int channel = clone_channel(connection->mount);
	int stand_in[2];
	enum tally_status status;

	if (channel < 0)
		return fail("take over", connection, problem);
	if (pipe2(stand_in, O_CLOEXEC | O_NONBLOCK) != 0) {
		status = fail("begin on", connection, problem);
		close(channel);
		return status;
	}
	status = hand_over(connection, session, channel, stand_in, problem);
	close(stand_in[0]);
	close(channel);
	return status;
}

void tally_connection_close(struct tally_connection *connection, bool is_left)
{
	if (!is_left && connection->mount >= 0) {
		let_drop();
		if (connection->path)
			remove_mount(connection->path);
	}
	close_both(connection);
}
