// SPDX-License-Identifier: BSD-2-Clause
/* What a service and its manager tell each other: sd_notify(3) and sd_listen_fds(3), without their library. */
#include "notify.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_PASSED 3
#define PASSED_LIMIT 64

/* A path, or with an at sign a name of the abstract space. */
static bool manager_address(struct sockaddr_un *ret, socklen_t *ret_size)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t size = name ? strlen(name) : 0;

	if (size < 2 || size >= sizeof(ret->sun_path) || (name[0] != '/' && name[0] != '@'))
		return false;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, name, size);
	if (name[0] == '@')
		ret->sun_path[0] = 0;
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	return true;
}

static void attach(struct msghdr *message, void *room, int fd)
{
	struct cmsghdr *control;

	message->msg_control = room;
	message->msg_controllen = CMSG_SPACE(sizeof(fd));
	control = CMSG_FIRSTHDR(message);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
}

static bool send_lines(const char *lines, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room = { .bytes = { 0 } };
	char text[256];
	struct sockaddr_un address;
	struct iovec part = { .iov_base = text, .iov_len = strlen(lines) };
	struct msghdr message = { .msg_name = &address, .msg_iov = &part, .msg_iovlen = 1 };
	int manager;
	bool is_sent;

	if (part.iov_len > sizeof(text) || !manager_address(&address, &message.msg_namelen))
		return false;
	memcpy(text, lines, part.iov_len);
	if (fd >= 0)
		attach(&message, &room, fd);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager < 0)
		return false;
	is_sent = sendmsg(manager, &message, MSG_NOSIGNAL) >= 0;
	close(manager);
	return is_sent;
}

bool tally_notify(const char *lines)
{
	return send_lines(lines, -1);
}

bool tally_notify_keep(int fd, const char *name)
{
	char lines[64];

	snprintf(lines, sizeof(lines), "FDSTORE=1\nFDNAME=%s", name);
	return send_lines(lines, fd);
}

void tally_notify_drop(const char *name)
{
	char lines[64];

	snprintf(lines, sizeof(lines), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	send_lines(lines, -1);
}

/* How many descriptors were passed to us, and not to a parent that left its variables to us. */
static int passed_count(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	long number = count ? strtol(count, NULL, 10) : 0;

	if (!pid || strtol(pid, NULL, 10) != (long)getpid() || number < 1 || number > PASSED_LIMIT)
		return 0;
	return (int)number;
}

int tally_passed(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	size_t size = strlen(name);
	int count = names ? passed_count() : 0;

	for (int i = 0; i < count && names; i++) {
		const char *colon = strchr(names, ':');

		if (strncmp(names, name, size) == 0 && (names[size] == ':' || names[size] == 0) &&
		    fcntl(FIRST_PASSED + i, F_SETFD, FD_CLOEXEC) == 0)
			return FIRST_PASSED + i;
		names = colon ? colon + 1 : NULL;
	}
	return -1;
}

void tally_passed_end(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}
