/* SPDX-License-Identifier: BSD-2-Clause */
/* SNP reports with certificates and a revocation list of the test PKI: sound ones, to be made wrong in one place. */
#ifndef TALLY_TESTS_FORGE_SNP_H
#define TALLY_TESTS_FORGE_SNP_H

#include "../unit/snp-policy.h"

#include "../../format/snp_report.h"
#include "pki.h"

#define FORGE_SNP_EXTENSION_LIMIT 16
#define FORGE_SNP_CLOUD "CN=cloud.example"
#define FORGE_SNP_LEAF_SERIAL 0 /* as keys of AMD's have it */

/* One of AMD's extensions: what follows 1.3.6.1.4.1.3704.1, and its value. */
struct forge_snp_extension {
	uint8_t suffix[3];
	size_t suffix_size;
	uint8_t value[72];
	size_t value_size;
};

/* A platform and what it signs. forge_snp_start fills all of it in; a test changes one thing; forge_snp_finish makes it. */
struct forge_snp {
	const char *product; /* "Milan", ... */
	bool is_vlek;
	uint8_t report[SNP_SIZE]; /* but for the signature */
	size_t extension_count;	  /* of the key's certificate */
	struct forge_snp_extension extension[FORGE_SNP_EXTENSION_LIMIT];
	const char *leaf_subject;
	const char *leaf_issuer;
	enum forge_key_kind leaf_kind;
	const char *authority_subject;
	struct forge_signer authority; /* signs the key's certificate */
	const char *crl_issuer;
	struct forge_signer crl_signer;
	int64_t crl_time;     /* when it was made */
	uint64_t crl_number;  /* 0: none */
	uint64_t crl_revokes; /* with FORGE_REVOKES: this serial number, the authority's */
	bool has_crl;
	bool has_leaf;
	bool has_authority;
	enum forge_damage leaf_damage;
	enum forge_damage authority_damage;
	enum forge_damage root_damage;
	enum forge_damage crl_damage;
	enum forge_scalar_damage scalar_damage; /* 0: none */
	bool is_unsigned;			/* r and s stay as they are */
	/* What forge_snp_finish makes; freed by forge_snp_done. */
	struct tally_bytes leaf_der;
	struct tally_bytes authority_der;
	struct tally_bytes root_der;
	struct tally_bytes crl_der;
};

void forge_snp_start(struct forge_snp *forge, const char *product, bool is_vlek);
void forge_snp_finish(struct forge_snp *forge);
void forge_snp_done(struct forge_snp *forge);

/* The extension of this suffix. */
struct forge_snp_extension *forge_snp_find(struct forge_snp *forge, const char *suffix);
void forge_snp_remove(struct forge_snp *forge, const char *suffix);
/* A new one, or another value. A small INTEGER, or bytes as they are. */
void forge_snp_set_number(struct forge_snp *forge, const char *suffix, uint8_t number);
void forge_snp_set_bytes(struct forge_snp *forge, const char *suffix, struct tally_bytes value);

/* Little-endian, into the report. */
void forge_snp_put(struct forge_snp *forge, size_t at, uint64_t value, size_t size);

/* GHCB's table with what was made; freed with free_bytes. */
struct tally_bytes forge_snp_table(const struct forge_snp *forge);

#endif
