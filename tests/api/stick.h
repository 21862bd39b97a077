/* SPDX-License-Identifier: BSD-2-Clause */
/* A soft authority in a directory of its own, used through the installed headers alone. */
#ifndef TALLY_TESTS_API_STICK_H
#define TALLY_TESTS_API_STICK_H

#include "../unit/directory.h"

#include "../../include/tally/tally.h"

struct stick {
	char folder[DIRECTORY_LIMIT];
	char path[DIRECTORY_LIMIT + 8];
	struct tally_options options;
	struct tally *tally;
	struct tally_error error;
};

static inline void assert_explained(const struct tally_error *error, enum tally_status expected)
{
	assert_int_equal(error->status, expected);
	assert_true(error->text[0] != 0 && memchr(error->text, 0, sizeof(error->text)));
	assert_non_null(memchr(error->hint, 0, sizeof(error->hint)));
}

/* A call that must fail so: with a text, and with ret untouched, which the caller looks at. */
#define assert_refused(call, expected)                             \
	do {                                                       \
		memset(&stick->error, 0xff, sizeof(stick->error)); \
		assert_int_equal(call, expected);                  \
		assert_explained(&stick->error, expected);         \
	} while (0)

static inline int stick_make_as(void **state, const char *preset)
{
	struct stick *stick = calloc(1, sizeof(*stick));

	directory_new(stick->folder);
	snprintf(stick->path, sizeof(stick->path), "%s/soft", stick->folder);
	TALLY_INIT(&stick->options);
	stick->options.provider = "soft";
	stick->options.directory = stick->path;
	stick->options.soft_preset = preset;
	*state = stick;
	return tally_open(&stick->options, &stick->tally, &stick->error) == TALLY_OK ? 0 : -1;
}

static inline int stick_make(void **state)
{
	return stick_make_as(state, NULL);
}

static inline int stick_remove(void **state)
{
	struct stick *stick = *state;

	tally_close(stick->tally);
	directory_remove(stick->folder);
	free(stick);
	return 0;
}

/* An event with data, and its record's number. */
static inline uint64_t stick_measure(struct stick *stick, const char *reg, const char *name, const char *data)
{
	struct tally_measurement measurement;
	struct tally_extended extended;

	TALLY_INIT(&measurement);
	measurement.name = name;
	measurement.data = data;
	measurement.data_size = strlen(data);
	assert_int_equal(tally_extend(stick->tally, reg, &measurement, &extended, &stick->error), TALLY_OK);
	return extended.number;
}

#endif
