// SPDX-License-Identifier: BSD-2-Clause
/* An attestation key that an authority has certified, under a root that the policy pins. */
#include "crl_choice.h"
#include "fault.h"
#include "tpm_key.h"

#define POOL_LIMIT 64
#define URL_LIMIT 512

/* spec: RFC 5280 4.2.1: the critical extensions of a leaf that need no more than its key and issuer */
#define OID_SUBJECT_ALT_NAME TALLY_OID("\x55\x1d\x11")
#define OID_DISTRIBUTION_POINTS TALLY_OID("\x55\x1d\x1f")
#define OID_POLICIES TALLY_OID("\x55\x1d\x20")
#define OID_EXTENDED_USAGE TALLY_OID("\x55\x1d\x25")
/* The authority that swtpm_localca makes for itself on every machine. */
#define SWTPM_CA "swtpm-localca"

struct pool {
	size_t count;
	const struct tally_certificate *item[POOL_LIMIT];
	const struct tally_collateral_item *unreadable; /* the last one that could not be read; NULL: none */
};

static bool is_fault_of_certificate(enum tally_status status)
{
	return status != TALLY_OK && status != TALLY_NO_MEMORY && status != TALLY_CRYPTO;
}

static enum tally_status collect(const struct tally_verifier_input *input, struct tally_arena *arena, struct pool *pool)
{
	const struct tally_collateral_item *item;
	size_t at = 0;

	while ((item = tally_collateral_next(input->collateral, TALLY_COLLATERAL_CERTIFICATES, &at))) {
		struct tally_certificate *certificates;
		size_t count;
		enum tally_status status =
			tally_certificates_read(item->bytes, input->kept, arena, &certificates, &count);

		/* What can't be read certifies nothing. */
		if (is_fault_of_certificate(status)) {
			pool->unreadable = item;
			continue;
		}
		if (status != TALLY_OK)
			return status;
		for (size_t i = 0; i < count && pool->count < POOL_LIMIT; i++)
			pool->item[pool->count++] = &certificates[i];
	}
	return TALLY_OK;
}

static enum tally_status is_of_key(const struct tally_certificate *certificate, const struct tally_tpm_ak *ak,
				   bool *ret)
{
	uint8_t hash[TALLY_SPKI_SHA256_SIZE];
	struct tally_hash_job job = { TALLY_SHA256, { certificate->spki }, hash };
	enum tally_status status = tally_env_hash(&job, 1);

	*ret = status == TALLY_OK && memcmp(hash, ak->fingerprint, sizeof(hash)) == 0;
	return status;
}

static enum tally_status find_leaf(const struct pool *pool, const struct tally_tpm_ak *ak,
				   const struct tally_certificate **ret)
{
	enum tally_status status = TALLY_OK;
	bool is_found = false;

	*ret = NULL;
	for (size_t i = 0; status == TALLY_OK && i < pool->count && !is_found; i++) {
		status = is_of_key(pool->item[i], ak, &is_found);
		if (is_found)
			*ret = pool->item[i];
	}
	return status;
}

static const struct tally_certificate *find_issuer(const struct pool *pool, const struct tally_certificate *subject)
{
	for (size_t i = 0; i < pool->count; i++)
		if (pool->item[i] != subject && tally_bytes_equal(pool->item[i]->subject, subject->issuer))
			return pool->item[i];
	return NULL;
}

/* Up to one that has issued itself; shorter where an issuer is missing. */
static size_t order_chain(const struct pool *pool, const struct tally_certificate *leaf, struct tally_certificate *ret)
{
	size_t count = 0;

	for (const struct tally_certificate *next = leaf; next && count < TALLY_CHAIN_LIMIT;) {
		ret[count++] = *next;
		next = tally_bytes_equal(next->issuer, next->subject) ? NULL : find_issuer(pool, next);
	}
	return count;
}

static enum tally_status hash_roots(const struct tally_roots *roots, struct tally_arena *arena,
				    struct tally_fingerprints *ret)
{
	uint8_t(*hashes)[TALLY_FINGERPRINT_SIZE] =
		roots ? tally_arena_take(arena, roots->count, sizeof(*hashes)) : NULL;
	enum tally_status status = TALLY_OK;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; hashes && status == TALLY_OK && i < roots->count; i++) {
		struct tally_hash_job job = { TALLY_SHA256, { roots->der[i] }, hashes[i] };

		status = tally_env_hash(&job, 1);
	}
	ret->count = hashes ? roots->count : 0;
	ret->sha256 = (const uint8_t(*)[TALLY_FINGERPRINT_SIZE])hashes;
	return status;
}

/* The first URL of CRLDistributionPoints; empty if there is none. spec: RFC 5280 4.2.1.13 */
static struct tally_bytes first_url(struct tally_bytes value)
{
	struct tally_cursor cursor = tally_cursor(value);
	struct tally_cursor points = tally_der_enter(&cursor, TALLY_DER_SEQUENCE);
	struct tally_cursor point = tally_der_enter(&points, TALLY_DER_SEQUENCE);
	struct tally_cursor name = tally_der_enter(&point, TALLY_DER_EXPLICIT | 0);
	struct tally_cursor full = tally_der_enter(&name, TALLY_DER_EXPLICIT | 0);

	return tally_der_read(&full, TALLY_DER_CONTEXT | 6);
}

static const char *url_text(struct tally_arena *arena, struct tally_bytes url)
{
	bool is_web = url.size < URL_LIMIT && ((url.size > 7 && memcmp(url.data, "http://", 7) == 0) ||
					       (url.size > 8 && memcmp(url.data, "https://", 8) == 0));

	return is_web ? tally_arena_text(arena, url) : NULL;
}

/* A list that can't be read is not one that is missing: fetching it would not be the answer. */
static enum tally_status tell_unreadable(const struct tally_collateral_item *item, struct tally_ledger *ledger,
					 const struct tally_statement *statement)
{
	tally_ledger_rule(ledger, false, TALLY_REASON_CRL_MALFORMED, statement->label, "revocation lists can be read",
			  "", NULL, tally_fault_item(ledger->arena, item));
	return TALLY_OK;
}

static enum tally_status miss_list(const struct tally_certificate *issuer, struct tally_bytes points,
				   struct tally_ledger *ledger, const char *subject)
{
	uint8_t hash[TALLY_FINGERPRINT_SIZE];
	struct tally_hash_job job = { TALLY_SHA256, { issuer->subject }, hash };
	enum tally_status status = tally_env_hash(&job, 1);
	struct tally_collateral_need need = { .url = url_text(ledger->arena, first_url(points)) };

	if (status != TALLY_OK)
		return status;
	need.name = tally_arena_print(ledger->arena, "tpm/crl-%s.crl",
				      tally_arena_hex(ledger->arena, tally_bytes(hash, 8)));
	tally_collateral_exceptable(ledger, TALLY_EXCEPTION_TPM_CRL_MISSING, TALLY_REASON_TPM_CRL_MISSING, subject,
				    "there is a revocation list of every authority that publishes one", &need);
	return TALLY_OK;
}

/* The newest list of an issuer that publishes one. */
static enum tally_status check_list(const struct tally_verifier_input *input, const struct tally_certificate *subject,
				    const struct tally_certificate *issuer, struct tally_bytes points,
				    struct tally_ledger *ledger, struct tally_statement *statement)
{
	struct tally_crl_choice choice = { .is_found = false };
	enum tally_status status =
		tally_crl_choose(input->collateral, issuer, input->time, input->kept, ledger->arena, &choice);
	bool holds;

	if (status != TALLY_OK)
		return status;
	if (!choice.is_found)
		return choice.unreadable ? tell_unreadable(choice.unreadable, ledger, statement)
					 : miss_list(issuer, points, ledger, statement->label);
	status = tally_crl_judge(&choice.crl, issuer, input->time, input->kept, ledger, statement->label, &holds);
	if (status != TALLY_OK)
		return status;
	tally_crl_judge_certificate(&choice.crl, subject, ledger, statement->label);
	tally_collateral_check_age(ledger, statement, input->policy->collateral, TALLY_COLLATERAL_CRL, statement->label,
				   choice.crl.this_update, input->time);
	if (choice.crl.has_next_update)
		tally_statement_limit(statement, choice.crl.next_update);
	return TALLY_OK;
}

static enum tally_status check_lists(const struct tally_verifier_input *input, const struct tally_certificate *chain,
				     size_t count, struct tally_ledger *ledger, struct tally_statement *statement)
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i + 1 < count; i++) {
		struct tally_x509_extension points;

		if (tally_x509_find_extension(chain[i].extensions, OID_DISTRIBUTION_POINTS, &points))
			status = check_list(input, &chain[i], &chain[i + 1], points.value, ledger, statement);
	}
	return status;
}

/* A CA that runs beside its TPMs certifies whatever its machine's owner likes. */
static bool is_software(const struct tally_certificate *chain, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (chain[i].subject_name.size >= strlen(SWTPM_CA) &&
		    memcmp(chain[i].subject_name.data, SWTPM_CA, strlen(SWTPM_CA)) == 0)
			return true;
	return false;
}

static enum tally_status judge_chain(const struct tally_verifier_input *input,
				     const struct tally_certificate *certificates, size_t count,
				     struct tally_ledger *ledger, struct tally_statement *statement,
				     struct tally_chain *ret)
{
	const struct tally_bytes critical[] = { OID_SUBJECT_ALT_NAME, OID_POLICIES, OID_EXTENDED_USAGE };
	const struct tally_tpm_policy *policy = input->section;
	struct tally_chain_request request = { .certificate = certificates,
					       .count = count,
					       .time = input->time,
					       .leaf_usage = TALLY_X509_DIGITAL_SIGNATURE,
					       .critical_count = sizeof(critical) / sizeof(critical[0]),
					       .critical = critical };
	enum tally_status status = hash_roots(input->roots, ledger->arena, &request.test_roots);

	if (policy) {
		request.roots.count = policy->root_count;
		request.roots.sha256 = policy->root;
	}
	if (status == TALLY_OK)
		status = tally_chain_judge(&request, input->kept, ledger, statement->label, ret);
	return status;
}

enum tally_status tally_tpm_ak_certified(const struct tally_verifier_input *input, const struct tally_tpm_ak *ak,
					 struct tally_ledger *ledger, struct tally_statement *statement,
					 const char **ret_by)
{
	struct pool *pool = tally_arena_take(ledger->arena, 1, sizeof(*pool));
	struct tally_certificate *certificates =
		tally_arena_take(ledger->arena, TALLY_CHAIN_LIMIT, sizeof(*certificates));
	const struct tally_certificate *leaf = NULL;
	struct tally_chain chain;
	enum tally_status status;
	size_t count;

	if (!pool || !certificates)
		return TALLY_NO_MEMORY;
	status = collect(input, ledger->arena, pool);
	if (status == TALLY_OK)
		status = find_leaf(pool, ak, &leaf);
	if (status == TALLY_OK && !leaf && pool->unreadable)
		tally_ledger_rule(ledger, false, TALLY_REASON_CERTIFICATE_MALFORMED, statement->label,
				  "certificates can be read", "", NULL,
				  tally_fault_item(ledger->arena, pool->unreadable));
	if (status != TALLY_OK || !leaf)
		return status;
	count = order_chain(pool, leaf, certificates);
	status = judge_chain(input, certificates, count, ledger, statement, &chain);
	if (status == TALLY_OK)
		status = check_lists(input, certificates, count, ledger, statement);
	if (status != TALLY_OK || !chain.holds)
		return status;
	tally_ledger_rule(ledger, !is_software(certificates, count), TALLY_REASON_TPM_CA_DENIED, statement->label,
			  "the authority is none of software TPMs", "", NULL, "");
	statement->root = tally_arena_print(
		ledger->arena, "%s sha256:%s", tally_arena_text(ledger->arena, certificates[count - 1].subject_name),
		tally_arena_hex(ledger->arena, tally_bytes(chain.root, sizeof(chain.root))));
	statement->is_test_root = chain.has_test_root;
	tally_statement_limit(statement, chain.valid_until);
	*ret_by = tally_arena_print(ledger->arena, "certificate of %s",
				    tally_arena_text(ledger->arena, certificates[count - 1].subject_name));
	return TALLY_OK;
}
