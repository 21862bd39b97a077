// SPDX-License-Identifier: BSD-2-Clause
/* Endorsements of CCA platforms: CoRIMs that the policy names by their hash, since nobody's signature is on them. */
#include "../format/corim.h"
#include "cca.h"
#include "fault.h"
#include "public_key.h"

/* Out of date or not yet in force is a fault of what the policy chose: said, and nothing of it is taken. */
static bool is_in_force(struct tally_cca_case *cca, const struct tally_corim *corim, const char *origin)
{
	int64_t time = cca->input->time;
	bool holds = (!corim->has_not_before || corim->not_before <= time) &&
		     (!corim->has_not_after || time <= corim->not_after);

	return tally_ledger_rule(cca->ledger, holds, TALLY_REASON_CCA_ENDORSEMENT_EXPIRED, TALLY_CCA_SUBJECT_PLATFORM,
				 "the endorsement is in force", origin, NULL, origin);
}

static enum tally_status add_key(struct tally_cca_case *cca, const struct tally_corim_key *key, const char *origin)
{
	struct tally_cca_candidate candidate = { .origin = origin, .is_trusted = true, .is_endorsed = true };
	enum tally_status status;

	if (!tally_bytes_equal(key->implementation_id, cca->token.platform.implementation_id) ||
	    !tally_bytes_equal(key->instance_id, cca->token.platform.instance_id))
		return TALLY_OK;
	status = tally_public_key_read(key->pem, cca->ledger->arena, &candidate.spki);
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	if (status == TALLY_OK)
		return tally_cca_add_candidate(cca, &candidate);
	tally_ledger_find(cca->ledger, TALLY_REASON_CCA_KEY_MALFORMED, TALLY_CCA_SUBJECT_PLATFORM, NULL, "%s: %s",
			  origin, tally_public_key_fault(key->pem, status, cca->ledger->arena));
	return TALLY_OK;
}

static enum tally_status add_component(struct tally_cca_case *cca, const struct tally_corim_component *component)
{
	struct tally_cca_reference *reference;

	if (!tally_bytes_equal(component->implementation_id, cca->token.platform.implementation_id))
		return TALLY_OK;
	reference = tally_vector_add(&cca->references, cca->ledger->arena, sizeof(*reference));
	if (!reference)
		return TALLY_NO_MEMORY;
	reference->type = component->type;
	reference->version = component->version;
	reference->signer_id = component->signer_id;
	reference->measurement = component->measurement;
	return TALLY_OK;
}

static enum tally_status take(struct tally_cca_case *cca, const struct tally_corim *corim, const char *origin)
{
	enum tally_status status = TALLY_OK;

	if (!is_in_force(cca, corim, origin))
		return TALLY_OK;
	if (corim->has_not_after)
		tally_statement_limit(cca->statement, corim->not_after);
	for (size_t i = 0; status == TALLY_OK && i < corim->key_count; i++)
		status = add_key(cca, &corim->key[i], origin);
	for (size_t i = 0; status == TALLY_OK && i < corim->component_count; i++)
		status = add_component(cca, &corim->component[i]);
	return status;
}

static bool is_named(const struct tally_cca_policy *policy, const uint8_t hash[TALLY_SPKI_SHA256_SIZE])
{
	for (size_t i = 0; i < policy->endorsement_count; i++)
		if (memcmp(policy->endorsement[i], hash, TALLY_SPKI_SHA256_SIZE) == 0)
			return true;
	return false;
}

/* For the place of a fault. */
static enum tally_status reread_corim(struct tally_bytes input)
{
	struct tally_corim corim;

	return tally_corim_read(input, &corim);
}

static enum tally_status read_item(struct tally_cca_case *cca, const struct tally_collateral_item *item)
{
	uint8_t hash[TALLY_SPKI_SHA256_SIZE];
	enum tally_status status = tally_public_key_pin(item->bytes, hash);
	struct tally_corim *corim;

	/* What the policy does not name is not looked at: anybody may have written it. */
	if (status != TALLY_OK || !is_named(cca->policy, hash))
		return status;
	/* Nor takes it memory: evidence can bring many. */
	corim = tally_arena_take(cca->ledger->arena, 1, sizeof(*corim));
	if (!corim)
		return TALLY_NO_MEMORY;
	status = tally_corim_read(item->bytes, corim);
	if (tally_ledger_rule(cca->ledger, status == TALLY_OK, TALLY_REASON_CCA_ENDORSEMENT_MALFORMED,
			      TALLY_CCA_SUBJECT_PLATFORM, "the endorsement can be read", item->origin, NULL,
			      tally_fault_text(cca->ledger->arena, reread_corim, item->bytes, status)))
		return take(cca, corim, item->origin);
	return TALLY_OK;
}

enum tally_status tally_cca_read_endorsements(struct tally_cca_case *cca)
{
	enum tally_status status = TALLY_OK;
	const struct tally_collateral_item *item;
	size_t at = 0;

	while (status == TALLY_OK &&
	       (item = tally_collateral_next(cca->input->collateral, TALLY_COLLATERAL_CORIM, &at)))
		status = read_item(cca, item);
	return status;
}
