// SPDX-License-Identifier: BSD-2-Clause
/* The certificates and revocation lists of AMD's that are at hand. */
#include "snp_collect.h"
#include "fault.h"

#include "../format/snp_cert_table.h"

static void add_certificate(struct tally_snp_case *snp, struct tally_snp_collection *collection,
			    const struct tally_certificate *certificate)
{
	struct tally_certificate *added =
		tally_vector_add(&collection->certificates, snp->ledger->arena, sizeof(*added));

	if (added)
		*added = *certificate;
}

static void add_crl(struct tally_snp_case *snp, struct tally_snp_collection *collection, const struct tally_crl *crl)
{
	struct tally_crl *added = tally_vector_add(&collection->crls, snp->ledger->arena, sizeof(*added));

	if (added)
		*added = *crl;
}

/* A certificate of a table; size 0: it has none of that kind. */
static void add_of_table(struct tally_snp_case *snp, struct tally_snp_collection *collection, struct tally_bytes der)
{
	struct tally_certificate certificate;
	enum tally_status status;

	if (der.size == 0)
		return;
	status = tally_certificate_read_der(der, snp->kept, snp->ledger->arena, &certificate);
	if (status == TALLY_OK)
		add_certificate(snp, collection, &certificate);
	else
		tally_ledger_find(snp->ledger, TALLY_REASON_CERTIFICATE_MALFORMED, "snp.certificates", NULL, "%s",
				  tally_fault_text(snp->ledger->arena, tally_fault_certificate, der, status));
}

/* For the place of a fault. */
static enum tally_status reread_table(struct tally_bytes input)
{
	struct tally_snp_cert_table table;

	return tally_snp_cert_table_read(input, &table);
}

static void add_table(struct tally_snp_case *snp, struct tally_snp_collection *collection, struct tally_bytes bytes)
{
	struct tally_snp_cert_table table;
	enum tally_status status = tally_snp_cert_table_read(bytes, &table);
	struct tally_crl crl;

	if (!tally_snp_rule(snp, status == TALLY_OK, TALLY_REASON_SNP_TABLE_MALFORMED,
			    "the host's table of certificates can be read",
			    tally_fault_text(snp->ledger->arena, reread_table, bytes, status)))
		return;
	add_of_table(snp, collection, snp->report.signing_key == TALLY_SNP_KEY_VLEK ? table.vlek : table.vcek);
	add_of_table(snp, collection, table.ask);
	add_of_table(snp, collection, table.ark);
	if (table.crl.size == 0)
		return;
	status = tally_crl_read_any(table.crl, snp->kept, snp->ledger->arena, &crl);
	if (status == TALLY_OK)
		add_crl(snp, collection, &crl);
	else
		tally_ledger_find(snp->ledger, TALLY_REASON_CRL_MALFORMED, "snp.crl", NULL, "%s",
				  tally_fault_list(snp->ledger->arena, table.crl));
}

static void add_certificates(struct tally_snp_case *snp, struct tally_snp_collection *collection, const char *origin,
			     struct tally_bytes bytes)
{
	const struct tally_collateral_item item = { TALLY_COLLATERAL_CERTIFICATES, origin, bytes };
	struct tally_certificate *found;
	size_t count;

	if (tally_certificates_read(bytes, snp->kept, snp->ledger->arena, &found, &count) != TALLY_OK) {
		collection->unreadable = item;
		return;
	}
	for (size_t i = 0; i < count; i++)
		add_certificate(snp, collection, &found[i]);
}

static void add_list(struct tally_snp_case *snp, struct tally_snp_collection *collection,
		     const struct tally_collateral_item *item)
{
	struct tally_crl crl;

	if (tally_crl_read_any(item->bytes, snp->kept, snp->ledger->arena, &crl) == TALLY_OK)
		add_crl(snp, collection, &crl);
	else
		collection->unreadable_crl = *item;
}

static bool has_test_roots(const struct tally_snp_case *snp)
{
	return snp->input->roots && snp->input->roots->count;
}

/* Nobody can replace our own; those of a test have the same names, and stand for them. */
static void add_own(struct tally_snp_case *snp, struct tally_snp_collection *collection)
{
	for (enum tally_snp_product product = TALLY_SNP_MILAN; product <= TALLY_SNP_TURIN; product++)
		if (snp->product == TALLY_SNP_PRODUCT_UNKNOWN || snp->product == product)
			add_certificates(snp, collection, "", tally_text(tally_snp_roots(product)->pem));
}

void tally_snp_collect(struct tally_snp_case *snp, struct tally_snp_collection *ret)
{
	const struct tally_collateral *collateral = snp->input->collateral;

	memset(ret, 0, sizeof(*ret));
	if (!has_test_roots(snp))
		add_own(snp, ret);
	ret->authority_count = ret->certificates.count;
	for (size_t i = 0; i < collateral->count; i++) {
		const struct tally_collateral_item *item = &collateral->item[i];

		if (item->kind == TALLY_COLLATERAL_SNP_TABLE)
			add_table(snp, ret, item->bytes);
		else if (item->kind == TALLY_COLLATERAL_CERTIFICATES)
			add_certificates(snp, ret, item->origin, item->bytes);
		else if (item->kind == TALLY_COLLATERAL_CRL)
			add_list(snp, ret, item);
	}
	for (size_t i = 0; has_test_roots(snp) && i < snp->input->roots->count; i++)
		add_certificates(snp, ret, "a root of the caller", snp->input->roots->der[i]);
	if (has_test_roots(snp))
		ret->authority_count = ret->certificates.count;
}

enum tally_snp_product tally_snp_product_of(struct tally_bytes name, const char *prefix)
{
	struct tally_cursor cursor = tally_cursor(name);
	struct tally_bytes wanted = tally_text(prefix);

	if (!tally_bytes_equal(tally_read_bytes(&cursor, wanted.size), wanted))
		return TALLY_SNP_PRODUCT_UNKNOWN;
	for (enum tally_snp_product product = TALLY_SNP_MILAN; product <= TALLY_SNP_TURIN; product++)
		if (tally_bytes_equal(cursor.left, tally_text(tally_snp_product_name(product))))
			return product;
	return TALLY_SNP_PRODUCT_UNKNOWN;
}

/* Of the report's chip and TCB version, as far as the certificate can be understood. */
static bool fits_report(struct tally_snp_case *snp, const struct tally_certificate *certificate)
{
	bool is_vlek = snp->report.signing_key == TALLY_SNP_KEY_VLEK;
	enum tally_snp_product product = tally_snp_product_of(certificate->issuer_name, is_vlek ? "SEV-VLEK-" : "SEV-");
	struct tally_snp_leaf leaf;
	struct tally_snp_tcb tcb;

	if (product == TALLY_SNP_PRODUCT_UNKNOWN ||
	    tally_snp_leaf_read(certificate, product, is_vlek ? TALLY_SNP_KEY_VLEK : TALLY_SNP_KEY_VCEK, &leaf) !=
		    TALLY_OK ||
	    tally_snp_tcb_read(snp->report.reported_tcb, product, &tcb) != TALLY_OK)
		return false;
	return memcmp(&leaf.tcb, &tcb, sizeof(tcb)) == 0 &&
	       (is_vlek || tally_snp_leaf_is_of_chip(&leaf, snp->report.chip_id));
}

const struct tally_certificate *tally_snp_find_leaf(struct tally_snp_case *snp,
						    const struct tally_snp_collection *collection)
{
	const char *name = snp->report.signing_key == TALLY_SNP_KEY_VLEK ? "SEV-VLEK" : "SEV-VCEK";
	const struct tally_certificate *certificates = collection->certificates.items;
	const struct tally_certificate *found = NULL;

	for (size_t i = 0; i < collection->certificates.count; i++) {
		if (!tally_bytes_equal(certificates[i].subject_name, tally_text(name)))
			continue;
		if (fits_report(snp, &certificates[i]))
			return &certificates[i];
		found = found ? found : &certificates[i];
	}
	return found;
}

const struct tally_certificate *tally_snp_find_issuer(const struct tally_snp_collection *collection,
						      struct tally_bytes subject)
{
	const struct tally_certificate *certificates = collection->certificates.items;

	for (size_t i = 0; i < collection->authority_count; i++)
		if (tally_bytes_equal(certificates[i].subject, subject))
			return &certificates[i];
	return NULL;
}

enum tally_status tally_snp_find_crl(struct tally_snp_case *snp, const struct tally_snp_collection *collection,
				     const struct tally_certificate *issuer, struct tally_crl_choice *ret)
{
	const struct tally_crl *crls = collection->crls.items;
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < collection->crls.count; i++)
		if (tally_bytes_equal(crls[i].issuer, issuer->subject))
			status = tally_crl_choice_weigh(ret, &crls[i], issuer, snp->input->time, snp->kept);
	return status;
}
