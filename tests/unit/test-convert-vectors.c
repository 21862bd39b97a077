// SPDX-License-Identifier: BSD-2-Clause
/* Every real log in every format that can hold it, and back; what a format can't say is refused for the reason in the table. */
#include "test.h"

#include "vectors.h"

#include "../../authority/log_convert.h"
#include "../../verify/replay.h"

#define TARGETS (TALLY_LOG_TARGET_SYSTEMD + 1)
#define NOT_OURS "it is of no log of tally's own"
#define NOT_PCR "its register is not a PCR"
#define NOT_CC "its register is not a CC measurement register"
#define NO_EVENT "its content is no PC client event"
#define NO_BANKS "no records that tell its banks"
#define NOT_MEASURED "it is not measured"
#define NO_NUMBER "a length or number is outside what the format allows"

/* A kind of source: why each target refuses it, NULL where it does not. own: the target of the same format, 0 for none. */
static const struct kind {
	const char *folder;
	const char *ending;
	enum tally_log_target own;
	const char *refused[TARGETS];
} kinds[] = {
	{ "tpm-eventlog",
	  ".bin",
	  TALLY_LOG_TARGET_TCG2,
	  { "", NOT_OURS, NULL, NULL, NULL, NULL, NOT_CC, NOT_CC, NULL } },
	{ "ccel",
	  ".ccel.bin",
	  TALLY_LOG_TARGET_CCEL,
	  { "", NOT_OURS, NULL, NULL, NULL, NOT_PCR, NULL, NULL, NOT_PCR } },
	{ "ccel-aael", ".txt", 0, { "", NOT_OURS, NULL, NULL, NULL, NOT_PCR, NULL, NULL, NOT_PCR } },
	{ "cel",
	  ".cel",
	  TALLY_LOG_TARGET_CEL_TLV,
	  { "", NOT_OURS, NULL, NULL, NULL, NOT_PCR, NO_EVENT, NO_EVENT, NOT_PCR } },
	{ "cel",
	  ".json",
	  TALLY_LOG_TARGET_CEL_JSON,
	  { "", NOT_OURS, NULL, NULL, NULL, NO_EVENT, NOT_CC, NOT_CC, NULL } },
	{ "ima", ".ima.txt", 0, { "", NOT_OURS, NULL, NULL, NULL, NO_EVENT, NOT_CC, NOT_CC, NULL } },
	{ "ima", ".ima.bin", 0, { "", NOT_OURS, NULL, NULL, NULL, NO_EVENT, NOT_CC, NOT_CC, NULL } },
	{ "dstack-eventlog", ".eventlog.json", 0, { "", NOT_OURS, NULL, NULL, NULL, NOT_PCR, NULL, NULL, NOT_PCR } },
};

/* Logs that can't be read, and why. */
static const struct {
	const char *name;
	enum tally_status status;
} unreadable[] = {
	{ "keylime-unknown", TALLY_UNKNOWN_ALGORITHM },	 /* a bank that no kernel has */
	{ "keylime-unit-lines", TALLY_CHECKSUM },	 /* lines of a test, one of them a lie */
	{ "tpm2-tss-sml-ima-ng-sha1", TALLY_TRUNCATED }, /* the next three are cut off */
	{ "tpm2-tss-sml-ima-sha1", TALLY_TRUNCATED },	 { "tpm2-tss-sml-ima-ng-sha1-invalidated", TALLY_TRUNCATED },
};

/* Where one log differs from its kind. reason NULL: the target takes it. */
static const struct {
	const char *name;
	enum tally_log_target target;
	const char *reason;
} exceptions[] = {
	/* An event of no PCR, 0xffffffff: CEL has no such number. */
	{ "go-attestation-option_rom", TALLY_LOG_TARGET_CEL_TLV, NO_NUMBER },
	{ "go-attestation-option_rom", TALLY_LOG_TARGET_CEL_CBOR, NO_NUMBER },
	{ "go-attestation-option_rom", TALLY_LOG_TARGET_CEL_JSON, NO_NUMBER },
	/* Records with fewer banks than their header says. */
	{ "tpm2-tools-event-uefiaction", TALLY_LOG_TARGET_TCG2, "it has other banks" },
	{ "tpm2-tools-event-uefivar", TALLY_LOG_TARGET_TCG2, "it has other banks" },
	/* Firmware says something about itself (EV_NO_ACTION). */
	{ "dstack-tpm", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	{ "go-attestation-option_rom", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	{ "go-attestation-short_no_action", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	{ "google-confidential-gke-debug-251000", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	{ "google-eventlogwithsp800155", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	{ "google-glinux-alex", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	{ "keylime-mb", TALLY_LOG_TARGET_SYSTEMD, NOT_MEASURED },
	/* Firmware's header alone. */
	{ "tpm2-tools-specid-vendordata", TALLY_LOG_TARGET_TALLY, "none of tally's own" },
	{ "tpm2-tools-specid-vendordata", TALLY_LOG_TARGET_CCEL, NULL },
	{ "tpm2-tools-specid-vendordata", TALLY_LOG_TARGET_AAEL, NO_BANKS },
};

/* One log, and what was made of it. */
struct conversion {
	const struct kind *kind;
	const char *name;
	struct tally_bytes log;
	struct tally_bytes form[TARGETS]; /* on the heap; none where it was refused */
};

struct sink_room {
	uint8_t *data;
	size_t size;
};

static enum tally_status keep(void *context, struct tally_bytes piece)
{
	struct sink_room *room = context;

	room->data = realloc(room->data, room->size + piece.size);
	assert_non_null(room->data);
	memcpy(room->data + room->size, piece.data, piece.size);
	room->size += piece.size;
	return TALLY_OK;
}

/* Nothing is handed out where it fails. */
static enum tally_status convert(struct tally_bytes log, enum tally_log_format from, enum tally_log_target target,
				 struct tally_bytes *ret, struct tally_problem *problem)
{
	struct sink_room room = { NULL, 0 };
	struct tally_log_sink sink = { keep, &room };
	struct tally_conversion result;
	enum tally_status status;

	problem->text[0] = 0;
	status = tally_log_convert(log, from, target, &sink, &result, problem);
	if (status != TALLY_OK)
		assert_int_equal(room.size, 0);
	*ret = tally_bytes(room.data, room.size);
	return status;
}

static bool is_cel(enum tally_log_target target)
{
	return target == TALLY_LOG_TARGET_CEL_TLV || target == TALLY_LOG_TARGET_CEL_CBOR ||
	       target == TALLY_LOG_TARGET_CEL_JSON;
}

/* What was written is read by its name. */
static enum tally_log_format format_of(enum tally_log_target target)
{
	static const enum tally_log_format formats[TARGETS] = {
		[TALLY_LOG_TARGET_CEL_TLV] = TALLY_LOG_FORMAT_CEL_TLV,
		[TALLY_LOG_TARGET_CEL_CBOR] = TALLY_LOG_FORMAT_CEL_CBOR,
		[TALLY_LOG_TARGET_CEL_JSON] = TALLY_LOG_FORMAT_CEL_JSON,
		[TALLY_LOG_TARGET_TCG2] = TALLY_LOG_FORMAT_TCG2,
		[TALLY_LOG_TARGET_CCEL] = TALLY_LOG_FORMAT_CCEL,
		[TALLY_LOG_TARGET_AAEL] = TALLY_LOG_FORMAT_CCEL,
		[TALLY_LOG_TARGET_SYSTEMD] = TALLY_LOG_FORMAT_SYSTEMD,
	};

	return formats[target];
}

static const char *expected_reason(const struct conversion *c, enum tally_log_target target)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (exceptions[i].target == target && !strcmp(exceptions[i].name, c->name))
			return exceptions[i].reason;
	return c->kind->refused[target];
}

/* Registers that have records are the same; the bank sets are those of the records. */
static void expect_same_replay(const struct conversion *c, enum tally_log_target target)
{
	static struct tally_log_replay before, after;

	assert_int_equal(tally_replay_log(c->log, TALLY_LOG_FORMAT_UNKNOWN, &before), TALLY_OK);
	assert_int_equal(tally_replay_log(c->form[target], format_of(target), &after), TALLY_OK);
	assert_int_equal(after.measured_count, before.measured_count);
	for (size_t i = 0; i < tally_registers_runtime_count(&before.set); i++) {
		struct tally_digests old, new;
		int at = tally_registers_find_name(&after.set, tally_text(before.set.item[i].name));

		if (before.register_records[i] == 0)
			continue;
		assert_true(at >= 0);
		assert_int_equal(after.register_records[at], before.register_records[i]);
		assert_int_equal(tally_log_replay_value(&before, i, &old), TALLY_OK);
		assert_int_equal(tally_log_replay_value(&after, (size_t)at, &new), TALLY_OK);
		assert_true(tally_digests_equal(&old, &new));
	}
}

/* Each target takes the log, or refuses it for the reason in the table. */
static void expect_forms(struct conversion *c)
{
	for (int target = TALLY_LOG_TARGET_TALLY; target < TARGETS; target++) {
		const char *reason = expected_reason(c, (enum tally_log_target)target);
		struct tally_problem problem;
		enum tally_status status = convert(c->log, TALLY_LOG_FORMAT_UNKNOWN, (enum tally_log_target)target,
						   &c->form[target], &problem);

		if (status != (reason ? TALLY_UNSUPPORTED : TALLY_OK) || (reason && !strstr(problem.text, reason)))
			fail_msg("%s to target %d: status %d: %s", c->name, target, (int)status, problem.text);
		if (status == TALLY_OK)
			expect_same_replay(c, (enum tally_log_target)target);
	}
}

/* From each form of CEL to each other one, and to the format that the log came from, with the same bytes. */
static void expect_way_back(const struct conversion *c)
{
	for (int from = 0; from < TARGETS; from++) {
		for (int to = 0; to < TARGETS; to++) {
			struct tally_bytes again;
			struct tally_problem problem;

			if (!is_cel((enum tally_log_target)from) || !c->form[from].size || !c->form[to].size ||
			    !(is_cel((enum tally_log_target)to) || to == (int)c->kind->own ||
			      to == TALLY_LOG_TARGET_SYSTEMD))
				continue;
			if (convert(c->form[from], format_of((enum tally_log_target)from), (enum tally_log_target)to,
				    &again, &problem) != TALLY_OK)
				fail_msg("%s from %d to %d: %s", c->name, from, to, problem.text);
			if (!tally_bytes_equal(again, c->form[to]))
				fail_msg("%s from %d to %d: other bytes", c->name, from, to);
			free_bytes(again);
		}
	}
}

static bool is_unreadable(const struct conversion *c)
{
	for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++) {
		struct tally_bytes none;
		struct tally_problem problem;

		if (strcmp(unreadable[i].name, c->name) != 0)
			continue;
		assert_int_equal(convert(c->log, TALLY_LOG_FORMAT_UNKNOWN, TALLY_LOG_TARGET_CEL_JSON, &none, &problem),
				 unreadable[i].status);
		return true;
	}
	return false;
}

static size_t check_kind(const struct kind *kind)
{
	struct vector_names names = vector_names(kind->folder, kind->ending);
	size_t count = 0;

	for (size_t i = 0; i < names.count; i++) {
		struct conversion c = { .kind = kind, .name = names.name[i] };

		if (strstr(c.name, ".expected"))
			continue;
		c.log = vector_bytes(kind->folder, c.name, kind->ending);
		if (!is_unreadable(&c)) {
			expect_forms(&c);
			expect_way_back(&c);
			count++;
		}
		for (int target = 0; target < TARGETS; target++)
			free_bytes(c.form[target]);
		free_bytes(c.log);
	}
	free_vector_names(&names);
	return count;
}

static void every_log_in_every_format_and_back(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		count += check_kind(&kinds[i]);
	print_message("# %zu logs\n", count);
	assert_true(count > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_log_in_every_format_and_back),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
