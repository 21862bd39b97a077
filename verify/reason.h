/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a verdict says no: every reason code in one table. */
#ifndef TALLY_VERIFY_REASON_H
#define TALLY_VERIFY_REASON_H

#include "../core/bytes.h"
#include "reason_ak.h"
#include "reason_cca.h"
#include "reason_collateral.h"
#include "reason_composite.h"
#include "reason_cove.h"
#include "reason_nsm.h"
#include "reason_snp.h"
#include "reason_tdx.h"
#include "reason_tpm.h"

/* What kind of no. All of them reject; malformed evidence could not be read at all. */
enum tally_severity {
	TALLY_SEVERITY_MALFORMED = 1, /* the input is not what its format allows */
	TALLY_SEVERITY_REJECTED,      /* it says something that must not be */
	TALLY_SEVERITY_MISSING	      /* something that must be there is not */
};

/*
 * Codes and numbers are ABI: append, never renumber, reuse or rename. A code is object.cause, or
 * provider.object-cause where only that provider can fail so. docs/reasons.md lists exactly these.
 * X(name, number, code, severity, message)
 */
#define TALLY_REASON_TABLE_ANY(X)                                                                                      \
	X(BUNDLE_MALFORMED, 1, "bundle.malformed", MALFORMED, "the evidence is not a bundle")                          \
	X(BUNDLE_LABEL_UNKNOWN, 2, "bundle.label-unknown", REJECTED, "the bundle has a member of an unknown label")    \
	X(BUNDLE_MEDIA_TYPE, 3, "bundle.media-type", REJECTED, "a member has a media type that its label can't have")  \
	X(BUNDLE_REPORT_MISSING, 4, "bundle.report-missing", MISSING, "the bundle has no report")                      \
	X(BUNDLE_REPORT_UNKNOWN, 5, "bundle.report-unknown", REJECTED, "no verifier for this kind of report")          \
	X(BUNDLE_MEMBER_UNREFERENCED, 6, "bundle.member-unreferenced", REJECTED,                                       \
	  "nothing in this evidence refers to a member of the bundle")                                                 \
	X(BINDING_MISSING, 10, "binding.missing", MISSING, "the evidence has no binding and its REPORT_DATA is raw")   \
	X(BINDING_MALFORMED, 11, "binding.malformed", MALFORMED, "the binding can't be read")                          \
	X(BINDING_REPORT_DATA, 12, "binding.report-data-mismatch", REJECTED,                                           \
	  "the report was not made for this binding or nonce")                                                         \
	X(BINDING_PURPOSE, 13, "binding.purpose-mismatch", REJECTED, "the report was made for another purpose")        \
	X(BINDING_PROVIDER, 14, "binding.provider-mismatch", REJECTED, "the binding names another provider")           \
	X(BINDING_AUDIENCE, 15, "binding.audience-mismatch", REJECTED, "the evidence was made for somebody else")      \
	X(BINDING_COMPANIONS, 16, "binding.companions-mismatch", REJECTED,                                             \
	  "the members beside the report are not those that it was made with")                                         \
	X(BINDING_KEY, 17, "binding.key-mismatch", REJECTED, "another key is bound than the expected one")             \
	X(BINDING_CALLER, 18, "binding.caller-unlisted", REJECTED,                                                     \
	  "the policy does not list who asked for the report")                                                         \
	X(BINDING_MODE, 19, "binding.mode-unsupported", REJECTED, "this kind of report has no such binding mode")      \
	X(BINDING_MANIFEST, 23, "binding.manifest-missing", MISSING,                                                   \
	  "the evidence has no manifest of the kind that the policy's binding mode needs")                             \
	X(MANIFEST_MALFORMED, 24, "manifest.malformed", MALFORMED, "the manifest can't be read")                       \
	X(FRESHNESS_NONE, 20, "freshness.none", MISSING, "no nonce to compare with: the evidence may be old")          \
	X(FRESHNESS_NONCE, 21, "freshness.nonce-mismatch", REJECTED, "the evidence answers another nonce")             \
	X(TIME_NOT_ADMITTED, 22, "time.not-admitted", REJECTED, "the policy does not admit a time that is not now")    \
	X(SOFT_REPORT_MALFORMED, 30, "soft.report-malformed", MALFORMED, "the soft report can't be read")              \
	X(SOFT_KEY_MISSING, 31, "soft.key-missing", MISSING, "the bundle does not carry the key of the soft report")   \
	X(SOFT_KEY_MALFORMED, 32, "soft.key-malformed", MALFORMED, "the key of the soft report can't be read")         \
	X(SOFT_KEY_MISMATCH, 33, "soft.key-mismatch", REJECTED, "the soft report names another key")                   \
	X(SOFT_KEY_UNPINNED, 34, "soft.key-unpinned", REJECTED, "the policy does not pin the key of the soft report")  \
	X(SOFT_SIGNATURE, 35, "soft.signature-invalid", REJECTED, "the signature of the soft report is wrong")         \
	X(SOFT_REGISTERS, 36, "soft.registers-unknown", REJECTED,                                                      \
	  "the report's registers are none that soft can have")                                                        \
	X(REGISTERS_ALL_ZERO, 40, "registers.all-zero", REJECTED, "no register was ever extended")                     \
	X(REGISTER_UNPROVEN, 41, "registers.unproven", MISSING, "no report signs the value of the register")           \
	X(LOG_MISSING, 50, "log.missing", MISSING, "there is no log that explains the register")                       \
	X(LOG_MALFORMED, 51, "log.malformed", MALFORMED, "the log can't be read")                                      \
	X(LOG_NOT_CANONICAL, 52, "log.not-canonical", MALFORMED, "a record is not in the one form that tally writes")  \
	X(LOG_HEADER_MISSING, 53, "log.header-missing", MISSING, "the log begins with neither header nor trim")        \
	X(LOG_HEADER_MISMATCH, 54, "log.header-mismatch", REJECTED, "the log's header contradicts the report")         \
	X(LOG_BOOT_MISMATCH, 55, "log.boot-mismatch", REJECTED, "the log belongs to another boot than the report")     \
	X(LOG_RENUMBERED, 56, "log.renumbered", REJECTED, "a record does not have the number after the one before it") \
	X(LOG_REGISTER_UNKNOWN, 57, "log.register-unknown", REJECTED, "a record names a register that does not exist") \
	X(LOG_BANK_SET, 58, "log.bank-set", REJECTED, "a record's digests are not one for each bank of its register")  \
	X(LOG_REGISTER_MISMATCH, 59, "log.register-mismatch", REJECTED,                                                \
	  "the log does not replay to the register's value in the report")                                             \
	X(LOG_CONTROL_UNKNOWN, 60, "log.control-unknown", REJECTED, "an unmeasured record is no control record")       \
	X(LOG_CONTROL_MALFORMED, 61, "log.control-malformed", MALFORMED, "a control record can't be read")             \
	X(LOG_CONTROL_DIGEST, 62, "log.control-digest", REJECTED, "a control record has a digest that is not zero")    \
	X(LOG_CONTROL_MISPLACED, 63, "log.control-misplaced", REJECTED,                                                \
	  "a control record stands where it can't, or in the wrong register")                                          \
	X(LOG_EVENT_MALFORMED, 64, "log.event-malformed", MALFORMED, "the content of an event can't be read")          \
	X(LOG_EVENT_RELABELLED, 65, "log.event-relabelled", REJECTED,                                                  \
	  "the content of an event is not what its digest was made from")                                              \
	X(LOG_EVENT_UNAUTHENTIC, 66, "log.event-unauthentic", REJECTED,                                                \
	  "an event that a rule asks for has content that nothing authenticates")                                      \
	X(LOG_GAP, 70, "log.gap", REJECTED, "the register changed and the log does not say how")                       \
	X(LOG_GAP_MISMATCH, 71, "log.gap-mismatch", REJECTED, "a gap does not begin at the value that the log has")    \
	X(LOG_GAP_UNPINNED, 72, "log.gap-unpinned", REJECTED, "an event follows a gap that no measured event pins")    \
	X(LOG_BASE_UNPROVEN, 73, "log.base-unproven", REJECTED, "nothing proves the value from which the log starts")  \
	X(LOG_TRIM_UNPROVEN, 74, "log.trim-unproven", REJECTED, "nothing proves the value at which the log was cut")   \
	X(LOG_TRIM_MISMATCH, 75, "log.trim-mismatch", REJECTED, "a trim contradicts the records before it")            \
	X(LOG_TRIM_UNPINNED, 76, "log.trim-unpinned", REJECTED, "an event follows a trim that no measured event pins") \
	X(LOG_PIN_MISMATCH, 77, "log.pin-mismatch", REJECTED, "a pin contradicts the log before it")                   \
	X(LOG_FILL_MISMATCH, 78, "log.fill-mismatch", REJECTED, "a fill names no gap of its register")                 \
	X(LOG_SEGMENT_MALFORMED, 79, "log.segment-malformed", MALFORMED, "an attached log can't be read")              \
	X(LOG_UNAUTHENTICATED, 80, "log.unauthenticated", REJECTED,                                                    \
	  "events stand before a jump that nothing proves, or in a register that anybody can reset")                   \
	X(LOG_SEGMENT_MISMATCH, 81, "log.segment-mismatch", REJECTED,                                                  \
	  "the log does not go on where an attached log ends")                                                         \
	X(LOG_FILL_MISSING, 82, "log.fill-missing", MISSING, "the foreign log that a fill names is not there")         \
	X(LOG_FILL_RANGE, 83, "log.fill-range", REJECTED,                                                              \
	  "the records that fills name do not lead from where their gap begins to where it ends")                      \
	X(LOG_FILL_OVERLAP, 84, "log.fill-overlap", REJECTED,                                                          \
	  "a fill names records that an earlier one of its register has passed")                                       \
	X(IMA_VIOLATION, 85, "ima.violation", REJECTED,                                                                \
	  "a file changed while IMA measured it: nobody knows what it was")                                            \
	X(POLICY_UNRULED, 90, "policy.unruled", MISSING, "the policy has no rule for a signed claim or register")      \
	X(POLICY_CLAIM_MISMATCH, 91, "policy.claim-mismatch", REJECTED, "a claim has a value that the policy refuses") \
	X(POLICY_CLAIM_MISSING, 92, "policy.claim-missing", MISSING,                                                   \
	  "the evidence has no claim that the policy rules")                                                           \
	X(POLICY_REGISTER_MISSING, 93, "policy.register-missing", MISSING,                                             \
	  "the evidence has no register that the policy rules")                                                        \
	X(POLICY_REGISTER_VALUE, 94, "policy.register-mismatch", REJECTED,                                             \
	  "a register has another value than the policy asks for")                                                     \
	X(POLICY_EVENT_UNMATCHED, 95, "policy.event-unmatched", REJECTED, "no rule of the policy matches an event")    \
	X(POLICY_EVENT_MISSING, 96, "policy.event-missing", MISSING, "no event matches a rule of the policy")

/* Each area has its own file, and its own range of numbers. */
#define TALLY_REASON_TABLE(X)            \
	TALLY_REASON_TABLE_ANY(X)        \
	TALLY_REASON_TABLE_TDX(X)        \
	TALLY_REASON_TABLE_SNP(X)        \
	TALLY_REASON_TABLE_NSM(X)        \
	TALLY_REASON_TABLE_CCA(X)        \
	TALLY_REASON_TABLE_TPM(X)        \
	TALLY_REASON_TABLE_AK(X)         \
	TALLY_REASON_TABLE_COVE(X)       \
	TALLY_REASON_TABLE_COLLATERAL(X) \
	TALLY_REASON_TABLE_COMPOSITE(X)

enum tally_reason {
	TALLY_REASON_NONE = 0, /* no reason to reject */
#define TALLY_REASON_ENUM(name, number, code, severity, message) TALLY_REASON_##name = (number),
	TALLY_REASON_TABLE(TALLY_REASON_ENUM)
#undef TALLY_REASON_ENUM
};

/* The stable code ("log.gap"), what it says, and its severity; "" and 0 for a number outside the table. */
const char *tally_reason_code(enum tally_reason reason);
const char *tally_reason_message(enum tally_reason reason);
enum tally_severity tally_reason_severity(enum tally_reason reason);

/* "malformed", "rejected", "missing". */
const char *tally_severity_name(enum tally_severity severity);

#endif
