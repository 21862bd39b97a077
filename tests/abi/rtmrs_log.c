// SPDX-License-Identifier: BSD-2-Clause
/* Tag rtmrs: events, and the log that explains the register. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cel.h"

#define EVENT_LIMIT 4095
#define PROCESSES 64

/* A register with its value and log at one instant. */
struct moment {
	struct abi_value value;
	struct abi_content log;
	uint64_t end;
};

static void take_moment(int dir, struct moment *ret)
{
	ret->value = abi_value_of(dir);
	abi_must_get(dir, "event_log", &ret->log);
	ret->end = abi_log_end(&ret->log, ret->value.alg);
}

/* What was logged since takes the register from then to now. */
static void expect_explained(unsigned index, const struct moment *before, const struct moment *after)
{
	struct abi_value replayed = abi_replay(&after->log, index, before->end, &before->value);

	ABI_EXPECT(abi_same_value(&replayed, &after->value), "the log does not replay to the register");
}

static struct moment before;
static struct moment after;

static const struct {
	const char *what;
	size_t size;
	uint8_t fill;
} events[] = {
	{ "one byte", 1, 'e' },
	{ "a newline", 1, '\n' },
	{ "a NUL", 1, 0 },
	{ "text", 100, 't' },
	{ "binary", 1000, 0xff },
	{ "a digest's size", 48, 'd' },
	{ "the most", EVENT_LIMIT, 'm' },
};

static void append(int dir, unsigned index, size_t row)
{
	uint8_t content[EVENT_LIMIT];
	struct abi_record newest;
	uint8_t digest[64];

	memset(content, events[row].fill, sizeof(content));
	take_moment(dir, &before);
	ABI_EXPECT_RESULT(abi_put(dir, "append_event", content, events[row].size), 0, "append %s", events[row].what);
	take_moment(dir, &after);
	ABI_EXPECT(!abi_same_value(&before.value, &after.value), "%s did not extend", events[row].what);
	expect_explained(index, &before, &after);
	newest = abi_newest(&after.log, index, after.value.alg);
	ABI_EXPECT(newest.type == ABI_EVENT_TAG, "the record has type %u", newest.type);
	ABI_EXPECT(memmem(newest.content, newest.content_size, content, events[row].size),
		   "the record has another content");
	abi_hash(after.value.alg, newest.content, newest.content_size, NULL, 0, digest);
	ABI_EXPECT(memcmp(digest, newest.digest, after.value.size) == 0, "the digest is not that of the whole content");
}

static void appended_events(void)
{
	unsigned index = abi_free_register();
	struct abi_entry entry = abi_bind(index);

	for (size_t row = 0; row < sizeof(events) / sizeof(events[0]); row++)
		append(entry.dir, index, row);
	abi_entry_remove(&entry);
}

static void expect_unchanged(int dir)
{
	take_moment(dir, &after);
	ABI_EXPECT(abi_same_value(&before.value, &after.value), "the register has changed");
	ABI_EXPECT(abi_equal(&before.log, &after.log), "the log has changed");
}

/* More than an event can hold: refused in write(2), as a whole. */
static void events_that_are_too_long(void)
{
	static const size_t sizes[] = { EVENT_LIMIT + 1, EVENT_LIMIT + 2, 8192, 65536, 1 << 20 };
	static uint8_t content[1 << 20];
	struct abi_entry entry = abi_bind(abi_free_register());

	take_moment(entry.dir, &before);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		ABI_EXPECT_RESULT(abi_put(entry.dir, "append_event", content, sizes[i]), EMSGSIZE,
				  "an event of %zu bytes", sizes[i]);
	expect_unchanged(entry.dir);
	abi_entry_remove(&entry);
}

static void opens_that_write_nothing(void)
{
	struct abi_entry entry = abi_bind(abi_free_register());

	take_moment(entry.dir, &before);
	close(abi_must_open(entry.dir, "append_event", O_WRONLY | O_CREAT | O_TRUNC));
	close(abi_must_open(entry.dir, "digest", O_RDWR | O_CREAT | O_TRUNC));
	close(abi_must_open(entry.dir, "index", O_WRONLY | O_CREAT | O_TRUNC));
	expect_unchanged(entry.dir);
	abi_entry_remove(&entry);
}

/* Each write(2) is an event, also on one descriptor. */
static void one_write_is_one_event(void)
{
	unsigned index = abi_free_register();
	struct abi_entry entry = abi_bind(index);
	int fd = abi_must_open(entry.dir, "append_event", O_WRONLY);
	struct abi_record record;
	unsigned count = 0;
	size_t at = 0;

	take_moment(entry.dir, &before);
	for (unsigned i = 0; i < 3; i++)
		ABI_EXPECT_RESULT(abi_write(fd, "part", 4), 0, "write %u", i);
	close(fd);
	take_moment(entry.dir, &after);
	expect_explained(index, &before, &after);
	while (abi_record_next(&after.log, &at, after.value.alg, &record))
		count += record.number >= before.end && record.index == index && record.type == ABI_EVENT_TAG;
	ABI_EXPECT(count == 3, "three writes made %u events", count);
	abi_entry_remove(&entry);
}

/* A bare digest stands in the log, too, with the digest that was given. */
static void digests_are_logged(void)
{
	unsigned index = abi_free_register();
	struct abi_entry entry = abi_bind(index);
	struct abi_record newest;
	uint8_t digest[64];

	abi_random(digest, sizeof(digest));
	take_moment(entry.dir, &before);
	ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", digest, before.value.size), 0, "extend");
	take_moment(entry.dir, &after);
	expect_explained(index, &before, &after);
	newest = abi_newest(&after.log, index, after.value.alg);
	ABI_EXPECT(newest.number >= before.end, "there is no new record");
	ABI_EXPECT(memcmp(newest.digest, digest, after.value.size) == 0, "the record has another digest");
	abi_entry_remove(&entry);
}

static void log_holds_its_register_only(void)
{
	unsigned count = abi_register_count();

	for (unsigned index = 0; index < count; index++) {
		struct abi_entry entry = abi_bind(index);
		struct abi_record record;
		size_t at = 0;

		take_moment(entry.dir, &before);
		while (abi_record_next(&before.log, &at, before.value.alg, &record))
			ABI_EXPECT(record.index == index, "the log of register %u has a record of %u", index,
				   record.index);
		abi_entry_remove(&entry);
	}
}

/* What a descriptor began to read, it reads to the end; a later one sees what came since. */
static void log_is_a_snapshot(void)
{
	static const size_t steps[] = { 1, 7, 100, 0 };
	static struct abi_content rest;
	struct abi_entry entry = abi_bind(abi_free_register());
	uint8_t first;
	int fd;

	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "append_event", "before"), 0, "append_event");
	take_moment(entry.dir, &before);
	fd = abi_must_open(entry.dir, "event_log", O_RDONLY);
	ABI_EXPECT(read(fd, &first, 1) == 1 && first == before.log.bytes[0], "the first byte");
	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "append_event", "after"), 0, "append_event");
	ABI_EXPECT_RESULT(abi_read_on(fd, steps, &rest), 0, "the rest");
	close(fd);
	ABI_EXPECT(rest.size == before.log.size - 1 && memcmp(rest.bytes, before.log.bytes + 1, rest.size) == 0,
		   "the rest is not that of the log whose first byte was read");
	take_moment(entry.dir, &after);
	ABI_EXPECT(after.log.size > before.log.size, "the later log is not longer");
	abi_entry_remove(&entry);
}

static void append_in_child(void *argument)
{
	const struct abi_entry *entry = argument;
	char text[32];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%d %u", getpid(), i);
		ABI_EXPECT_RESULT(abi_put_text(entry->dir, "append_event", text), 0, "append_event");
	}
}

static void many_append(void)
{
	unsigned index = abi_free_register();
	struct abi_entry entry = abi_bind(index);
	pid_t children[PROCESSES];

	take_moment(entry.dir, &before);
	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = abi_child(append_in_child, &entry);
	for (size_t i = 0; i < PROCESSES; i++)
		ABI_EXPECT(abi_child_succeeds(children[i]), "process %zu", i);
	take_moment(entry.dir, &after);
	expect_explained(index, &before, &after);
	for (size_t i = 0; i < PROCESSES; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%d 2", children[i]);
		ABI_EXPECT(abi_contains(&after.log, text, strlen(text)), "an event of process %zu is not in the log",
			   i);
	}
	abi_entry_remove(&entry);
}

const struct abi_case abi_rtmrs_log_cases[] = {
	{ "rtmrs", "append_event logs the content and extends by its digest", appended_events },
	{ "rtmrs", "an event that is too long is refused in write(2)", events_that_are_too_long },
	{ "rtmrs", "opening and truncating change nothing", opens_that_write_nothing },
	{ "rtmrs", "one write is one event", one_write_is_one_event },
	{ "rtmrs", "a digest that was written stands in the log", digests_are_logged },
	{ "rtmrs", "event_log holds records of its register only", log_holds_its_register_only },
	{ "rtmrs", "a descriptor of event_log reads one log to its end", log_is_a_snapshot },
	{ "rtmrs", "64 processes append events, and the log explains the register", many_append },
	{ NULL, NULL, NULL },
};
