/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RISC-V CoVE evidence as far as its draft settles it. spec: riscv-ap-tee 0.7, attestation; docs/providers/cove.md */
#ifndef TALLY_FORMAT_COVE_TOKEN_H
#define TALLY_FORMAT_COVE_TOKEN_H

#include "cose.h"

#define TALLY_COVE_INITIAL_LIMIT 8
#define TALLY_COVE_RUNTIME_LIMIT 18
#define TALLY_COVE_COMPONENT_LIMIT 32
#define TALLY_COVE_TOKEN_LIMIT (64 * 1024)

/*
 * Labels that the draft leaves open ("TBD"). These numbers of the private range are ours and stand for
 * nothing anywhere else; the day the draft has numbers, this table changes and nothing else.
 * X(name, label)
 */
#define TALLY_COVE_LABEL_TABLE(X)       \
	X(EVIDENCE, -70001)             \
	X(PUBLIC_KEY, -70002)           \
	X(MANUFACTURER_ID, -70003)      \
	X(STATE, -70004)                \
	X(COMPONENTS, -70005)           \
	X(IDENTITY, -70006)             \
	X(INITIAL_MEASUREMENTS, -70007) \
	X(RUNTIME_MEASUREMENTS, -70008)

enum tally_cove_label {
#define TALLY_COVE_LABEL_ENUM(name, label) TALLY_COVE_##name = (label),
	TALLY_COVE_LABEL_TABLE(TALLY_COVE_LABEL_ENUM)
#undef TALLY_COVE_LABEL_ENUM
};

enum tally_cove_state {
	TALLY_COVE_NOT_CONFIGURED = 1,
	TALLY_COVE_SECURED = 2,
	TALLY_COVE_DEBUG = 3,
	TALLY_COVE_RECOVERY = 4
};

struct tally_cove_component {
	struct tally_bytes type; /* text */
	struct tally_bytes measurement;
	struct tally_bytes svn;		  /* text */
	struct tally_bytes manifest_hash; /* may be absent */
	struct tally_bytes signer;
	struct tally_bytes hash_alg; /* text */
};

struct tally_cove_components {
	size_t count;
	struct tally_cove_component item[TALLY_COVE_COMPONENT_LIMIT];
};

struct tally_cove_measurement {
	uint64_t index;
	struct tally_bytes value;    /* 48 or 64 */
	struct tally_bytes hash_alg; /* text */
};

struct tally_cove_platform {
	struct tally_cose_sign1 cose;
	struct tally_bytes profile; /* text */
	struct tally_bytes key;	    /* COSE_Key: signs the TSM's token */
	struct tally_bytes manufacturer_id;
	uint64_t state; /* enum tally_cove_state */
	struct tally_cove_components components;
};

struct tally_cove_tsm {
	struct tally_cose_sign1 cose;
	struct tally_bytes key; /* COSE_Key: signs the TVM's token */
	struct tally_cove_components components;
};

struct tally_cove_tvm {
	struct tally_cose_sign1 cose;
	struct tally_bytes challenge; /* 64 */
	struct tally_bytes identity;  /* 64, may be absent */
	struct tally_bytes key;	      /* COSE_Key of the TVM */
	size_t initial_count;
	struct tally_cove_measurement initial[TALLY_COVE_INITIAL_LIMIT];
	size_t runtime_count;
	struct tally_cove_measurement runtime[TALLY_COVE_RUNTIME_LIMIT];
};

/* Three tokens, each of which names the key that signs the next, and perhaps a CBOR certificate around them. Borrows. */
struct tally_cove_token {
	bool has_certificate;
	struct tally_cose_sign1 certificate;
	struct tally_bytes issuer; /* text, with the certificate */
	struct tally_bytes subject;
	struct tally_cove_platform platform;
	struct tally_cove_tsm tsm;
	struct tally_cove_tvm tvm;
};

/*
 * Read a token, bare or inside its CBOR certificate. The draft knows no other claims: TALLY_UNSUPPORTED. TALLY_NOT_FOUND
 * if a token or claim is missing; TALLY_DUPLICATE for a register twice; otherwise as tally_cose_read_foreign.
 */
TALLY_MUST_CHECK enum tally_status tally_cove_token_read(struct tally_bytes input, struct tally_cove_token *ret);

#endif
