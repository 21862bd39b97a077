// SPDX-License-Identifier: BSD-2-Clause
/* Chains of certificates: from a leaf to a pinned root, at a given time. */
#include "chain.h"

#include "../format/base64.h"
#include "../format/pem.h"

/* What the signature of a certificate or a list is, under the key of its issuer. */
static bool describe_signed(struct tally_bytes spki, const struct tally_x509_algorithm *algorithm,
			    struct tally_bytes tbs, struct tally_bytes signature, struct tally_signed_message *ret)
{
	static const enum tally_signature_form forms[] = {
		[TALLY_X509_ECDSA] = TALLY_SIGNATURE_ECDSA_DER,
		[TALLY_X509_RSA_PKCS1] = TALLY_SIGNATURE_RSA_PKCS1,
		[TALLY_X509_RSA_PSS] = TALLY_SIGNATURE_RSA_PSS,
	};
	struct tally_signed_message what = { spki, 0, algorithm->alg, algorithm->salt_size, tbs, signature };

	if (algorithm->form == TALLY_X509_UNKNOWN)
		return false;
	what.form = forms[algorithm->form];
	*ret = what;
	return true;
}

/* The input is at fault, not we. */
static bool is_fault_of_signed(enum tally_status status)
{
	return status != TALLY_OK && status != TALLY_NO_MEMORY && status != TALLY_CRYPTO;
}

/* The one of two faults that a failed check of a signature is; 0 without one. */
static uint32_t signature_fault(enum tally_status status, uint32_t algorithm, uint32_t signature)
{
	if (status == TALLY_OK)
		return 0;
	return status == TALLY_CHECKSUM || status == TALLY_DIGEST_SIZE ? signature : algorithm;
}

static uint32_t time_fault(int64_t time, int64_t from, int64_t until, uint32_t early, uint32_t late)
{
	return (time < from ? early : 0) | (time > until ? late : 0);
}

static bool has_root(const struct tally_fingerprints *roots, const uint8_t sha256[TALLY_FINGERPRINT_SIZE])
{
	for (size_t i = 0; i < roots->count; i++)
		if (memcmp(roots->sha256[i], sha256, TALLY_FINGERPRINT_SIZE) == 0)
			return true;
	return false;
}

static enum tally_status read_fingerprint(struct tally_bytes der, struct tally_arena *arena, void *ret)
{
	struct tally_hash_job job = { TALLY_SHA256, { der }, ret };

	(void)arena;
	return tally_env_hash(&job, 1);
}

static const struct tally_kept_form fingerprint_form = { TALLY_FINGERPRINT_SIZE, read_fingerprint };

static enum tally_status check_root(const struct tally_chain_request *request, struct tally_kept *kept,
				    struct tally_chain *chain)
{
	size_t last = request->count - 1;
	const void *fingerprint;
	enum tally_status status =
		tally_kept_read(kept, &fingerprint_form, request->certificate[last].der, NULL, &fingerprint);

	if (status != TALLY_OK)
		return status;
	memcpy(chain->root, fingerprint, sizeof(chain->root));
	if (has_root(&request->denied, chain->root))
		chain->fault[last] |= TALLY_LINK_DENIED;
	else if (!has_root(&request->roots, chain->root))
		chain->has_test_root = has_root(&request->test_roots, chain->root);
	if (!chain->has_test_root && !has_root(&request->roots, chain->root) &&
	    !(chain->fault[last] & TALLY_LINK_DENIED))
		chain->fault[last] |= TALLY_LINK_ROOT;
	return TALLY_OK;
}

/* Certificate i under certificate i + 1. */
static enum tally_status check_issuer(const struct tally_chain_request *request, struct tally_kept *kept, size_t i,
				      uint32_t *ret_faults)
{
	const struct tally_certificate *subject = &request->certificate[i];
	const struct tally_certificate *issuer = &request->certificate[i + 1];
	struct tally_period period = { subject->not_before, subject->not_after };
	struct tally_signed_message what;
	enum tally_status status;

	if (!tally_bytes_equal(subject->issuer, issuer->subject))
		*ret_faults |= TALLY_LINK_ISSUER;
	if (!describe_signed(issuer->spki, &subject->algorithm, subject->tbs, subject->signature, &what)) {
		*ret_faults |= TALLY_LINK_ALGORITHM;
		return TALLY_OK;
	}
	status = tally_kept_check(kept, &what, i > 0 || request->keeps_leaf ? &period : NULL, request->time);
	*ret_faults |= signature_fault(status, TALLY_LINK_ALGORITHM, TALLY_LINK_SIGNATURE);
	return is_fault_of_signed(status) ? TALLY_OK : status;
}

/* An authority with below others between itself and the leaf. */
static uint32_t authority_faults(const struct tally_certificate *certificate, size_t below)
{
	uint32_t faults = 0;

	if (!certificate->has_basic_constraints || !certificate->is_ca)
		faults |= TALLY_LINK_NOT_CA;
	if (certificate->has_path_limit && certificate->path_limit < below)
		faults |= TALLY_LINK_PATH_LENGTH;
	if (!(certificate->key_usage & TALLY_X509_KEY_CERT_SIGN))
		faults |= TALLY_LINK_KEY_USAGE;
	return faults;
}

/* Critical extensions that neither the reader nor the caller knows. */
static bool has_unknown_critical(const struct tally_chain_request *request, size_t i)
{
	const struct tally_certificate *certificate = &request->certificate[i];
	struct tally_x509_extension extension;
	uint64_t known = 0;

	for (size_t n = 0; i == 0 && n < request->critical_count; n++)
		if (tally_x509_find_extension(certificate->extensions, request->critical[n], &extension) &&
		    extension.is_critical)
			known++;
	return certificate->critical_count > known;
}

static uint32_t certificate_faults(const struct tally_chain_request *request, size_t i)
{
	const struct tally_certificate *certificate = &request->certificate[i];
	uint32_t faults = time_fault(request->time, certificate->not_before, certificate->not_after,
				     TALLY_LINK_NOT_YET_VALID, TALLY_LINK_EXPIRED);

	if (certificate->version != 3)
		faults |= TALLY_LINK_VERSION;
	if (has_unknown_critical(request, i))
		faults |= TALLY_LINK_CRITICAL;
	if (i > 0)
		return faults | authority_faults(certificate, i - 1);
	if (certificate->has_key_usage && (request->leaf_usage & ~(uint32_t)certificate->key_usage))
		faults |= TALLY_LINK_KEY_USAGE;
	return faults;
}

enum tally_status tally_chain_check(const struct tally_chain_request *request, struct tally_kept *kept,
				    struct tally_chain *ret)
{
	struct tally_chain chain;
	enum tally_status status;

	if (request->count == 0 || request->count > TALLY_CHAIN_LIMIT)
		return TALLY_INVALID;
	memset(&chain, 0, sizeof(chain));
	chain.holds = true;
	chain.valid_until = request->certificate[0].not_after;
	status = check_root(request, kept, &chain);
	for (size_t i = 0; status == TALLY_OK && i < request->count; i++) {
		chain.fault[i] |= certificate_faults(request, i);
		if (i + 1 < request->count)
			status = check_issuer(request, kept, i, &chain.fault[i]);
		if (request->certificate[i].not_after < chain.valid_until)
			chain.valid_until = request->certificate[i].not_after;
		chain.holds = chain.holds && chain.fault[i] == 0;
	}
	if (status == TALLY_OK)
		*ret = chain;
	return status;
}

struct fault_row {
	uint32_t bit;
	enum tally_reason reason;
};

#define FAULT_ROW(name, bit, reason) { 1U << (bit), TALLY_REASON_##reason },

static const struct fault_row link_rows[] = { TALLY_LINK_FAULT_TABLE(FAULT_ROW) };
static const struct fault_row crl_rows[] = { TALLY_CRL_FAULT_TABLE(FAULT_ROW) };

static void find_faults(struct tally_ledger *ledger, const struct fault_row *rows, size_t count, uint32_t faults,
			const char *subject, const char *detail)
{
	for (size_t i = 0; i < count; i++)
		if (faults & rows[i].bit)
			tally_ledger_find(ledger, rows[i].reason, subject, NULL, "%s", detail);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum tally_status tally_chain_judge(const struct tally_chain_request *request, struct tally_kept *kept,
				    struct tally_ledger *ledger, const char *subject, struct tally_chain *ret)
{
	enum tally_status status = tally_chain_check(request, kept, ret);

	for (size_t i = 0; status == TALLY_OK && i < request->count; i++) {
		size_t before = ledger->findings.count;
		const char *name = tally_arena_text(ledger->arena, request->certificate[i].subject_name);

		find_faults(ledger, link_rows, COUNT(link_rows), ret->fault[i], subject, name);
		tally_ledger_summary(ledger, before, subject,
				     i + 1 < request->count ? "a certificate holds under its issuer"
							    : "the last certificate is a root that is trusted",
				     name);
	}
	return status;
}

static uint32_t crl_faults(const struct tally_crl *crl, const struct tally_certificate *issuer, int64_t time)
{
	uint32_t faults = time_fault(time, crl->this_update, crl->has_next_update ? crl->next_update : INT64_MIN,
				     TALLY_CRL_NOT_YET_VALID, TALLY_CRL_EXPIRED);

	if (!tally_bytes_equal(crl->issuer, issuer->subject))
		faults |= TALLY_CRL_ISSUER;
	if (!(issuer->key_usage & TALLY_X509_CRL_SIGN))
		faults |= TALLY_CRL_KEY_USAGE;
	if (crl->is_partial)
		faults |= TALLY_CRL_PARTIAL;
	if (crl->critical_count)
		faults |= TALLY_CRL_CRITICAL;
	return faults;
}

enum tally_status tally_crl_check(const struct tally_crl *crl, const struct tally_certificate *issuer, int64_t time,
				  struct tally_kept *kept, uint32_t *ret_faults)
{
	struct tally_period period = { crl->this_update, crl->has_next_update ? crl->next_update : INT64_MIN };
	uint32_t faults = crl_faults(crl, issuer, time);
	enum tally_status status = TALLY_OK;
	struct tally_signed_message what;

	if (describe_signed(issuer->spki, &crl->algorithm, crl->tbs, crl->signature, &what)) {
		status = tally_kept_check(kept, &what, &period, time);
		faults |= signature_fault(status, TALLY_CRL_ALGORITHM, TALLY_CRL_SIGNATURE);
	} else {
		faults |= TALLY_CRL_ALGORITHM;
	}
	if (status != TALLY_OK && !is_fault_of_signed(status))
		return status;
	*ret_faults = faults;
	return TALLY_OK;
}

enum tally_status tally_crl_judge(const struct tally_crl *crl, const struct tally_certificate *issuer, int64_t time,
				  struct tally_kept *kept, struct tally_ledger *ledger, const char *subject,
				  bool *ret_holds)
{
	const char *name = tally_arena_text(ledger->arena, issuer->subject_name);
	size_t before = ledger->findings.count;
	uint32_t faults;
	enum tally_status status = tally_crl_check(crl, issuer, time, kept, &faults);

	if (status != TALLY_OK)
		return status;
	find_faults(ledger, crl_rows, COUNT(crl_rows), faults, subject, name);
	tally_ledger_summary(ledger, before, subject, "a revocation list is its issuer's and in force", name);
	*ret_holds = faults == 0;
	return TALLY_OK;
}

bool tally_crl_judge_certificate(const struct tally_crl *crl, const struct tally_certificate *certificate,
				 struct tally_ledger *ledger, const char *subject)
{
	const char *name = tally_arena_text(ledger->arena, certificate->subject_name);

	return tally_ledger_rule(ledger, !tally_crl_contains(crl, certificate->serial),
				 TALLY_REASON_CERTIFICATE_REVOKED, subject,
				 "the issuer's revocation list does not name a certificate", name, NULL, name);
}

static enum tally_status read_certificate(struct tally_bytes der, struct tally_arena *arena, void *ret)
{
	(void)arena;
	return tally_certificate_read(der, ret);
}

/* Between the lines of a PEM block. */
static enum tally_status read_certificate_text(struct tally_bytes text, struct tally_arena *arena, void *ret)
{
	size_t size = TALLY_BASE64_ROOM(text.size);
	struct tally_span room = { tally_arena_take(arena, size, 1), size };
	struct tally_bytes der;
	enum tally_status status;

	if (!room.data)
		return TALLY_NO_MEMORY;
	status = tally_base64_read(text, TALLY_BASE64_LINES, room, &der);
	return status == TALLY_OK ? tally_certificate_read(der, ret) : status;
}

static const struct tally_kept_form certificate_form = { sizeof(struct tally_certificate), read_certificate };
static const struct tally_kept_form text_form = { sizeof(struct tally_certificate), read_certificate_text };

enum tally_status tally_certificate_read_der(struct tally_bytes der, struct tally_kept *kept, struct tally_arena *arena,
					     struct tally_certificate *ret)
{
	const struct tally_certificate *certificate;
	const void *value;
	enum tally_status status = tally_kept_read(kept, &certificate_form, der, arena, &value);

	if (status != TALLY_OK)
		return status;
	certificate = value;
	*ret = *certificate;
	return TALLY_OK;
}

/* Each block by itself: machines have authorities in common, and not their own certificates. */
static enum tally_status read_pem_certificates(struct tally_bytes pem, struct tally_kept *kept,
					       struct tally_arena *arena, struct tally_certificate *ret,
					       size_t *ret_count)
{
	struct tally_cursor text = tally_cursor(pem);
	struct tally_bytes body;

	*ret_count = 0;
	while (tally_pem_next_body(&text, TALLY_PEM_CERTIFICATE, &body)) {
		const struct tally_certificate *certificate;
		const void *value;
		enum tally_status status;

		if (*ret_count == TALLY_CHAIN_LIMIT)
			return TALLY_OUT_OF_RANGE;
		status = tally_kept_read(kept, &text_form, body, arena, &value);
		if (status != TALLY_OK)
			return status;
		certificate = value;
		ret[(*ret_count)++] = *certificate;
	}
	return text.status;
}

enum tally_status tally_certificates_read(struct tally_bytes bytes, struct tally_kept *kept, struct tally_arena *arena,
					  struct tally_certificate **ret, size_t *ret_count)
{
	struct tally_certificate found[TALLY_CHAIN_LIMIT];
	struct tally_certificate *certificates;
	enum tally_status status;
	size_t count = 1;

	if (tally_pem_is(bytes))
		status = read_pem_certificates(bytes, kept, arena, found, &count);
	else
		status = tally_certificate_read_der(bytes, kept, arena, &found[0]);
	if (status != TALLY_OK)
		return status;
	certificates = tally_arena_take(arena, count, sizeof(*certificates));
	if (!certificates)
		return TALLY_NO_MEMORY;
	memcpy(certificates, found, count * sizeof(*certificates));
	*ret = certificates;
	*ret_count = count;
	return TALLY_OK;
}

static enum tally_status read_crl(struct tally_bytes bytes, struct tally_arena *arena, void *ret)
{
	struct tally_cursor text = tally_cursor(bytes);
	size_t size = TALLY_BASE64_ROOM(bytes.size);
	struct tally_span room;
	struct tally_bytes more;
	struct tally_bytes der;

	if (!tally_pem_is(bytes))
		return tally_crl_read(bytes, ret);
	room = (struct tally_span){ tally_arena_take(arena, size, 1), size };
	if (!room.data)
		return TALLY_NO_MEMORY;
	if (!tally_pem_next(&text, TALLY_PEM_CRL, room, &der))
		return text.status;
	if (tally_pem_next_body(&text, TALLY_PEM_CRL, &more) || text.status != TALLY_OK)
		return TALLY_TRAILING;
	return tally_crl_read(der, ret);
}

static const struct tally_kept_form crl_form = { sizeof(struct tally_crl), read_crl };

enum tally_status tally_crl_read_any(struct tally_bytes bytes, struct tally_kept *kept, struct tally_arena *arena,
				     struct tally_crl *ret)
{
	const struct tally_crl *crl;
	const void *value;
	enum tally_status status = tally_kept_read(kept, &crl_form, bytes, arena, &value);

	if (status != TALLY_OK)
		return status;
	crl = value;
	*ret = *crl;
	return TALLY_OK;
}
