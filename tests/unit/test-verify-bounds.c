// SPDX-License-Identifier: BSD-2-Clause
/* What a judgement allocates is a multiple of the evidence and a constant, however the evidence is made (I11). */
#include "../forge/machine.h"
#include "../forge/nsm.h"
#include "../forge/cca.h"
#include "../forge/cove.h"
#include "../forge/tdx.h"
#include "alloc_fail.h"
#include "evidence.h"

#include "../../verify/kept.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As ARCHITECTURE.md states it. */
#define MULTIPLE 48
#define CONSTANT ((size_t)1 << 20)

#define PIECES_SIZE ((size_t)1 << 20)
#define LASTING_PIECES_SIZE ((size_t)1 << 18)

/* An array of equal pieces. */
static struct tally_bytes array_of(struct tally_bytes piece, size_t size)
{
	size_t count = size / (piece.size + 3);
	uint8_t *memory = malloc(size + 16);
	struct tally_writer writer = tally_writer(memory, size + 16);

	assert_non_null(memory);
	tally_cbor_write_array(&writer, count);
	for (size_t i = 0; i < count; i++)
		tally_cbor_write_bytes(&writer, piece);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_written(&writer);
}

/* An array of pieces that can be read and of which no two are equal: their signatures, at their ends, are numbered. */
static struct tally_bytes array_of_others(struct tally_bytes piece, size_t size)
{
	static unsigned number;
	size_t count = size / (piece.size + 3);
	uint8_t *memory = malloc(size + 16);
	uint8_t *copy = (uint8_t *)(uintptr_t)exact_copy(piece).data;
	struct tally_writer writer = tally_writer(memory, size + 16);
	char digits[9];

	assert_non_null(memory);
	tally_cbor_write_array(&writer, count);
	for (size_t i = 0; i < count; i++) {
		snprintf(digits, sizeof(digits), "%08x", number++);
		memcpy(copy + piece.size - 10, digits, 8);
		tally_cbor_write_bytes(&writer, tally_bytes(copy, piece.size));
	}
	assert_int_equal(writer.status, TALLY_OK);
	free(copy);
	return tally_written(&writer);
}

static struct tally_bytes text_of(const char *line, size_t room)
{
	size_t size = strlen(line);
	uint8_t *memory = malloc(room + size);
	size_t used = 0;

	assert_non_null(memory);
	for (; used < room; used += size)
		memcpy(memory + used, line, size);
	return tally_bytes(memory, used);
}

struct hostile {
	const char *name;
	const char *label;
	const char *media_type;
	const char *piece; /* in hex, of an array; NULL: text, line after line */
	const char *line;
};

static const struct hostile hostile[] = {
	{ "nothing at all", "certificates", "application/vnd.tally.collateral+cbor", "40", NULL },
	{ "certificates without content", "certificates", "application/vnd.tally.collateral+cbor", "30023000", NULL },
	{ "lists without content", "certificates", "application/vnd.tally.collateral+cbor", "300430020201", NULL },
	{ "certificates in PEM without content", "certificates", "application/vnd.tally.collateral+cbor",
	  "2d2d2d2d2d424547494e2043455254494649434154452d2d2d2d2d", NULL },
	{ "lists in PEM without content", "certificates", "application/vnd.tally.collateral+cbor",
	  "2d2d2d2d2d424547494e20583530392043524c2d2d2d2d2d", NULL },
	{ "keys without content", "certificates", "application/vnd.tally.collateral+cbor", "7b226b7479223a317d", NULL },
	{ "TCB infos without content", "certificates", "application/vnd.tally.collateral+cbor",
	  "7b22746362496e666f223a7b7d7d", NULL },
	{ "identities without content", "certificates", "application/vnd.tally.collateral+cbor",
	  "7b22656e636c6176654964656e74697479223a7b7d7d", NULL },
	{ "endorsements without content", "certificates", "application/vnd.tally.collateral+cbor", "d901f5a0", NULL },
	{ "a PEM file of blocks", "certificates", "application/pem-certificate-chain", NULL,
	  "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" },
	{ "an IMA list", "segment.0", "application/vnd.tally.log+ima", NULL,
	  "10 0000000000000000000000000000000000000000 ima-ng sha1:0000000000000000000000000000000000000000 /a\n" },
	{ "data", "data", "application/octet-stream", NULL, "data" },
};

/* A report of every provider that can be read. */
static struct {
	const char *label;
	const char *type;
	struct tally_bytes report;
} reports[] = {
	{ "report", TALLY_MEDIA_TDX_QUOTE, { NULL, 0 } },    { "report", TALLY_MEDIA_SNP_REPORT, { NULL, 0 } },
	{ "report", TALLY_MEDIA_NSM_DOCUMENT, { NULL, 0 } }, { "report", TALLY_MEDIA_CCA_TOKEN, { NULL, 0 } },
	{ "report", TALLY_MEDIA_COVE_TOKEN, { NULL, 0 } },   { "tpm-quote", TALLY_MEDIA_TPM_QUOTE, { NULL, 0 } },
};

/* Collateral that can be read, of a platform that is no report's. */
static struct tally_bytes others[5];

static const struct tally_bytes nonce = { forge_machine_nonce, sizeof(forge_machine_nonce) };

static int open_reports(void **state)
{
	static struct forge_tdx tdx;
	struct forge_tdx_made made;
	struct forge_snp snp;
	struct forge_tpm tpm;
	struct forge_nsm nsm = forge_nsm_sound();
	struct forge_cca cca = forge_cca_sound(nonce);
	struct forge_cove cove = forge_cove_sound(nonce);

	(void)state;
	forge_tdx_plan(&tdx);
	forge_tdx_replace(tdx.tcb_info, "00a0b0c0d0e0", "00a0b0c0d0e1");
	forge_tdx_make(&tdx, &made);
	forge_snp_start(&snp, "Genoa", false);
	forge_snp_finish(&snp);
	forge_tpm_plan(&tpm, tally_bytes(forge_machine_nonce, 32));
	reports[0].report = exact_copy(made.quote);
	reports[1].report = exact_copy(tally_bytes(snp.report, SNP_SIZE));
	reports[2].report = forge_nsm(&nsm);
	reports[3].report = forge_cca(&cca);
	reports[4].report = forge_cove(&cove);
	reports[5].report = forge_tpm_quote(&tpm);
	others[0] = exact_copy(made.item[FORGE_TDX_TCB_INFO]);
	others[1] = exact_copy(made.item[FORGE_TDX_QE_IDENTITY]);
	others[2] = exact_copy(made.item[FORGE_TDX_PCK_CRL]);
	others[3] = exact_copy(snp.crl_der);
	others[4] = exact_copy(snp.leaf_der);
	forge_tdx_free(&made);
	forge_snp_done(&snp);
	return 0;
}

static int close_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reports); i++)
		free_bytes(reports[i].report);
	for (size_t i = 0; i < COUNT(others); i++)
		free_bytes(others[i]);
	return 0;
}

static size_t judged(const struct tally_bundle *bundle, struct tally_kept *kept, size_t *ret_size)
{
	static const struct tally_policy nothing = { .binding = TALLY_BINDING_RAW,
						     .edge = TALLY_EDGE_VOUCHED,
						     .is_survey = true,
						     .collateral = &tally_collateral_no_limits };
	struct tally_writer writer = tally_writer(NULL, 0);
	struct tally_verify_request request = {
		.policy = &nothing, .kept = kept, .has_nonce = true, .nonce = nonce, .time = FORGE_TIME
	};
	struct tally_verdict *verdict = NULL;
	uint8_t *memory;
	size_t total;

	tally_bundle_write(&writer, bundle);
	memory = malloc(writer.size);
	assert_non_null(memory);
	*ret_size = writer.size;
	writer = tally_writer(memory, writer.size);
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	request.evidence = tally_written(&writer);
	alloc_total_start();
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	total = alloc_total();
	assert_false(verdict->is_accepted);
	tally_verdict_free(verdict);
	free(memory);
	return total;
}

/* A report that can be read, with one member more; which is freed. True if that asks for too much. */
static bool exceeds(size_t report, const char *label, const char *type, struct tally_bytes member,
		    struct tally_kept *kept, const char *name)
{
	struct tally_bundle bundle = { .count = 0 };
	size_t size;
	size_t total;

	bundle.member[bundle.count++] =
		(struct tally_member){ tally_text(reports[report].label), tally_text(reports[report].type),
				       reports[report].report };
	bundle.member[bundle.count++] = (struct tally_member){ tally_text(label), tally_text(type), member };
	total = judged(&bundle, kept, &size);
	free((void *)(uintptr_t)member.data);
	if (total > MULTIPLE * size + CONSTANT)
		print_message("%s, %s: %zu for %zu bytes, %.1f times\n", reports[report].type, name, total, size,
			      (double)total / (double)size);
	return total > MULTIPLE * size + CONSTANT;
}

/* A member that can't be used. */
static bool exceeds_with(size_t report, const struct hostile *what, struct tally_kept *kept, size_t size)
{
	struct tally_bytes piece = hex_bytes(what->piece ? what->piece : "");
	struct tally_bytes member = what->piece ? array_of(piece, size) : text_of(what->line, size);

	free_bytes(piece);
	return exceeds(report, what->label, what->media_type, member, kept, what->name);
}

/* Collateral of others, never the same. */
static bool exceeds_with_others(size_t report, size_t other, struct tally_kept *kept, size_t size)
{
	return exceeds(report, "certificates", TALLY_MEDIA_COLLATERAL, array_of_others(others[other], size), kept,
		       "collateral of others");
}

static void a_judgement_is_bounded(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(reports); i++) {
		for (size_t n = 0; n < COUNT(hostile); n++)
			wrong += exceeds_with(i, &hostile[n], NULL, PIECES_SIZE);
		for (size_t n = 0; n < COUNT(others); n++)
			wrong += exceeds_with_others(i, n, NULL, PIECES_SIZE);
	}
	assert_int_equal(wrong, 0);
}

/* The same where judgements follow each other, and what they leave behind. */
static void what_outlives_judgements_is_bounded(void **state)
{
	struct tally_kept *kept = tally_kept_new();
	struct tally_kept_counts counts;
	size_t wrong = 0;

	(void)state;
	assert_non_null(kept);
	for (size_t i = 0; i < COUNT(reports); i++) {
		for (size_t n = 0; n < COUNT(hostile); n++) {
			size_t before = tally_kept_counts(kept).count;

			wrong += exceeds_with(i, &hostile[n], kept, LASTING_PIECES_SIZE);
			/* Of what can't be read nothing is kept: what is new is the report's own. */
			counts = tally_kept_counts(kept);
			if (counts.count > before + 16)
				fail_msg("%s: %zu things", hostile[n].name, counts.count - before);
		}
		for (size_t n = 0; n < COUNT(others); n++) {
			wrong += exceeds_with_others(i, n, kept, LASTING_PIECES_SIZE);
			tally_kept_begin(kept);
			counts = tally_kept_counts(kept);
			assert_in_range(counts.count, 0, TALLY_KEPT_COUNT);
			assert_in_range(counts.size, 0, TALLY_KEPT_SIZE);
		}
	}
	/* Some of it did reach the bound. */
	assert_int_equal(counts.count, TALLY_KEPT_COUNT);
	tally_kept_free(kept);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_judgement_is_bounded),
		cmocka_unit_test(what_outlives_judgements_is_bounded),
	};

	return cmocka_run_group_tests(tests, open_reports, close_reports);
}
