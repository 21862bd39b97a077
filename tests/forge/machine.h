/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole virtual machine of the test PKI: SNP report, what its firmware vouches for, and a quote of its vTPM. */
#ifndef TALLY_TESTS_FORGE_MACHINE_H
#define TALLY_TESTS_FORGE_MACHINE_H

#include "../../crypto/sign.h"
#include "snp.h"
#include "tpm.h"

/* What everybody here was asked with. */
extern const uint8_t forge_machine_nonce[64];

/* One machine, sound after forge_machine_start. */
struct forge_machine {
	struct forge_snp snp;
	struct forge_tpm tpm;
	bool is_azure;
	uint8_t ek_fill;	    /* of the EK's modulus in the manifest */
	uint8_t bound_ek_fill;	    /* and in the record of the activation */
	bool has_other_report_data; /* than what it was to cover */
	size_t bound_key;	    /* number of the AK in that record, or in the runtime data */
	bool has_record;
	bool is_binder_pinned;
	uint64_t binding_days; /* that the policy allows; 0: any */
	uint64_t activated;
	const char *edges; /* NULL: the default */
	bool lacks_nonce;  /* the verifier */
};

void forge_machine_start(struct forge_machine *machine, bool is_azure);

/* The bundle, freed with free_bytes; machine->snp is finished then, and freed with forge_snp_done. */
struct tally_bytes forge_machine_make(struct forge_machine *machine);

/* The verifier's key that signs the record of the activation: one for the process, freed with tally_key_free. */
struct tally_key *forge_machine_binder(void);

#endif
