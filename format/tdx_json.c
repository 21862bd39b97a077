// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What TCB info and QE identity have in common. */
#include "tdx_json.h"

#include "utc.h"

#define TDX_SIGNATURE_SIZE 64

#define SKIP_DEPTH_LIMIT 4 /* containers inside each other in what nobody asked for */

#define LEVEL_TCB (1U << 0)
#define LEVEL_STATUS (1U << 1)

static const char *const tdx_status_names[] = {
	[TALLY_TDX_STATUS_NONE] = "",
	[TALLY_TDX_UP_TO_DATE] = "UpToDate",
	[TALLY_TDX_SW_HARDENING] = "SWHardeningNeeded",
	[TALLY_TDX_CONFIGURATION] = "ConfigurationNeeded",
	[TALLY_TDX_CONFIGURATION_AND_SW_HARDENING] = "ConfigurationAndSWHardeningNeeded",
	[TALLY_TDX_OUT_OF_DATE] = "OutOfDate",
	[TALLY_TDX_OUT_OF_DATE_CONFIGURATION] = "OutOfDateConfigurationNeeded",
	[TALLY_TDX_REVOKED] = "Revoked",
};

const char *tally_tdx_status_name(enum tally_tdx_status status)
{
	return tdx_status_names[status];
}

void tally_tdx_json_hex(struct tally_json_reader *json, uint8_t *ret, size_t size)
{
	struct tally_bytes digits = tally_json_read_string(json);

	if (json->cursor.status == TALLY_OK && (digits.size != 2 * size || !tally_json_decode_hex(digits, ret, size)))
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
}

int64_t tally_tdx_json_time(struct tally_json_reader *json)
{
	struct tally_cursor text = tally_cursor(tally_json_read_string(json));
	int64_t time;

	if (json->cursor.status != TALLY_OK)
		return 0;
	time = tally_utc_read(&text);
	if (tally_cursor_end(&text) != TALLY_OK)
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
	return time;
}

/* The containers that are open, innermost last, and the names of those that are objects. */
struct skipped_containers {
	uint32_t depth;
	bool is_object[SKIP_DEPTH_LIMIT];
	struct tally_json_names names[SKIP_DEPTH_LIMIT];
};

/* Begin a container, or skip another value. */
static void skip_tdx_value(struct tally_json_reader *json, struct skipped_containers *open)
{
	enum tally_json_kind kind = tally_json_peek(json);

	if (kind != TALLY_JSON_OBJECT && kind != TALLY_JSON_ARRAY) {
		(void)tally_json_skip(json);
		return;
	}
	if (open->depth == SKIP_DEPTH_LIMIT) {
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
		return;
	}
	if (kind == TALLY_JSON_OBJECT)
		tally_json_begin_object(json);
	else
		tally_json_begin_array(json);
	open->is_object[open->depth++] = kind == TALLY_JSON_OBJECT;
}

void tally_tdx_json_skip(struct tally_json_reader *json)
{
	struct skipped_containers open;
	struct tally_bytes name;

	open.depth = 0;
	skip_tdx_value(json, &open);
	while (open.depth > 0 && json->cursor.status == TALLY_OK) {
		uint32_t inner = open.depth - 1;
		bool has_next = open.is_object[inner] ? tally_json_next_member(json, &open.names[inner], &name)
						      : tally_json_next_element(json);

		if (has_next)
			skip_tdx_value(json, &open);
		else
			open.depth--;
	}
}

void tally_tdx_json_need(struct tally_json_reader *json, uint32_t seen, uint32_t needed)
{
	if ((seen & needed) != needed)
		tally_json_fail(json, TALLY_NOT_FOUND);
}

static enum tally_tdx_status read_tdx_status(struct tally_json_reader *json)
{
	struct tally_bytes text = tally_json_read_string(json);

	for (size_t i = TALLY_TDX_UP_TO_DATE; i <= TALLY_TDX_REVOKED; i++)
		if (tally_json_string_is(text, tdx_status_names[i]))
			return (enum tally_tdx_status)i;
	tally_json_fail(json, TALLY_UNSUPPORTED);
	return TALLY_TDX_STATUS_NONE;
}

/* Strings, one after the other: they are shown, and nothing else is done with them. */
static struct tally_bytes read_advisories(struct tally_json_reader *json)
{
	struct tally_bytes from;
	size_t offset;

	tally_json_begin_array(json);
	from = json->cursor.left;
	offset = tally_json_offset(json);
	while (tally_json_next_element(json))
		(void)tally_json_read_string(json);
	if (json->cursor.status != TALLY_OK)
		return tally_bytes(NULL, 0);
	return tally_bytes(from.data, tally_json_offset(json) - offset - 1);
}

bool tally_tdx_json_standing(struct tally_json_reader *json, struct tally_bytes name, struct tally_tdx_standing *ret)
{
	if (tally_json_string_is(name, "tcbStatus")) {
		ret->status = read_tdx_status(json);
	} else if (tally_json_string_is(name, "tcbDate")) {
		ret->has_date = true;
		ret->date = tally_tdx_json_time(json);
	} else if (tally_json_string_is(name, "advisoryIDs")) {
		ret->advisories = read_advisories(json);
	} else {
		return false;
	}
	return true;
}

static uint16_t read_isvsvn(struct tally_json_reader *json)
{
	struct tally_json_names names;
	struct tally_bytes name;
	uint16_t isvsvn = 0;
	bool has_isvsvn = false;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "isvsvn")) {
			has_isvsvn = true;
			isvsvn = (uint16_t)tally_json_read_uint(json, UINT16_MAX);
		} else {
			tally_tdx_json_skip(json);
		}
	}
	tally_tdx_json_need(json, has_isvsvn, true);
	return isvsvn;
}

static void read_tdx_level(struct tally_json_reader *json, struct tally_tdx_level *level)
{
	struct tally_json_names names;
	struct tally_bytes name;
	uint32_t seen = 0;

	memset(level, 0, sizeof(*level));
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "tcb")) {
			seen |= LEVEL_TCB;
			level->isvsvn = read_isvsvn(json);
		} else if (!tally_tdx_json_standing(json, name, &level->standing)) {
			tally_tdx_json_skip(json);
		}
	}
	if (level->standing.status != TALLY_TDX_STATUS_NONE)
		seen |= LEVEL_STATUS;
	tally_tdx_json_need(json, seen, LEVEL_TCB | LEVEL_STATUS);
}

void tally_tdx_json_levels(struct tally_json_reader *json, struct tally_tdx_level *level, size_t limit,
			   size_t *ret_count)
{
	tally_json_begin_array(json);
	*ret_count = 0;
	while (tally_json_next_element(json)) {
		if (*ret_count == limit)
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
		else
			read_tdx_level(json, &level[(*ret_count)++]);
	}
}

enum tally_status tally_tdx_json_signed(struct tally_bytes text, const char *name,
					void (*read)(struct tally_json_reader *json, void *ret), void *ret,
					struct tally_bytes *ret_signed, uint8_t ret_signature[64], size_t *ret_offset)
{
	struct tally_json_reader json = tally_json_open(text);
	struct tally_json_names names;
	struct tally_bytes member;
	enum tally_status status;
	uint32_t seen = 0;

	tally_json_begin_object(&json);
	while (tally_json_next_member(&json, &names, &member)) {
		if (tally_json_string_is(member, name)) {
			struct tally_bytes from;
			size_t start;

			/* Behind white space: what is signed is the value as it was served, and no more. */
			(void)tally_json_peek(&json);
			from = json.cursor.left;
			start = tally_json_offset(&json);
			seen |= 1;
			read(&json, ret);
			*ret_signed = tally_bytes(from.data, tally_json_offset(&json) - start);
		} else if (tally_json_string_is(member, "signature")) {
			seen |= 2;
			tally_tdx_json_hex(&json, ret_signature, TDX_SIGNATURE_SIZE);
		} else {
			tally_tdx_json_skip(&json);
		}
	}
	tally_tdx_json_need(&json, seen, 3);
	status = tally_json_end(&json);
	*ret_offset = tally_json_offset(&json);
	return status;
}
