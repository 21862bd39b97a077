// SPDX-License-Identifier: BSD-2-Clause
/* What a service and its manager tell each other. spec: sd_notify(3), sd_listen_fds(3) */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../face/notify.h"

static void set_passed(long pid, const char *count, const char *names)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", count, 1);
	if (names)
		setenv("LISTEN_FDNAMES", names, 1);
	else
		unsetenv("LISTEN_FDNAMES");
}

/* Descriptors 3, 4 and 5 are there: whoever runs the test may have left others. */
static int open_descriptors(void **state)
{
	(void)state;
	for (int fd = 3; fd < 6; fd++)
		if (dup2(STDERR_FILENO, fd) != fd)
			return -1;
	return 0;
}

static void what_was_passed_is_found_by_its_name(void **state)
{
	static const struct {
		const char *count;
		const char *names;
		const char *name;
		int expected;
	} cases[] = {
		{ "2", "mount:state", "mount", 3 },
		{ "2", "mount:state", "state", 4 },
		{ "3", "other:state:mount", "mount", 5 },
		{ "2", "mounted:mount", "mount", 4 },
		{ "2", "mount:state", "moun", -1 },
		{ "1", "mount:state", "state", -1 }, /* fewer than names */
		{ "2", "mount", "state", -1 },
		{ "2", "", "mount", -1 },
		{ "2", NULL, "mount", -1 },
		{ "0", "mount", "mount", -1 },
		{ "-1", "mount", "mount", -1 },
		{ "x", "mount", "mount", -1 },
		{ "99999", "mount", "mount", -1 },
		{ "", "mount", "mount", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd;

		set_passed(getpid(), cases[i].count, cases[i].names);
		fd = tally_passed(cases[i].name);
		if (fd != cases[i].expected)
			fail_msg("%s of %s (%s): %d", cases[i].name, cases[i].names, cases[i].count, fd);
		if (fd >= 0)
			assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
}

static void what_was_passed_to_another_process_is_not_ours(void **state)
{
	(void)state;
	set_passed(getppid(), "1", "mount");
	assert_int_equal(tally_passed("mount"), -1);
	set_passed(getpid(), "1", "mount");
	assert_int_equal(tally_passed("mount"), 3);
	tally_passed_end();
	assert_int_equal(tally_passed("mount"), -1);
}

/* A manager's socket with a name of the kernel's choice, and its address as a manager writes it. */
static int listen_as_manager(char *address, size_t size)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t name_size = sizeof(name);
	int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(manager, (struct sockaddr *)&name, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(manager, (struct sockaddr *)&name, &name_size), 0);
	snprintf(address, size, "@%.*s", (int)(name_size - sizeof(sa_family_t) - 1), name.sun_path + 1);
	return manager;
}

static int receive(int manager, char *lines, size_t size)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room;
	struct iovec part = { .iov_base = lines, .iov_len = size - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof(room)
	};
	ssize_t got = recvmsg(manager, &message, MSG_DONTWAIT);
	struct cmsghdr *control;
	int fd = -1;

	assert_true(got >= 0);
	lines[got] = 0;
	control = CMSG_FIRSTHDR(&message);
	if (control)
		memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

static void a_manager_hears_what_is_told_and_gets_what_it_is_to_keep(void **state)
{
	char address[128], lines[256];
	int manager = listen_as_manager(address, sizeof(address));
	int fd;

	(void)state;
	setenv("NOTIFY_SOCKET", address, 1);
	assert_true(tally_notify("READY=1"));
	assert_int_equal(receive(manager, lines, sizeof(lines)), -1);
	assert_string_equal(lines, "READY=1");
	assert_true(tally_notify_keep(STDERR_FILENO, "mount"));
	fd = receive(manager, lines, sizeof(lines));
	assert_string_equal(lines, "FDSTORE=1\nFDNAME=mount");
	assert_true(fd > STDERR_FILENO);
	close(fd);
	tally_notify_drop("mount");
	receive(manager, lines, sizeof(lines));
	assert_string_equal(lines, "FDSTOREREMOVE=1\nFDNAME=mount");
	close(manager);
	assert_false(tally_notify("READY=1"));
}

static void without_a_manager_nothing_is_told(void **state)
{
	static const char *const addresses[] = { "", "@", "relative", "/nonexistent/socket" };

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_false(tally_notify("READY=1"));
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		setenv("NOTIFY_SOCKET", addresses[i], 1);
		assert_false(tally_notify_keep(STDERR_FILENO, "mount"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_passed_is_found_by_its_name, open_descriptors),
		cmocka_unit_test_setup(what_was_passed_to_another_process_is_not_ours, open_descriptors),
		cmocka_unit_test(a_manager_hears_what_is_told_and_gets_what_it_is_to_keep),
		cmocka_unit_test(without_a_manager_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
