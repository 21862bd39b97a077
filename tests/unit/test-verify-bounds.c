// SPDX-License-Identifier: BSD-2-Clause
/* What a judgement allocates is a multiple of the evidence and a constant, however the evidence is made (I11). */
#include "../forge/machine.h"
#include "../forge/nsm.h"
#include "../forge/cca.h"
#include "../forge/cove.h"
#include "../forge/tdx.h"
#include "alloc_fail.h"
#include "evidence.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As ARCHITECTURE.md states it. */
#define MULTIPLE 48
#define CONSTANT ((size_t)1 << 20)

#define PIECES_SIZE ((size_t)1 << 20)

static const char quote_type[] = "application/vnd.tally.tpm-quote+cbor";

/* An array of equal pieces, of a megabyte. */
static struct tally_bytes array_of(struct tally_bytes piece)
{
	size_t count = PIECES_SIZE / (piece.size + 3);
	uint8_t *memory = malloc(PIECES_SIZE + 16);
	struct tally_writer writer = tally_writer(memory, PIECES_SIZE + 16);

	assert_non_null(memory);
	tally_cbor_write_array(&writer, count);
	for (size_t i = 0; i < count; i++)
		tally_cbor_write_bytes(&writer, piece);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_written(&writer);
}

static struct tally_bytes text_of(const char *line)
{
	size_t size = strlen(line);
	uint8_t *memory = malloc(PIECES_SIZE + size);
	size_t used = 0;

	assert_non_null(memory);
	for (; used < PIECES_SIZE; used += size)
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

static size_t judged(const struct tally_bundle *bundle, struct tally_bytes nonce, const struct tally_policy *policy,
		     size_t *ret_size)
{
	struct tally_writer writer = tally_writer(NULL, 0);
	struct tally_verify_request request = {
		.policy = policy, .has_nonce = true, .nonce = nonce, .time = FORGE_TIME
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

/* A report that can be read, with one member that can't be used. */
static size_t judge_with(const char *label, const char *type, struct tally_bytes report, const struct hostile *what)
{
	struct tally_bundle bundle = { .count = 0 };
	struct tally_bytes nonce = tally_bytes(forge_machine_nonce, sizeof(forge_machine_nonce));
	struct tally_bytes piece = hex_bytes(what->piece ? what->piece : "");
	struct tally_bytes member = what->piece ? array_of(piece) : text_of(what->line);
	static const struct tally_policy nothing = { .binding = TALLY_BINDING_RAW,
						     .edge = TALLY_EDGE_VOUCHED,
						     .is_survey = true,
						     .collateral = &tally_collateral_no_limits };
	size_t size;
	size_t total;

	bundle.member[bundle.count++] = (struct tally_member){ tally_text(label), tally_text(type), report };
	bundle.member[bundle.count++] =
		(struct tally_member){ tally_text(what->label), tally_text(what->media_type), member };
	total = judged(&bundle, nonce, &nothing, &size);
	free_bytes(piece);
	free((void *)(uintptr_t)member.data);
	if (total > MULTIPLE * size + CONSTANT)
		print_message("%s, %s: %zu for %zu bytes, %.1f times\n", type, what->name, total, size,
			      (double)total / (double)size);
	return total > MULTIPLE * size + CONSTANT;
}

static void a_judgement_is_bounded(void **state)
{
	static struct forge_tdx tdx;
	struct forge_tdx_made made;
	struct forge_snp snp;
	struct forge_tpm tpm;
	struct forge_nsm nsm = forge_nsm_sound();
	struct tally_bytes nonce = tally_bytes(forge_machine_nonce, sizeof(forge_machine_nonce));
	struct forge_cca cca = forge_cca_sound(nonce);
	struct {
		const char *label;
		const char *type;
		struct tally_bytes report;
	} reports[5];
	size_t wrong = 0;

	(void)state;
	forge_tdx_plan(&tdx);
	forge_tdx_make(&tdx, &made);
	forge_snp_start(&snp, "Genoa", false);
	forge_snp_finish(&snp);
	forge_tpm_plan(&tpm, tally_bytes(forge_machine_nonce, 32));
	reports[0].label = reports[1].label = reports[2].label = reports[3].label = "report";
	reports[0].type = TALLY_MEDIA_TDX_QUOTE;
	reports[0].report = made.quote;
	reports[1].type = TALLY_MEDIA_SNP_REPORT;
	reports[1].report = tally_bytes(snp.report, SNP_SIZE);
	reports[2].type = TALLY_MEDIA_NSM_DOCUMENT;
	reports[2].report = forge_nsm(&nsm);
	reports[3].type = TALLY_MEDIA_CCA_TOKEN;
	reports[3].report = forge_cca(&cca);
	reports[4].label = "tpm-quote";
	reports[4].type = quote_type;
	reports[4].report = forge_tpm_quote(&tpm);
	for (size_t i = 0; i < COUNT(reports); i++)
		for (size_t n = 0; n < COUNT(hostile); n++)
			wrong += judge_with(reports[i].label, reports[i].type, reports[i].report, &hostile[n]);
	free_bytes(reports[2].report);
	free_bytes(reports[3].report);
	free_bytes(reports[4].report);
	forge_tdx_free(&made);
	forge_snp_done(&snp);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_judgement_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
