// SPDX-License-Identifier: BSD-2-Clause
/* The tree without FUSE: names, numbers, modes, entries and their collection, open files. */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>

#include "../../face/callers_policy.h"
#include "../../face/files.h"
#include "../../face/handle.h"
#include "../../face/listing.h"
#include "../../face/quota.h"
#include "../../provider/soft.h"

#define USER 1000
#define READER_GROUP 77
#define SECOND UINT64_C(1000000000)

/* A tree over soft, with room for a few entries. */
struct world {
	char path[DIRECTORY_LIMIT];
	struct tally_authority *authority;
	struct tally_face face;
	struct tally_tree tree;
	struct tally_handles handles;
	struct tally_caller root;
};

static struct world *world_as(enum tally_soft_preset preset, const char *present)
{
	struct world *world = calloc(1, sizeof(*world));
	struct tally_soft_options soft = { .preset = preset };
	struct tally_authority_options options = { .provider = "soft", .provider_options = { .soft = &soft } };
	struct tally_tree_options tree = {
		.face_count = 1, .reader_group = READER_GROUP, .entry_quota = 3, .open_quota = 8
	};
	struct tally_problem problem;

	assert_non_null(world);
	directory_new(world->path);
	options.directory = world->path;
	assert_int_equal(tally_authority_open(&options, &world->authority, &problem), TALLY_OK);
	world->face.authority = world->authority;
	world->face.quota = tally_quota_new();
	tree.faces[0] = &world->face;
	tree.present[0] = present ? tally_present_find(present) : tally_present_of("soft");
	tally_tree_init(&world->tree, &tree);
	tally_handles_init(&world->handles, &world->tree);
	tally_caller_init(&world->root, 0, 0, 0, NULL);
	tally_callers_full(&world->root.rights);
	return world;
}

static void world_free(struct world *world)
{
	tally_handles_done(&world->handles);
	tally_tree_done(&world->tree);
	assert_int_equal(tally_quota_used(world->face.quota, 0, TALLY_QUOTA_ENTRIES), 0);
	assert_int_equal(tally_quota_used(world->face.quota, 0, TALLY_QUOTA_OPEN), 0);
	assert_int_equal(tally_quota_used(world->face.quota, 0, TALLY_QUOTA_HELD_BYTES), 0);
	tally_quota_free(world->face.quota);
	tally_authority_close(world->authority);
	directory_remove(world->path);
	free(world);
}

/* The node at a path; the number 0 where there is none, and then *ret_error says why. */
static struct tally_node find(struct world *world, const char *path, int *ret_error)
{
	struct tally_node node = { .number = TALLY_ROOT_NODE };
	char copy[256], *rest = copy, *name;

	*ret_error = 0;
	snprintf(copy, sizeof(copy), "%s", path);
	while (!*ret_error && (name = strsep(&rest, "/")))
		*ret_error = tally_tree_look_up(&world->tree, node.number, name, &node);
	if (*ret_error)
		node.number = 0;
	return node;
}

static uint64_t number_of(struct world *world, const char *path)
{
	int error;
	struct tally_node node = find(world, path, &error);

	if (error)
		print_message("# %s\n", path);
	assert_int_equal(error, 0);
	return node.number;
}

static int make(struct world *world, const char *directory, const char *name)
{
	struct tally_node node;

	return tally_tree_make(&world->tree, &world->root, number_of(world, directory), name, &node);
}

static int open_path(struct world *world, const char *path, int flags, struct tally_handle **ret)
{
	return tally_handle_open(&world->handles, number_of(world, path), flags, &world->root, ret);
}

static void close_handle(struct world *world, struct tally_handle *handle)
{
	tally_handle_close(&world->handles, handle);
	tally_handle_put(&world->handles, handle);
}

/* Open, write, close: as a shell does. */
static int write_path(struct world *world, const char *path, const void *data, size_t size)
{
	struct tally_handle *handle;
	int taken = open_path(world, path, O_WRONLY, &handle);

	if (taken)
		return taken;
	taken = tally_face_write(&world->handles, handle, 0, tally_bytes(data, size));
	tally_handle_flush(&world->handles, handle);
	close_handle(world, handle);
	return taken;
}

static int write_text(struct world *world, const char *path, const char *text)
{
	return write_path(world, path, text, strlen(text));
}

/* The content as text, in memory of this function. */
static const char *read_text(struct world *world, const char *path, int *ret_error)
{
	static char text[4096];
	struct tally_handle *handle;
	struct tally_blob *blob = NULL;

	memset(text, 0, sizeof(text));
	*ret_error = open_path(world, path, O_RDONLY, &handle);
	if (*ret_error)
		return text;
	*ret_error = tally_face_content(&world->handles, handle, &blob);
	if (!*ret_error) {
		assert_true(blob->bytes.size < sizeof(text));
		memcpy(text, blob->bytes.data, blob->bytes.size);
	}
	tally_blob_put(blob);
	close_handle(world, handle);
	return text;
}

static void assert_text(struct world *world, const char *path, const char *expected)
{
	int error;
	const char *text = read_text(world, path, &error);

	if (error || strcmp(text, expected) != 0)
		print_message("# %s: %d\n", path, error);
	assert_int_equal(error, 0);
	assert_string_equal(text, expected);
}

/* spec: DESIGN 7; linux-tsm-abi A.2, B.1 */
static void names_and_modes(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		gid_t group;
		uint64_t size;
	} cases[] = {
		{ "tsm", S_IFDIR | 0755, 0, 0 },
		{ "tsm/report", S_IFDIR | 0700, 0, 0 },
		{ "tsm/rtmrs", S_IFDIR | 0700, 0, 0 },
		{ "tsm/registers", S_IFDIR | 0750, READER_GROUP, 0 },
		{ "tsm/registers/mrtd/digest", S_IFREG | 0444, 0, 48 },
		{ "tsm/registers/rtmr3/kind", S_IFREG | 0444, 0, 4096 },
		{ "tsm/log", S_IFREG | 0440, READER_GROUP, 1 },
		{ "tsm/request", S_IFREG | 0666, 0, 65536 },
		{ "measurements", S_IFDIR | 0750, READER_GROUP, 0 },
		{ "measurements/rtmr0:sha384", S_IFREG | 0644, READER_GROUP, 48 },
		{ "measurements/mrtd:sha384", S_IFREG | 0444, READER_GROUP, 48 },
		{ "measurements/mrconfigid", S_IFREG | 0444, READER_GROUP, 48 },
		{ "tsm/report/.tmpAb", S_IFDIR | 0755, 0, 0 },
		{ "tsm/report/.tmpAb/inblob", S_IFREG | 0200, 0, 0 },
		{ "tsm/report/.tmpAb/outblob", S_IFREG | 0444, 0, 0 },
		{ "tsm/report/.tmpAb/generation", S_IFREG | 0444, 0, 4096 },
		{ "tsm/report/.tmpAb/privlevel", S_IFREG | 0200, 0, 4096 },
	};
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	int error;

	(void)state;
	assert_int_equal(make(world, "tsm/report", ".tmpAb"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_node node = find(world, cases[i].path, &error);

		print_message("# %s\n", cases[i].path);
		assert_int_equal(error, 0);
		assert_int_equal(node.mode, cases[i].mode);
		assert_int_equal(node.group, cases[i].group);
		if (node.kind == TALLY_NODE_LOG)
			assert_true(node.size > 0);
		else
			assert_int_equal(node.size, cases[i].size);
	}
	find(world, "measurements/mrconfigid:sha384", &error);
	assert_int_equal(error, -ENOENT);
	find(world, "tsm/report/x", &error);
	assert_int_equal(error, -ENOENT);
	find(world, "tsm/log/x", &error);
	assert_int_equal(error, -ENOTDIR);
	world_free(world);
}

/* Whatever a directory lists can be looked up, and its number leads to it. */
static void check_directory(struct world *world, uint64_t number, unsigned *count)
{
	struct tally_listing_item item;
	struct tally_handle *handle;

	assert_int_equal(tally_listing_open(&world->handles, number, &world->root, &handle), 0);
	for (uint64_t i = 2; tally_listing_read(handle, i, &item); i++) {
		struct tally_node found, again;

		assert_int_equal(tally_tree_look_up(&world->tree, number, item.name, &found), 0);
		assert_int_equal(tally_tree_attributes(&world->tree, item.number, &again), 0);
		assert_int_equal(found.number, item.number);
		assert_int_equal(again.number, item.number);
		assert_string_equal(again.name, item.name);
		assert_int_equal(again.mode, found.mode);
		(*count)++;
		if (S_ISDIR(found.mode))
			check_directory(world, found.number, count);
	}
	close_handle(world, handle);
}

static void lists_names_and_numbers_agree(void **state)
{
	static const struct {
		enum tally_soft_preset preset;
		const char *present;
		unsigned count;
	} cases[] = {
		/* root 2, what a TD has 5, tsm 5, registers 8 + 8 * 7, measurements 8, entries 1 + 11 and 1 + 6 */
		{ TALLY_SOFT_DEFAULT, NULL, 2 + 5 + 5 + 8 + 56 + 8 + 12 + 7 },
		{ TALLY_SOFT_TDX, "tdx_guest", 2 + 5 + 5 + 8 + 56 + 8 + 5 + 7 },
		/* 24 registers of three banks: 9 files each, 72 measurements */
		{ TALLY_SOFT_TPM, NULL, 2 + 5 + 24 + 216 + 72 + 12 + 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = world_as(cases[i].preset, cases[i].present);
		unsigned count = 0;

		print_message("# %zu\n", i);
		assert_int_equal(make(world, "tsm/report", "a"), 0);
		assert_int_equal(make(world, "tsm/rtmrs", "a"), 0);
		check_directory(world, TALLY_ROOT_NODE, &count);
		assert_int_equal(count, cases[i].count);
		world_free(world);
	}
}

static void numbers_that_are_nobodys(void **state)
{
	static const uint64_t numbers[] = { 0,
					    2,
					    255,
					    UINT64_C(200) << 8,
					    UINT64_MAX >> 2,
					    UINT64_C(1) << 40,
					    (UINT64_C(3) << 8) + 77,
					    (UINT64_C(1) << 62) | UINT64_C(5) << 32 };
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_node node;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		print_message("# %zu\n", i);
		assert_int_equal(tally_tree_attributes(&world->tree, numbers[i], &node), -ESTALE);
	}
	assert_null(tally_handle_get(&world->handles, 1));
	world_free(world);
}

static void entries_come_and_go(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	char name[TALLY_ENTRY_NAME_LIMIT + 2];
	uint64_t first, report = number_of(world, "tsm/report");
	struct tally_node node;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	assert_int_equal(make(world, "tsm/report", name), -ENAMETOOLONG);
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_equal(make(world, "tsm/report", "a"), -EEXIST);
	assert_int_equal(make(world, "tsm/report/a", "b"), -EPERM);
	assert_int_equal(make(world, "tsm", "b"), -EPERM);
	first = number_of(world, "tsm/report/a");
	assert_int_equal(tally_tree_remove(&world->tree, report, "a"), 0);
	assert_int_equal(tally_tree_remove(&world->tree, report, "a"), -ENOENT);
	assert_int_equal(tally_tree_attributes(&world->tree, first, &node), -ESTALE);
	/* The same name is another entry. */
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_not_equal(number_of(world, "tsm/report/a"), first);
	assert_int_equal(tally_tree_remove(&world->tree, TALLY_ROOT_NODE, "tsm"), -EPERM);
	assert_int_equal(tally_tree_remove(&world->tree, number_of(world, "tsm"), "log"), -ENOTDIR);
	world_free(world);
}

/* What the kernel has of a server that died must not lead to anything of the next one. */
static void another_server_has_other_numbers(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	uint64_t fixed = number_of(world, "tsm/log"), entry[2], file[2];

	(void)state;
	for (uint32_t incarnation = 1; incarnation <= 2; incarnation++) {
		struct tally_handle *handle;

		tally_tree_number(&world->tree, incarnation);
		tally_handles_number(&world->handles, incarnation);
		assert_int_equal(make(world, "tsm/report", "a"), 0);
		entry[incarnation - 1] = number_of(world, "tsm/report/a/generation");
		assert_int_equal(open_path(world, "tsm/report/a/generation", O_RDONLY, &handle), 0);
		file[incarnation - 1] = handle->id;
		close_handle(world, handle);
		assert_int_equal(tally_tree_remove(&world->tree, number_of(world, "tsm/report"), "a"), 0);
	}
	assert_int_not_equal(entry[0], entry[1]);
	assert_int_not_equal(file[0], file[1]);
	assert_int_equal(number_of(world, "tsm/log"), fixed);
	world_free(world);
}

static unsigned removed_count;
static char removed_name[TALLY_ENTRY_NAME_LIMIT + 1];

static void note_removed(void *context, uint64_t parent, const char *name)
{
	(void)context;
	(void)parent;
	removed_count++;
	snprintf(removed_name, sizeof(removed_name), "%s", name);
}

/* As if it was left alone for so long. */
static void age(struct world *world, const char *path, uint64_t seconds)
{
	struct tally_entry *entry = tally_entries_find(&world->tree.entries, number_of(world, path) >> 8);

	assert_non_null(entry);
	entry->used = tally_tree_now() - seconds * SECOND;
}

static void entries_are_collected_only_beyond_the_quota(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_caller user = world->root;
	struct tally_handle *handle;
	struct tally_node node;

	(void)state;
	user.uid = USER;
	removed_count = 0;
	world->tree.removed = note_removed;
	assert_int_equal(make(world, "tsm/report", "old"), 0);
	assert_int_equal(make(world, "tsm/report", "older"), 0);
	assert_int_equal(make(world, "tsm/rtmrs", "bound"), 0);
	assert_int_equal(write_text(world, "tsm/rtmrs/bound/index", "2"), 1);
	/* All are young. */
	assert_int_equal(make(world, "tsm/report", "new"), -EDQUOT);
	age(world, "tsm/report/old", 100);
	age(world, "tsm/report/older", 200);
	age(world, "tsm/rtmrs/bound", 300);
	/* Another user has a share of his own. */
	assert_int_equal(tally_tree_make(&world->tree, &user, number_of(world, "tsm/report"), "his", &node), 0);
	assert_int_equal(removed_count, 0);
	/* The oldest is open, and a bound one is never taken. */
	assert_int_equal(open_path(world, "tsm/report/older/generation", O_RDONLY, &handle), 0);
	age(world, "tsm/report/older", 200);
	assert_int_equal(make(world, "tsm/report", "new"), 0);
	assert_int_equal(removed_count, 1);
	assert_string_equal(removed_name, "old");
	assert_int_equal(make(world, "tsm/report", "newer"), -EDQUOT);
	close_handle(world, handle);
	/* Closing is use. */
	assert_int_equal(make(world, "tsm/report", "newer"), -EDQUOT);
	age(world, "tsm/report/older", 61);
	assert_int_equal(make(world, "tsm/report", "newer"), 0);
	assert_string_equal(removed_name, "older");
	assert_int_equal(removed_count, 2);
	world_free(world);
}

/* spec: linux-tsm-abi A.4; ecosystem C.2 */
static void modes_bind_root_too(void **state)
{
	static const struct {
		const char *path;
		int flags;
		int error;
	} cases[] = {
		{ "tsm/report/a/outblob", O_WRONLY, -EACCES },
		{ "tsm/report/a/inblob", O_RDONLY, -EACCES },
		{ "tsm/report/a/inblob", O_RDWR, -EACCES },
		{ "tsm/report/a/generation", O_RDWR, -EACCES },
		{ "tsm/rtmrs/a/tcg_map", O_WRONLY, -EPERM },
		{ "tsm/rtmrs/a/digest", O_RDWR, 0 },
		{ "tsm/rtmrs/a/append_event", O_RDONLY, -EACCES },
		{ "measurements/mrtd:sha384", O_WRONLY, -EACCES },
		{ "tsm/log", O_RDWR, -EACCES },
		{ "tsm/report", O_RDONLY, -EISDIR },
		{ "tsm/request", O_RDWR | O_APPEND, -EINVAL },
		{ "tsm/request", O_RDWR, 0 },
	};
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);

	(void)state;
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_equal(make(world, "tsm/rtmrs", "a"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_handle *handle;

		print_message("# %zu\n", i);
		assert_int_equal(open_path(world, cases[i].path, cases[i].flags, &handle), cases[i].error);
		if (!cases[i].error)
			close_handle(world, handle);
	}
	world_free(world);
}

static void open_files_have_a_quota(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_handle *handle[9];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(open_path(world, "tsm/log", O_RDONLY, &handle[i]), 0);
	assert_int_equal(open_path(world, "tsm/log", O_RDONLY, &handle[8]), -EDQUOT);
	close_handle(world, handle[0]);
	assert_int_equal(open_path(world, "tsm/log", O_RDONLY, &handle[8]), 0);
	for (size_t i = 1; i < 9; i++)
		close_handle(world, handle[i]);
	world_free(world);
}

static void a_policy_limits_what_open_files_hold(void **state)
{
	static const char policy[] =
		"{\"tally-callers\": 1, \"rules\": [{\"any\": true, \"full\": true, \"quota\": {\"held-bytes\": 3}}]}";
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_callers *callers;
	struct tally_problem problem;
	struct tally_handle *handle;

	(void)state;
	assert_int_equal(
		tally_callers_read(tally_text(policy), tally_authority_registers(world->authority), &callers, &problem),
		TALLY_OK);
	world->face.callers = callers;
	tally_callers_rights(callers, 0, 0, NULL, 0, &world->root.rights);
	assert_int_equal(open_path(world, "tsm/registers/rtmr0/kind", O_RDONLY, &handle), 0);
	assert_int_equal(tally_handle_keep(&world->handles, handle, tally_blob_copy(tally_text("1234"))), -EDQUOT);
	assert_int_equal(tally_handle_keep(&world->handles, handle, tally_blob_copy(tally_text("123"))), 0);
	close_handle(world, handle);
	tally_callers_free(callers);
	world_free(world);
}

/* spec: linux-tsm-abi A.4: dup and fork delay the commit; ours comes at the first close, and counts once */
static void an_inblob_is_committed_at_the_first_close(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_handle *handle, *lock;
	uint8_t data[65] = { 1 };

	(void)state;
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_equal(open_path(world, "tsm/report/a/inblob", O_WRONLY, &lock), 0);
	tally_handle_flush(&world->handles, lock);
	assert_text(world, "tsm/report/a/generation", "0\n");
	assert_int_equal(open_path(world, "tsm/report/a/inblob", O_WRONLY, &handle), 0);
	assert_int_equal(tally_face_write(&world->handles, handle, 0, tally_bytes(data, 32)), 32);
	assert_text(world, "tsm/report/a/generation", "0\n");
	tally_handle_flush(&world->handles, handle);
	assert_text(world, "tsm/report/a/generation", "1\n");
	assert_int_equal(handle->node.entry->report.inblob_size, 32);
	tally_handle_flush(&world->handles, handle);
	assert_int_equal(tally_face_write(&world->handles, handle, 32, tally_bytes(data, 32)), 32);
	assert_int_equal(tally_face_write(&world->handles, handle, 64, tally_bytes(data, 1)), -EFBIG);
	tally_handle_flush(&world->handles, handle);
	assert_text(world, "tsm/report/a/generation", "1\n");
	assert_int_equal(handle->node.entry->report.inblob_size, 64);
	close_handle(world, handle);
	/* One that took nothing commits nothing of 64 bytes, and counts. */
	assert_int_equal(write_path(world, "tsm/report/a/inblob", data, 65), -EFBIG);
	assert_text(world, "tsm/report/a/generation", "2\n");
	close_handle(world, lock);
	world_free(world);
}

/* Else the requester in between, who sees its own generation, would take the report of the later blob for its own. */
static void a_later_close_counts_behind_another_writer(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_handle *shared;
	static const uint8_t data[64] = { 1 };

	(void)state;
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_equal(open_path(world, "tsm/report/a/inblob", O_WRONLY, &shared), 0);
	assert_int_equal(tally_face_write(&world->handles, shared, 0, tally_bytes(data, 32)), 32);
	tally_handle_flush(&world->handles, shared);
	assert_text(world, "tsm/report/a/generation", "1\n");
	assert_int_equal(write_path(world, "tsm/report/a/inblob", data, 64), 64);
	assert_text(world, "tsm/report/a/generation", "2\n");
	assert_int_equal(tally_face_write(&world->handles, shared, 32, tally_bytes(data, 16)), 16);
	tally_handle_flush(&world->handles, shared);
	assert_text(world, "tsm/report/a/generation", "3\n");
	assert_int_equal(tally_face_write(&world->handles, shared, 48, tally_bytes(data, 16)), 16);
	tally_handle_flush(&world->handles, shared);
	assert_text(world, "tsm/report/a/generation", "3\n");
	close_handle(world, shared);
	world_free(world);
}

static void an_entry_that_is_gone_takes_and_gives_nothing(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	struct tally_handle *reader, *writer;
	struct tally_blob *blob = NULL;
	uint8_t data[64] = { 1 };

	(void)state;
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_equal(open_path(world, "tsm/report/a/generation", O_RDONLY, &reader), 0);
	assert_int_equal(open_path(world, "tsm/report/a/inblob", O_WRONLY, &writer), 0);
	assert_int_equal(tally_face_write(&world->handles, writer, 0, tally_bytes(data, 64)), 64);
	assert_int_equal(tally_tree_remove(&world->tree, number_of(world, "tsm/report"), "a"), 0);
	assert_int_equal(tally_face_content(&world->handles, reader, &blob), -ENOENT);
	tally_handle_flush(&world->handles, writer);
	close_handle(world, writer);
	close_handle(world, reader);
	world_free(world);
}

/* spec: ecosystem C.2 */
static void a_name_is_bound_to_a_register(void **state)
{
	static const struct {
		const char *path;
		const char *text;
		int taken;
	} cases[] = {
		{ "tsm/rtmrs/a/digest", "x", -ENXIO },
		{ "tsm/rtmrs/a/append_event", "x", -ENXIO },
		{ "tsm/rtmrs/a/index", "4", -EINVAL },
		{ "tsm/rtmrs/a/index", "", -EINVAL },
		{ "tsm/rtmrs/a/index", "-1", -EINVAL },
		{ "tsm/rtmrs/a/index", "4294967298", -EINVAL },
		{ "tsm/rtmrs/a/index", "2", 1 },
		{ "tsm/rtmrs/a/index", "2", -EBUSY },
		{ "tsm/rtmrs/a/index", "3", -EBUSY },
		{ "tsm/rtmrs/b/index", "2\n", -EBUSY },
		{ "tsm/rtmrs/b/index", "0\n", 2 },
		{ "tsm/rtmrs/a/digest", "too short", -EINVAL },
		{ "tsm/rtmrs/b/append_event", "x", -EPERM },
	};
	struct world *world = world_as(TALLY_SOFT_TDX, NULL);
	int error;

	(void)state;
	assert_int_equal(make(world, "tsm/rtmrs", "a"), 0);
	assert_int_equal(make(world, "tsm/rtmrs", "b"), 0);
	read_text(world, "tsm/rtmrs/a/index", &error);
	assert_int_equal(error, -ENXIO);
	read_text(world, "tsm/rtmrs/a/tcg_map", &error);
	assert_int_equal(error, -ENXIO);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %zu\n", i);
		assert_int_equal(write_text(world, cases[i].path, cases[i].text), cases[i].taken);
	}
	assert_text(world, "tsm/rtmrs/a/index", "2\n");
	assert_text(world, "tsm/rtmrs/a/tcg_map", "8-15\n");
	assert_text(world, "tsm/rtmrs/a/hash_algo", "sha384\n");
	assert_text(world, "tsm/rtmrs/b/tcg_map", "1,7\n");
	/* A name that goes sets its register free. */
	assert_int_equal(tally_tree_remove(&world->tree, number_of(world, "tsm/rtmrs"), "a"), 0);
	assert_int_equal(make(world, "tsm/rtmrs", "c"), 0);
	assert_int_equal(write_text(world, "tsm/rtmrs/c/index", "2"), 1);
	world_free(world);
}

static void all_faces_show_one_register(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	uint8_t digest[49] = { 7 };
	struct tally_handle *handle;
	char before[49] = "", after[49] = "";
	int error;

	(void)state;
	assert_int_equal(make(world, "tsm/rtmrs", "a"), 0);
	assert_int_equal(write_text(world, "tsm/rtmrs/a/index", "3"), 1);
	memcpy(before, read_text(world, "tsm/registers/rtmr3/digest", &error), 48);
	assert_int_equal(write_path(world, "tsm/rtmrs/a/digest", digest, 48), 48);
	memcpy(after, read_text(world, "tsm/registers/rtmr3/digest", &error), 48);
	assert_memory_not_equal(before, after, 48);
	assert_memory_equal(read_text(world, "measurements/rtmr3:sha384", &error), after, 48);
	assert_memory_equal(read_text(world, "tsm/rtmrs/a/digest", &error), after, 48);
	/* What is refused changes nothing. spec: linux-tsm-abi B.4, but for the byte too many */
	assert_int_equal(write_path(world, "measurements/rtmr3:sha384", digest, 49), -EINVAL);
	assert_int_equal(write_path(world, "measurements/rtmr3:sha384", digest, 47), -EINVAL);
	assert_int_equal(open_path(world, "measurements/rtmr3:sha384", O_WRONLY, &handle), 0);
	assert_int_equal(tally_face_write(&world->handles, handle, 1, tally_bytes(digest, 47)), -EINVAL);
	assert_int_equal(tally_face_write(&world->handles, handle, 48, tally_bytes(digest, 48)), -EFBIG);
	close_handle(world, handle);
	assert_memory_equal(read_text(world, "tsm/rtmrs/a/digest", &error), after, 48);
	assert_int_equal(write_path(world, "measurements/rtmr3:sha384", digest, 48), 48);
	assert_memory_not_equal(read_text(world, "tsm/rtmrs/a/digest", &error), after, 48);
	world_free(world);
}

/* I3: one digest of several can't be extended alone; an event can. */
static void a_register_of_several_banks(void **state)
{
	struct world *world = world_as(TALLY_SOFT_TPM, NULL);
	uint8_t digest[48] = { 7 };
	struct tally_handle *handle;

	(void)state;
	assert_int_equal(make(world, "tsm/rtmrs", "a"), 0);
	assert_int_equal(write_text(world, "tsm/rtmrs/a/index", "16"), 2);
	assert_int_equal(write_path(world, "tsm/rtmrs/a/digest", digest, 48), -EINVAL);
	assert_int_equal(open_path(world, "measurements/pcr16:sha256", O_WRONLY, &handle), -EACCES);
	assert_int_equal(write_text(world, "tsm/rtmrs/a/append_event", "x"), 1);
	assert_text(world, "tsm/rtmrs/a/hash_algo", "sha384\n");
	assert_text(world, "tsm/registers/pcr16/hash_algo", "sha1 sha256 sha384\n");
	assert_text(world, "tsm/registers/pcr16/signed", "digest\n");
	world_free(world);
}

static void events_have_a_limit(void **state)
{
	struct world *world = world_as(TALLY_SOFT_DEFAULT, NULL);
	uint8_t data[TALLY_APPEND_LIMIT + 1] = { 1 };

	(void)state;
	assert_int_equal(make(world, "tsm/rtmrs", "a"), 0);
	assert_int_equal(write_text(world, "tsm/rtmrs/a/index", "2"), 1);
	assert_int_equal(write_path(world, "tsm/rtmrs/a/append_event", data, TALLY_APPEND_LIMIT), TALLY_APPEND_LIMIT);
	assert_int_equal(write_path(world, "tsm/rtmrs/a/append_event", data, sizeof(data)), -EMSGSIZE);
	/* An attribute of text takes no more of one write. */
	assert_int_equal(make(world, "tsm/report", "a"), 0);
	assert_int_equal(write_path(world, "tsm/report/a/service_provider", data, sizeof(data)), TALLY_TEXT_LIMIT);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_modes),
		cmocka_unit_test(lists_names_and_numbers_agree),
		cmocka_unit_test(numbers_that_are_nobodys),
		cmocka_unit_test(entries_come_and_go),
		cmocka_unit_test(another_server_has_other_numbers),
		cmocka_unit_test(entries_are_collected_only_beyond_the_quota),
		cmocka_unit_test(modes_bind_root_too),
		cmocka_unit_test(open_files_have_a_quota),
		cmocka_unit_test(a_policy_limits_what_open_files_hold),
		cmocka_unit_test(an_inblob_is_committed_at_the_first_close),
		cmocka_unit_test(a_later_close_counts_behind_another_writer),
		cmocka_unit_test(an_entry_that_is_gone_takes_and_gives_nothing),
		cmocka_unit_test(a_name_is_bound_to_a_register),
		cmocka_unit_test(all_faces_show_one_register),
		cmocka_unit_test(a_register_of_several_banks),
		cmocka_unit_test(events_have_a_limit),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
