// SPDX-License-Identifier: BSD-2-Clause
/* Looking at a machine and an authority, and what follows from what is seen. */
#include "diagnosis.h"

#include <stdarg.h>
#include <stdio.h>

#include "output.h"
#include "problem.h"

const char *tally_slot_class_name(enum tally_slot_class slot)
{
	switch (slot) {
	case TALLY_SLOT_NONE:
		return "empty";
	case TALLY_SLOT_TORN:
		return "torn";
	case TALLY_SLOT_FOREIGN:
		return "foreign";
	case TALLY_SLOT_SETTLED:
		return "settled";
	case TALLY_SLOT_PENDING:
		return "pending";
	case TALLY_SLOT_UNSET:
		break;
	}
	return "unreadable";
}

/* The first thing that is wrong decides the exit code; a remark has TALLY_EXIT_OK. */
static void advise(struct tally_diagnosis *d, enum tally_exit code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void advise(struct tally_diagnosis *d, enum tally_exit code, const char *format, ...)
{
	va_list arguments;

	if (d->code == TALLY_EXIT_OK)
		d->code = code;
	if (d->advice_count == TALLY_ADVICE_LIMIT)
		return;
	va_start(arguments, format);
	vsnprintf(d->advice[d->advice_count++], sizeof(d->advice[0]), format, arguments);
	va_end(arguments);
}

static void advise_status(struct tally_diagnosis *d, enum tally_status status, const struct tally_problem *problem)
{
	const char *advice = tally_advice(status);

	advise(d, tally_exit_of(status), "%s%s%s", problem->text[0] ? problem->text : tally_status_message(status),
	       *advice && status != TALLY_CORRUPT ? "; " : "", status != TALLY_CORRUPT ? advice : "");
}

static void choose(struct tally_cli *cli, struct tally_diagnosis *d)
{
	struct tally_problem problem = { "" };

	d->is_confidential = tally_machine_is_confidential();
	d->provider = cli->provider ? tally_provider_find(cli->provider) : tally_provider_choose(&problem);
	if (!d->provider) {
		d->why = "no provider of this program serves this machine";
		advise(d, TALLY_EXIT_UNAVAILABLE, "%s", problem.text);
	} else if (cli->provider) {
		d->why = "it was asked for";
	} else if (strcmp(d->provider->name, "soft") == 0) {
		d->why = "this machine does not look like a confidential VM";
	} else {
		d->why = "this machine offers it";
	}
	if (d->provider && strcmp(d->provider->name, "soft") == 0)
		advise(d, TALLY_EXIT_OK,
		       "the provider soft keeps its registers in a file: it is for development and "
		       "tests, and proves nothing about hardware");
}

static void find_directory(struct tally_cli *cli, struct tally_diagnosis *d)
{
	struct tally_problem problem = { "" };
	enum tally_status status = TALLY_OK;

	if (cli->directory)
		snprintf(d->directory, sizeof(d->directory), "%s", cli->directory);
	else if (d->provider)
		status = tally_provider_directory(d->provider->name, d->directory, sizeof(d->directory), &problem);
	if (status == TALLY_OK)
		return;
	d->directory[0] = 0;
	advise_status(d, status, &problem);
}

static void judge_slot(struct tally_diagnosis *d)
{
	switch (d->log.slot) {
	case TALLY_SLOT_PENDING:
		advise(d, TALLY_EXIT_OK,
		       "an extend was cut short: the next one settles it, before it does anything else");
		break;
	case TALLY_SLOT_TORN:
		advise(d, TALLY_EXIT_OK, "the intent slot is torn: its extend was never begun, and nothing is lost");
		break;
	case TALLY_SLOT_FOREIGN:
		advise(d, TALLY_EXIT_OK,
		       "the intent slot belongs to another log: the next writer puts it aside, or refuses if records "
		       "are missing");
		break;
	case TALLY_SLOT_UNSET:
		advise(d, TALLY_EXIT_OK, "the intent slot can be read by its owner only: run doctor as root to see it");
		break;
	case TALLY_SLOT_NONE:
	case TALLY_SLOT_SETTLED:
		break;
	}
}

static void judge_gaps(struct tally_diagnosis *d)
{
	const struct tally_examination *log = &d->log;

	if (log->gap_count)
		advise(d, TALLY_EXIT_OK,
		       "%llu times a register changed and this log does not say how: somebody extended beside the "
		       "authority, or a crash hid what happened; verifiers reject that unless their policy admits it",
		       (unsigned long long)log->gap_count);
	if (log->open_attempt_count)
		advise(d, TALLY_EXIT_OK, "%llu extends that did not take effect may still do so: their aborts are kept",
		       (unsigned long long)log->open_attempt_count);
	if (log->differing_count && !log->is_other_boot && log->slot != TALLY_SLOT_PENDING)
		advise(d, TALLY_EXIT_OK,
		       "%llu registers have values that the log does not explain: the next extend of each records a "
		       "gap, unless one is under way now",
		       (unsigned long long)log->differing_count);
}

static void judge(struct tally_diagnosis *d)
{
	const struct tally_examination *log = &d->log;

	if (log->is_damaged)
		advise(d, TALLY_EXIT_MALFORMED,
		       "the log is damaged at byte %llu, behind record %llu (%s): extends are refused and nothing is "
		       "changed; `tally log recover` keeps the file, goes on behind that record and notes gaps, which "
		       "verifiers reject unless their policy admits them",
		       (unsigned long long)log->damage_offset, (unsigned long long)log->record_count,
		       tally_status_message(log->damage));
	if (log->is_other_boot)
		advise(d, TALLY_EXIT_OK,
		       "the log is of an earlier boot: the next extend moves it aside or goes on with it");
	judge_slot(d);
	if (!log->is_damaged)
		judge_gaps(d);
	if (log->capacity && log->log_size > log->capacity / 10 * 9)
		advise(d, TALLY_EXIT_OK, "the log is nearly full: when it is full, extends are refused");
}

/* Only soft signs with a key of its own; what can't be read is told by whoever needs it. */
static void find_key(struct tally_authority *authority, struct tally_diagnosis *d)
{
	struct tally_problem problem;
	uint8_t sha256[32];

	if (strcmp(d->provider->name, "soft") != 0 ||
	    tally_soft_fingerprint(tally_authority_provider_instance(authority), sha256, &problem) != TALLY_OK)
		return;
	memcpy(d->key, "sha256:", strlen("sha256:"));
	tally_hex_write(d->key + strlen("sha256:"), tally_bytes(sha256, sizeof(sha256)));
}

static void examine(struct tally_cli *cli, struct tally_diagnosis *d)
{
	struct tally_authority *authority = NULL;
	struct tally_own_options options;
	struct tally_problem problem = { "" };
	enum tally_status status;

	if (tally_own_read(cli, &options) != TALLY_EXIT_OK)
		return;
	options.authority.is_reader = true;
	status = tally_authority_open(&options.authority, &authority, &problem);
	if (status == TALLY_OK) {
		find_key(authority, d);
		status = tally_authority_examine(authority, &d->log, &problem);
	}
	tally_authority_close(authority);
	if (status == TALLY_NOT_FOUND) {
		advise(d, TALLY_EXIT_OK, "nothing was measured there yet: `tally extend` begins the log");
		return;
	}
	if (status != TALLY_OK) {
		advise_status(d, status, &problem);
		return;
	}
	d->has_log = true;
	judge(d);
}

enum tally_exit tally_diagnose(struct tally_cli *cli, struct tally_diagnosis *ret)
{
	struct tally_own_options options;
	enum tally_exit code = tally_own_read(cli, &options);

	memset(ret, 0, sizeof(*ret));
	if (code != TALLY_EXIT_OK)
		return code;
	choose(cli, ret);
	find_directory(cli, ret);
	if (ret->provider && ret->directory[0])
		examine(cli, ret);
	return TALLY_EXIT_OK;
}
