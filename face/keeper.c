// SPDX-License-Identifier: BSD-2-Clause
/* A small process that starts a server, keeps its descriptors, and starts it again when it dies. */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "notify.h"

#define KEPT_LIMIT 8
#define NAME_LIMIT 32
#define MESSAGE_LIMIT 512
#define FIRST_PASSED 3
#define START_LIMIT 5	    /* starts in a row of a server that does not come to be ready */
#define HEARD_LIMIT 4096    /* messages of a server that has died: more than a socket holds */
#define PAUSE_NS 100000000L /* before such a start, times the number of failures */

struct kept {
	int fd;
	char name[NAME_LIMIT];
};

struct keeper {
	char *const *argv;
	struct kept kept[KEPT_LIMIT];
	int kept_count;
	int socket;  /* where the server tells us things */
	int signals; /* a signalfd */
	sigset_t old_mask;
	pid_t server;
	bool is_ready;	    /* this server said so */
	bool was_ready;	    /* one of them did */
	bool is_restarting; /* we told it to end, and start another */
	bool is_ending;
	int failures; /* in a row */
};

static enum tally_status fail(const char *what, struct tally_problem *problem)
{
	tally_problem_set(problem, "the keeper cannot %s: %s", what, strerror(errno));
	return TALLY_SYSTEM;
}

/* --- what is kept --- */

static void drop(struct keeper *keeper, const char *name)
{
	int left = 0;

	for (int i = 0; i < keeper->kept_count; i++) {
		if (!name || strcmp(keeper->kept[i].name, name) == 0)
			close(keeper->kept[i].fd);
		else
			keeper->kept[left++] = keeper->kept[i];
	}
	keeper->kept_count = left;
}

/* The newest of a name is the one that counts. */
static void keep(struct keeper *keeper, int fd, const char *name)
{
	drop(keeper, name);
	if (keeper->kept_count == KEPT_LIMIT || strlen(name) >= NAME_LIMIT) {
		close(fd);
		return;
	}
	keeper->kept[keeper->kept_count].fd = fd;
	memcpy(keeper->kept[keeper->kept_count].name, name, strlen(name) + 1);
	keeper->kept_count++;
}

/* Out of the way of the numbers under which they are passed on. */
static bool keep_passed(struct keeper *keeper, const char *name)
{
	int passed = tally_passed(name);
	int fd;

	if (passed < 0)
		return true;
	fd = fcntl(passed, F_DUPFD_CLOEXEC, FIRST_PASSED + KEPT_LIMIT);
	close(passed);
	if (fd >= 0)
		keep(keeper, fd, name);
	return fd >= 0;
}

/* --- the server's process --- */

static void set_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	setenv(name, text, 1);
}

static void pass_descriptors(const struct keeper *keeper)
{
	char names[KEPT_LIMIT * (NAME_LIMIT + 1)] = "";
	size_t size = 0;

	for (int i = 0; i < keeper->kept_count; i++) {
		size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s", i ? ":" : "",
					 keeper->kept[i].name);
		if (dup2(keeper->kept[i].fd, FIRST_PASSED + i) < 0)
			_exit(EXIT_FAILURE);
	}
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", keeper->kept_count);
	setenv("LISTEN_FDNAMES", names, 1);
}

/* An abstract name, printed as the manager's variable wants it. */
static void pass_address(const struct keeper *keeper)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	char name[sizeof(address.sun_path) + 1];
	size_t name_size;

	if (getsockname(keeper->socket, (struct sockaddr *)&address, &size) != 0)
		_exit(EXIT_FAILURE);
	name_size = size - offsetof(struct sockaddr_un, sun_path);
	memcpy(name, address.sun_path, name_size);
	name[0] = '@';
	name[name_size] = 0;
	setenv("NOTIFY_SOCKET", name, 1);
}

/* What it is told before it listens waits for it: it undoes what it began, where a signal would just end it. */
static _Noreturn void become_server(const struct keeper *keeper)
{
	sigset_t child;

	pass_address(keeper);
	pass_descriptors(keeper);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child, NULL);
	execv("/proc/self/exe", keeper->argv);
	_exit(EXIT_FAILURE);
}

static enum tally_status start_server(struct keeper *keeper, struct tally_problem *problem)
{
	keeper->is_ready = false;
	keeper->is_restarting = false;
	keeper->server = fork();
	if (keeper->server == 0)
		become_server(keeper);
	return keeper->server < 0 ? fail("start the server", problem) : TALLY_OK;
}

/* --- what the server tells --- */

/* Descriptors are received close-on-exec; of more than one all but the first are not asked for. */
static int received_descriptor(struct msghdr *message)
{
	int fd = -1;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control))
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

/* Whoever knows the name can write to the socket; only the server's words count. */
static bool is_from_server(const struct keeper *keeper, struct msghdr *message)
{
	struct ucred sender = { .pid = 0 };

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control))
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_CREDENTIALS)
			memcpy(&sender, CMSG_DATA(control), sizeof(sender));
	return sender.pid == keeper->server;
}

static bool has_line(const char *lines, const char *line)
{
	size_t size = strlen(line);

	for (; lines; lines = strchr(lines, '\n')) {
		lines += *lines == '\n';
		if (strncmp(lines, line, size) == 0 && (lines[size] == 0 || lines[size] == '\n'))
			return true;
	}
	return false;
}

/* Its own words are for us, all others for who manages us. Takes fd over. */
static void obey(struct keeper *keeper, const char *lines, int fd)
{
	const char *name = strstr(lines, "FDNAME=");

	if (has_line(lines, "FDSTORE=1") && name && fd >= 0) {
		keep(keeper, fd, name + strlen("FDNAME="));
		return;
	}
	if (fd >= 0)
		close(fd);
	if (has_line(lines, "FDSTOREREMOVE=1") && name)
		drop(keeper, name + strlen("FDNAME="));
	else
		tally_notify(lines);
	if (has_line(lines, "READY=1")) {
		keeper->is_ready = true;
		keeper->was_ready = true;
		keeper->failures = 0;
	}
}

/* False if there is nothing more to hear. */
static bool hear(struct keeper *keeper)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr aligned;
	} room;
	char lines[MESSAGE_LIMIT];
	struct iovec part = { .iov_base = lines, .iov_len = sizeof(lines) - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof(room)
	};
	ssize_t size = recvmsg(keeper->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int fd;

	if (size < 0)
		return false;
	lines[size] = 0;
	fd = received_descriptor(&message);
	if (is_from_server(keeper, &message))
		obey(keeper, lines, fd);
	else if (fd >= 0)
		close(fd);
	return true;
}

/* --- its end --- */

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A server that ends well, or before it was ever ready, has said what it had to say. */
static bool is_restarted(struct keeper *keeper, int code)
{
	struct timespec pause = { 0, 0 };

	if (keeper->is_ending)
		return false;
	if (keeper->is_restarting)
		return true;
	if (code == 0 || keeper->kept_count == 0 || !keeper->was_ready)
		return false;
	if (!keeper->is_ready && ++keeper->failures >= START_LIMIT)
		return false;
	pause.tv_nsec = PAUSE_NS * keeper->failures;
	nanosleep(&pause, NULL);
	return true;
}

/*
 * What it sent before it died is heard first: the credentials still name it. Who else knows the socket's name may write
 * to it without end, and does not keep us from going on.
 */
static bool reap(struct keeper *keeper, int *ret_code)
{
	int status;

	for (int i = 0; i < HEARD_LIMIT && hear(keeper); i++)
		;
	if (waitpid(keeper->server, &status, WNOHANG) != keeper->server)
		return false;
	*ret_code = exit_code(status);
	return true;
}

static void tell_server(struct keeper *keeper, int signal)
{
	keeper->is_restarting = signal == SIGHUP;
	keeper->is_ending = keeper->is_ending || signal != SIGHUP;
	kill(keeper->server, signal);
}

/* Until the server has ended. */
static int watch(struct keeper *keeper)
{
	struct pollfd events[] = {
		{ .fd = keeper->signals, .events = POLLIN },
		{ .fd = keeper->socket, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int code = 0;

	for (;;) {
		if (poll(events, 2, -1) < 0)
			continue;
		if (events[1].revents)
			hear(keeper);
		if (!events[0].revents || read(keeper->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			tell_server(keeper, (int)info.ssi_signo);
		else if (reap(keeper, &code))
			return code;
	}
}

/* --- the keeper --- */

static bool open_socket(struct keeper *keeper)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int yes = 1;

	keeper->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* The kernel chooses an abstract name. */
	return keeper->socket >= 0 && bind(keeper->socket, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0 &&
	       setsockopt(keeper->socket, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) == 0;
}

static bool open_signals(struct keeper *keeper)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, &keeper->old_mask);
	keeper->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	return keeper->signals >= 0;
}

static enum tally_status run(struct keeper *keeper, int *ret_code, struct tally_problem *problem)
{
	enum tally_status status;

	if (!keep_passed(keeper, TALLY_KEPT_MOUNT) || !keep_passed(keeper, TALLY_KEPT_STATE))
		return fail("take over what was passed to it", problem);
	tally_passed_end();
	if (!open_socket(keeper) || !open_signals(keeper))
		return fail("listen", problem);
	do {
		status = start_server(keeper, problem);
		if (status != TALLY_OK)
			return status;
		*ret_code = watch(keeper);
	} while (is_restarted(keeper, *ret_code));
	return TALLY_OK;
}

enum tally_status tally_keep(char *const argv[], int *ret_code, struct tally_problem *problem)
{
	struct keeper keeper = { .argv = argv, .socket = -1, .signals = -1 };
	enum tally_status status = run(&keeper, ret_code, problem);

	drop(&keeper, NULL);
	if (keeper.socket >= 0)
		close(keeper.socket);
	if (keeper.signals >= 0)
		close(keeper.signals);
	sigprocmask(SIG_SETMASK, &keeper.old_mask, NULL);
	return status;
}
