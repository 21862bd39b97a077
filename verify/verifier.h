/* SPDX-License-Identifier: BSD-2-Clause */
/* One kind of report: one table of functions that authenticates it. */
#ifndef TALLY_VERIFY_VERIFIER_H
#define TALLY_VERIFY_VERIFIER_H

#include "../core/registers.h"
#include "../format/bundle.h"
#include "ledger.h"

#define TALLY_MEMBER_BOOT_ID_SIZE 16

struct tally_verifier_input {
	const struct tally_bundle *bundle; /* certificates, manifest, ... beside the report */
	struct tally_bytes report;	   /* the member that this verifier reads */
	const struct tally_policy *policy; /* never NULL */
	int64_t time;			   /* for every validity interval and revocation list */
};

struct tally_claim {
	const struct tally_claim_row *row;
	struct tally_claim_value value;
};

/*
 * What one signed member of the evidence says. Everything stems from bytes that its signature covers,
 * or from what the verifier itself knows; by is set only if that signature and its chain hold.
 */
struct tally_statement {
	const struct tally_verifier *verifier;
	bool is_readable;		/* false: the rest is not set */
	const char *by;			/* who vouches for it, in words; NULL: nobody, and a finding says why */
	struct tally_bytes report_data; /* 64 bytes; a TPM's qualifying data: 32, the first ones */
	struct tally_bytes nonce;	/* that the report carries besides; size 0: none */
	bool has_boot_id;
	uint8_t boot_id[TALLY_MEMBER_BOOT_ID_SIZE];
	const char *name[TALLY_REGISTER_LIMIT]; /* of registers, qualified; set by the caller of authenticate */
	struct tally_register_set
		registers; /* reset values, banks, PCR map: the verifier's knowledge, not the report's */
	struct tally_digests
		value[TALLY_REGISTER_LIMIT]; /* of registers.item[i]; count 0: this report does not prove it */
	struct tally_vector claims;	     /* struct tally_claim */
	bool has_valid_until;
	int64_t valid_until; /* the earliest end of everything that it rests on */
};

/* One kind of report. Every field is filled in. */
struct tally_verifier {
	const char *name;	/* the provider's word; qualifies claims and registers */
	const char *label;	/* of the bundle's member that it reads */
	const char *media_type; /* of that member */
	const char *caveat;	/* what people must know about such evidence even if it is accepted; "" for nothing */
	uint32_t binding_modes; /* bit n: enum tally_binding_mode n */
	const char *const *members; /* labels of other members that it reads; ends with NULL */
	const struct tally_claim_row *claims;
	size_t claim_count;
	/* The provider can have a runtime register of this name (without the provider's). */
	bool (*has_register)(struct tally_bytes name);
	/*
	 * Authenticate the member. What is wrong goes into the ledger, and *ret is filled in as far as it can be
	 * read even then, so that a verdict can name every fault. A status other than TALLY_OK means that
	 * nothing was decided.
	 */
	enum tally_status (*authenticate)(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					  struct tally_statement *ret);
};

/* All verifiers of this build; *ret_count of them. */
const struct tally_verifier *const *tally_verifiers(size_t *ret_count);

/* The verifier of a qualified name ("soft.rtmr2"), and the rest of the name behind its dot; NULL if there is none. */
const struct tally_verifier *tally_verifier_of_name(struct tally_bytes qualified, struct tally_bytes *ret_rest);

/* The verifier for a member of the bundle; NULL if there is none. */
const struct tally_verifier *tally_verifier_of_member(const struct tally_member *member);

/* The row of a claim; NULL if no verifier makes one of this name. */
const struct tally_claim_row *tally_claim_find(struct tally_bytes name);

extern const struct tally_verifier tally_verifier_soft;

#endif
