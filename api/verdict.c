// SPDX-License-Identifier: BSD-2-Clause
/* The verifier behind the installed API: its struct tally_verdict is handed out as it is, unseen. */
#include "../verify/verify.h"

#include <stdlib.h>
#include <time.h>

#include "handle.h"

static enum tally_status read_verification(const struct tally_verification *own, struct tally_verify_request *ret,
					   struct tally_error *error)
{
	if (!own->stored && own->stored_count)
		return tally_api_refuse(error, TALLY_INVALID, "stored parts are missing, and their count is not");
	if (!own->evidence || (own->nonce_size && !own->nonce) || (own->policy_size && !own->policy))
		return tally_api_refuse(error, TALLY_INVALID,
					"evidence, policy or nonce is missing, and its size is not");
	ret->evidence = tally_bytes(own->evidence, own->evidence_size);
	ret->has_nonce = own->nonce != NULL;
	ret->nonce = tally_bytes(own->nonce, own->nonce_size);
	ret->audience = tally_text(own->audience);
	ret->key_type = tally_text(own->key_type);
	ret->is_time_given = own->time != 0;
	ret->time = own->time ? own->time : (int64_t)time(NULL);
	return tally_api_key(own->key_type, own->key_hash, &ret->key_hash, error);
}

/* *ret is freed with free(). */
static enum tally_status read_stored(const struct tally_verification *own, struct tally_bytes **ret,
				     struct tally_error *error)
{
	struct tally_bytes *stored;

	if (own->stored_count == 0)
		return TALLY_OK;
	stored = calloc(own->stored_count, sizeof(*stored));
	if (!stored)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	for (size_t i = 0; i < own->stored_count; i++)
		stored[i] = tally_bytes(own->stored[i].bytes, own->stored[i].bytes ? own->stored[i].size : 0);
	*ret = stored;
	return TALLY_OK;
}

/* Items with their kinds, and the roots; *ret_items and *ret_roots are freed with free(). */
static enum tally_status read_collateral(const struct tally_verification *own, struct tally_collateral *ret,
					 struct tally_roots *ret_roots, struct tally_error *error)
{
	struct tally_collateral_item *items = calloc(own->collateral_count + 1, sizeof(*items));
	struct tally_bytes *roots = calloc(own->test_root_count + 1, sizeof(*roots));

	if (!items || !roots) {
		free(items);
		free(roots);
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	}
	for (size_t i = 0; own->collateral && i < own->collateral_count; i++) {
		struct tally_bytes bytes = tally_bytes(own->collateral[i].bytes, own->collateral[i].size);

		items[i] = (struct tally_collateral_item){ tally_collateral_kind_of(bytes), "collateral", bytes };
		if (items[i].kind == TALLY_COLLATERAL_UNKNOWN)
			items[i].kind = TALLY_COLLATERAL_SNP_TABLE;
	}
	for (size_t i = 0; own->test_roots && i < own->test_root_count; i++)
		roots[i] = tally_bytes(own->test_roots[i].bytes, own->test_roots[i].size);
	*ret = (struct tally_collateral){ own->collateral ? own->collateral_count : 0, items };
	*ret_roots = (struct tally_roots){ own->test_roots ? own->test_root_count : 0, roots };
	return TALLY_OK;
}

static enum tally_status judge(const struct tally_verification *own, struct tally_verify_request *request,
			       struct tally_verdict **ret, struct tally_error *error)
{
	struct tally_policy_problem fault = { "" };
	struct tally_policy *policy = NULL;
	enum tally_status status = TALLY_OK;

	if (own->policy) {
		request->policy_bytes = tally_bytes(own->policy, own->policy_size);
		status = tally_policy_read(request->policy_bytes, &policy, &fault);
	}
	if (status == TALLY_POLICY)
		return tally_api_refuse(error, status, "the policy is not valid: %s", fault.text);
	request->policy = policy;
	if (status == TALLY_OK)
		status = tally_verify(request, ret);
	tally_policy_free(policy);
	return tally_api_fail(error, status, NULL);
}

enum tally_status tally_verify_evidence(const struct tally_verification *verification, struct tally_verdict **ret,
					struct tally_error *error)
{
	struct tally_verify_request request = { .policy = NULL };
	struct tally_collateral collateral = { 0, NULL };
	struct tally_roots roots = { 0, NULL };
	struct tally_bytes *stored = NULL;
	struct tally_verification own;
	enum tally_status status = tally_api_take(&own, sizeof(own), verification, error);

	if (status == TALLY_OK)
		status = read_verification(&own, &request, error);
	if (status == TALLY_OK)
		status = read_stored(&own, &stored, error);
	if (status == TALLY_OK)
		status = read_collateral(&own, &collateral, &roots, error);
	request.stored = stored;
	request.stored_count = stored ? own.stored_count : 0;
	request.collateral = &collateral;
	request.roots = roots.count ? &roots : NULL;
	if (status == TALLY_OK)
		status = judge(&own, &request, ret, error);
	free((void *)(uintptr_t)collateral.item);
	free((void *)(uintptr_t)roots.der);
	free(stored);
	return status;
}

bool tally_verdict_is_accepted(const struct tally_verdict *verdict)
{
	return verdict && verdict->is_accepted;
}

bool tally_verdict_is_malformed(const struct tally_verdict *verdict)
{
	return verdict && verdict->is_malformed;
}

size_t tally_verdict_reason_count(const struct tally_verdict *verdict)
{
	return verdict->finding_count;
}

static const struct tally_finding *finding(const struct tally_verdict *verdict, size_t i)
{
	return i < verdict->finding_count ? &verdict->finding[i] : NULL;
}

const char *tally_verdict_reason_code(const struct tally_verdict *verdict, size_t i)
{
	const struct tally_finding *found = finding(verdict, i);

	return found ? tally_reason_code(found->reason) : NULL;
}

const char *tally_verdict_reason_message(const struct tally_verdict *verdict, size_t i)
{
	const struct tally_finding *found = finding(verdict, i);

	return found ? tally_reason_message(found->reason) : NULL;
}

const char *tally_verdict_reason_subject(const struct tally_verdict *verdict, size_t i)
{
	const struct tally_finding *found = finding(verdict, i);

	return found ? found->subject : NULL;
}

const char *tally_verdict_reason_detail(const struct tally_verdict *verdict, size_t i)
{
	const struct tally_finding *found = finding(verdict, i);

	return found ? found->detail : NULL;
}

char *tally_verdict_json(const struct tally_verdict *verdict)
{
	return tally_verdict_to_json(verdict);
}

char *tally_verdict_text(const struct tally_verdict *verdict, bool explain)
{
	return tally_verdict_to_text(verdict, explain, false);
}

void tally_verdict_close(struct tally_verdict *verdict)
{
	tally_verdict_free(verdict);
}
