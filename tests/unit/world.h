/* SPDX-License-Identifier: BSD-2-Clause */
/* An authority over soft in a directory of its own, and an oracle that walks its log by itself. */
#ifndef TALLY_TESTS_UNIT_WORLD_H
#define TALLY_TESTS_UNIT_WORLD_H

#include "test.h"

#include <dirent.h>
#include <unistd.h>

#include "../../authority/authority.h"
#include "../../format/cel_tlv.h"
#include "../../format/event.h"
#include "../../provider/soft.h"

struct world {
	char path[64];
	struct tally_soft_options soft;
	struct tally_authority_options options;
	struct tally_problem problem;
	struct tally_authority *owner;
};

static inline void remove_tree(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char name[512];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%.250s/%.250s", path, entry->d_name);
		if (unlink(name) != 0)
			remove_tree(name);
	}
	if (directory)
		closedir(directory);
	rmdir(path);
}

static inline int world_make(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	snprintf(world->path, sizeof(world->path), "/tmp/tally-authority-XXXXXX");
	if (!mkdtemp(world->path))
		return -1;
	world->options.provider = "soft";
	world->options.directory = world->path;
	world->options.provider_options.soft = &world->soft;
	*state = world;
	return 0;
}

static inline int world_remove(void **state)
{
	struct world *world = *state;

	tally_authority_close(world->owner);
	remove_tree(world->path);
	free(world);
	return 0;
}

static inline void world_close(struct world *world)
{
	tally_authority_close(world->owner);
	world->owner = NULL;
}

static inline enum tally_status world_try_open(struct world *world)
{
	world_close(world);
	return tally_authority_open(&world->options, &world->owner, &world->problem);
}

static inline void world_open(struct world *world)
{
	enum tally_status status = world_try_open(world);

	if (status != TALLY_OK)
		fail_msg("open: %s: %s", tally_status_name(status), world->problem.text);
}

static inline size_t reg_of(struct world *world, const char *name)
{
	int reg = tally_registers_find_name(tally_authority_registers(world->owner), tally_text(name));

	assert_true(reg >= 0);
	return (size_t)reg;
}

static inline enum tally_status extend(struct world *world, const char *reg, const char *name, bool is_once,
				       struct tally_extend_result *ret)
{
	struct tally_extend_request request = {
		.kind = TALLY_EXTEND_EVENT,
		.register_index = reg_of(world, reg),
		.type = tally_text("test"),
		.name = tally_text(name),
		.data = tally_text("data"),
		.is_once = is_once,
	};

	world->problem.text[0] = 0;
	return tally_authority_extend(world->owner, &request, ret, &world->problem);
}

static inline uint64_t extend_ok(struct world *world, const char *reg, const char *name)
{
	struct tally_extend_result result;
	enum tally_status status = extend(world, reg, name, false, &result);

	if (status != TALLY_OK)
		fail_msg("extend: %s: %s", tally_status_name(status), world->problem.text);
	return result.number;
}

/* --- an oracle of its own: the log as text, and its replay --- */

struct summary {
	char words[4096]; /* "header base event:NAME gap pin abort ..." */
	size_t events;
	size_t gaps;
	uint64_t count;
};

static inline void summary_add(struct summary *summary, const char *word, struct tally_bytes name)
{
	size_t used = strlen(summary->words);

	snprintf(summary->words + used, sizeof(summary->words) - used, "%s%s%s%.*s", used ? " " : "", word,
		 name.size ? ":" : "", (int)name.size, name.size ? (const char *)name.data : "");
}

static inline void summary_record(struct summary *summary, const struct tally_record *record)
{
	enum tally_control_word word = tally_control_word(record);
	struct tally_event event;

	if (summary->words[0] == 0 && word == TALLY_CONTROL_TRIM)
		summary->count = record->number;
	assert_int_equal(record->number, summary->count);
	summary->count++;
	if (word != TALLY_CONTROL_NOT) {
		summary_add(summary, tally_control_word_name(word), tally_bytes(NULL, 0));
		summary->gaps += word == TALLY_CONTROL_GAP;
		return;
	}
	assert_int_equal(tally_event_read(record->content, &event), TALLY_OK);
	if (tally_bytes_equal(event.type, tally_text(TALLY_EVENT_TYPE_PIN)))
		summary_add(summary, "pin", tally_bytes(NULL, 0));
	else
		summary_add(summary, "event", event.name);
	summary->events++;
}

/* A log that begins with a trim goes on from its values. */
static inline void take_trim(const struct tally_record *record, struct tally_digests *value)
{
	struct tally_control_trim *trim = calloc(1, sizeof(*trim));

	assert_non_null(trim);
	if (tally_control_read_trim(record->content, trim) == TALLY_OK)
		for (size_t i = 0; i < tally_registers_runtime_count(&trim->header.registers); i++)
			value[i] = trim->value[i];
	free(trim);
}

/* Walk the log: structure, and old values through bases, gaps and events by plain hashing; compare with the registers. */
static inline void check_log(struct world *world, struct summary *summary)
{
	const struct tally_register_set *set = tally_authority_registers(world->owner);
	struct tally_digests *value = calloc(TALLY_REGISTER_LIMIT, sizeof(*value));
	struct tally_log_view view;
	struct tally_cursor cursor;

	memset(summary, 0, sizeof(*summary));
	for (size_t i = 0; i < set->count; i++)
		value[i] = set->item[i].reset;
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	assert_int_equal(view.torn_size, 0);
	cursor = tally_cursor(view.bytes);
	while (!tally_cursor_is_done(&cursor)) {
		struct tally_control_base base;
		struct tally_control_gap gap;
		struct tally_record record;
		int reg;

		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
		summary_record(summary, &record);
		reg = tally_registers_find_number(set, record.index);
		assert_true(reg >= 0);
		if (summary->words[0] == 't')
			take_trim(&record, value);
		if (tally_control_read_base(record.content, &base) == TALLY_OK)
			value[reg] = base.value;
		else if (tally_control_read_gap(record.content, &gap) == TALLY_OK)
			value[reg] = gap.to;
		else if (record.is_measured)
			assert_int_equal(tally_extend_value(set->item[reg].extend_rule, &value[reg], &record.digests,
							    &value[reg]),
					 TALLY_OK);
	}
	for (size_t i = 0; i < set->count && set->item[i].kind == TALLY_RUNTIME; i++) {
		struct tally_digests live;
		bool is_locked;

		assert_int_equal(tally_authority_read(world->owner, i, &live, &is_locked, &world->problem), TALLY_OK);
		if (!tally_digests_equal(&live, &value[i]))
			fail_msg("%s does not replay: %s", set->item[i].name, summary->words);
	}
	tally_log_view_done(&view);
	free(value);
}

static inline void assert_log(struct world *world, const char *words)
{
	struct summary summary;

	check_log(world, &summary);
	assert_string_equal(summary.words, words);
}

static inline void plan(struct world *world, enum tally_soft_call call, enum tally_soft_fault fault, unsigned skip)
{
	struct tally_soft_planned_fault planned = { .fault = fault, .call = call, .skip = skip };

	planned.register_index = reg_of(world, "rtmr2");
	planned.stranger_digests = tally_authority_registers(world->owner)->item[planned.register_index].reset;
	memset(planned.stranger_digests.digest[0].bytes, 0x5a, 48);
	assert_int_equal(tally_soft_plan(tally_authority_provider_instance(world->owner), &planned), TALLY_OK);
}

/* Somebody extends rtmr2 beside the authority. */
static inline void stranger(struct world *world)
{
	struct tally_digests digests = tally_authority_registers(world->owner)->item[reg_of(world, "rtmr2")].reset;

	memset(digests.digest[0].bytes, 0x77, 48);
	assert_int_equal(tally_authority_provider(world->owner)
				 ->extend(tally_authority_provider_instance(world->owner), reg_of(world, "rtmr2"),
					  &digests, tally_deadline_after(5), &world->problem),
			 TALLY_OK);
}

#endif
