// SPDX-License-Identifier: BSD-2-Clause
/* The verifiers of this build, and who is meant by a name. */
#include "verifier.h"

static const struct tally_verifier *const verifiers[] = {
	&tally_verifier_soft, &tally_verifier_snp, &tally_verifier_tpm,	 &tally_verifier_tdx,
	&tally_verifier_nsm,  &tally_verifier_cca, &tally_verifier_cove,
};

#define VERIFIER_COUNT (sizeof(verifiers) / sizeof(verifiers[0]))

const struct tally_verifier *const *tally_verifiers(size_t *ret_count)
{
	*ret_count = VERIFIER_COUNT;
	return verifiers;
}

const struct tally_verifier *tally_verifier_of_name(struct tally_bytes qualified, struct tally_bytes *ret_rest)
{
	const uint8_t *dot = qualified.size ? memchr(qualified.data, '.', qualified.size) : NULL;
	size_t size = dot ? (size_t)(dot - qualified.data) : 0;

	for (size_t i = 0; dot && i < VERIFIER_COUNT; i++) {
		if (!tally_bytes_equal(tally_text(verifiers[i]->name), tally_bytes(qualified.data, size)))
			continue;
		*ret_rest = tally_bytes(dot + 1, qualified.size - size - 1);
		return verifiers[i];
	}
	return NULL;
}

static bool is_media_type(const struct tally_verifier *verifier, struct tally_bytes media_type)
{
	return tally_bytes_equal(tally_text(verifier->media_type), media_type) ||
	       (verifier->wrapped_media_type &&
		tally_bytes_equal(tally_text(verifier->wrapped_media_type), media_type));
}

const struct tally_verifier *tally_verifier_of_member(const struct tally_member *member)
{
	for (size_t i = 0; i < VERIFIER_COUNT; i++)
		if ((tally_bytes_equal(tally_text(verifiers[i]->label), member->label) ||
		     tally_bytes_equal(tally_text(TALLY_LABEL_REPORT), member->label)) &&
		    is_media_type(verifiers[i], member->media_type))
			return verifiers[i];
	return NULL;
}

const struct tally_claim_row *tally_claim_find(struct tally_bytes name)
{
	for (size_t i = 0; i < VERIFIER_COUNT; i++)
		for (size_t claim = 0; claim < verifiers[i]->claim_count; claim++)
			if (tally_bytes_equal(tally_text(verifiers[i]->claims[claim].name), name))
				return &verifiers[i]->claims[claim];
	return NULL;
}
