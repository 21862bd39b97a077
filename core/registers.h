/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a provider declares about its measurement registers. */
#ifndef TALLY_CORE_REGISTERS_H
#define TALLY_CORE_REGISTERS_H

#include "digest.h"

#define TALLY_REGISTER_LIMIT 40
#define TALLY_REGISTER_NAME_LIMIT 24 /* with its NUL */
#define TALLY_PCR_COUNT 24

enum tally_register_kind {
	TALLY_STATIC = 1, /* set before the guest runs */
	TALLY_RUNTIME = 2 /* grows by extends */
};

/* Where a report signs the value. */
enum tally_signed {
	TALLY_SIGNED_NOT = 1,	   /* not at all: reported, never a claim */
	TALLY_SIGNED_VALUE = 2,	   /* the value stands in the report */
	TALLY_SIGNED_DIGEST = 3,   /* a digest over it stands in the report */
	TALLY_SIGNED_LOCKED = 4,   /* only once it is locked */
	TALLY_SIGNED_ELSEWHERE = 5 /* by another provider's report */
};

enum tally_extend_rule {
	TALLY_EXTEND_DIGEST = 1, /* new = H(old || digest) */
	TALLY_EXTEND_RAW = 2,	 /* new = H(old || data), data of any size: we pass the digest */
	TALLY_EXTEND_PADDED = 3	 /* new = H(old || digest padded with zeros to 64 bytes) */
};

/* One register. reset has one digest per bank and so lists the banks. */
struct tally_register {
	char name[TALLY_REGISTER_NAME_LIMIT];
	uint32_t number; /* the provider's own; unique among the registers of one kind */
	enum tally_register_kind kind;
	enum tally_signed is_signed;
	enum tally_extend_rule extend_rule;
	bool is_resettable;
	bool is_lockable;
	bool is_late;	   /* an extend may take effect after its call returned or its process died */
	bool is_firmware;  /* the platform's firmware measures into it before we come */
	uint32_t pcr_mask; /* bit n: PCR n maps here (I10) */
	struct tally_digests reset;
};

/* All registers of one provider: runtime ones ascending by number, then static ones ascending by number. */
struct tally_register_set {
	char provider[TALLY_REGISTER_NAME_LIMIT];
	size_t count;
	struct tally_register item[TALLY_REGISTER_LIMIT];
};

/* Append a register; TALLY_DUPLICATE for a name or number twice, TALLY_DISORDER, TALLY_OUT_OF_RANGE when full. */
TALLY_MUST_CHECK enum tally_status tally_registers_add(struct tally_register_set *set,
						       const struct tally_register *reg);

/* Position in set of the register with this name, or of the runtime register with this number; -1 if none. */
int tally_registers_find_name(const struct tally_register_set *set, struct tally_bytes name);
int tally_registers_find_number(const struct tally_register_set *set, uint32_t number);

/* Position of the runtime register that this PCR maps to; -1 if none. */
int tally_registers_find_pcr(const struct tally_register_set *set, uint32_t pcr);

/* Position of the register that a text names: by its name, or "pcr:N" for the one that PCR N maps to; -1 if none. */
int tally_registers_find_text(const struct tally_register_set *set, struct tally_bytes text);

/* Number of runtime registers; they come first. */
size_t tally_registers_runtime_count(const struct tally_register_set *set);

/*
 * A PCR mask as text: "1,7", "2-6", "8-15", or empty. text has room for
 * TALLY_PCR_TEXT_LIMIT bytes with its NUL. spec: RFC "tsm: Unified Measurement
 * Register ABI", tcg_map
 */
#define TALLY_PCR_TEXT_LIMIT 80
void tally_pcr_mask_text(uint32_t mask, char *text);

/* One extend in every bank: ret may be old. TALLY_BANK_SET if digests has other banks than old. */
TALLY_MUST_CHECK enum tally_status tally_extend_value(enum tally_extend_rule rule, const struct tally_digests *old,
						      const struct tally_digests *digests, struct tally_digests *ret);

#endif
