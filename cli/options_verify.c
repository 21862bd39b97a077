// SPDX-License-Identifier: BSD-2-Clause
/* Options of the commands that judge evidence: every program can tell them, tally-verify and tally-collateral alone take them. */
#include "command.h"

/* What lies beside a raw report. */
#define PIECE_OPTIONS                                                                                           \
	{ "log", "FILE", "a log of any format beside a raw report, in their order", true },                     \
		{ "certificates", "FILE", "certificates beside it: PEM, DER, or the table of SEV-SNP", false }, \
		{ "manifest", "FILE", "an SVSM's manifest, or Azure's HCL report", false },                     \
		{ "runtime-data", "FILE", "what the report of a CoCo guest was made for: JSON", false },        \
		{ "quote", "FILE", "a TPM's quote beside it: TPMS_ATTEST", false },                             \
		{ "ak-binding", "FILE", "the record of its key's activation: tally ak accept", false },         \
		{ "signature", "FILE", "of a TPM's quote: TPMT_SIGNATURE, or RSA's by itself", false },         \
		{ "pcrs", "FILE", "of a TPM's quote: the values, raw or of tpm2_quote", false },                \
	{                                                                                                       \
		"ak", "FILE", "of a TPM's quote: the public key, as the TPM's, in PEM, DER or JWK", false       \
	}

/* Where collateral is. */
#define STORE_OPTIONS                                                                                            \
	{ "collateral", "PATH", "a file or folder of certificates, revocation lists and TCB statements", true }, \
		{ "cache", "FOLDER", "in place of the caches of user and system", false },                       \
	{                                                                                                        \
		"no-cache", NULL, "use no cache", false                                                          \
	}

const struct tally_option tally_verify_options[] = {
	{ "policy", "FILE", "what is accepted; nothing is without one", false },
	{ "nonce", "HEX", "the nonce that the evidence was asked with; it is rejected without one", false },
	{ "audience", "NAME", "for whom the evidence must be", false },
	{ "key-binding", "TYPE:HEX", "the key that it must be bound to", false },
	{ "time", "TIME", "judge at this time, 2026-11-21T12:00:00Z or seconds since 1970; the policy must allow it",
	  false },
	{ "stored", "FILE", "a part that was trimmed out of its log, oldest first", true },
	{ "explain", NULL, "show every rule with its outcome, and the first event that differs", false },
	{ "result", "FORM", "ear: an EAT Attestation Result, a signed JWT", false },
	{ "ear-key", "FILE", "the private P-384 key that signs it, in PEM", false },
	{ "ear-profile", "NAME", "veraison (default) or ietf", false },
	{ "batch", NULL, "judge many, one JSON line each; without operands, lines FILE [NONCE] on standard input",
	  false },
	{ "threads", "NUMBER", "how many at once; default: a thread for each processor that it may use", false },
	PIECE_OPTIONS,
	STORE_OPTIONS,
	{ "test-root", "FILE", "trust this root as well, for a test: what ends in it is never accepted", true },
	{ NULL, NULL, NULL, false },
};

const struct tally_option tally_policy_options[] = {
	{ "nonce", "HEX", "the nonce that the evidence was asked with", false },
	{ "time", "TIME", "when it was good, 2026-11-21T12:00:00Z or seconds since 1970; now without it", false },
	PIECE_OPTIONS,
	STORE_OPTIONS,
	{ "test-root", "FILE", "trust this root as well, for a test: what ends in it is never accepted", true },
	{ NULL, NULL, NULL, false },
};

const struct tally_option tally_collateral_options[] = {
	PIECE_OPTIONS,
	STORE_OPTIONS,
	{ "mirror", "URL", "ask this server for the same paths", false },
	{ "cacert", "FILE", "trust servers under these certificates, in PEM, instead of those that the system trusts",
	  false },
	{ NULL, NULL, NULL, false },
};

const struct tally_option tally_ak_options[] = {
	{ "keep", "FILE", "challenge: write what accept needs to this file, which stays with the verifier", false },
	{ "ak", "HANDLE", "activate: the attestation key's persistent handle, such as 0x81000003", false },
	{ "ek", "HANDLE", "activate: the endorsement key's; without it TCG's RSA 2048 key is made anew", false },
	{ "tpm", "DEVICE", "activate: the TPM, a device or a socket; /dev/tpmrm0 without it", false },
	{ "key", "FILE", "accept: the verifier's private key, P-384 in PEM", false },
	{ "output", "FILE", "write to this file instead of standard output", false },
	{ NULL, NULL, NULL, false },
};
