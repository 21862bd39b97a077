/* SPDX-License-Identifier: BSD-2-Clause */
/* What the makers of the hardware publish for verifiers: certificates, revocation lists, TCB statements. Files are read elsewhere. */
#ifndef TALLY_VERIFY_COLLATERAL_H
#define TALLY_VERIFY_COLLATERAL_H

#include "ledger.h"

/*
 * What an item holds, as a policy's "collateral" section names it. X(name, number, text)
 * Signatures, not names and places, say who made it: an item that lies is one that does not verify.
 */
#define TALLY_COLLATERAL_TABLE(X)            \
	X(UNKNOWN, 0, "unknown")             \
	X(CERTIFICATES, 1, "certificates")   \
	X(CRL, 2, "crl")                     \
	X(TDX_TCB_INFO, 3, "tcb-info")       \
	X(TDX_QE_IDENTITY, 4, "qe-identity") \
	X(SNP_TABLE, 5, "snp-certificates")  \
	X(PUBLIC_KEY, 6, "public-key")       \
	X(CORIM, 7, "corim")

enum tally_collateral_kind {
#define TALLY_COLLATERAL_ENUM(name, number, text) TALLY_COLLATERAL_##name = (number),
	TALLY_COLLATERAL_TABLE(TALLY_COLLATERAL_ENUM)
#undef TALLY_COLLATERAL_ENUM
};
#define TALLY_COLLATERAL_KIND_COUNT 8

/* One file, or one piece out of the evidence. */
struct tally_collateral_item {
	enum tally_collateral_kind kind;
	const char *origin; /* for messages: a path, or the label of the member that carries it */
	struct tally_bytes
		bytes; /* CERTIFICATES: PEM, one or more, or one in DER; CRL: one in either; PUBLIC_KEY: PEM, DER or JWK */
};

/* What beside the evidence can be used: items of the evidence first, then what the caller gave, then its cache. */
struct tally_collateral {
	size_t count;
	const struct tally_collateral_item *item;
};

/* Roots that are trusted beside the built-in ones, for tests: what ends in one of them is never accepted. */
struct tally_roots {
	size_t count;
	const struct tally_bytes *der; /* certificates; of a CCA platform: SubjectPublicKeyInfos */
};

/* "crl", "tcb-info", ... */
const char *tally_collateral_kind_name(enum tally_collateral_kind kind);

/* What bytes look like from outside; UNKNOWN if nothing fits. */
enum tally_collateral_kind tally_collateral_kind_of(struct tally_bytes bytes);

/* The next item of a kind from *at on, which goes behind it; NULL if there is none. */
const struct tally_collateral_item *tally_collateral_next(const struct tally_collateral *collateral,
							  enum tally_collateral_kind kind, size_t *at);

/*
 * The same from behind, where *at begins with count: for readers that look at so many only. What the evidence brings
 * stands in front, and must not keep them from what the caller has.
 */
const struct tally_collateral_item *tally_collateral_previous(const struct tally_collateral *collateral,
							      enum tally_collateral_kind kind, size_t *at);

/*
 * Collateral that a judgement needs and has not, or has but out of date: a rule that failed, with the file's
 * name in the cache and the command that gets it. All texts are copied. In the name: [a-z0-9._-], and "/".
 */
struct tally_collateral_need {
	const char *name;	  /* in the cache: "tdx/tcb-info-00806f050000.json" */
	const char *url;	  /* NULL: nobody serves it, somebody must give it */
	const char *chain_header; /* of the answer, with a PEM chain in percent-encoding; NULL for none */
	const char *chain_name;	  /* of that chain in the cache */
};

void tally_collateral_missing(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
			      const char *rule, const struct tally_collateral_need *need);

/* The same for a rule that the policy can except. */
void tally_collateral_exceptable(struct tally_ledger *ledger, enum tally_exception exception, enum tally_reason reason,
				 const char *subject, const char *rule, const struct tally_collateral_need *need);

/* Not a failure by itself: what is there is to be replaced when somebody fetches. */
void tally_collateral_stale(struct tally_ledger *ledger, const struct tally_collateral_need *need);

/* The section "collateral" of a policy. */
struct tally_collateral_policy {
	uint64_t max_age[TALLY_COLLATERAL_KIND_COUNT]; /* seconds, by kind; 0: as long as it says itself */
};

/* No limits of age. */
extern const struct tally_collateral_policy tally_collateral_no_limits;

/* What was issued then is not older than the policy allows at this time; the statement holds as long as that at most. */
struct tally_statement;
void tally_collateral_check_age(struct tally_ledger *ledger, struct tally_statement *statement,
				const struct tally_collateral_policy *policy, enum tally_collateral_kind kind,
				const char *subject, int64_t issued, int64_t time);

#endif
