// SPDX-License-Identifier: BSD-2-Clause
/* What a policy says of providers, out of good evidence: keys, and how old a platform may be. */
#include "policy_sections.h"

#include <stdlib.h>

#include "../format/cca_token.h"
#include "../format/cose.h"
#include "../format/snp_report.h"
#include "../verify/public_key.h"
#include "json.h"
#include "output.h"

/* How keys are pinned: the claim that shows one, and the section that takes it. */
static const struct {
	const char *claim;
	const char *section;
} pins[] = {
	{ "soft.key", "soft" },
	{ "tpm.key", "tpm" },
	{ "cca.platform-key", "cca" },
	{ "cove.platform-key", "cove" },
};

static const struct tally_verdict_claim *find_claim(const struct tally_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->claim_count; i++)
		if (strcmp(verdict->claim[i].name, name) == 0)
			return &verdict->claim[i];
	return NULL;
}

/* The section of that name, made if it is not there. Borrowed from the policy. */
static json_t *open_section(json_t *policy, const char *name)
{
	if (!json_object_get(policy, name))
		tally_json_set(policy, name, tally_json_object());
	return json_object_get(policy, name);
}

static json_t *pin_json(const char *hex)
{
	json_t *list = tally_json_array();

	tally_json_append(list, json_sprintf("sha256:%s", hex));
	return list;
}

/* Whoever signed the record of the key's activation. False if there is none. */
static bool set_binder(const struct tally_bundle *bundle, json_t *policy)
{
	const struct tally_member *record = tally_bundle_find(bundle, TALLY_LABEL_AK_BINDING);
	char hex[2 * TALLY_SPKI_SHA256_SIZE + 1];
	struct tally_cose_sign1 cose;

	if (!record || tally_cose_read(record->value, &cose) != TALLY_OK || cose.key_id.size != TALLY_SPKI_SHA256_SIZE)
		return false;
	tally_hex_write(hex, cose.key_id);
	tally_json_set(open_section(policy, "tpm"), "binders", pin_json(hex));
	return true;
}

/* An earlier member vouches for the key: the policy need not know it. */
static bool is_vouched(const struct tally_verdict *verdict, const char *label)
{
	for (size_t i = 0; i < verdict->edge_count; i++)
		if (verdict->edge[i].edge == TALLY_EDGE_VOUCHED && strcmp(verdict->edge[i].to, label) == 0)
			return true;
	return false;
}

static void set_keys(const struct tally_sections_case *c, json_t *policy)
{
	const struct tally_verdict *verdict = c->verdict;
	bool needs_none = is_vouched(verdict, TALLY_LABEL_TPM_QUOTE) || set_binder(c->bundle, policy);

	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		const struct tally_verdict_claim *claim = find_claim(verdict, pins[i].claim);

		if (claim && !needs_none)
			tally_json_set(open_section(policy, pins[i].section), "keys", pin_json(claim->value));
	}
}

static enum tally_snp_product product_of(const char *name)
{
	enum tally_snp_product product = TALLY_SNP_TURIN;

	while (product != TALLY_SNP_PRODUCT_UNKNOWN && strcmp(tally_snp_product_name(product), name) != 0)
		product--;
	return product;
}

/* The platform may not be older than this one. */
static void set_snp(const struct tally_sections_case *c, struct tally_bytes report, json_t *policy)
{
	const struct tally_verdict_claim *claim = find_claim(c->verdict, "snp.product");
	enum tally_snp_product product = claim ? product_of(claim->value) : TALLY_SNP_PRODUCT_UNKNOWN;
	struct tally_snp_report snp;
	struct tally_snp_tcb tcb;
	json_t *products;
	json_t *parts;

	if (product == TALLY_SNP_PRODUCT_UNKNOWN || tally_snp_report_read(report, &snp) != TALLY_OK ||
	    tally_snp_tcb_read(snp.reported_tcb, product, &tcb) != TALLY_OK)
		return;
	parts = tally_json_object();
	if (product == TALLY_SNP_TURIN)
		tally_json_set(parts, "fmc", tally_json_integer(tcb.fmc));
	tally_json_set(parts, "boot-loader", tally_json_integer(tcb.boot_loader));
	tally_json_set(parts, "tee", tally_json_integer(tcb.tee));
	tally_json_set(parts, "snp", tally_json_integer(tcb.snp));
	tally_json_set(parts, "microcode", tally_json_integer(tcb.microcode));
	products = tally_json_object();
	tally_json_set(products, claim->value, parts);
	tally_json_set(open_section(policy, "snp"), "minimum-tcb", products);
}

/* What is shown to be too old is for a person to admit: "UpToDate" stands there in any case. */
static void set_tdx(const struct tally_verdict *verdict, json_t *policy)
{
	const struct tally_verdict_claim *number = find_claim(verdict, "tdx.tcb-evaluation-number");
	json_t *section;

	if (!find_claim(verdict, "tdx.mrtd"))
		return;
	section = open_section(policy, "tdx");
	tally_json_set(section, "tcb-status", json_string("UpToDate"));
	if (number)
		tally_json_set(section, "tcb-evaluation-min", tally_json_integer(strtoull(number->value, NULL, 10)));
}

static json_t *component_json(const struct tally_cca_component *component)
{
	json_t *object = tally_json_object();

	if (component->type.size)
		tally_json_set(object, "type", tally_json_text(component->type));
	tally_json_set(object, "measurement", tally_json_hex(component->measurement));
	tally_json_set(object, "signer-id", tally_json_hex(component->signer_id));
	if (component->version.size)
		tally_json_set(object, "version", tally_json_text(component->version));
	return object;
}

/* Endorsements that were given stand for a key that was not. */
static json_t *endorsements_json(const struct tally_collateral *collateral)
{
	const struct tally_collateral_item *item;
	json_t *list = tally_json_array();
	size_t at = 0;

	while ((item = tally_collateral_next(collateral, TALLY_COLLATERAL_CORIM, &at))) {
		uint8_t hash[TALLY_SPKI_SHA256_SIZE];
		char hex[2 * TALLY_SPKI_SHA256_SIZE + 1];

		if (tally_public_key_pin(item->bytes, hash) == TALLY_OK) {
			tally_hex_write(hex, tally_bytes(hash, sizeof(hash)));
			tally_json_append(list, json_sprintf("sha256:%s", hex));
		}
	}
	return list;
}

static void set_cca(const struct tally_sections_case *c, struct tally_bytes report, json_t *policy)
{
	struct tally_cca_token *token = calloc(1, sizeof(*token));
	json_t *section = json_object_get(policy, "cca");
	json_t *endorsements = section ? NULL : endorsements_json(c->collateral);
	json_t *components = tally_json_array();

	if (json_array_size(endorsements))
		tally_json_set(open_section(policy, "cca"), "endorsements", json_incref(endorsements));
	section = json_object_get(policy, "cca");
	if (section && token && tally_cca_token_read(report, token) == TALLY_OK)
		for (size_t i = 0; i < token->platform.component_count; i++)
			tally_json_append(components, component_json(&token->platform.component[i]));
	if (json_array_size(components))
		tally_json_set(section, "components", json_incref(components));
	json_decref(components);
	json_decref(endorsements);
	free(token);
}

void tally_sections_set(const struct tally_sections_case *c, json_t *policy)
{
	const struct tally_member *member = tally_bundle_find(c->bundle, TALLY_LABEL_REPORT);
	struct tally_bytes report = member ? member->value : tally_bytes(NULL, 0);

	set_keys(c, policy);
	set_snp(c, report, policy);
	set_tdx(c->verdict, policy);
	if (find_claim(c->verdict, "cca.rim"))
		set_cca(c, report, policy);
}
