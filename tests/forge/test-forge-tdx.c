// SPDX-License-Identifier: BSD-2-Clause
/* TDX evidence of a test PKI, validly signed and wrong in one way: each damage gives its one reason. */
#include "../unit/placed.h"
#include "../unit/tdx-judge.h"

#include "../../format/tdx_signature.h"
#include "../../format/tdx_tcb.h"
#include "../../verify/kept.h"
#include "tdx-cases.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a root for tests always gives. */
#define BASE "root.non-production"

static uint8_t zero_nonce[64];

/* Its collateral stands behind what the trial has already. */
static void open_behind(const struct forge_tdx *plan, struct forge_tdx_made *made, struct tdx_trial *trial)
{
	static const enum tally_collateral_kind kinds[] = {
		[FORGE_TDX_TCB_INFO] = TALLY_COLLATERAL_TDX_TCB_INFO,
		[FORGE_TDX_QE_IDENTITY] = TALLY_COLLATERAL_TDX_QE_IDENTITY,
		[FORGE_TDX_SIGNER_CHAIN] = TALLY_COLLATERAL_CERTIFICATES,
		[FORGE_TDX_PCK_CRL] = TALLY_COLLATERAL_CRL,
		[FORGE_TDX_ROOT_CRL] = TALLY_COLLATERAL_CRL,
	};

	forge_tdx_make(plan, made);
	trial->quote = made->quote;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (made->item[i].size)
			tdx_trial_add(trial, kinds[i], "forged", made->item[i]);
	memset(zero_nonce, 0x64, sizeof(zero_nonce));
	trial->has_nonce = true;
	trial->nonce = tally_bytes(zero_nonce, sizeof(zero_nonce));
	trial->time = FORGE_TIME;
	trial->policy = POLICY(ALLOW_TIME);
}

static void open_forged(const struct forge_tdx *plan, struct forge_tdx_made *made, struct tdx_trial *trial)
{
	memset(trial, 0, sizeof(*trial));
	open_behind(plan, made, trial);
}

static struct tally_verdict *judge_forged(const struct tdx_trial *trial, const struct forge_tdx_made *made)
{
	struct tally_bytes der = made->root;
	struct tally_roots roots = { 1, &der };
	struct tdx_trial with_root = *trial;

	with_root.roots = &roots;
	return tdx_judge(&with_root);
}

/* The codes of a plan, judged with this policy. */
static void codes_of_plan(const struct forge_tdx *plan, const char *policy, char ret[TDX_CODES_SIZE])
{
	struct tally_verdict *verdict;
	struct forge_tdx_made made;
	struct tdx_trial trial;

	open_forged(plan, &made, &trial);
	if (policy)
		trial.policy = policy;
	verdict = judge_forged(&trial, &made);
	assert_false(verdict->is_accepted);
	tdx_codes(verdict, ret);
	expect_places(verdict);
	tally_verdict_free(verdict);
	forge_tdx_free(&made);
}

/* expected: codes beside BASE, in the order of the alphabet with it; "" for none. */
static void expect(const char *name, const struct forge_tdx *plan, const char *policy, const char *expected)
{
	char codes[TDX_CODES_SIZE];
	char wanted[TDX_CODES_SIZE];
	bool is_before = *expected && strcmp(expected, BASE) < 0;

	codes_of_plan(plan, policy, codes);
	if (*expected == '=')
		snprintf(wanted, sizeof(wanted), "%s", expected + 1);
	else
		snprintf(wanted, sizeof(wanted), "%s%s%s%s%s", is_before ? expected : "", is_before ? " " : "", BASE,
			 is_before || !*expected ? "" : " ", is_before ? "" : expected);
	if (strcmp(codes, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", name, codes, wanted);
}

/* The status of the level that the platform reaches, which stands last. */
static void status_of_platform(struct forge_tdx *plan, const char *status)
{
	char *last = plan->tcb_info + strlen(plan->tcb_info) - strlen("\"UpToDate\"}]}");
	char end[128];

	assert_memory_equal(last, "\"UpToDate\"", 10);
	snprintf(end, sizeof(end), "\"%s\"}]}", status);
	memcpy(last, end, strlen(end) + 1);
}

static void change_plan(struct forge_tdx *plan, const struct tdx_case *row)
{
	for (size_t i = 0; i < COUNT(row->change); i++) {
		const struct tdx_change *change = &row->change[i];

		if (change->size == 1)
			((uint8_t *)plan)[change->at] = (uint8_t)change->value;
		else if (change->size == sizeof(uint16_t))
			memcpy((uint8_t *)plan + change->at, &(uint16_t){ (uint16_t)change->value }, sizeof(uint16_t));
		else if (change->size == sizeof(uint32_t))
			memcpy((uint8_t *)plan + change->at, &(uint32_t){ (uint32_t)change->value }, sizeof(uint32_t));
		else if (change->size == sizeof(uint64_t))
			memcpy((uint8_t *)plan + change->at, &change->value, sizeof(uint64_t));
	}
	if (row->tcb.from)
		forge_tdx_replace(plan->tcb_info, row->tcb.from, row->tcb.to);
	if (row->identity.from)
		forge_tdx_replace(plan->qe_identity, row->identity.from, row->identity.to);
	if (row->text.at)
		memcpy((uint8_t *)plan + row->text.at, &row->text.value, sizeof(row->text.value));
	if (row->status)
		status_of_platform(plan, row->status);
}

static void each_damage_has_its_reason(void **state)
{
	static struct forge_tdx plan;

	(void)state;
	for (size_t i = 0; i < COUNT(tdx_cases); i++) {
		forge_tdx_plan(&plan);
		change_plan(&plan, &tdx_cases[i]);
		expect(tdx_cases[i].name, &plan, tdx_cases[i].policy, tdx_cases[i].expected);
	}
	forge_tdx_plan(&plan);
	memset(plan.body + FORGE_TDX_RTMR0, 0, 4 * 48);
	expect("no events", &plan, NULL, "=policy.register-mismatch registers.all-zero " BASE);
}

/* Where each damage of the PKI can be, and what it is called there if not as in the table. */
static void each_damage_of_the_pki_has_its_reason(void **state)
{
	static struct forge_tdx plan;
	const struct {
		const char *name;
		enum forge_damage *damage;
		unsigned place;
	} places[] = {
		{ "PCK", &plan.pck_damage, FORGE_AT_LEAF },	   { "authority", &plan.ca_damage, FORGE_AT_AUTHORITY },
		{ "root", &plan.root_damage, FORGE_AT_ROOT },	   { "TCB signer", &plan.signer_damage, FORGE_AT_LEAF },
		{ "PCK CRL", &plan.pck_crl_damage, FORGE_AT_CRL }, { "root CRL", &plan.root_crl_damage, FORGE_AT_CRL },
	};
	size_t count;
	const struct forge_damage_row *rows = forge_damages(&count);

	(void)state;
	for (size_t p = 0; p < COUNT(places); p++)
		for (size_t i = 0; i < count; i++) {
			const char *reason = places[p].place == FORGE_AT_CRL ? rows[i].crl_reason : rows[i].reason;
			char name[256];

			if (!(rows[i].places & places[p].place) || rows[i].needs_pss)
				continue;
			forge_tdx_plan(&plan);
			*places[p].damage = rows[i].damage;
			snprintf(name, sizeof(name), "%s: %s", places[p].name, rows[i].name);
			/* A list is found by its issuer, so another issuer's is none of ours. */
			if (places[p].place == FORGE_AT_CRL && rows[i].damage == FORGE_OTHER_ISSUER)
				reason = p == 4 ? "tdx.pck-crl-missing" : "tdx.root-crl-missing";
			/* The signer is found by its issuer's name, too: without one its chain ends before the root. */
			if (p == 3 && rows[i].damage == FORGE_OTHER_ISSUER)
				reason = "certificate.root-untrusted";
			if (strcmp(reason ? reason : "", "certificate.malformed") == 0 && p < 3)
				reason = "=certificate.malformed";
			/* Version 1 has no extensions, so that nothing says of which platform it is. */
			if (p == 0 && rows[i].damage == FORGE_VERSION_1)
				reason = "=certificate.version " BASE " tdx.pck-malformed";
			/* What may sign nothing may not sign its list, either. */
			if (p == 1 && rows[i].damage == FORGE_NO_KEY_USAGE)
				reason = "certificate.key-usage crl.key-usage";
			if (rows[i].damage == FORGE_ROOT)
				reason = "=certificate.root-untrusted";
			expect(name, &plan, NULL, reason ? reason : "");
		}
}

/* The signer of TCB info stands in the root's list, too. */
static void the_signer_can_be_revoked(void **state)
{
	static struct forge_tdx plan;

	(void)state;
	forge_tdx_plan(&plan);
	plan.root_crl_damage = FORGE_REVOKES;
	plan.root_crl_asked = FORGE_TDX_SIGNER_SERIAL;
	expect("the signer is revoked", &plan, NULL, "certificate.revoked");
	/* A name that only begins like the signer's. */
	forge_tdx_plan(&plan);
	plan.signer_name = "Intel SGX TCB Signing 2";
	expect("the signer has another name", &plan, NULL, "tdx.tcb-signer-missing");
}

/* Without the caller's word the test root is nobody's, and one that is denied stays so. */
static void a_test_root_is_trusted_by_nobody_else(void **state)
{
	static struct forge_tdx plan;
	struct forge_tdx_made made;
	struct tdx_trial trial;
	struct tally_verdict *verdict;
	char codes[TDX_CODES_SIZE];

	(void)state;
	forge_tdx_plan(&plan);
	open_forged(&plan, &made, &trial);
	verdict = tdx_judge(&trial);
	tdx_codes(verdict, codes);
	assert_string_equal(codes, "certificate.root-untrusted");
	assert_null(verdict->member[0].authenticated);
	assert_null(verdict->member[0].root);
	tally_verdict_free(verdict);
	verdict = judge_forged(&trial, &made);
	assert_true(verdict->member[0].is_test_root);
	assert_non_null(verdict->member[0].authenticated);
	assert_false(verdict->is_accepted);
	tally_verdict_free(verdict);
	forge_tdx_free(&made);
}

/* Among several statements and lists the sound one is taken, among sound ones the newest, wherever they stand. */
static void the_best_collateral_is_taken(void **state)
{
	static struct forge_tdx plan, other;
	struct forge_tdx_made made, more;
	struct tdx_trial trial;
	struct tally_verdict *verdict;
	char codes[TDX_CODES_SIZE];

	(void)state;
	for (int is_first = 0; is_first < 2; is_first++)
		for (int kind = 0; kind < 3; kind++) {
			forge_tdx_plan(&plan);
			forge_tdx_plan(&other);
			if (kind == 0) { /* an older evaluation, by which everything is fine */
				forge_tdx_replace(other.tcb_info, "DataNumber\":20", "DataNumber\":19");
				status_of_platform(&plan, "OutOfDate");
			} else if (kind == 1) { /* out of date */
				forge_tdx_replace(other.tcb_info, "2027-02-09T08:00:00Z", "2027-01-15T07:59:59Z");
				other.pck_crl_damage = FORGE_EXPIRED;
				other.root_crl_damage = FORGE_BIT_OF_SIGNATURE;
			} else { /* unreadable, or of others */
				forge_tdx_replace(other.tcb_info, "00a0b0c0d0e0", "00a0b0c0d0e1");
				other.qe_identity[0] = '[';
				other.signer_name = "Somebody Else";
			}
			open_forged(is_first ? &other : &plan, &made, &trial);
			trial.quote = made.quote;
			forge_tdx_make(is_first ? &plan : &other, &more);
			tdx_trial_add(&trial, TALLY_COLLATERAL_TDX_TCB_INFO, "more", more.item[FORGE_TDX_TCB_INFO]);
			tdx_trial_add(&trial, TALLY_COLLATERAL_TDX_QE_IDENTITY, "more",
				      more.item[FORGE_TDX_QE_IDENTITY]);
			tdx_trial_add(&trial, TALLY_COLLATERAL_CRL, "more", more.item[FORGE_TDX_PCK_CRL]);
			tdx_trial_add(&trial, TALLY_COLLATERAL_CRL, "more", more.item[FORGE_TDX_ROOT_CRL]);
			tdx_trial_add(&trial, TALLY_COLLATERAL_CERTIFICATES, "more", more.item[FORGE_TDX_SIGNER_CHAIN]);
			verdict = judge_forged(&trial, &made);
			tdx_codes(verdict, codes);
			if (strcmp(codes, kind == 0 ? BASE " tdx.tcb-status" : BASE) != 0)
				fail_msg("%d, %d: %s", kind, is_first, codes);
			tally_verdict_free(verdict);
			forge_tdx_free(&more);
			forge_tdx_free(&made);
		}
}

/* The verdict ends with the first of what it rests on. */
static void a_verdict_ends_with_the_first_of_all(void **state)
{
	static struct forge_tdx plan;

	(void)state;
	for (int kind = 0; kind < 10; kind++) {
		struct tally_verdict *verdict;
		struct forge_tdx_made made;
		struct tdx_trial trial;
		char codes[TDX_CODES_SIZE];

		forge_tdx_plan(&plan);
		if (kind >= 1 && kind <= 6)
			*(kind == 1   ? &plan.pck_damage
			  : kind == 2 ? &plan.ca_damage
			  : kind == 3 ? &plan.root_damage
			  : kind == 4 ? &plan.signer_damage
			  : kind == 5 ? &plan.pck_crl_damage
				      : &plan.root_crl_damage) = FORGE_LAST_SECOND;
		if (kind == 7)
			forge_tdx_replace(plan.tcb_info, "2027-02-09T08:00:00Z", "2027-01-15T08:00:00Z");
		if (kind == 8)
			forge_tdx_replace(plan.qe_identity, "2027-02-09T08:00:00Z", "2027-01-15T08:00:00Z");
		open_forged(&plan, &made, &trial);
		if (kind == 9)
			trial.policy = POLICY(ALLOW_TIME ", \"collateral\":{\"max-days\":{\"qe-identity\":5}}");
		verdict = judge_forged(&trial, &made);
		tdx_codes(verdict, codes);
		/* Sound, it is the identity and the TCB info that end first. */
		if (strcmp(codes, BASE) != 0 || !verdict->has_valid_until ||
		    verdict->valid_until != (kind ? FORGE_TIME : FORGE_TIME + 25 * FORGE_DAY))
			fail_msg("%d: %s, until %lld", kind, codes, (long long)(verdict->valid_until - FORGE_TIME));
		tally_verdict_free(verdict);
		forge_tdx_free(&made);
	}
}

/*
 * What the evidence brings stands in front. However much of it there is, the caller's newer list and statement are
 * seen, and those of other platforms, as a cache of many has them, hide nothing.
 */
static void no_crowd_hides_the_callers_collateral(void **state)
{
	static struct forge_tdx plan, old, foreign;
	struct forge_tdx_made made, outdated, others;
	struct tdx_trial trial = { .item_count = 0 };
	struct tally_verdict *verdict;
	char codes[TDX_CODES_SIZE];

	(void)state;
	forge_tdx_plan(&plan);
	forge_tdx_plan(&old);
	forge_tdx_plan(&foreign);
	status_of_platform(&plan, "OutOfDate");
	plan.pck_crl_damage = FORGE_REVOKES;
	forge_tdx_replace(old.tcb_info, "DataNumber\":20", "DataNumber\":19");
	old.pck_crl_age = FORGE_DAY;
	old.pck_crl_number = 0;
	forge_tdx_replace(foreign.tcb_info, "00a0b0c0d0e0", "00a0b0c0d0e1");
	forge_tdx_make(&old, &outdated);
	forge_tdx_make(&foreign, &others);
	for (size_t i = 0; i < 20; i++) {
		tdx_trial_add(&trial, TALLY_COLLATERAL_TDX_TCB_INFO, "old", outdated.item[FORGE_TDX_TCB_INFO]);
		tdx_trial_add(&trial, TALLY_COLLATERAL_CRL, "old", outdated.item[FORGE_TDX_PCK_CRL]);
	}
	open_behind(&plan, &made, &trial);
	for (size_t i = 0; i < 10; i++)
		tdx_trial_add(&trial, TALLY_COLLATERAL_TDX_TCB_INFO, "foreign", others.item[FORGE_TDX_TCB_INFO]);
	verdict = judge_forged(&trial, &made);
	tdx_codes(verdict, codes);
	assert_string_equal(codes, "certificate.revoked " BASE " tdx.tcb-status");
	tally_verdict_free(verdict);
	forge_tdx_free(&made);
	forge_tdx_free(&outdated);
	forge_tdx_free(&others);
}

/* Of one evaluation the statement that was issued last counts, and of lists the newest, in front of older ones, too. */
static void what_is_newest_counts(void **state)
{
	static struct forge_tdx plan, old;
	struct forge_tdx_made made, outdated;
	struct tdx_trial trial;
	struct tally_verdict *verdict;
	char codes[TDX_CODES_SIZE];

	(void)state;
	forge_tdx_plan(&plan);
	forge_tdx_plan(&old);
	status_of_platform(&plan, "OutOfDate");
	plan.pck_crl_damage = FORGE_REVOKES;
	forge_tdx_replace(old.tcb_info, "2027-01-10T08:00:00Z", "2027-01-09T08:00:00Z");
	old.pck_crl_age = FORGE_DAY;
	plan.pck_crl_number = 0;
	open_forged(&plan, &made, &trial);
	forge_tdx_make(&old, &outdated);
	tdx_trial_add(&trial, TALLY_COLLATERAL_TDX_TCB_INFO, "old", outdated.item[FORGE_TDX_TCB_INFO]);
	tdx_trial_add(&trial, TALLY_COLLATERAL_CRL, "old", outdated.item[FORGE_TDX_PCK_CRL]);
	verdict = judge_forged(&trial, &made);
	tdx_codes(verdict, codes);
	assert_string_equal(codes, "certificate.revoked " BASE " tdx.tcb-status");
	tally_verdict_free(verdict);
	forge_tdx_free(&made);
	forge_tdx_free(&outdated);
}

/* No bit of the signed part, of the QE's report, or of what ties them together. */
static void every_flipped_bit_is_refused(void **state)
{
	static struct forge_tdx plan;
	struct tally_kept *kept = tally_kept_new();
	struct forge_tdx_made made;
	struct tdx_trial trial;
	size_t signed_size = 54 + 648;

	(void)state;
	forge_tdx_plan(&plan);
	open_forged(&plan, &made, &trial);
	trial.kept = kept;
	/* Behind the signed part and a size: signature, key, type, size, QE report, its signature, data. */
	for (size_t bit = 0; bit < 8 * (signed_size + 4 + 64 + 64 + 6 + 384 + 64 + 2 + 32); bit++) {
		uint8_t *byte = (uint8_t *)(uintptr_t)made.quote.data + bit / 8;
		struct tally_verdict *verdict;
		char codes[TDX_CODES_SIZE];

		*byte ^= (uint8_t)(1U << bit % 8);
		verdict = judge_forged(&trial, &made);
		tdx_codes(verdict, codes);
		if (strcmp(codes, BASE) == 0)
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
		assert_true(verdict->member_count == 0 || !verdict->member[0].authenticated);
		tally_verdict_free(verdict);
		*byte ^= (uint8_t)(1U << bit % 8);
	}
	tally_kept_free(kept);
	forge_tdx_free(&made);
}

static void no_prefix_is_accepted(void **state)
{
	static struct forge_tdx plan;
	struct tally_kept *kept = tally_kept_new();
	struct forge_tdx_made made;
	struct tdx_trial trial;

	(void)state;
	forge_tdx_plan(&plan);
	open_forged(&plan, &made, &trial);
	trial.kept = kept;
	for (size_t size = 0; size < made.quote.size; size += size < 1100 ? 7 : 61) {
		struct tally_verdict *verdict;

		trial.quote = exact_copy(tally_bytes(made.quote.data, size));
		verdict = judge_forged(&trial, &made);
		assert_true(verdict->is_malformed);
		tally_verdict_free(verdict);
		free_bytes(trial.quote);
	}
	tally_kept_free(kept);
	forge_tdx_free(&made);
}

/* Readers by themselves: every prefix of what they read is refused, and every size that is one off. */
static void readers_refuse_prefixes(void **state)
{
	static struct tally_tdx_qe_identity identity;
	static struct tally_tdx_tcb_info info;
	static struct forge_tdx plan;
	struct tally_tdx_signature signature;
	struct tally_tdx_quote quote;
	struct forge_tdx_made made;
	size_t offset;

	(void)state;
	forge_tdx_plan(&plan);
	forge_tdx_make(&plan, &made);
	assert_int_equal(tally_tdx_quote_read(made.quote, &quote), TALLY_OK);
	for (size_t size = 0; size < quote.signature_data.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(quote.signature_data.data, size));

		assert_int_equal(tally_tdx_signature_read(prefix, &signature), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	/* Sizes: of all certification data, of what is hashed with the key, of the certificates. */
	for (size_t i = 0; i < 3; i++)
		for (int change = -1; change <= 1; change += 2) {
			static const size_t at[] = { 130, 134 + 448, 134 + 450 + 32 + 2 };
			uint8_t *byte = (uint8_t *)(uintptr_t)quote.signature_data.data + at[i];

			*byte = (uint8_t)(*byte + change);
			assert_int_not_equal(tally_tdx_signature_read(quote.signature_data, &signature), TALLY_OK);
			*byte = (uint8_t)(*byte - change);
		}
	assert_int_equal(tally_tdx_signature_read(quote.signature_data, &signature), TALLY_OK);
	for (size_t size = 0; size < made.item[FORGE_TDX_TCB_INFO].size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(made.item[FORGE_TDX_TCB_INFO].data, size));

		assert_int_equal(tally_tdx_tcb_info_read(prefix, &info, &offset), TALLY_TRUNCATED);
		assert_true(offset <= size);
		free_bytes(prefix);
	}
	for (size_t size = 0; size < made.item[FORGE_TDX_QE_IDENTITY].size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(made.item[FORGE_TDX_QE_IDENTITY].data, size));

		assert_int_equal(tally_tdx_qe_identity_read(prefix, &identity, &offset), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	forge_tdx_free(&made);
}

/* The whole verdict with what is kept is the one without it. */
static void expect_as_without(const struct tally_verdict *verdict, const struct tdx_trial *trial,
			      const struct forge_tdx_made *made)
{
	struct tdx_trial without = *trial;
	struct tally_verdict *fresh;
	char *text[2];

	without.kept = NULL;
	fresh = made ? judge_forged(&without, made) : tdx_judge(&without);
	text[0] = tally_verdict_to_json(verdict);
	text[1] = tally_verdict_to_json(fresh);
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	free(text[1]);
	tally_verdict_free(fresh);
}

/* What is kept spares six of nine checks, and changes no verdict: not at another time, not for other bytes. */
static void what_is_kept_changes_no_verdict(void **state)
{
	static const struct {
		int64_t time;
		const char *codes;
		uint64_t made;
	} steps[] = {
		{ FORGE_TIME, BASE, 9 },
		{ FORGE_TIME, BASE, 3 },
		{ FORGE_TIME + 25 * FORGE_DAY + 1, "crl.expired " BASE " tdx.qe-identity-expired tdx.tcb-info-expired",
		  0 },
		{ FORGE_TIME, BASE, 3 },
	};
	static struct forge_tdx plan;
	struct tally_kept *kept = tally_kept_new();
	struct tally_kept_counts before = { .made = 0 };
	struct forge_tdx_made made;
	struct tdx_trial trial;

	(void)state;
	forge_tdx_plan(&plan);
	open_forged(&plan, &made, &trial);
	trial.kept = kept;
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct tally_kept_counts after;
		struct tally_verdict *verdict;
		char codes[TDX_CODES_SIZE];

		trial.time = steps[i].time;
		verdict = judge_forged(&trial, &made);
		tdx_codes(verdict, codes);
		assert_string_equal(codes, steps[i].codes);
		after = tally_kept_counts(kept);
		/* The quote's own signature is the ninth: it is checked without the memory. */
		if (steps[i].made)
			assert_int_equal(after.made - before.made + 1, steps[i].made);
		before = after;
		expect_as_without(verdict, &trial, &made);
		tally_verdict_free(verdict);
	}
	/* Another policy, which knows Intel's root alone: that all of it was verified is no trust. */
	{
		struct tally_verdict *verdict = tdx_judge(&trial);
		char codes[TDX_CODES_SIZE];

		tdx_codes(verdict, codes);
		assert_non_null(strstr(codes, "certificate.root-untrusted"));
		expect_as_without(verdict, &trial, NULL);
		tally_verdict_free(verdict);
	}
	/* Another revocation list, with the certificate in it: nothing kept speaks for it. */
	forge_tdx_free(&made);
	plan.pck_crl_damage = FORGE_REVOKES;
	open_forged(&plan, &made, &trial);
	trial.kept = kept;
	{
		struct tally_verdict *verdict = judge_forged(&trial, &made);
		char codes[TDX_CODES_SIZE];

		/* The verdict outlives the memory. */
		tally_kept_free(kept);
		tdx_codes(verdict, codes);
		assert_string_equal(codes, "certificate.revoked " BASE);
		expect_as_without(verdict, &trial, &made);
		tally_verdict_free(verdict);
	}
	forge_tdx_free(&made);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_damage_has_its_reason),
		cmocka_unit_test(each_damage_of_the_pki_has_its_reason),
		cmocka_unit_test(the_signer_can_be_revoked),
		cmocka_unit_test(a_test_root_is_trusted_by_nobody_else),
		cmocka_unit_test(the_best_collateral_is_taken),
		cmocka_unit_test(a_verdict_ends_with_the_first_of_all),
		cmocka_unit_test(no_crowd_hides_the_callers_collateral),
		cmocka_unit_test(what_is_newest_counts),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(no_prefix_is_accepted),
		cmocka_unit_test(readers_refuse_prefixes),
		cmocka_unit_test(what_is_kept_changes_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
