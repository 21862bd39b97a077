// SPDX-License-Identifier: BSD-2-Clause
/* Attestation documents of a test PKI. */
#include "../unit/hex.h"

#include "../../format/cbor.h"
#include "nsm.h"

#define PCR_COUNT 32
#define PCR_SIZE 48
#define HOUR INT64_C(3600)

static const char *const names[FORGE_NSM_LEVELS] = { NULL, "i-0123456789abcdef0.eu-central-1.aws.nitro-enclaves",
						     "zone.zonal.eu-central-1.aws.nitro-enclaves",
						     "region.eu-central-1.aws.nitro-enclaves", "aws.nitro-enclaves" };

struct forge_nsm forge_nsm_sound(void)
{
	return (struct forge_nsm){
		.cose = { .key = forge_key(FORGE_P384, 0), .alg = -35 },
		.module_id = "i-0123456789abcdef0-enc0123456789abcdef",
		.timestamp = (uint64_t)FORGE_TIME * 1000 - 500,
		.pcr_mask = 0xffff,
		.zero_mask = 0xffff & ~0x117U,
		.digest = "SHA384",
		.leaf_name = "i-0123456789abcdef0-enc0123456789abcdef.eu-central-1.aws",
		.leaf_usage = FORGE_USAGE_SIGN,
		.path_limit = { -1, 0, 1, 2, -1 },
	};
}

struct tally_bytes forge_nsm_pcr(unsigned pcr)
{
	static uint8_t values[PCR_COUNT][PCR_SIZE];

	memset(values[pcr], (int)pcr + 1, PCR_SIZE);
	return tally_bytes(values[pcr], PCR_SIZE);
}

static EVP_PKEY *key_of(const struct forge_nsm *plan, size_t level)
{
	if (plan->has_key_kind && plan->key_place == level)
		return forge_key(plan->key_kind, level);
	return forge_key(FORGE_P384, level);
}

/* Nothing of the plan touches it: then it is the same for every document, as ECDSA would not make it twice. */
static bool is_sound(const struct forge_nsm *plan, size_t level)
{
	struct forge_nsm sound = forge_nsm_sound();
	bool has_other_key = plan->has_key_kind && (plan->key_place == level || plan->key_place == level + 1);
	bool has_other_leaf = level == 0 && (plan->leaf_is_ca || plan->leaf_usage != sound.leaf_usage ||
					     strcmp(plan->leaf_name, sound.leaf_name) != 0);

	if (level == 0 && plan->is_short)
		return false;
	return !has_other_key && !has_other_leaf && !(plan->damage && plan->place == level) &&
	       plan->path_limit[level] == sound.path_limit[level];
}

static struct tally_bytes sound_certificate(const struct forge_certificate *plan, size_t level)
{
	static struct tally_bytes certificates[FORGE_NSM_LEVELS];

	if (!certificates[level].size)
		certificates[level] = forge_certificate(plan);
	return certificates[level];
}

/* Certificate of a level under the one above. */
static struct tally_bytes certificate_of(const struct forge_nsm *plan, size_t level)
{
	size_t issuer = level + 1 < FORGE_NSM_LEVELS && !plan->is_short ? level + 1 : FORGE_NSM_LEVELS - 1;
	bool is_leaf = level == 0;
	struct forge_certificate certificate = {
		.subject = is_leaf ? plan->leaf_name : names[level],
		.issuer = names[issuer],
		.key = key_of(plan, level),
		.signer = { key_of(plan, issuer), EVP_sha384(), FORGE_NO_PSS },
		.serial = 100 + level,
		.not_before = FORGE_TIME - HOUR - (int64_t)level * FORGE_DAY,
		.not_after = FORGE_TIME + HOUR + (int64_t)level * FORGE_DAY,
		.is_ca = !is_leaf || plan->leaf_is_ca,
		.path_limit = plan->path_limit[level],
		.key_usage = is_leaf ? plan->leaf_usage : FORGE_USAGE_CA,
		.damage = plan->damage && plan->place == level ? plan->damage : FORGE_SOUND,
	};

	if (is_sound(plan, level))
		return exact_copy(sound_certificate(&certificate, level));
	if (certificate.damage == FORGE_ROOT) {
		certificate.damage = FORGE_SOUND;
		certificate.serial++;
	}
	return forge_certificate(&certificate);
}

struct tally_bytes forge_nsm_root(const struct forge_nsm *plan)
{
	return certificate_of(plan, FORGE_NSM_LEVELS - 1);
}

static void add_certificate(struct forge_buffer *payload, const struct forge_nsm *plan, size_t level)
{
	struct tally_bytes der = certificate_of(plan, level);

	forge_add_cbor_bytes(payload, der);
	free_bytes(der);
}

/* From the root down to the instance. */
static void add_bundle(struct forge_buffer *payload, const struct forge_nsm *plan)
{
	size_t first = plan->has_no_root ? FORGE_NSM_LEVELS - 2 : FORGE_NSM_LEVELS - 1;

	forge_add_cbor_text(payload, "cabundle");
	if (plan->is_short) {
		forge_add_cbor_head(payload, TALLY_CBOR_ARRAY, 1);
		add_certificate(payload, plan, first);
		return;
	}
	forge_add_cbor_head(payload, TALLY_CBOR_ARRAY, first + plan->extra);
	if (plan->root.size)
		forge_add_cbor_bytes(payload, plan->root);
	for (size_t level = plan->root.size ? first - 1 : first; level > 0; level--)
		add_certificate(payload, plan, plan->has_swapped_bundle ? FORGE_NSM_LEVELS - level : level);
	for (size_t i = 0; i < plan->extra; i++)
		add_certificate(payload, plan, 1);
}

static void add_pcrs(struct forge_buffer *payload, const struct forge_nsm *plan)
{
	static const uint8_t zero[PCR_SIZE];
	uint64_t count = 0;

	for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++)
		count += plan->pcr_mask >> pcr & 1;
	forge_add_cbor_text(payload, plan->is_nitrotpm ? "nitrotpm_pcrs" : "pcrs");
	forge_add_cbor_head(payload, TALLY_CBOR_MAP, count);
	for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(plan->pcr_mask >> pcr & 1))
			continue;
		forge_add_cbor_int(payload, pcr);
		forge_add_cbor_bytes(payload,
				     plan->zero_mask >> pcr & 1 ? tally_bytes(zero, sizeof(zero)) : forge_nsm_pcr(pcr));
	}
}

static size_t add_optional(struct forge_buffer *payload, const struct forge_nsm *plan, const char *name,
			   struct tally_bytes value)
{
	if (!value.size && plan->leaves_out)
		return 0;
	forge_add_cbor_text(payload, name);
	if (value.size)
		forge_add_cbor_bytes(payload, value);
	else
		forge_add_cbor_head(payload, TALLY_CBOR_SIMPLE, TALLY_CBOR_NULL);
	return 1;
}

/* A field of null beside the same one that says something. */
static size_t add_twice(struct forge_buffer *payload, const struct forge_nsm *plan)
{
	if (!plan->twice)
		return 0;
	if (plan->is_wide_twice) {
		uint8_t head[] = { 0x78, (uint8_t)strlen(plan->twice) };

		forge_add(payload, head, sizeof(head));
		forge_add_text(payload, plan->twice);
	} else {
		forge_add_cbor_text(payload, plan->twice);
	}
	forge_add_cbor_head(payload, TALLY_CBOR_SIMPLE, TALLY_CBOR_NULL);
	return 1;
}

static size_t add_fields(struct forge_buffer *payload, const struct forge_nsm *plan)
{
	size_t count = 6;

	forge_add_cbor_text(payload, "module_id");
	forge_add_cbor_text(payload, plan->module_id);
	forge_add_cbor_text(payload, "digest");
	forge_add_cbor_text(payload, plan->digest);
	forge_add_cbor_text(payload, "timestamp");
	forge_add_cbor_head(payload, TALLY_CBOR_UINT, plan->timestamp);
	add_pcrs(payload, plan);
	forge_add_cbor_text(payload, "certificate");
	add_certificate(payload, plan, 0);
	add_bundle(payload, plan);
	count += add_optional(payload, plan, "public_key", plan->public_key);
	count += add_optional(payload, plan, "user_data", plan->user_data);
	count += add_optional(payload, plan, "nonce", plan->nonce);
	count += add_twice(payload, plan);
	if (plan->other) {
		forge_add_cbor_text(payload, plan->other);
		forge_add_cbor_int(payload, 1);
		count++;
	}
	return count;
}

static struct tally_bytes payload_of(const struct forge_nsm *plan)
{
	struct forge_buffer fields = { 0 };
	struct forge_buffer payload = { 0 };
	size_t count = add_fields(&fields, plan);

	if (plan->is_definite)
		forge_add_cbor_head(&payload, TALLY_CBOR_MAP, count);
	else
		forge_add(&payload, "\xbf", 1);
	forge_add_bytes(&payload, forge_bytes(&fields));
	if (!plan->is_definite)
		forge_add(&payload, "\xff", 1);
	free_bytes(forge_bytes(&fields));
	return forge_bytes(&payload);
}

/* What /dev/nsm answers. */
static struct tally_bytes response_of(struct tally_bytes document)
{
	struct forge_buffer response = { 0 };

	forge_add_cbor_head(&response, TALLY_CBOR_MAP, 1);
	forge_add_cbor_text(&response, "Attestation");
	forge_add_cbor_head(&response, TALLY_CBOR_MAP, 1);
	forge_add_cbor_text(&response, "document");
	forge_add_cbor_bytes(&response, document);
	return forge_bytes(&response);
}

struct tally_bytes forge_nsm(const struct forge_nsm *plan)
{
	struct tally_bytes payload = payload_of(plan);
	struct tally_bytes document = forge_cose(&plan->cose, payload);
	struct forge_buffer whole = { 0 };

	free_bytes(payload);
	if (plan->is_response) {
		struct tally_bytes response = response_of(document);

		free_bytes(document);
		document = response;
	}
	forge_add_bytes(&whole, document);
	if (plan->has_trailing)
		forge_add(&whole, "\0", 1);
	free_bytes(document);
	return forge_bytes(&whole);
}
