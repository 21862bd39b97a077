/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asks, and what that caller may do: fixed when a file is opened. */
#ifndef TALLY_FACE_CALLER_H
#define TALLY_FACE_CALLER_H

#include <sys/types.h>

#include "../authority/authority.h"
#include "quota.h"

/* Which records of the log a caller sees. Records that every reader needs (headers, trims) are seen by all but NONE. */
enum tally_log_right {
	TALLY_LOG_NONE = 0,
	TALLY_LOG_OWN,	 /* events whose origin is the caller */
	TALLY_LOG_LABEL, /* events whose origin has the label of the caller's mount */
	TALLY_LOG_ALL
};

/* Zero is nothing at all. Masks have a bit for each position in the register set. */
struct tally_rights {
	bool is_full;	      /* as root in the kernel: all of the below, and every file of the tree */
	bool has_raw_report;  /* report/, and raw REPORT_DATA: can pass for any other caller */
	bool has_report;      /* a report with derived REPORT_DATA, without the log */
	bool has_evidence;    /* the same with the log, which is then seen whole */
	bool sees_registers;  /* registers/, measurements/ and rtmrs/ for reading */
	uint64_t raw_extends; /* may be extended with digests of the caller's */
	uint64_t appends;     /* events of the caller's own may be logged there */
	enum tally_log_right log;
	uint64_t limit[TALLY_QUOTA_KIND_COUNT]; /* by enum tally_quota_kind; TALLY_QUOTA_NONE for none */
};

/* A caller, by its kernel credentials in the server's user namespace. Copied by assignment. */
struct tally_caller {
	uid_t uid;
	gid_t gid;
	pid_t pid; /* for messages only: it may be another's by now */
	struct tally_rights rights;
	char text
		[TALLY_CALLER_LIMIT]; /* "uid:gid", or "uid:gid@label" on a mount with a label: the origin of its events */
};

#define TALLY_LABEL_LIMIT 128 /* bytes of a mount's label, with its NUL */

/* 1 to 127 bytes of clean UTF-8 without '@' and ':'. */
bool tally_caller_label_is_valid(const char *label);

/* *ret without its rights. label: NULL for none. */
void tally_caller_init(struct tally_caller *ret, uid_t uid, gid_t gid, pid_t pid, const char *label);

/* The label in the text of a caller or origin; none if it has none. */
struct tally_bytes tally_caller_label(struct tally_bytes text);

/* It may open the transaction file: there is a message that it would not be refused. */
bool tally_caller_may_ask(const struct tally_caller *caller);

#endif
