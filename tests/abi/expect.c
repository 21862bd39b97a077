// SPDX-License-Identifier: BSD-2-Clause
/* What cases do with files, and what they expect of them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

__attribute__((format(printf, 3, 0))) static void print_failure(const char *file, int line, const char *format,
								va_list arguments)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	printf("# %s:%d: %s\n", file, line, text);
	fflush(stdout);
}

_Noreturn void abi_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_failure(file, line, format, arguments);
	va_end(arguments);
	_exit(1);
}

const char *abi_result_name(int result)
{
	const char *name = result == ABI_SHORT ? "a part" : strerrorname_np(result);

	return result == 0 ? "success" : name ? name : "an unknown errno";
}

void abi_expect_result(const char *file, int line, int result, int expected, const char *format, ...)
{
	char what[512];
	va_list arguments;

	if (result == expected)
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	abi_fail(file, line, "%s: %s, not %s", what, abi_result_name(result), abi_result_name(expected));
}

int abi_open(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC, 0220);

	return fd < 0 ? -errno : fd;
}

int abi_must_open(int dir, const char *name, int flags)
{
	int fd = abi_open(dir, name, flags);

	ABI_EXPECT(fd >= 0, "open %s: %s", name, abi_result_name(-fd));
	return fd;
}

int abi_write(int fd, const void *bytes, size_t size)
{
	ssize_t written = write(fd, bytes, size);

	if (written < 0)
		return errno;
	return (size_t)written == size ? 0 : ABI_SHORT;
}

int abi_put(int dir, const char *name, const void *bytes, size_t size)
{
	int fd = abi_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC);
	int result;

	if (fd < 0)
		return -fd;
	result = abi_write(fd, bytes, size);
	if (close(fd) < 0 && result == 0)
		result = errno;
	return result;
}

int abi_put_text(int dir, const char *name, const char *text)
{
	return abi_put(dir, name, text, strlen(text));
}

int abi_read_on(int fd, const size_t *steps, struct abi_content *ret)
{
	ret->size = 0;
	for (;;) {
		size_t room = sizeof(ret->bytes) - ret->size;
		ssize_t got = read(fd, ret->bytes + ret->size, *steps < room ? *steps : room);

		if (got < 0)
			return errno;
		if (got == 0)
			return 0;
		ret->size += (size_t)got;
		if (steps[1])
			steps++;
	}
}

int abi_get(int dir, const char *name, struct abi_content *ret)
{
	static const size_t whole[] = { sizeof(ret->bytes), 0 };
	int fd = abi_open(dir, name, O_RDONLY);
	int result;

	if (fd < 0)
		return -fd;
	result = abi_read_on(fd, whole, ret);
	close(fd);
	return result;
}

void abi_must_get(int dir, const char *name, struct abi_content *ret)
{
	int result = abi_get(dir, name, ret);

	ABI_EXPECT(result == 0, "read %s: %s", name, abi_result_name(result));
}

void abi_expect_text(const char *file, int line, int dir, const char *name, const char *text)
{
	struct abi_content content;
	int result = abi_get(dir, name, &content);

	if (result != 0)
		abi_fail(file, line, "read %s: %s", name, abi_result_name(result));
	if (content.size != strlen(text) || memcmp(content.bytes, text, content.size) != 0)
		abi_fail(file, line, "%s is \"%.*s\", not \"%s\"", name, (int)content.size, content.bytes, text);
}

bool abi_contains(const struct abi_content *content, const void *bytes, size_t size)
{
	return memmem(content->bytes, content->size, bytes, size) != NULL;
}

bool abi_equal(const struct abi_content *a, const struct abi_content *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ABI_EXPECT(fd >= 0, "open %s: %s", path, strerror(errno));
	return fd;
}

int abi_open_root(void)
{
	return open_directory(abi_target.root);
}

int abi_open_below_root(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", abi_target.root, name);
	return open_directory(path);
}

int abi_open_measurements(void)
{
	return open_directory(abi_target.measurements);
}

struct abi_name abi_new_name(void)
{
	struct abi_name name;
	uint64_t random;

	abi_random(&random, sizeof(random));
	snprintf(name.text, sizeof(name.text), "abi-%d-%016llx", abi_target.runner, (unsigned long long)random);
	return name;
}

struct abi_entry abi_entry_new(const char *below_root)
{
	struct abi_entry entry = { .parent = abi_open_below_root(below_root), .name = abi_new_name() };

	ABI_EXPECT(mkdirat(entry.parent, entry.name.text, 0700) == 0, "mkdir in %s: %s", below_root, strerror(errno));
	entry.dir = abi_must_open(entry.parent, entry.name.text, O_RDONLY | O_DIRECTORY);
	return entry;
}

void abi_entry_remove(struct abi_entry *entry)
{
	close(entry->dir);
	ABI_EXPECT(unlinkat(entry->parent, entry->name.text, AT_REMOVEDIR) == 0, "rmdir: %s", strerror(errno));
	close(entry->parent);
}

pid_t abi_child(void (*run)(void *argument), void *argument)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	ABI_EXPECT(child >= 0, "fork: %s", strerror(errno));
	if (child > 0)
		return child;
	run(argument);
	_exit(0);
}

bool abi_child_succeeds(pid_t child)
{
	int status = -1;

	waitpid(child, &status, 0);
	return status == 0;
}

bool abi_child_ends_within(pid_t child, int milliseconds)
{
	struct pollfd wait = { .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN };
	int ready = poll(&wait, 1, milliseconds);

	close(wait.fd);
	return ready == 1;
}

void abi_random(void *ret, size_t size)
{
	ABI_EXPECT(getrandom(ret, size, 0) == (ssize_t)size, "getrandom: %s", strerror(errno));
}

size_t abi_hash(const char *alg, const void *a, size_t a_size, const void *b, size_t b_size, uint8_t ret[64])
{
	const EVP_MD *md = EVP_get_digestbyname(alg);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned size = 0;

	if (md && EVP_DigestInit_ex(context, md, NULL) && EVP_DigestUpdate(context, a, a_size) &&
	    EVP_DigestUpdate(context, b, b_size))
		EVP_DigestFinal_ex(context, ret, &size);
	EVP_MD_CTX_free(context);
	return size;
}

size_t abi_hash_size(const char *alg)
{
	const EVP_MD *md = EVP_get_digestbyname(alg);

	return md ? (size_t)EVP_MD_get_size(md) : 0;
}
