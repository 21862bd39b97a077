/* SPDX-License-Identifier: BSD-2-Clause */
/* A TDX quote with its collateral, judged: what test programs of tdx share. */
#ifndef TALLY_TESTS_UNIT_TDX_JUDGE_H
#define TALLY_TESTS_UNIT_TDX_JUDGE_H

#include "vectors.h"

#include "../../core/writer.h"
#include "../../format/bundle.h"
#include "../../format/tdx_quote.h"
#include "../../verify/verifier.h"
#include "../../verify/verify.h"

#define TDX_ITEM_LIMIT 64
#define TDX_CODES_SIZE 2048

/* Evidence is a bundle of a quote, and a log if there is one; everything else is collateral. */
struct tdx_trial {
	struct tally_bytes quote;
	struct tally_bytes log; /* attached as segment.0 of log_type; size 0: none */
	const char *log_type;
	size_t item_count;
	struct tally_collateral_item item[TDX_ITEM_LIMIT];
	const char *policy; /* NULL: the default policy */
	int64_t time;
	bool has_nonce;
	struct tally_bytes nonce;
	const struct tally_roots *roots;
	struct tally_kept *kept;
};

static inline void tdx_trial_add(struct tdx_trial *trial, enum tally_collateral_kind kind, const char *origin,
				 struct tally_bytes bytes)
{
	assert_true(trial->item_count < TDX_ITEM_LIMIT);
	trial->item[trial->item_count++] = (struct tally_collateral_item){ kind, origin, bytes };
}

static inline struct tally_bytes tdx_bundle(const struct tdx_trial *trial)
{
	struct tally_bundle bundle = { .count = 0 };
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t *memory;

	bundle.member[bundle.count++] = (struct tally_member){ .label = tally_text(TALLY_LABEL_REPORT),
							       .media_type = tally_text(TALLY_MEDIA_TDX_QUOTE),
							       .value = trial->quote };
	if (trial->log.size)
		bundle.member[bundle.count++] = (struct tally_member){ .label = tally_text(TALLY_LABEL_SEGMENT "0"),
								       .media_type = tally_text(trial->log_type),
								       .value = trial->log };
	tally_bundle_write(&writer, &bundle);
	memory = malloc(writer.size);
	assert_non_null(memory);
	writer = tally_writer(memory, writer.size);
	tally_bundle_write(&writer, &bundle);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_written(&writer);
}

static inline struct tally_policy *tdx_policy(const char *text)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;

	if (tally_policy_read(tally_text(text), &policy, &problem) != TALLY_OK)
		fail_msg("%s in %s", problem.text, text);
	return policy;
}

static inline struct tally_verdict *tdx_judge(const struct tdx_trial *trial)
{
	struct tally_policy *policy = trial->policy ? tdx_policy(trial->policy) : NULL;
	struct tally_bytes evidence = tdx_bundle(trial);
	struct tally_collateral collateral = { trial->item_count, trial->item };
	struct tally_verify_request request = { .evidence = evidence,
						.collateral = &collateral,
						.roots = trial->roots,
						.kept = trial->kept,
						.policy = policy,
						.policy_bytes = tally_text(trial->policy),
						.has_nonce = trial->has_nonce,
						.nonce = trial->nonce,
						.time = trial->time,
						.is_time_given = true };
	struct tally_verdict *verdict = NULL;

	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	tally_policy_free(policy);
	free_bytes(evidence);
	return verdict;
}

static inline int tdx_compare_codes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its codes, each once, in the order of the alphabet, separated by blanks. */
static inline void tdx_codes(const struct tally_verdict *verdict, char ret[TDX_CODES_SIZE])
{
	const char *codes[256];
	size_t count = 0;

	for (size_t i = 0; i < verdict->finding_count && count < 256; i++)
		codes[count++] = tally_reason_code(verdict->finding[i].reason);
	qsort(codes, count, sizeof(codes[0]), tdx_compare_codes);
	ret[0] = 0;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(codes[i], codes[i - 1]) != 0)
			snprintf(ret + strlen(ret), TDX_CODES_SIZE - strlen(ret), "%s%s", *ret ? " " : "", codes[i]);
}

static inline const char *tdx_claim(const struct tally_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->claim_count; i++)
		if (strcmp(verdict->claim[i].name, name) == 0)
			return verdict->claim[i].value;
	return NULL;
}

#endif
