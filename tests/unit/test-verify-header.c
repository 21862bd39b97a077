// SPDX-License-Identifier: BSD-2-Clause
/* What a log says of itself: its header, the boots that it went through, and where such records may stand. */
#include "verdict-cases.h"

/* A header that says of the registers what the report does not. */
static void lying(struct evidence *evidence, void (*change)(struct tally_register_set *set))
{
	struct tally_register_set *honest = malloc(sizeof(*honest));

	assert_non_null(honest);
	*honest = evidence->set;
	change(&evidence->set);
	evidence_header(evidence);
	evidence->set = *honest;
	free(honest);
	three_events(evidence);
}

#define LYING(name, statement)                                    \
	static void name##_change(struct tally_register_set *set) \
	{                                                         \
		statement;                                        \
	}                                                         \
	static void name(struct evidence *evidence)               \
	{                                                         \
		lying(evidence, name##_change);                   \
	}

LYING(other_name, set->item[2].name[0] = 'x')
LYING(other_number, set->item[3].number = 7)
LYING(other_banks_of_a_static, set->item[4].reset.digest[0].alg = TALLY_SHA512)
LYING(fewer, set->count--)

static void other_numbering(struct evidence *evidence)
{
	struct tally_control_header *header = malloc(sizeof(*header));
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	assert_non_null(header);
	evidence_header_fields(evidence, header);
	header->numbering = TALLY_NUMBERING_PCR;
	tally_control_write_header(&writer, header);
	evidence_control(evidence, 0, &writer);
	free(header);
	three_events(evidence);
}

static void beginning_at_one(struct evidence *evidence)
{
	good(evidence);
	evidence_renumber(evidence, 1);
}

/* The header's index, in the list of its record: recnum of 13 bytes, then tag, four bytes of size, the index. */
static void header_of_a_higher_register(struct evidence *evidence)
{
	good(evidence);
	((uint8_t *)(uintptr_t)evidence->record[0].data)[13 + 5] = 1;
}

static void report_after_kexec(struct tally_soft_report *report)
{
	memset(report->boot_id, 0x0b, sizeof(report->boot_id));
}

/* The machine went on as boot 0b0b..., from the boot of the header with its first byte changed by damage. */
static void kexec_from(struct evidence *evidence, size_t reg, uint8_t damage)
{
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_control_kexec kexec;

	good(evidence);
	memcpy(kexec.before, evidence->boot_id.data, sizeof(kexec.before));
	kexec.before[0] ^= damage;
	memset(kexec.after, 0x0b, sizeof(kexec.after));
	tally_control_write_kexec(&writer, &kexec);
	evidence_control(evidence, reg, &writer);
	evidence->after_report = report_after_kexec;
}

static void kexec(struct evidence *evidence)
{
	kexec_from(evidence, 0, 0);
}

static void kexec_of_another_boot(struct evidence *evidence)
{
	kexec_from(evidence, 0, 1);
}

static void kexec_elsewhere(struct evidence *evidence)
{
	kexec_from(evidence, 1, 0);
}

static void kexec_that_the_report_knows_nothing_of(struct evidence *evidence)
{
	kexec(evidence);
	evidence->after_report = NULL;
}

static void boot_that_no_kexec_explains(struct evidence *evidence)
{
	good(evidence);
	evidence->after_report = report_after_kexec;
}

/* One byte behind both boots. */
static void kexec_with_more(struct evidence *evidence)
{
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_control_kexec both;

	good(evidence);
	memset(&both, 0, sizeof(both));
	tally_control_write_kexec(&writer, &both);
	tally_write_u8(&writer, 0);
	evidence_control(evidence, 0, &writer);
}

static void stored_part_without_the_first(struct evidence *evidence)
{
	good(evidence);
	evidence->extra_label = "stored.1";
	evidence->extra_media_type = "application/vnd.tally.log+cel-tlv";
	evidence->extra = evidence->record[0];
}

static void values_without_a_quote(struct evidence *evidence)
{
	good(evidence);
	evidence->extra_label = "tpm-pcrs";
	evidence->extra_media_type = "application/vnd.tally.tpm-pcrs+cbor";
	evidence->extra = tally_text("\x80");
}

static void activation_without_a_quote(struct evidence *evidence)
{
	good(evidence);
	evidence->extra_label = "ak-binding";
	evidence->extra_media_type = "application/vnd.tally.ak-binding+cbor";
	evidence->extra = tally_text("\x80");
}

static const struct verify_case header_cases[] = {
	{ "another name", other_name, "log.header-mismatch", NULL, NULL, 0 },
	{ "another number", other_number, "log.header-mismatch", NULL, NULL, 0 },
	{ "another bank of a static register", other_banks_of_a_static, "log.header-mismatch", NULL, NULL, 0 },
	{ "a register fewer", fewer, "log.header-mismatch", NULL, NULL, 0 },
	{ "another numbering", other_numbering, "log.header-mismatch", NULL, NULL, 0 },
	{ "a header that is not the first record", beginning_at_one, "log.renumbered", NULL, NULL, 0 },
	{ "a header of a higher register", header_of_a_higher_register, "log.control-misplaced", NULL, NULL, 0 },
	{ "a kexec", kexec, "", NULL, NULL, 0 },
	{ "a kexec from another boot", kexec_of_another_boot, "log.boot-mismatch", NULL, NULL, 0 },
	{ "a kexec of a higher register", kexec_elsewhere, "log.control-misplaced", NULL, NULL, 0 },
	{ "a kexec with more behind it", kexec_with_more, "log.control-malformed", NULL, NULL, 0 },
	{ "a kexec, and the report of the boot before", kexec_that_the_report_knows_nothing_of, "log.boot-mismatch",
	  NULL, NULL, 0 },
	{ "another boot, and no kexec", boot_that_no_kexec_explains, "log.boot-mismatch", NULL, NULL, 0 },
};

static void headers_and_boots_are_compared(void **state)
{
	(void)state;
	run_cases(header_cases, COUNT(header_cases));
}

/* A label that is known is no reason to be there. Those of a TPM are companions, and these were not bound either. */
static const struct verify_case member_cases[] = {
	{ "a second stored part alone", stored_part_without_the_first, "bundle.member-unreferenced", NULL, NULL, 0 },
	{ "values of PCRs without a quote", values_without_a_quote,
	  "bundle.member-unreferenced binding.companions-mismatch", NULL, NULL, 0 },
	{ "an activation without a quote", activation_without_a_quote,
	  "bundle.member-unreferenced binding.companions-mismatch", NULL, NULL, 0 },
};

static void members_must_be_of_use(void **state)
{
	(void)state;
	run_cases(member_cases, COUNT(member_cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_and_boots_are_compared),
		cmocka_unit_test(members_must_be_of_use),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
