// SPDX-License-Identifier: BSD-2-Clause
/* Attestation keys that are certified: by whom, until when, and whether somebody revoked them. */
#include "tpm-verdict.h"

CHANGE(certified, ask->has_certificates = true)
CHANGE(certified_expired, ask->has_certificates = true; ask->leaf_damage = FORGE_EXPIRED)
CHANGE(certified_broken, ask->has_certificates = true; ask->leaf_damage = FORGE_OTHER_KEY)
CHANGE(certified_cut, ask->has_certificates = true; ask->leaf_damage = FORGE_TRAILING)
CHANGE(certified_other, ask->has_certificates = true; plan->key = plan->named_key = 3)
CHANGE(certified_swtpm, ask->has_certificates = true; ask->is_swtpm = true)
CHANGE(certified_no_root, ask->has_certificates = true; ask->lacks_roots = true)
CHANGE(certified_test, ask->has_certificates = true; ask->lacks_roots = true; ask->is_test_root = true)
CHANGE(certified_no_crl, ask->has_certificates = true; ask->has_points = true)
CHANGE(certified_crl, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true)
CHANGE(certified_revoked, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->crl_damage = FORGE_REVOKES)
CHANGE(certified_old_crl, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->crl_damage = FORGE_EXPIRED)
CHANGE(certified_crl_cut, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->crl_damage = FORGE_TRAILING)
CHANGE(certified_revoked_since, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->has_older_crl = true; ask->crl_damage = FORGE_REVOKES)
CHANGE(certified_forged_crl, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->has_older_crl = true; ask->crl_damage = FORGE_OTHER_KEY)

static const struct row certified_rows[] = {
	{ "certified", certified, "" },
	{ "certified until yesterday", certified_expired, "tpm.ak-unbound certificate.expired" },
	{ "certified by somebody else", certified_broken, "tpm.ak-unbound certificate.signature-invalid" },
	{ "by a certificate that can't be read", certified_cut, "tpm.ak-unbound certificate.malformed" },
	{ "another key is certified", certified_other, "tpm.ak-unbound" },
	{ "certified by swtpm", certified_swtpm, "tpm.ca-denied" },
	{ "certified, nobody trusts the root", certified_no_root, "tpm.ak-unbound certificate.root-untrusted" },
	{ "certified under a root for tests", certified_test, "root.non-production" },
	{ "no list", certified_no_crl, "tpm.crl-missing" },
	{ "a list", certified_crl, "" },
	{ "revoked", certified_revoked, "certificate.revoked" },
	{ "a list of last year", certified_old_crl, "crl.expired" },
	{ "a list that can't be read is not missing", certified_crl_cut, "crl.malformed" },
	{ "revoked by the newer of two lists", certified_revoked_since, "certificate.revoked" },
	{ "a list that somebody else made, beside a sound one", certified_forged_crl, "" },
};

static void keys_are_certified(void **state)
{
	(void)state;
	run_rows(certified_rows, COUNT(certified_rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_certified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
