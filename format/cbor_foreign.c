// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CBOR of other encoders, walked with a stack of its own, so that nothing recurses and no map can say two things. */
#include "cbor_foreign.h"

#include "utf8.h"

#define FOREIGN_BREAK 0xff

/* Additional information of an initial byte. spec: RFC 8949 3 */
enum foreign_info { FOREIGN_INFO_ONE_BYTE = 24, FOREIGN_INFO_EIGHT_BYTES = 27, FOREIGN_INFO_INDEFINITE = 31 };

/* A container that is open; a tag is one of one element. */
struct foreign_level {
	struct tally_cbor_elements elements;
	bool is_map;
	size_t key_mark; /* keys of the levels around it */
};

/* Keys of all open maps, the innermost map's last. */
struct foreign_keys {
	size_t count;
	struct tally_cbor_item key[TALLY_CBOR_KEY_LIMIT];
};

struct foreign_walk {
	size_t depth;
	struct foreign_level level[TALLY_CBOR_DEPTH_LIMIT + 1]; /* the outermost one holds the item itself */
	struct foreign_keys *keys;				/* NULL: they were checked before */
};

static uint64_t foreign_read_argument(struct tally_cursor *cursor, uint8_t info)
{
	static const uint8_t sizes[] = { 1, 2, 4, 8 };
	struct tally_bytes bytes;
	uint64_t argument = 0;

	if (info < FOREIGN_INFO_ONE_BYTE)
		return info;
	if (info > FOREIGN_INFO_EIGHT_BYTES) {
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
		return 0;
	}
	bytes = tally_read_bytes(cursor, sizes[info - FOREIGN_INFO_ONE_BYTE]);
	for (size_t i = 0; i < bytes.size; i++)
		argument = argument << 8 | bytes.data[i];
	return argument;
}

/* Floating point is passed over by those who skip it; simple values without a meaning have none here either. */
static void foreign_check_simple(struct tally_cursor *cursor, uint8_t info)
{
	if (info > FOREIGN_INFO_EIGHT_BYTES)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (info < TALLY_CBOR_FALSE || info == FOREIGN_INFO_ONE_BYTE)
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

/* A string in pieces is refused: what is signed would have several readings. Tags and numbers have no such form. */
static void foreign_check_indefinite(struct tally_cursor *cursor, const struct tally_cbor_item *item)
{
	if (item->major == TALLY_CBOR_BYTES || item->major == TALLY_CBOR_TEXT)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	else if (item->major != TALLY_CBOR_ARRAY && item->major != TALLY_CBOR_MAP)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

/* Every child takes a byte at least. */
static void foreign_check_count(struct tally_cursor *cursor, const struct tally_cbor_item *item)
{
	uint64_t limit = item->major == TALLY_CBOR_MAP ? cursor->left.size / 2 : cursor->left.size;

	if ((item->major == TALLY_CBOR_ARRAY || item->major == TALLY_CBOR_MAP) && item->argument > limit)
		tally_fail(cursor, TALLY_TRUNCATED);
}

struct tally_cbor_item tally_cbor_read_foreign(struct tally_cursor *cursor)
{
	struct tally_cbor_item item = { TALLY_CBOR_UINT, 0, { NULL, 0 }, false };
	uint8_t initial = tally_read_u8(cursor);
	uint8_t info = initial & 0x1f;

	item.major = (enum tally_cbor_major)(initial >> 5);
	if (item.major == TALLY_CBOR_SIMPLE)
		foreign_check_simple(cursor, info);
	if (info == FOREIGN_INFO_INDEFINITE) {
		foreign_check_indefinite(cursor, &item);
		item.is_indefinite = true;
	} else {
		item.argument = foreign_read_argument(cursor, info);
	}
	if (item.major == TALLY_CBOR_BYTES || item.major == TALLY_CBOR_TEXT)
		item.string = tally_read_bytes(cursor, item.argument);
	if (item.major == TALLY_CBOR_TEXT && !tally_utf8_is_valid(item.string))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	foreign_check_count(cursor, &item);
	if (cursor->status != TALLY_OK)
		memset(&item, 0, sizeof(item));
	return item;
}

static struct tally_cbor_elements foreign_elements(const struct tally_cbor_item *item)
{
	struct tally_cbor_elements elements = { item->argument, !item->is_indefinite };

	return elements;
}

bool tally_cbor_next(struct tally_cursor *cursor, struct tally_cbor_elements *elements)
{
	if (cursor->status != TALLY_OK)
		return false;
	if (elements->has_count) {
		if (elements->left == 0)
			return false;
		elements->left--;
		return true;
	}
	if (cursor->left.size == 0) {
		tally_fail(cursor, TALLY_TRUNCATED);
		return false;
	}
	if (cursor->left.data[0] != FOREIGN_BREAK)
		return true;
	(void)tally_read_u8(cursor);
	/* What ended has nothing more to come, whoever asks again. */
	elements->has_count = true;
	elements->left = 0;
	return false;
}

/* Which value an item is, however it was written: what follows in arrays, maps and tags is not looked at. */
static bool foreign_same(const struct tally_cbor_item *a, const struct tally_cbor_item *b)
{
	return a->major == b->major && a->argument == b->argument && tally_bytes_equal(a->string, b->string);
}

static void foreign_add_key(struct tally_cursor *cursor, struct foreign_keys *keys, size_t mark,
			    const struct tally_cbor_item *key)
{
	if (keys->count == TALLY_CBOR_KEY_LIMIT) {
		tally_fail(cursor, TALLY_TOO_LARGE);
		return;
	}
	for (size_t i = mark; i < keys->count; i++)
		if (foreign_same(&keys->key[i], key))
			tally_fail(cursor, TALLY_DUPLICATE);
	keys->key[keys->count++] = *key;
}

static void foreign_read_key(struct tally_cursor *cursor, struct foreign_walk *walk)
{
	struct tally_cbor_item key = tally_cbor_read_foreign(cursor);

	if (key.major > TALLY_CBOR_TEXT)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	else if (walk->keys)
		foreign_add_key(cursor, walk->keys, walk->level[walk->depth - 1].key_mark, &key);
}

static void foreign_open(struct tally_cursor *cursor, struct foreign_walk *walk, const struct tally_cbor_item *item)
{
	struct foreign_level *level;

	if (walk->depth > TALLY_CBOR_DEPTH_LIMIT) {
		tally_fail(cursor, TALLY_TOO_LARGE);
		return;
	}
	level = &walk->level[walk->depth++];
	level->elements = foreign_elements(item);
	if (item->major == TALLY_CBOR_TAG)
		level->elements.left = 1;
	level->is_map = item->major == TALLY_CBOR_MAP;
	level->key_mark = walk->keys ? walk->keys->count : 0;
}

/* One item with all that is in it; the walk begins anew. */
static void foreign_walk(struct tally_cursor *cursor, struct foreign_walk *walk)
{
	struct tally_cbor_item item = { TALLY_CBOR_TAG, 0, { NULL, 0 }, false };

	walk->depth = 0;
	foreign_open(cursor, walk, &item);
	while (walk->depth > 0 && cursor->status == TALLY_OK) {
		struct foreign_level *level = &walk->level[walk->depth - 1];

		if (!tally_cbor_next(cursor, &level->elements)) {
			if (walk->keys)
				walk->keys->count = level->key_mark;
			walk->depth--;
			continue;
		}
		if (level->is_map)
			foreign_read_key(cursor, walk);
		item = tally_cbor_read_foreign(cursor);
		if (item.major >= TALLY_CBOR_ARRAY && item.major <= TALLY_CBOR_TAG)
			foreign_open(cursor, walk, &item);
	}
}

enum tally_status tally_cbor_check(struct tally_bytes input)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct foreign_keys keys;
	struct foreign_walk walk;

	keys.count = 0;
	walk.keys = &keys;
	foreign_walk(&cursor, &walk);
	return tally_cursor_end(&cursor);
}

void tally_cbor_skip(struct tally_cursor *cursor)
{
	struct foreign_walk walk;

	walk.keys = NULL;
	foreign_walk(cursor, &walk);
}

struct tally_bytes tally_cbor_take(struct tally_cursor *cursor)
{
	struct tally_cursor ahead = *cursor;

	tally_cbor_skip(&ahead);
	if (ahead.status != TALLY_OK) {
		tally_fail(cursor, ahead.status);
		return tally_bytes(NULL, 0);
	}
	return tally_read_bytes(cursor, cursor->left.size - ahead.left.size);
}

static struct tally_cbor_item foreign_expect(struct tally_cursor *cursor, enum tally_cbor_major major)
{
	struct tally_cbor_item item = tally_cbor_read_foreign(cursor);

	if (item.major != major) {
		tally_fail(cursor, TALLY_DISORDER);
		memset(&item, 0, sizeof(item));
	}
	return item;
}

struct tally_cbor_elements tally_cbor_enter_array(struct tally_cursor *cursor)
{
	struct tally_cbor_item item = foreign_expect(cursor, TALLY_CBOR_ARRAY);

	return foreign_elements(&item);
}

struct tally_cbor_elements tally_cbor_enter_map(struct tally_cursor *cursor)
{
	struct tally_cbor_item item = foreign_expect(cursor, TALLY_CBOR_MAP);

	return foreign_elements(&item);
}

uint64_t tally_cbor_foreign_uint(struct tally_cursor *cursor)
{
	return foreign_expect(cursor, TALLY_CBOR_UINT).argument;
}

int64_t tally_cbor_foreign_int(struct tally_cursor *cursor)
{
	return tally_cbor_integer(cursor, tally_cbor_read_foreign(cursor));
}

struct tally_bytes tally_cbor_foreign_bytes(struct tally_cursor *cursor)
{
	return foreign_expect(cursor, TALLY_CBOR_BYTES).string;
}

struct tally_bytes tally_cbor_foreign_text(struct tally_cursor *cursor)
{
	return foreign_expect(cursor, TALLY_CBOR_TEXT).string;
}

void tally_cbor_foreign_tag(struct tally_cursor *cursor, uint64_t tag)
{
	if (!tally_cbor_skip_tag(cursor, tag))
		tally_fail(cursor, TALLY_DISORDER);
}

bool tally_cbor_foreign_null(struct tally_cursor *cursor)
{
	struct tally_cursor ahead = *cursor;
	struct tally_cbor_item item = tally_cbor_read_foreign(&ahead);
	bool is_null = item.major == TALLY_CBOR_SIMPLE && item.argument == TALLY_CBOR_NULL;

	if (is_null)
		*cursor = ahead;
	return is_null;
}

bool tally_cbor_skip_tag(struct tally_cursor *cursor, uint64_t tag)
{
	struct tally_cursor ahead = *cursor;
	struct tally_cbor_item item = tally_cbor_read_foreign(&ahead);
	bool is_tag = item.major == TALLY_CBOR_TAG && item.argument == tag;

	if (is_tag)
		*cursor = ahead;
	return is_tag;
}
