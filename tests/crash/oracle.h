/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of a log and its registers at rest, worked out beside the authority: I1, I2, docs/settle.md. */
#ifndef TALLY_TESTS_CRASH_ORACLE_H
#define TALLY_TESTS_CRASH_ORACLE_H

#include "../../provider/soft.h"
#include "folder.h"
#include "walk.h"

#define ORACLE_REGISTERS 24

/* A log that was read, walked and replayed. Released with oracle_done. */
struct oracle {
	uint8_t *log;
	size_t size;
	struct walk walk;
	unsigned register_count;
	uint64_t first_number; /* of the log file itself: not 0 once records were trimmed */
	bool has_bank[WALK_BANKS];
	struct walk_digests value[ORACLE_REGISTERS]; /* at the log's end */
	unsigned gaps[ORACLE_REGISTERS];
	bool is_unpinned[ORACLE_REGISTERS];
};

#define ORACLE_PART "part." /* files of the directory into which trims handed records out begin so */

/*
 * Read the log of a directory at rest, with the parts that trims handed out in front of it. The test fails unless they
 * join, the list of once names is the one that the log names, what a trim states is what lies before it, the log is
 * whole, its records count up from 0, each gap goes on from where the log stands, each pin says what it pins and head(n) of what lies before it, and no
 * event stands between a gap and its pin but a late one that an abort or gap had named.
 */
struct oracle oracle_read(const char *directory, enum tally_soft_preset preset);
void oracle_done(struct oracle *oracle);

/*
 * The parts that end where the log begins, and the log, torn tail and all: on the heap. NULL if there is no log; the
 * test fails if a part is missing.
 */
uint8_t *oracle_join(const struct folder *folder, size_t *ret_size);

/* The same, when the log itself is these bytes. */
uint8_t *oracle_join_log(const struct folder *folder, struct span log, size_t *ret_size);

/* What oracle_read does, of bytes, which the oracle then owns: they are on the heap. */
struct oracle oracle_of(uint8_t *log, size_t size, enum tally_soft_preset preset);

/* The live registers have the values that the log replays to, in every bank. */
void oracle_check_registers(const struct oracle *oracle, const char *directory,
			    const struct tally_soft_options *options);

/* The log begins with these bytes: nothing was removed, changed or renumbered. */
void oracle_check_begins(const struct oracle *oracle, struct span before);

/* How often an event of this name stands in the log; *ret_number, which may be NULL, is that of the last. */
unsigned oracle_count(const struct oracle *oracle, const char *name, uint64_t *ret_number);

/* Gaps of all registers. */
unsigned oracle_gap_count(const struct oracle *oracle);

/* value extended by digests, by the rule new = H(old || digest). */
void oracle_extend(struct walk_digests *value, const struct walk_digests *digests);

bool walk_digests_equal(const struct walk_digests *a, const struct walk_digests *b);

/* What a register of the preset is extended with here; and the reverse. */
struct walk_digests walk_digests_from(const struct tally_digests *digests);

#endif
