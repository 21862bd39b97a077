/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the embedded default provider, and the faults that tests inject into it. */
#ifndef TALLY_PROVIDER_SOFT_H
#define TALLY_PROVIDER_SOFT_H

#include "provider.h"

extern const struct tally_provider tally_provider_soft;

enum tally_soft_preset {
	TALLY_SOFT_DEFAULT = 0, /* rtmr0..3 sha384 and static registers, as tdx, never late */
	TALLY_SOFT_TDX,		/* RTMR0..3, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG; PCR map of tdx */
	TALLY_SOFT_TPM,		/* PCR0..23, sha1 sha256 sha384; 16 and 23 resettable; 17-22 start at ones; late */
	TALLY_SOFT_NSM, /* PCR0..31 sha384, lockable, 0..15 locked from the start; raw extend rule; signed when locked */
	TALLY_SOFT_CCA	/* REM0..3 sha256, RIM; stale reads possible */
};

/* A fault, used up when it happens. For tests only: nothing but the API reaches it. */
enum tally_soft_fault {
	TALLY_FAULT_NONE = 0,
	TALLY_FAULT_EXTEND_FAILS,	  /* returns TALLY_SYSTEM, nothing extended */
	TALLY_FAULT_EXTEND_FAILS_APPLIED, /* extends, then returns TALLY_SYSTEM */
	TALLY_FAULT_EXTEND_LATE, /* returns TALLY_SYSTEM; takes effect at the late_after-th later read of that register (0: only by tally_soft_release) */
	TALLY_FAULT_EXTEND_LATE_OK, /* the same, but returns TALLY_OK */
	TALLY_FAULT_EXTEND_HANGS,   /* waits for the deadline, then TALLY_DEADLINE, nothing extended */
	TALLY_FAULT_READ_FAILS,	    /* TALLY_SYSTEM */
	TALLY_FAULT_READ_STALE,	    /* the value before the newest extend */
	TALLY_FAULT_READ_HANGS,
	TALLY_FAULT_STRANGER_EXTENDS, /* before this call, somebody else extends with stranger_digests */
	TALLY_FAULT_STRANGER_RESETS,  /* before this call, somebody else resets the register */
	TALLY_FAULT_REPORT_FAILS,
	TALLY_FAULT_REPORT_HANGS
};

enum tally_soft_call { TALLY_SOFT_CALL_READ = 1, TALLY_SOFT_CALL_EXTEND, TALLY_SOFT_CALL_REPORT };

#define TALLY_SOFT_FAULT_LIMIT 16

struct tally_soft_planned_fault {
	enum tally_soft_fault fault;
	enum tally_soft_call call; /* at which kind of call of this instance */
	unsigned skip;		   /* let this many such calls pass first */
	unsigned late_after;
	size_t register_index; /* of the stranger */
	struct tally_digests stranger_digests;
};

struct tally_soft_options {
	enum tally_soft_preset preset; /* of a state that is created; an existing one keeps its own */
	bool is_durable;	/* of a state that is created: registers survive a boot, fdatasync at each extend */
	const uint8_t *boot_id; /* 16 bytes instead of the kernel's: for tests of a reboot; NULL for the kernel's */
	unsigned report_delay;	/* milliseconds that a report takes: for tests of those who wait for one */
	unsigned report_fails;	/* every so many-th report of this process fails, TALLY_SYSTEM; 0: none. For tests */
	size_t fault_count;
	struct tally_soft_planned_fault fault[TALLY_SOFT_FAULT_LIMIT];
};

/* The preset of a name ("tdx", "tpm", "nsm", "cca", "default"); false if there is none. */
bool tally_soft_preset_from_name(const char *name, enum tally_soft_preset *ret);

/* For tests: plan one more fault on an open instance. TALLY_NO_SPACE. */
TALLY_MUST_CHECK enum tally_status tally_soft_plan(void *instance, const struct tally_soft_planned_fault *fault);

/* For tests: let every late extend that is still held back take effect now. */
TALLY_MUST_CHECK enum tally_status tally_soft_release(void *instance);

/* For tests: reset a resettable register to its reset value, as a stranger would (TPM2_PCR_Reset). */
TALLY_MUST_CHECK enum tally_status tally_soft_reset(void *instance, size_t i);

/* The state was created durable: the authority then syncs the intent and the log as well. */
bool tally_soft_is_durable(void *instance);

/* The signing key's fingerprint: SHA-256 of its SPKI. */
TALLY_MUST_CHECK enum tally_status tally_soft_fingerprint(void *instance, uint8_t ret[32],
							  struct tally_problem *problem);

#endif
