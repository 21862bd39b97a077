// SPDX-License-Identifier: BSD-2-Clause
/* Options of the commands that judge evidence: every program can tell them, tally-verify alone takes them. */
#include "command.h"

const struct tally_option tally_verify_options[] = {
	{ "policy", "FILE", "what is accepted; nothing is without one", false },
	{ "nonce", "HEX", "the nonce that the evidence was asked with; it is rejected without one", false },
	{ "audience", "NAME", "for whom the evidence must be", false },
	{ "key-binding", "TYPE:HEX", "the key that it must be bound to", false },
	{ "time", "TIME", "judge at this time, 2026-11-21T12:00:00Z or seconds since 1970; the policy must allow it",
	  false },
	{ "stored", "FILE", "a part that was trimmed out of its log, oldest first", true },
	{ "explain", NULL, "show every rule with its outcome, and the first event that differs", false },
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
