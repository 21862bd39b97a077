// SPDX-License-Identifier: BSD-2-Clause
/* A mount namespace of our own, in which files and directories stand where clients look for them. */
#include "namespace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static enum tally_status fail(const char *what, const char *path, struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot %s %s: %s", what, path, strerror(error));
	if (error == EPERM || error == EACCES)
		return TALLY_PERMISSION;
	return error == ENOENT ? TALLY_NOT_FOUND : TALLY_SYSTEM;
}

/* --- the namespace --- */

static enum tally_status write_map(const char *path, const char *text, struct tally_problem *problem)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_written;

	if (fd < 0)
		return fail("open", path, problem);
	is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (!is_written) {
		enum tally_status status = fail("write", path, problem);

		close(fd);
		return status;
	}
	close(fd);
	return TALLY_OK;
}

/* The caller stays who it is: what it makes, and what it may not open, is as outside. */
static enum tally_status map_oneself(uid_t uid, gid_t gid, struct tally_problem *problem)
{
	char map[64];
	enum tally_status status = write_map("/proc/self/setgroups", "deny", problem);

	if (status != TALLY_OK)
		return status;
	snprintf(map, sizeof(map), "%u %u 1\n", (unsigned)uid, (unsigned)uid);
	status = write_map("/proc/self/uid_map", map, problem);
	if (status != TALLY_OK)
		return status;
	snprintf(map, sizeof(map), "%u %u 1\n", (unsigned)gid, (unsigned)gid);
	return write_map("/proc/self/gid_map", map, problem);
}

enum tally_status tally_namespace_enter(struct tally_problem *problem)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	enum tally_status status = TALLY_OK;

	if (unshare(CLONE_NEWNS) != 0) {
		if (errno != EPERM)
			return fail("make", "a mount namespace", problem);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
			status = fail("make", "a user namespace", problem);
			return status == TALLY_SYSTEM ? TALLY_PERMISSION : status;
		}
		status = map_oneself(uid, gid, problem);
	}
	if (status != TALLY_OK || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0)
		return status;
	if (errno != EINVAL)
		return fail("keep mounts inside", "the namespace", problem);
	/* What it is part of can't be seen from here, so whether mounts would get out can't be said. */
	tally_problem_set(problem,
			  "the root of this process is no mount: in a chroot, bind its folder to itself first");
	return TALLY_UNAVAILABLE;
}

/* --- binding --- */

/* What path names, with all that is mounted below it, as a tree that has no place yet. */
static int take(int folder, const char *path)
{
	return open_tree(folder, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
}

static int put(int tree, int folder, const char *path)
{
	return move_mount(tree, "", folder, path, MOVE_MOUNT_F_EMPTY_PATH);
}

enum tally_status tally_namespace_take(struct tally_place *place, size_t count, const char *root,
				       struct tally_problem *problem)
{
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; i < count; i++)
		place[i].tree = -1;
	if (folder < 0)
		return fail("open", root, problem);
	for (size_t i = 0; i < count && status == TALLY_OK; i++) {
		if (!place[i].source)
			continue;
		place[i].tree = take(folder, place[i].source);
		if (place[i].tree < 0)
			status = fail("find in the tree:", place[i].source, problem);
	}
	close(folder);
	return status;
}

void tally_namespace_release(struct tally_place *place, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (place[i].tree >= 0)
			close(place[i].tree);
		place[i].tree = -1;
	}
}

/* --- missing parents --- */

/* How many bytes of path name something that exists. */
static size_t existing_prefix(const char *path)
{
	char prefix[PATH_MAX];
	size_t size = strlen(path);
	struct stat stat_of;

	memcpy(prefix, path, size + 1);
	while (size > 1 && stat(prefix, &stat_of) != 0) {
		do
			size--;
		while (size > 1 && path[size] != '/');
		prefix[size] = 0;
	}
	return size;
}

/* The directory that others stand in for, as it was, and what stands over it now. */
struct cover {
	char path[PATH_MAX];
	int original;
	int top;
};

/* Whether the place wants something in the directory that is being covered. */
static bool wants(const struct tally_place *place, const char *path)
{
	return place->path[place->existing] != 0 && strlen(path) == place->existing &&
	       memcmp(place->path, path, place->existing) == 0;
}

static int make_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno != EEXIST ? -1 : 0;
}

/* What the source is bound over, or the link itself. */
static int make_leaf(int folder, const char *name, const struct tally_place *place)
{
	struct stat source;

	if (place->link)
		return symlinkat(place->link, folder, name);
	if (fstat(place->tree, &source) != 0)
		return -1;
	if (S_ISDIR(source.st_mode))
		return mkdirat(folder, name, 0755) != 0 && errno != EEXIST ? -1 : 0;
	return make_file(folder, name);
}

/* Make the missing part of a place's path below folder. */
static int make_missing(int folder, const struct tally_place *place)
{
	const char *missing = place->path + place->existing + (place->path[place->existing] == '/');
	char path[PATH_MAX];

	memcpy(path, missing, strlen(missing) + 1);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdirat(folder, path, 0755) != 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return make_leaf(folder, path, place);
}

/* Something that a bind can stand over; a tmpfs has nothing yet, an overlay shows the original's. */
static int make_bindable(int folder, const char *name, mode_t mode)
{
	struct stat there;

	if (fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (S_ISDIR(mode))
		return mkdirat(folder, name, 0755);
	return make_file(folder, name);
}

static int copy_link(const struct cover *cover, const char *name)
{
	char content[PATH_MAX];
	ssize_t size = readlinkat(cover->original, name, content, sizeof(content) - 1);

	if (size < 0)
		return -1;
	content[size] = 0;
	return symlinkat(content, cover->top, name) != 0 && errno != EEXIST ? -1 : 0;
}

/* One entry of the original, again in its place. One that has gone meanwhile is left out. */
static int show_again(const struct cover *cover, const char *name)
{
	struct stat entry;
	int tree, result;

	if (fstatat(cover->original, name, &entry, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISLNK(entry.st_mode))
		return copy_link(cover, name);
	if (make_bindable(cover->top, name, entry.st_mode) != 0)
		return -1;
	tree = take(cover->original, name);
	if (tree < 0)
		return errno == ENOENT ? 0 : -1;
	result = put(tree, cover->top, name);
	close(tree);
	return result;
}

static int show_original(const struct cover *cover)
{
	int fd = openat(cover->original, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = entries ? 0 : -1;

	while (result == 0 && (entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = show_again(cover, entry->d_name);
	if (entries)
		closedir(entries);
	return result;
}

static int open_top(struct cover *cover)
{
	if (cover->top >= 0)
		close(cover->top);
	cover->top = open(cover->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cover->top < 0 ? -1 : 0;
}

/*
 * Over the tmpfs with the missing parts, which becomes its upper layer in what it shows. An entry that comes later
 * is seen through it. Lower layers only: a write that is bound nowhere is refused, not copied. A kernel may have no
 * overlay, or allow none here (mounts below, in a user namespace): then the tmpfs stays.
 */
static bool lay_over(const struct cover *cover)
{
	char layers[PATH_MAX + 32];
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool is_mounted = false;

	if (here < 0)
		return false;
	snprintf(layers, sizeof(layers), "lowerdir=%s:.", cover->path);
	if (!strpbrk(cover->path, ":,\\") && fchdir(cover->original) == 0) {
		is_mounted = mount("tally", cover->path, "overlay", MS_RDONLY, layers) == 0;
		if (fchdir(here) != 0)
			is_mounted = false;
	}
	close(here);
	return is_mounted;
}

static int supply(struct cover *cover, const struct tally_place *place, size_t count)
{
	cover->original = open(cover->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cover->original < 0 || mount("tally", cover->path, "tmpfs", 0, "mode=0755") != 0 || open_top(cover) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (wants(&place[i], cover->path) && make_missing(cover->top, &place[i]) != 0)
			return -1;
	if (lay_over(cover) && open_top(cover) != 0)
		return -1;
	return show_original(cover);
}

/* Cover the directory in which a place's path ends before its end. */
static enum tally_status supply_for(const struct tally_place *wanting, const struct tally_place *place, size_t count,
				    struct tally_problem *problem)
{
	struct cover cover = { .original = -1, .top = -1 };
	enum tally_status status = TALLY_OK;

	memcpy(cover.path, wanting->path, wanting->existing);
	if (wanting->existing == 1) {
		tally_problem_set(problem, "there is no directory in which %s could stand: is /sys mounted?",
				  wanting->path);
		return TALLY_UNAVAILABLE;
	}
	if (supply(&cover, place, count) != 0)
		status = fail("supply what is missing in", cover.path, problem);
	if (cover.original >= 0)
		close(cover.original);
	if (cover.top >= 0)
		close(cover.top);
	return status;
}

/* Whether an earlier place wanted something in the same directory, so that it is covered already. */
static bool is_covered(const struct tally_place *place, size_t i)
{
	for (size_t earlier = 0; earlier < i; earlier++)
		if (place[earlier].existing == place[i].existing && place[earlier].path[place[earlier].existing] != 0 &&
		    memcmp(place[earlier].path, place[i].path, place[i].existing) == 0)
			return true;
	return false;
}

enum tally_status tally_namespace_place(struct tally_place *place, size_t count, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	/* All looked at before the first is made: what we supply ourselves is not what exists. */
	for (size_t i = 0; i < count; i++) {
		if (place[i].path[0] != '/' || strlen(place[i].path) >= PATH_MAX)
			return TALLY_INVALID;
		place[i].existing = existing_prefix(place[i].path);
	}
	for (size_t i = 0; i < count && status == TALLY_OK; i++)
		if (place[i].path[place[i].existing] != 0 && !is_covered(place, i))
			status = supply_for(&place[i], place, count, problem);
	for (size_t i = 0; i < count && status == TALLY_OK; i++)
		if (place[i].source && put(place[i].tree, AT_FDCWD, place[i].path) != 0)
			status = fail("put the tree at", place[i].path, problem);
	return status;
}
