/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The long life of a log: over a kexec, behind damage, and shorter. Here stands what a program needs that measures where
 * there is no command, in an initrd, or for as long as the machine runs. Logs of others (log attach, log fill) and what
 * people look at (log show, replay, doctor) are the command's alone.
 */
#ifndef TALLY_LIFE_H
#define TALLY_LIFE_H

#include "authority.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Save the log and what belongs to it into a new folder: the last thing before a kexec after which the directory is
 * gone. ret_count, which may be NULL: the records of it.
 * Threads: any; they wait for each other.
 * Errors: TALLY_INVALID (the folder exists or can't be made, a reader, a forked child), TALLY_PERMISSION,
 * TALLY_TRY_AGAIN (a register does not hold still), TALLY_DEADLINE, TALLY_FULL, TALLY_CORRUPT, TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I1; docs/settle.md; docs/formats/log.md, 3.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_save(struct tally *tally, const char *folder, uint64_t *ret_count,
							struct tally_error *error);

/*
 * Go on with a saved log: the first thing after the kexec, before anything is measured. The log then says that there
 * was one, and has a gap where a register went on meanwhile: names of once events that it does not have are
 * unknown then. ret_count, which may be NULL: the records that the log
 * has now. Nothing is changed where this fails.
 * Threads: any; they wait for each other.
 * Errors: TALLY_NOT_FOUND (no saved log there), TALLY_CONFLICT (it is of another boot or machine, or events were
 * measured already), TALLY_CORRUPT (it can't be read), TALLY_INVALID (no folder, a reader, a forked child),
 * TALLY_PERMISSION, TALLY_DEADLINE, TALLY_FULL, TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I1 and I2; docs/settle.md; docs/formats/log.md, 3.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_restore(struct tally *tally, const char *folder, uint64_t *ret_count,
							   struct tally_error *error);

/* What was taken out of a log, in the caller's memory. It never grows. */
struct tally_trimmed {
	uint64_t first; /* records first to next - 1 were handed out */
	uint64_t next;
	uint64_t size;	      /* bytes of them */
	uint64_t reserved[5]; /* zero */
};

/*
 * Hand out all records into a new file, and take them out of the log, which begins behind them with a record that
 * says so. Keep the file: it proves the rest (tally_verification.stored). After a failure it exists only if it holds
 * the records, and must be kept then, because the log may have been replaced already. deadline 0: the default. ret may
 * be NULL.
 * Threads: any; they wait for each other.
 * Errors: TALLY_NOT_FOUND (the log has no events, or no such folder for the file), TALLY_LOCKED (a register with
 * events is locked), TALLY_TRY_AGAIN (a register does not hold still: the log is whole, trim it again), TALLY_INVALID
 * (the file exists, a reader, a forked child), TALLY_PERMISSION, TALLY_DEADLINE, TALLY_FULL, TALLY_CORRUPT, TALLY_CRYPTO, TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I1, I2 and I4; docs/formats/log.md, 3.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_trim(struct tally *tally, const char *path, uint64_t deadline,
							struct tally_trimmed *ret, struct tally_error *error);

/* What became of a damaged log, in the caller's memory. It never grows. */
struct tally_recovered {
	uint64_t record_count; /* records that could be read, and go on */
	uint64_t lost_size;    /* bytes behind them that could not */
	uint64_t gap_count;    /* registers that the rest does not explain */
	char kept[64];	       /* where the damaged file is kept, below the directory */
	uint64_t reserved[5];  /* zero */
};

/*
 * Go on with a log that tally_open refuses as damaged. The file is kept; the log goes on behind the records that can
 * be read, with gaps that say so, and names of once events are unknown from then on. options as for tally_open. ret
 * may be NULL.
 * Threads: any.
 * Errors: TALLY_NOT_FOUND (the log is not damaged, or there is none), TALLY_CORRUPT (it is the registers that are), and
 * as tally_open.
 * Source: ARCHITECTURE.md, I2; docs/settle.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_recover(const struct tally_options *options,
							   struct tally_recovered *ret, struct tally_error *error);

#ifdef __cplusplus
}
#endif

#endif
