/* SPDX-License-Identifier: BSD-2-Clause */
/* Where registers and reports come from: one table of functions per provider. */
#ifndef TALLY_PROVIDER_PROVIDER_H
#define TALLY_PROVIDER_PROVIDER_H

#include "../core/registers.h"

#define TALLY_BOOT_ID_BYTES 16
#define TALLY_REPORT_DATA_BYTES 64

/* Nanoseconds of CLOCK_MONOTONIC; deadlines are absolute. */
typedef uint64_t tally_deadline;
#define TALLY_DEFAULT_EXTEND_SECONDS 5
#define TALLY_DEFAULT_REPORT_SECONDS 60

/* The deadline seconds from now. */
tally_deadline tally_deadline_after(unsigned seconds);
bool tally_deadline_has_passed(tally_deadline deadline);

/* What went wrong, for people: filled in beside every failing status of provider/ and authority/. */
struct tally_problem {
	char text[480]; /* one sentence or two: what was wrong, where, what to do; "" if there is nothing to add */
};

/* problem may be NULL; a text that is too long is cut. */
void tally_problem_set(struct tally_problem *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A report and what came with it. Owned by the caller: tally_report_done. */
struct tally_report {
	uint8_t *report;
	size_t report_size;
	uint8_t *certificates; /* NULL if there are none */
	size_t certificates_size;
	uint8_t *manifest; /* NULL if there is none */
	size_t manifest_size;
};

void tally_report_done(struct tally_report *report);

/* The runtime register values that a report signs; has[i] false where it does not carry register i of the set. */
struct tally_report_values {
	bool has[TALLY_REGISTER_LIMIT];
	struct tally_digests value[TALLY_REGISTER_LIMIT];
};

/* How to open a provider. Zero is a good default. */
struct tally_provider_options {
	const char *directory; /* the authority's directory, where soft keeps its state; others ignore it */
	bool is_reader;	       /* create and write nothing: opening fails where there is no state */
	const struct tally_soft_options *soft; /* NULL for defaults; provider/soft.h */
};

/*
 * One kind of TSM. Every field is filled in. i is a position in the register
 * set. A call that can block takes a deadline and returns TALLY_DEADLINE; an
 * extend that fails may nevertheless have taken effect, which a fresh read
 * tells. One instance is used by one thread at a time.
 */
struct tally_provider {
	const char *name;		     /* the provider's word */
	const char *report_media_type;	     /* of `report` in a bundle */
	const char *certificates_media_type; /* of `certificates`; "" where reports bring none */
	const char *manifest_media_type;     /* of `manifest`; "" where reports bring none */
	const char *summary;		     /* one line for doctor */

	/* The machine offers it. Changes nothing. */
	bool (*is_present)(void);

	enum tally_status (*open)(const struct tally_provider_options *options, void **ret_instance,
				  struct tally_problem *problem);
	void (*close)(void *instance);

	/* What is declared; valid while the instance is open. */
	const struct tally_register_set *(*registers)(void *instance);

	/* The boot that the registers belong to. */
	enum tally_status (*boot_id)(void *instance, uint8_t ret[TALLY_BOOT_ID_BYTES], struct tally_problem *problem);

	/* The registers outlive a boot, so that the intent and the log must be synced as well. */
	bool (*is_durable)(void *instance);

	/* A fresh read of all banks at one instant, past every cache; is_locked too. */
	enum tally_status (*read)(void *instance, size_t i, tally_deadline deadline, struct tally_digests *ret_value,
				  bool *ret_is_locked, struct tally_problem *problem);

	/* Extend all banks. TALLY_LOCKED with nothing changed if the register is locked. */
	enum tally_status (*extend)(void *instance, size_t i, const struct tally_digests *digests,
				    tally_deadline deadline, struct tally_problem *problem);

	/* Lock for the rest of the boot. TALLY_UNSUPPORTED for a register that can't be. */
	enum tally_status (*lock)(void *instance, size_t i, tally_deadline deadline, struct tally_problem *problem);

	/* A report over report_data. nonce is the caller's, for providers that carry it beside (nsm). */
	enum tally_status (*report)(void *instance, const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
				    struct tally_bytes nonce, tally_deadline deadline, struct tally_report *ret,
				    struct tally_problem *problem);

	/* Read the register values out of a report of this provider; nothing is verified. */
	enum tally_status (*report_values)(void *instance, struct tally_bytes report, struct tally_report_values *ret);
};

/* All providers of this build; *ret_count of them. */
const struct tally_provider *const *tally_providers(size_t *ret_count);

/* By name; NULL if there is none of that name in this build. */
const struct tally_provider *tally_provider_find(const char *name);

/*
 * The one that this machine offers; soft only where nothing looks like a confidential VM (I9).
 * NULL with *problem filled in if there is none.
 */
const struct tally_provider *tally_provider_choose(struct tally_problem *problem);

/*
 * The directory of a provider's authority: /run/tally/<provider>; for soft and a user who is not root
 * $XDG_RUNTIME_DIR/tally/soft. It need not exist. TALLY_INVALID for a text that can't be a provider's word,
 * TALLY_NOT_FOUND if XDG_RUNTIME_DIR is not an absolute path, TALLY_NO_SPACE.
 */
TALLY_MUST_CHECK enum tally_status tally_provider_directory(const char *provider, char *ret, size_t size,
							    struct tally_problem *problem);

/* CPUID, ACPI or devices say that this machine is a confidential VM: soft is then never chosen by itself (I9). */
bool tally_machine_is_confidential(void);

#endif
