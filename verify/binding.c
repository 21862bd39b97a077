// SPDX-License-Identifier: BSD-2-Clause
/* REPORT_DATA, recomputed. */
#include "../format/binding.h"

#include <stdlib.h>

#include "binding.h"
#include "fault.h"

#define SHA384_SIZE 48
#define QUOTE_NONCE_SIZE 32

static const char *shown(const struct tally_binding_case *check, struct tally_bytes text)
{
	return tally_arena_text(check->ledger->arena, text);
}

static const char *shown_hex(const struct tally_binding_case *check, struct tally_bytes bytes)
{
	return tally_arena_hex(check->ledger->arena, bytes);
}

/* One text of the array against the one that must stand there. */
static void check_text(const struct tally_binding_case *check, struct tally_bytes found, struct tally_bytes expected,
		       enum tally_reason reason, const char *rule)
{
	const char *actual = shown(check, found);

	tally_ledger_rule(check->ledger, tally_bytes_equal(found, expected), reason, "binding", rule, actual, NULL,
			  tally_arena_print(check->ledger->arena, "it is \"%s\", expected is \"%s\"", actual,
					    shown(check, expected)));
}

void tally_binding_check_nonce(const struct tally_binding_case *check, struct tally_bytes found)
{
	const struct tally_verify_request *request = check->request;
	const char *actual = shown_hex(check, found);

	check->verdict->has_nonce = true;
	check->verdict->nonce = tally_arena_copy(check->ledger->arena, found);
	if (!request->has_nonce)
		return;
	tally_ledger_rule(check->ledger, tally_bytes_equal(found, request->nonce), TALLY_REASON_FRESHNESS_NONCE,
			  "nonce", "it is the one that was given out", actual, NULL,
			  tally_arena_print(check->ledger->arena, "it is %s, expected is %s", actual,
					    shown_hex(check, request->nonce)));
}

static void check_key(const struct tally_binding_case *check, const struct tally_binding *binding)
{
	const struct tally_verify_request *request = check->request;
	bool holds = tally_bytes_equal(binding->key_type, request->key_type) &&
		     tally_bytes_equal(binding->key_hash, request->key_hash);

	if (binding->key_type.size) {
		check->verdict->key_type = shown(check, binding->key_type);
		check->verdict->key_hash = tally_arena_copy(check->ledger->arena, binding->key_hash);
	}
	if (request->key_type.size)
		tally_ledger_rule(check->ledger, holds, TALLY_REASON_BINDING_KEY, "binding",
				  "the expected key is bound", shown_hex(check, binding->key_hash), NULL, "");
}

static void check_caller(const struct tally_binding_case *check, struct tally_bytes caller)
{
	const struct tally_policy *policy = check->policy;
	bool is_listed = false;

	check->verdict->caller = shown(check, caller);
	for (size_t i = 0; i < policy->caller_count; i++)
		is_listed = is_listed || tally_bytes_equal(caller, tally_text(policy->caller[i]));
	if (policy->caller_count)
		tally_ledger_policy(check->ledger, is_listed, TALLY_REASON_BINDING_CALLER, "binding",
				    "the caller is one of callers", check->verdict->caller, NULL,
				    check->verdict->caller);
}

static int compare_labels(const void *a, const void *b)
{
	struct tally_bytes x = ((const struct tally_companion *)a)->label;
	struct tally_bytes y = ((const struct tally_companion *)b)->label;
	int order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);

	return order ? order : (x.size > y.size) - (x.size < y.size);
}

static enum tally_status sha384(struct tally_bytes data, uint8_t ret[SHA384_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA384, { data }, ret };

	return tally_env_hash(&job, 1);
}

static enum tally_status collect_companions(const struct tally_bundle *bundle, struct tally_companion *ret,
					    size_t *ret_count)
{
	enum tally_status status = TALLY_OK;
	size_t count = 0;

	for (size_t i = 0; status == TALLY_OK && i < bundle->count; i++) {
		const struct tally_member *member = &bundle->member[i];

		if (!tally_bundle_label_is_companion(member->label))
			continue;
		ret[count].label = member->label;
		ret[count].media_type = member->media_type;
		ret[count].size = member->value.size;
		status = sha384(member->value, ret[count++].sha384);
	}
	qsort(ret, count, sizeof(*ret), compare_labels);
	*ret_count = count;
	return status;
}

/* The hash of the companions that the bundle carries. */
static enum tally_status companions_hash(const struct tally_binding_case *check, uint8_t ret[SHA384_SIZE])
{
	struct tally_companion companions[TALLY_BUNDLE_MEMBER_LIMIT];
	struct tally_writer writer = tally_writer(NULL, 0);
	size_t count;
	enum tally_status status = collect_companions(check->bundle, companions, &count);
	uint8_t *array;

	if (status != TALLY_OK)
		return status;
	tally_companions_write(&writer, companions, count);
	array = tally_arena_take(check->ledger->arena, writer.size, 1);
	if (!array)
		return TALLY_NO_MEMORY;
	writer = tally_writer(array, writer.size);
	tally_companions_write(&writer, companions, count);
	return writer.status == TALLY_OK ? sha384(tally_written(&writer), ret) : writer.status;
}

static enum tally_status check_companions(const struct tally_binding_case *check, struct tally_bytes found)
{
	uint8_t expected[SHA384_SIZE];
	enum tally_status status = companions_hash(check, expected);

	if (status == TALLY_OK)
		tally_ledger_rule(check->ledger, tally_bytes_equal(found, tally_bytes(expected, sizeof(expected))),
				  TALLY_REASON_BINDING_COMPANIONS, "binding",
				  "the other members are those that were bound", "", NULL, "");
	return status;
}

/* A TPM carries the first 32 of the 64 bytes. */
static enum tally_status check_report_data(const struct tally_binding_case *check, struct tally_bytes array)
{
	struct tally_bytes found = check->statement->report_data;
	uint8_t expected[TALLY_REPORT_DATA_SIZE];
	enum tally_status status = tally_binding_report_data(array, expected);
	bool holds = found.size == 32 || found.size == sizeof(expected);

	if (status != TALLY_OK)
		return status;
	holds = holds && tally_bytes_equal(found, tally_bytes(expected, found.size));
	tally_ledger_rule(check->ledger, holds, TALLY_REASON_BINDING_REPORT_DATA, "binding",
			  "the report's REPORT_DATA is the hash of the binding", shown_hex(check, found), NULL,
			  tally_arena_print(check->ledger->arena, "it is %s, the binding gives %s",
					    shown_hex(check, found),
					    shown_hex(check, tally_bytes(expected, sizeof(expected)))));
	return TALLY_OK;
}

static enum tally_status check_array(const struct tally_binding_case *check, struct tally_bytes array,
				     const struct tally_binding *binding)
{
	enum tally_status status = check_report_data(check, array);

	if (status != TALLY_OK)
		return status;
	check_text(check, binding->purpose, tally_text(TALLY_PURPOSE_EVIDENCE), TALLY_REASON_BINDING_PURPOSE,
		   "its purpose is evidence");
	check_text(check, binding->provider, tally_text(check->statement->verifier->name),
		   TALLY_REASON_BINDING_PROVIDER, "it names the provider of the report");
	check_text(check, binding->audience, check->request->audience, TALLY_REASON_BINDING_AUDIENCE,
		   "its audience is the expected one");
	if (binding->audience.size)
		check->verdict->audience = shown(check, binding->audience);
	tally_binding_check_nonce(check, binding->nonce);
	check_caller(check, binding->caller);
	check_key(check, binding);
	return check_companions(check, binding->companions);
}

/* For the place of a fault. */
static enum tally_status reread_binding(struct tally_bytes input)
{
	struct tally_binding binding;

	return tally_binding_read(input, &binding);
}

static enum tally_status check_tally(const struct tally_binding_case *check)
{
	const struct tally_member *member = tally_bundle_find(check->bundle, TALLY_LABEL_BINDING);
	struct tally_binding binding;
	enum tally_status status;

	if (!tally_ledger_rule(check->ledger, member != NULL, TALLY_REASON_BINDING_MISSING, "binding",
			       "the evidence says what its report was made for", "", NULL, ""))
		return TALLY_OK;
	status = tally_binding_read(member->value, &binding);
	if (status == TALLY_OK)
		return check_array(check, member->value, &binding);
	tally_ledger_find(check->ledger, TALLY_REASON_BINDING_MALFORMED, "binding", NULL, "%s",
			  tally_fault_text(check->ledger->arena, reread_binding, member->value, status));
	return TALLY_OK;
}

/* A TPM's quote beside the report that covers it: it was made for the same request. */
static void check_beside(const struct tally_binding_case *check)
{
	struct tally_bytes found = check->statement->report_data;
	struct tally_bytes nonce = check->request->nonce;
	bool holds = found.size == QUOTE_NONCE_SIZE && nonce.size >= QUOTE_NONCE_SIZE &&
		     tally_bytes_equal(found, tally_bytes(nonce.data, QUOTE_NONCE_SIZE));

	if (check->request->has_nonce)
		tally_ledger_rule(check->ledger, holds, TALLY_REASON_FRESHNESS_NONCE, check->statement->label,
				  "it carries the first 32 bytes of the nonce", shown_hex(check, found), NULL, "");
}

/* REPORT_DATA as others make it has no place for what the relying party asks for: a key in CoCo's runtime data alone. */
static void check_unbindable(const struct tally_binding_case *check)
{
	const struct tally_verify_request *request = check->request;
	bool has_key = check->policy->binding == TALLY_BINDING_COCO;

	if (request->audience.size)
		check_text(check, tally_bytes(NULL, 0), request->audience, TALLY_REASON_BINDING_AUDIENCE,
			   "its audience is the expected one");
	if (request->key_type.size && !has_key)
		tally_ledger_rule(check->ledger, false, TALLY_REASON_BINDING_KEY, "binding",
				  "the expected key is bound", "", NULL, "this binding mode binds none");
	if (check->policy->caller_count)
		tally_ledger_policy(check->ledger, false, TALLY_REASON_BINDING_CALLER, "binding",
				    "the caller is one of callers", "", NULL, "this binding mode names none");
}

enum tally_status tally_binding_check(const struct tally_binding_case *check)
{
	const char *mode = tally_binding_mode_name(check->policy->binding);

	tally_ledger_rule(check->ledger, check->request->has_nonce, TALLY_REASON_FRESHNESS_NONE, "nonce",
			  "there is one to compare with", "", NULL, "");
	/* A manifest takes all of REPORT_DATA but the nonce, as companions do. */
	if (check->is_beside &&
	    (check->policy->binding == TALLY_BINDING_TALLY || check->policy->binding == TALLY_BINDING_SVSM)) {
		check_beside(check);
		return TALLY_OK;
	}
	if (!tally_ledger_rule(check->ledger, check->statement->verifier->binding_modes >> check->policy->binding & 1,
			       TALLY_REASON_BINDING_MODE, "binding", "the report has the policy's binding mode", mode,
			       NULL, mode))
		return TALLY_OK;
	/* Some reports carry the caller's nonce besides. */
	if (check->statement->nonce.size)
		tally_binding_check_nonce(check, check->statement->nonce);
	if (check->policy->binding == TALLY_BINDING_TALLY)
		return check_tally(check);
	if (!check->is_beside)
		check_unbindable(check);
	return tally_binding_check_raw(check);
}
