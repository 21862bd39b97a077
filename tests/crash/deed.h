/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child does to an authority before it is stopped, and the promises that it was given until then. */
#ifndef TALLY_TESTS_CRASH_DEED_H
#define TALLY_TESTS_CRASH_DEED_H

#include "../../authority/authority.h"
#include "../../provider/soft.h"
#include "folder.h"
#include "oracle.h"
#include "trace.h"

/* One extend; or one trim, which hands out into the file that event names. */
struct deed {
	size_t reg;
	const char *event; /* the event's name; its data is the name, then so many bytes of 'x': */
	size_t padding;
	bool is_once;
	bool is_trim;
};

/* What the child saw, in memory that it shares with the test. Counts as acknowledged once has_answer is set. */
struct deed_report {
	volatile bool was_opened;
	volatile enum tally_status open_status;
	volatile bool has_answer;
	volatile enum tally_status status;
	volatile uint64_t number;
	volatile bool has_second_answer; /* the same authority was asked for one more event */
	volatile enum tally_status second_status;
	volatile uint64_t second_number;
	char problem[480];
};

/* Open the authority of a directory and do it. */
struct deed_run {
	const char *directory;
	struct tally_soft_options soft;
	struct deed deed;
	struct deed second;	    /* if it has a name: done by the same authority, whatever came of the first */
	struct deed_report *report; /* shared */
};

/* A report of memory shared with the children to come. */
struct deed_report *deed_report_new(void);
void deed_report_clear(struct deed_report *report);
void deed_report_free(struct deed_report *report);

/* The work of a traced child; argument is a struct deed_run. It never asserts. */
void deed_run(void *argument);

/* --- in the test itself --- */

struct tally_authority *deed_open(const char *directory, const struct tally_soft_options *soft);
enum tally_status deed_do(struct tally_authority *authority, const struct deed *deed, struct tally_extend_result *ret,
			  struct tally_problem *problem);

/* An extend that must end well: its number. */
uint64_t deed_must(struct tally_authority *authority, size_t reg, const char *event, bool is_once);

/* Somebody who does not know the authority extends a register with a digest of every bank, all bytes fill. */
void stranger_extend(const char *directory, const struct tally_soft_options *soft, size_t reg, uint8_t fill);

/* A trim that must end well. */
void trim_must(struct tally_authority *authority, const char *part);

/* What was promised about one event by its acknowledgement, or by there being none. */
struct promise {
	const char *event;    /* NULL for a trim: number is then the first record's that stays */
	bool is_acknowledged; /* TALLY_OK */
	bool is_refused;      /* an answer that says that nothing of the caller's was changed */
	uint64_t number;      /* if it is acknowledged */
};

struct promise deed_promise(const struct deed *deed, const struct deed_report *report);

/* An acknowledged event stands in the log once and under its number, a refused one never, any other at most once. */
void promises_check(const struct promise *promises, size_t count, const struct oracle *oracle);

#endif
