/* SPDX-License-Identifier: BSD-2-Clause */
/* One kind of report: one table of functions that authenticates it. */
#ifndef TALLY_VERIFY_VERIFIER_H
#define TALLY_VERIFY_VERIFIER_H

#include "../core/registers.h"
#include "../format/bundle.h"
#include "collateral.h"
#include "ledger.h"

#define TALLY_MEMBER_BOOT_ID_SIZE 16

struct json_t;
struct tally_kept;
struct tally_policy_reader;
struct tally_statement;

struct tally_verifier_input {
	const struct tally_bundle *bundle;	   /* manifest, ... beside the report */
	const struct tally_member *member;	   /* the one that this verifier reads */
	struct tally_bytes report;		   /* its value */
	const struct tally_policy *policy;	   /* never NULL */
	const void *section;			   /* the policy's for this verifier; NULL: it has none */
	int64_t time;				   /* for every validity interval and revocation list */
	const struct tally_collateral *collateral; /* never NULL; certificates of the bundle stand in front */
	const struct tally_roots *roots; /* NULL: none; of a chain that ends in one, the statement says is_test_root */
	struct tally_kept *kept; /* never NULL: verified certificates and collateral, of earlier evidence, too */
	bool has_nonce;
	struct tally_bytes nonce; /* that the verifier gave out */
	size_t earlier_count;
	const struct tally_statement *earlier; /* of members authenticated before this one: the report comes first */
};

struct tally_claim {
	const struct tally_claim_row *row;
	struct tally_claim_value value;
};

/* What another member must show to be vouched for by a statement. */
enum tally_vouch_kind {
	TALLY_VOUCH_AK_SPKI = 1, /* SHA-256 of the SubjectPublicKeyInfo of an attestation key (HCL's runtime data) */
	TALLY_VOUCH_EK_NAME	 /* TPM name of an endorsement key: with a binding record, its attestation key (SVSM) */
};

struct tally_vouch {
	enum tally_vouch_kind kind;
	struct tally_bytes id;
	const char *how; /* in words: "HCL runtime data", "SVSM manifest" */
};

struct tally_tcb {
	enum tally_standing standing;
	const char *status; /* the maker's word: "UpToDate"; NULL: none */
	bool has_date;
	int64_t date;		/* of the TCB level */
	const char *advisories; /* separated by spaces; NULL: none */
};

/*
 * What one signed member of the evidence says. Everything stems from bytes that its signature covers,
 * or from what the verifier itself knows; by is set only if that signature and its chain hold.
 */
struct tally_statement {
	const struct tally_verifier *verifier;
	const char *label;    /* of the member; set by the caller of authenticate */
	bool is_readable;     /* false: the rest is not set */
	const char *by;	      /* who vouches for it, in words; NULL: nobody, and a finding says why */
	const char *root;     /* that the chain ends in: "Intel SGX Root CA sha256:..."; NULL: none, or not trusted */
	bool is_test_root;    /* one of input->roots */
	bool is_debug;	      /* the machine can be looked into: a finding says so, too */
	const char *instance; /* name of the claim that tells this machine from others; NULL: none does */
	struct tally_tcb tcb;
	enum tally_edge edge;	     /* VOUCHED: an earlier statement speaks for its key; NONE: see composite.c */
	const char *edge_how;	     /* with VOUCHED, in words */
	struct tally_vector vouches; /* struct tally_vouch */
	struct tally_bytes
		report_data;	  /* 64 bytes; a TPM's qualifying data: what it is; size 0: another member carries it */
	struct tally_bytes nonce; /* that the report carries besides; size 0: none */
	bool has_boot_id;
	uint8_t boot_id[TALLY_MEMBER_BOOT_ID_SIZE];
	bool has_reset_counts; /* a TPM's: those of the log must be the same */
	uint32_t reset_count;
	uint32_t restart_count;
	const char *name[TALLY_REGISTER_LIMIT]; /* of registers, qualified; set by the caller of authenticate */
	struct tally_register_set
		registers; /* reset values, banks, PCR map: the verifier's knowledge, not the report's */
	struct tally_digests
		value[TALLY_REGISTER_LIMIT]; /* of registers.item[i]; count 0: this report does not prove it */
	struct tally_vector claims;	     /* struct tally_claim */
	bool has_valid_until;
	int64_t valid_until; /* the earliest end of everything that it rests on */
};

/* One kind of report. Every field is filled in, but for one that says so. */
struct tally_verifier {
	const char *name;		/* the provider's word; qualifies claims and registers */
	const char *label;		/* of the bundle's member that it reads */
	const char *media_type;		/* of that member */
	const char *wrapped_media_type; /* of the same inside something else; NULL: it comes bare only */
	const char *caveat;	/* what people must know about such evidence even if it is accepted; "" for nothing */
	uint32_t binding_modes; /* bit n: enum tally_binding_mode n */
	const char *const *members; /* labels of other members that it reads; ends with NULL */
	const struct tally_claim_row *claims;
	size_t claim_count;
	/* The provider can have a runtime register of this name (without the provider's). */
	bool (*has_register)(struct tally_bytes name);
	/*
	 * The policy's section of this provider's name, in verify/policy_PROVIDER.c; *ret has section_size zeroed bytes.
	 * tally_policy_no_section where there is none.
	 */
	size_t section_size;
	void (*read_section)(struct tally_policy_reader *reader, struct json_t *json, void *ret);
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

/* A policy has no section for this provider: a fault. */
void tally_policy_no_section(struct tally_policy_reader *reader, struct json_t *json, void *ret);

/* The verifier of a qualified name ("soft.rtmr2"), and the rest of the name behind its dot; NULL if there is none. */
const struct tally_verifier *tally_verifier_of_name(struct tally_bytes qualified, struct tally_bytes *ret_rest);

/* The verifier for a member of the bundle, by its media type, as the report or under its own label; NULL if there is none. */
const struct tally_verifier *tally_verifier_of_member(const struct tally_member *member);

/* The row of a claim; NULL if no verifier makes one of this name. */
const struct tally_claim_row *tally_claim_find(struct tally_bytes name);

/* A claim of this qualified name, which the verifier's table has. The value is copied. */
void tally_statement_claim(struct tally_statement *statement, struct tally_arena *arena,
			   const struct tally_verifier *verifier, const char *name,
			   const struct tally_claim_value *value);
void tally_statement_claim_bytes(struct tally_statement *statement, struct tally_arena *arena,
				 const struct tally_verifier *verifier, const char *name, struct tally_bytes value);
void tally_statement_claim_number(struct tally_statement *statement, struct tally_arena *arena,
				  const struct tally_verifier *verifier, const char *name, uint64_t value);
void tally_statement_claim_text(struct tally_statement *statement, struct tally_arena *arena,
				const struct tally_verifier *verifier, const char *name, const char *value);

/* It vouches for a key of another member. id and how are copied. */
void tally_statement_vouch(struct tally_statement *statement, struct tally_arena *arena, enum tally_vouch_kind kind,
			   struct tally_bytes id, const char *how);

/* It holds until then at most. */
void tally_statement_limit(struct tally_statement *statement, int64_t until);

/* A root for a test is good for every test but the last one: whatever rests on it is rejected. */
void tally_statement_check_root(const struct tally_statement *statement, struct tally_ledger *ledger);

/* Member and claims into the verdict. */
void tally_statement_show(const struct tally_statement *statement, const struct tally_policy *policy,
			  struct tally_ledger *ledger);

/* One line for each verifier. */
extern const struct tally_verifier tally_verifier_soft;
extern const struct tally_verifier tally_verifier_snp;
extern const struct tally_verifier tally_verifier_tpm;
extern const struct tally_verifier tally_verifier_tdx;
extern const struct tally_verifier tally_verifier_nsm;
extern const struct tally_verifier tally_verifier_cca;
extern const struct tally_verifier tally_verifier_cove;

#endif
