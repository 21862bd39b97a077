/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verifier says of forged SNP evidence: judged by a policy that fits it but for one thing. */
#ifndef TALLY_TESTS_FORGE_SNP_VERDICT_H
#define TALLY_TESTS_FORGE_SNP_VERDICT_H

#include "snp.h"

#include "../unit/placed.h"

#include "../../format/bundle.h"
#include "../../verify/kept.h"
#include "../../verify/verifier.h"
#include "../../verify/verify.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CODES_SIZE 1024
#define EVIDENCE_SIZE 16384

/* Nothing that rests on a root for a test is accepted, so sound evidence gives this and nothing else. */
#define SOUND "root.non-production"

/* What a policy says beside the report's own values. */
struct asking {
	const char *exception;
	void (*change)(json_t *policy); /* NULL: nothing */
	bool is_in_table;		/* certificates stand in the host's table, in the bundle */
	int64_t time;			/* 0: FORGE_TIME */
	const char *binding;		/* NULL: raw */
	struct tally_bytes nonce;	/* size 0: REPORT_DATA */
	const char *manifest_type;	/* NULL: none */
	struct tally_bytes manifest;
	int64_t valid_until;	       /* the verdict's; 0: not looked at */
	struct tally_bytes first_leaf; /* a certificate before the leaf's; size 0: none */
};

/* One memory of what was verified, for all cases of a program. */
static inline struct tally_kept *forge_kept(void)
{
	static struct tally_kept *kept;

	if (!kept)
		kept = tally_kept_new();
	assert_non_null(kept);
	return kept;
}

static inline int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What other findings bring with them: a root that is not trusted, and claims that could not be made. */
static inline bool is_consequence(const char *code)
{
	return strcmp(code, SOUND) == 0 || strcmp(code, "policy.claim-missing") == 0;
}

/* Codes, each once, in order of the alphabet. */
static inline const char *codes_of(const struct tally_verdict *verdict, char room[CODES_SIZE])
{
	const char *codes[64];
	size_t count = 0;

	assert_true(verdict->finding_count <= COUNT(codes));
	for (size_t i = 0; i < verdict->finding_count; i++)
		codes[count++] = tally_reason_code(verdict->finding[i].reason);
	qsort(codes, count, sizeof(codes[0]), compare_texts);
	room[0] = 0;
	for (size_t i = 0; i < count; i++)
		if ((i == 0 || strcmp(codes[i], codes[i - 1]) != 0) && !is_consequence(codes[i]))
			snprintf(room + strlen(room), CODES_SIZE - strlen(room), "%s%s", *room ? " " : "", codes[i]);
	return *room ? room : SOUND;
}

static inline struct tally_policy *policy_for(const struct forge_snp *forge, const struct asking *asking)
{
	const char *const exceptions[] = { asking->exception, NULL };
	json_t *json = snp_policy_json(tally_bytes(forge->report, SNP_SIZE), forge->product,
				       forge->is_vlek ? FORGE_SNP_CLOUD : NULL,
				       asking->binding ? asking->binding : "raw", exceptions);

	if (asking->change)
		asking->change(json);
	return snp_policy(json);
}

static inline struct tally_bytes bundle_for(const struct forge_snp *forge, const struct asking *asking,
					    uint8_t room[EVIDENCE_SIZE])
{
	struct tally_writer writer = tally_writer(room, EVIDENCE_SIZE);
	struct tally_bytes table = asking->is_in_table ? forge_snp_table(forge) : tally_bytes(NULL, 0);
	struct tally_bundle bundle = { .count = 1 };

	bundle.member[0] = (struct tally_member){ tally_text(TALLY_LABEL_REPORT), tally_text(TALLY_MEDIA_SNP_REPORT),
						  tally_bytes(forge->report, SNP_SIZE) };
	if (asking->is_in_table)
		bundle.member[bundle.count++] =
			(struct tally_member){ tally_text(TALLY_LABEL_CERTIFICATES),
					       tally_text(TALLY_MEDIA_SNP_CERTIFICATES), table };
	if (asking->manifest_type)
		bundle.member[bundle.count++] =
			(struct tally_member){ tally_text(TALLY_LABEL_MANIFEST), tally_text(asking->manifest_type),
					       asking->manifest };
	tally_bundle_write(&writer, &bundle);
	assert_int_equal(writer.status, TALLY_OK);
	free_bytes(table);
	return tally_written(&writer);
}

/* Judge what was made: the codes. */
static inline const char *judge(struct forge_snp *forge, const struct asking *asking, char room[CODES_SIZE])
{
	static uint8_t evidence[EVIDENCE_SIZE];
	struct tally_policy *policy = policy_for(forge, asking);
	struct tally_collateral_item item[4];
	struct tally_collateral collateral = { 0, item };
	struct tally_roots roots = { 1, &forge->root_der };
	struct tally_verify_request request = { .evidence = bundle_for(forge, asking, evidence),
						.collateral = &collateral,
						.roots = &roots,
						.kept = forge_kept(),
						.policy = policy,
						.has_nonce = true,
						.nonce = asking->nonce.size
								 ? asking->nonce
								 : tally_bytes(forge->report + SNP_AT_REPORT_DATA, 64),
						.time = asking->time ? asking->time : FORGE_TIME };
	struct tally_verdict *verdict;
	const char *codes;

	if (asking->first_leaf.size)
		item[collateral.count++] =
			(struct tally_collateral_item){ TALLY_COLLATERAL_CERTIFICATES, "first", asking->first_leaf };
	if (forge->has_leaf && !asking->is_in_table)
		item[collateral.count++] =
			(struct tally_collateral_item){ TALLY_COLLATERAL_CERTIFICATES, "leaf", forge->leaf_der };
	if (forge->has_authority && !asking->is_in_table)
		item[collateral.count++] = (struct tally_collateral_item){ TALLY_COLLATERAL_CERTIFICATES, "authority",
									   forge->authority_der };
	if (forge->has_crl && !asking->is_in_table)
		item[collateral.count++] =
			(struct tally_collateral_item){ TALLY_COLLATERAL_CRL, "crl", forge->crl_der };
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	assert_false(verdict->is_accepted);
	codes = codes_of(verdict, room);
	expect_places(verdict);
	if (asking->valid_until)
		assert_true(verdict->has_valid_until && verdict->valid_until == asking->valid_until);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	return codes;
}

static inline void expect(const char *name, struct forge_snp *forge, const struct asking *asking, const char *expected)
{
	static const struct asking plain = { 0 };
	char room[CODES_SIZE];
	const char *codes;

	forge_snp_finish(forge);
	codes = judge(forge, asking ? asking : &plain, room);
	if (strcmp(codes, expected) != 0)
		fail_msg("%s: %s\nexpected: %s", name, codes, expected);
	forge_snp_done(forge);
}

#endif
