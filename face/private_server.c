// SPDX-License-Identifier: BSD-2-Clause
/* A server for one mount namespace, which ends when the last process has left that. */
#include "private_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notify.h"

#define PASSED 3

union descriptor_room {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr aligned;
};

static enum tally_status fail(const char *what, struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot %s: %s", what, strerror(error));
	if (error == EPERM || error == EACCES)
		return TALLY_PERMISSION;
	return error == ENOENT || error == ENODEV ? TALLY_UNAVAILABLE : TALLY_SYSTEM;
}

/* --- the process outside --- */

/* -1 if whoever started us has given up. */
static int receive_mount(int socket)
{
	union descriptor_room room;
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof(room)
	};
	struct cmsghdr *control;
	ssize_t size;
	int fd = -1;

	do
		size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	control = size == 1 ? CMSG_FIRSTHDR(&message) : NULL;
	if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

/* Whatever was open where the command was called is the command's, not the server's: locks, pipes, terminals. */
static bool leave_descriptors(int *socket)
{
	int null = open("/dev/null", O_RDWR);

	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	       dup2(*socket, PASSED) >= 0 && close_range(PASSED + 1, ~0u, 0) == 0 && (*socket = PASSED) == PASSED;
}

static void pass(int mount)
{
	char pid[24];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", TALLY_KEPT_MOUNT, 1);
	/* The command's manager hears of the command only. */
	unsetenv("NOTIFY_SOCKET");
	if (dup2(mount, PASSED) < 0)
		_exit(EXIT_FAILURE);
}

static _Noreturn void become_server(char *const argv[], int socket)
{
	int mount = -1;

	if (chdir("/") == 0 && leave_descriptors(&socket))
		mount = receive_mount(socket);
	if (mount < 0)
		_exit(EXIT_FAILURE);
	pass(mount);
	execv("/proc/self/exe", argv);
	_exit(EXIT_FAILURE);
}

/* In between stands a process that ends at once, so that the command does not find a child that it never made. */
static _Noreturn void become_nobodys_child(char *const argv[], int socket)
{
	pid_t pid;

	setsid();
	pid = fork();
	if (pid == 0)
		become_server(argv, socket);
	_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

enum tally_status tally_private_server_start(char *const argv[], int *ret_socket, struct tally_problem *problem)
{
	int ends[2], status = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return fail("reach a server", problem);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		become_nobodys_child(argv, ends[1]);
	}
	close(ends[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0) {
		close(ends[0]);
		return fail("start a server", problem);
	}
	*ret_socket = ends[0];
	return TALLY_OK;
}

/* --- our side --- */

static bool send_mount(int socket, int mount)
{
	union descriptor_room room = { .bytes = { 0 } };
	char byte = 0;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof(room)
	};
	struct cmsghdr *control = CMSG_FIRSTHDR(&message);

	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(mount));
	memcpy(CMSG_DATA(control), &mount, sizeof(mount));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

/* Who has no rights outside can't have a command of his use another user's namespace, so the tree is his alone. */
static int mount_fuse(int device, const char *path)
{
	char options[128];

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions%s", device,
		 (unsigned)geteuid(), (unsigned)getegid(), geteuid() == 0 ? ",allow_other" : "");
	return mount("tally", path, "fuse.tally", MS_NOSUID | MS_NODEV, options);
}

enum tally_status tally_private_server_mount(int socket, const char *path, struct tally_problem *problem)
{
	/* In a user namespace the kernel wants it opened by a process of that. */
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	enum tally_status status = TALLY_OK;

	if (device < 0)
		status = fail("open /dev/fuse", problem);
	else if (mount_fuse(device, path) != 0)
		status = fail("mount the tree", problem);
	else if (!send_mount(socket, device))
		status = fail("reach the server", problem);
	if (device >= 0)
		close(device);
	close(socket);
	return status;
}
