/* SPDX-License-Identifier: BSD-2-Clause */
/* Damages of TDX evidence, one to a row, and the reason that each must give. */
#ifndef TALLY_TESTS_FORGE_TDX_CASES_H
#define TALLY_TESTS_FORGE_TDX_CASES_H

#include "tdx.h"

#define ZEROS "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define MRTD "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
#define RTMR "\"525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252\""

/* The policy of every case, and more members. */
#define POLICY(more)                                                                                                   \
	"{\"tally-policy\": 1, \"binding\": \"raw\", \"claims\": {\"tdx.mrtd\": \"" MRTD                               \
	"\", \"tdx.mrconfigid\": \"" ZEROS "\", \"tdx.mrowner\": \"" ZEROS "\", \"tdx.mrownerconfig\": \"" ZEROS       \
	"\"}, \"registers\": {"                                                                                        \
	"\"tdx.rtmr0\": {\"value\": " RTMR "}, \"tdx.rtmr1\": {\"value\": " RTMR "}, \"tdx.rtmr2\": {\"value\": " RTMR \
	"}, \"tdx.rtmr3\": {\"value\": " RTMR "}}" more "}"
#define ALLOW_TIME ", \"allow\": [\"time\"]"
#define TDX_POLICY(text) POLICY(ALLOW_TIME ", \"tdx\": {" text "}")
#define EXCEPT(name) POLICY(", \"allow\": [\"time\", \"" name "\"]")

/* A number in the plan, lowest byte first: where, of which size. */
struct tdx_change {
	size_t at;
	size_t size;
	uint64_t value;
};

#define FIELD(member) offsetof(struct forge_tdx, member), sizeof(((struct forge_tdx *)0)->member)
#define AT(member, index) offsetof(struct forge_tdx, member) + (index), 1
#define BODY(offset) AT(body, FORGE_TDX_##offset)
#define QE(offset) AT(qe_report, FORGE_QE_##offset)

struct tdx_case {
	const char *name;
	const char *expected; /* codes beside that of the test root; "=": exactly these */
	struct tdx_change change[3];
	struct {
		const char *from, *to; /* the first such text in the statement */
	} tcb, identity;
	struct {
		size_t at; /* of a text in the plan; 0: none */
		const char *value;
	} text;
	const char *status; /* of the platform's level; NULL: as it is */
	const char *policy; /* NULL: POLICY and ALLOW_TIME */
};

/* CPU and PCE are at the latest level, TDX's components below it. */
#define RELAUNCH "[{\"svn\":2},{\"svn\":3}", "[{\"svn\":3},{\"svn\":3}"

static const struct tdx_case tdx_cases[] = {
	{ "sound", "", .policy = NULL },
	{ "version 4", "", .change = { { FIELD(version), 4 }, { FIELD(body_type), 2 } } },
	{ "version 5 of TD 1.0", "", .change = { { FIELD(body_type), 2 } } },
	{ "bytes behind the quote", "", .change = { { FIELD(trailing), 70 } } },
	{ "signed by another key", "tdx.quote-signature-invalid", .change = { { FIELD(quote_key), FORGE_TDX_OTHER } } },
	{ "r is 0", "tdx.quote-signature-invalid", .change = { { FIELD(quote_scalars), FORGE_R_ZERO } } },
	{ "s is 0", "tdx.quote-signature-invalid", .change = { { FIELD(quote_scalars), FORGE_S_ZERO } } },
	{ "r is n", "tdx.quote-signature-invalid", .change = { { FIELD(quote_scalars), FORGE_R_ORDER } } },
	{ "s is n", "tdx.quote-signature-invalid", .change = { { FIELD(quote_scalars), FORGE_S_ORDER } } },
	{ "r is beyond the field", "tdx.quote-signature-invalid",
	  .change = { { FIELD(quote_scalars), FORGE_R_ONES } } },
	{ "r and s exchanged", "tdx.quote-signature-invalid", .change = { { FIELD(quote_scalars), FORGE_SWAPPED } } },
	{ "s is n - s, which verifies", "", .change = { { FIELD(quote_scalars), FORGE_S_NEGATED } } },
	{ "QE report signed by the authority", "tdx.qe-signature-invalid",
	  .change = { { FIELD(qe_key), FORGE_TDX_CA } } },
	{ "QE report, r is 0", "tdx.qe-signature-invalid", .change = { { FIELD(qe_scalars), FORGE_R_ZERO } } },
	{ "QE report, s is n", "tdx.qe-signature-invalid", .change = { { FIELD(qe_scalars), FORGE_S_ORDER } } },
	{ "QE report, s is n - s", "", .change = { { FIELD(qe_scalars), FORGE_S_NEGATED } } },
	{ "QE speaks for another key", "tdx.qe-report-data", .change = { { FIELD(keeps_report_data), true } } },
	{ "QE says more", "tdx.qe-report-data", .change = { { QE(REPORT_DATA + 63), 1 } } },
	{ "a key that is not on its curve", "tdx.attestation-key", .change = { { FIELD(has_bad_point), 1 } } },
	{ "another vendor", "tdx.vendor-unknown", .change = { { AT(header, 12), 0x92 } } },
	{ "an SGX quote", "=policy.claim-missing policy.register-missing tdx.quote-malformed",
	  .change = { { AT(header, 4), 0 } } },
	{ "a P-384 key", "=policy.claim-missing policy.register-missing tdx.quote-malformed",
	  .change = { { AT(header, 2), 3 } } },
	{ "version 3", "=policy.claim-missing policy.register-missing tdx.quote-malformed",
	  .change = { { FIELD(version), 3 } } },
	{ "certification of type 5 outside", "=tdx.signature-data-malformed", .change = { { FIELD(outer_type), 5 } } },
	{ "certification of type 6 inside", "=tdx.signature-data-malformed", .change = { { FIELD(inner_type), 6 } } },
	{ "certification of type 3 inside", "=tdx.pck-missing", .change = { { FIELD(inner_type), 3 } } },
	{ "no certificates", "=certificate.malformed", .change = { { FIELD(chain_count), 0 } } },
	{ "the leaf alone", "=certificate.root-untrusted tdx.pck-name", .change = { { FIELD(chain_count), 1 } } },
	{ "the root is left out", "", .change = { { FIELD(chain_count), 2 } } },
	{ "another name of the PCK", "tdx.pck-name",
	  .text = { offsetof(struct forge_tdx, pck_name), "Intel SGX PCK Certificate 2" } },
	{ "the TCB signer's name as PCK", "tdx.pck-name",
	  .text = { offsetof(struct forge_tdx, pck_name), "Intel SGX TCB Signing" } },
	{ "another name of the authority", "tdx.pck-name",
	  .text = { offsetof(struct forge_tdx, ca_name), "Intel SGX PCK CA" } },
	{ "the other authority", "", .text = { offsetof(struct forge_tdx, ca_name), "Intel SGX PCK Processor CA" } },
	{ "no extension", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_NO_EXTENSION } } },
	{ "no FMSPC", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_NO_FMSPC } } },
	{ "FMSPC twice", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_FMSPC_TWICE } } },
	{ "FMSPC of 5 bytes", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_FMSPC_SHORT } } },
	{ "15 components", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_COMPONENT_MISSING } } },
	{ "a component twice", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_COMPONENT_TWICE } } },
	{ "a component of 256", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_COMPONENT_256 } } },
	{ "a component below 0", "tdx.pck-malformed",
	  .change = { { FIELD(pck_extension), FORGE_PCK_COMPONENT_NEGATIVE } } },
	{ "a PCESVN of 65536", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_PCESVN_65536 } } },
	{ "SGX type 3", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_TYPE_3 } } },
	{ "an unknown member", "tdx.pck-malformed", .change = { { FIELD(pck_extension), FORGE_PCK_UNKNOWN_MEMBER } } },
	{ "no TCB info", "tdx.tcb-info-missing", .change = { { FIELD(leaves_out), 1U << FORGE_TDX_TCB_INFO } } },
	{ "no QE identity", "tdx.qe-identity-missing",
	  .change = { { FIELD(leaves_out), 1U << FORGE_TDX_QE_IDENTITY } } },
	{ "no signer", "tdx.tcb-signer-missing", .change = { { FIELD(leaves_out), 1U << FORGE_TDX_SIGNER_CHAIN } } },
	{ "no PCK CRL", "tdx.pck-crl-missing", .change = { { FIELD(leaves_out), 1U << FORGE_TDX_PCK_CRL } } },
	{ "no root CRL", "tdx.root-crl-missing", .change = { { FIELD(leaves_out), 1U << FORGE_TDX_ROOT_CRL } } },
	{ "TCB info signed by the PCK", "tdx.tcb-info-signature-invalid",
	  .change = { { FIELD(tcb_key), FORGE_TDX_PCK } } },
	{ "TCB info, r is 0", "tdx.tcb-info-signature-invalid", .change = { { FIELD(tcb_scalars), FORGE_R_ZERO } } },
	{ "TCB info, s is n", "tdx.tcb-info-signature-invalid", .change = { { FIELD(tcb_scalars), FORGE_S_ORDER } } },
	{ "TCB info, s is n - s", "", .change = { { FIELD(tcb_scalars), FORGE_S_NEGATED } } },
	{ "TCB info in its last second", "", .tcb = { "2027-02-09T08:00:00Z", "2027-01-15T08:00:00Z" } },
	{ "TCB info over", "tdx.tcb-info-expired", .tcb = { "2027-02-09T08:00:00Z", "2027-01-15T07:59:59Z" } },
	{ "TCB info in its first second", "", .tcb = { "2027-01-10T08:00:00Z", "2027-01-15T08:00:00Z" } },
	{ "TCB info of the future", "tdx.tcb-info-not-yet-valid",
	  .tcb = { "2027-01-10T08:00:00Z", "2027-01-15T08:00:01Z" } },
	{ "TCB info of another FMSPC", "tdx.tcb-info-mismatch", .tcb = { "00a0b0c0d0e0", "00a0b0c0d0e1" } },
	{ "TCB info in upper case", "", .tcb = { "00a0b0c0d0e0", "00A0B0C0D0E0" } },
	{ "TCB info of another PCE", "tdx.tcb-info-mismatch", .tcb = { "\"pceId\":\"0000\"", "\"pceId\":\"0001\"" } },
	{ "TCB info of SGX", "tdx.tcb-info-malformed", .tcb = { "\"TDX\"", "\"SGX\"" } },
	{ "TCB info of version 2", "tdx.tcb-info-malformed", .tcb = { "\"version\":3", "\"version\":2" } },
	{ "TCB info of another type", "tdx.tcb-info-malformed", .tcb = { "\"tcbType\":0", "\"tcbType\":1" } },
	{ "a name twice", "tdx.tcb-info-malformed",
	  .tcb = { "\"pceId\":\"0000\",", "\"pceId\":\"0000\",\"pceId\":\"0000\"," } },
	{ "a name twice, once with an escape", "tdx.tcb-info-malformed",
	  .tcb = { "\"pceId\":\"0000\",", "\"pceId\":\"0000\",\"pce\\u0049d\":\"0000\"," } },
	{ "a name with an escape", "", .tcb = { "\"pceId\"", "\"pce\\u0049d\"" } },
	{ "a name twice, deep inside", "tdx.tcb-info-malformed", .tcb = { "{\"svn\":2}", "{\"svn\":2,\"svn\":2}" } },
	{ "a name twice in what is unknown", "tdx.tcb-info-malformed",
	  .tcb = { "\"tcbType\":0", "\"tcbType\":0,\"new\":{\"a\":[{\"b\":1,\"b\":1}]}" } },
	{ "something unknown", "",
	  .tcb = { "\"tcbType\":0", "\"tcbType\":0,\"new\":{\"a\":[{\"b\":1,\"c\":1.5e3}]}" } },
	{ "a fraction", "tdx.tcb-info-malformed", .tcb = { "\"svn\":2", "\"svn\":2.0" } },
	{ "an exponent", "tdx.tcb-info-malformed", .tcb = { "\"svn\":2", "\"svn\":2e0" } },
	{ "a number below 0", "tdx.tcb-info-malformed", .tcb = { "\"svn\":2", "\"svn\":-2" } },
	{ "an SVN of 256", "tdx.tcb-info-malformed", .tcb = { "\"svn\":2", "\"svn\":256" } },
	{ "15 components of a level", "tdx.tcb-info-malformed", .tcb = { "{\"svn\":5},", "" } },
	{ "17 components of a level", "tdx.tcb-info-malformed", .tcb = { "{\"svn\":5},", "{\"svn\":5},{\"svn\":5}," } },
	{ "no levels", "tdx.tcb-info-malformed",
	  .tcb = { "\"tcbLevels\":[{\"tcb\":{\"sgx", "\"levels\":[{\"tcb\":{\"sgx" } },
	{ "an unknown status", "tdx.tcb-info-malformed", .tcb = { "\"UpToDate\"", "\"Fine\"" } },
	{ "a module twice", "tdx.tcb-info-malformed", .tcb = { "\"TDX_03\"", "\"TDX_01\"" } },
	{ "a byte behind the JSON", "tdx.tcb-info-malformed",
	  .text = { offsetof(struct forge_tdx, tcb_around), "{\"tcbInfo\":%s,\"signature\":\"%s\"}x" } },
	{ "tcbInfo twice, once with an escape", "tdx.tcb-info-malformed",
	  .text = { offsetof(struct forge_tdx, tcb_around),
		    "{\"tcbInfo\":%s,\"tcb\\u0049nfo\":{},\"signature\":\"%s\"}" } },
	{ "an empty signature", "tdx.tcb-info-malformed",
	  .text = { offsetof(struct forge_tdx, tcb_around),
		    " { \"signature\" :\"\", \"tcbInfo\" : %s, \"x\": \"%s\"}" } },
	{ "white space around", "",
	  .text = { offsetof(struct forge_tdx, tcb_around), "\n{ \"tcbInfo\" :\t%s\n, \"signature\" : \"%s\" }\n" } },
	{ "QE identity signed by the PCK", "tdx.qe-identity-signature-invalid",
	  .change = { { FIELD(identity_key), FORGE_TDX_PCK } } },
	{ "QE identity, r is n", "tdx.qe-identity-signature-invalid",
	  .change = { { FIELD(identity_scalars), FORGE_R_ORDER } } },
	{ "QE identity in its last second", "", .identity = { "2027-02-09T08:00:00Z", "2027-01-15T08:00:00Z" } },
	{ "QE identity over", "tdx.qe-identity-expired",
	  .identity = { "2027-02-09T08:00:00Z", "2027-01-15T07:59:59Z" } },
	{ "QE identity of the future", "tdx.qe-identity-not-yet-valid",
	  .identity = { "2027-01-10T08:00:00Z", "2027-01-15T08:00:01Z" } },
	{ "identity of SGX's QE", "tdx.qe-identity-malformed", .identity = { "\"TD_QE\"", "\"QE\"" } },
	{ "QE identity of version 3", "tdx.qe-identity-malformed", .identity = { "\"version\":2", "\"version\":3" } },
	{ "QE identity without mrsigner", "tdx.qe-identity-malformed", .identity = { "\"mrsigner\"", "\"mrsigned\"" } },
	{ "QE identity, a name twice", "tdx.qe-identity-malformed",
	  .identity = { "\"isvprodid\":2", "\"isvprodid\":2,\"isvprod\\u0069d\":2" } },
	{ "QE of another signer", "tdx.qe-mismatch", .change = { { QE(MRSIGNER), 0xd5 } } },
	{ "QE of another product", "tdx.qe-mismatch", .change = { { QE(ISVPRODID), 1 } } },
	{ "QE that can be debugged", "tdx.qe-mismatch", .change = { { QE(ATTRIBUTES), 0x17 } } },
	{ "QE with another MISCSELECT", "tdx.qe-mismatch", .change = { { QE(MISCSELECT), 1 } } },
	{ "QE with attributes outside of the mask", "", .change = { { QE(ATTRIBUTES + 9), 0xff } } },
	{ "an old QE", "tdx.tcb-status", .change = { { QE(ISVSVN), 3 } } },
	{ "a QE below every level", "tdx.tcb-unsupported", .change = { { QE(ISVSVN), 1 } } },
	{ "a revoked QE", "tdx.tcb-revoked", .identity = { "\"UpToDate\"", "\"Revoked\"" } },
	{ "an old platform", "tdx.tcb-status", .change = { { AT(component, 0), 2 } } },
	{ "a platform below every level", "tdx.tcb-unsupported", .change = { { AT(component, 0), 1 } } },
	{ "a PCE below every level", "tdx.tcb-unsupported", .change = { { FIELD(pcesvn), 12 } } },
	{ "old microcode", "tdx.tcb-status", .change = { { BODY(TEE_TCB_SVN + 2), 2 } } },
	{ "microcode below every level", "tdx.tcb-unsupported", .change = { { BODY(TEE_TCB_SVN + 2), 1 } } },
	{ "an old module", "tdx.tcb-status", .change = { { BODY(TEE_TCB_SVN), 5 } } },
	{ "a module below every level", "tdx.tcb-unsupported", .change = { { BODY(TEE_TCB_SVN), 3 } } },
	{ "an unknown module", "tdx.module-mismatch", .change = { { BODY(TEE_TCB_SVN + 1), 2 } } },
	{ "a module of TDX 1.0", "", .change = { { BODY(TEE_TCB_SVN + 1), 0 } } },
	{ "another module's signer", "tdx.module-mismatch", .change = { { BODY(MRSIGNERSEAM + 47), 1 } } },
	{ "a module with attributes", "tdx.seam-attributes", .change = { { BODY(SEAM_ATTRIBUTES), 1 } } },
	{ "a module of TDX 1.0 that Intel says has attributes", "tdx.module-mismatch",
	  .change = { { BODY(TEE_TCB_SVN + 1), 0 } },
	  .tcb = { "\"attributes\":\"0000000000000000\"", "\"attributes\":\"0000000000000001\"" } },
	{ "a revoked module", "tdx.tcb-revoked",
	  .tcb = { "{\"isvsvn\":6},\"tcbDate\":\"2026-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"",
		   "{\"isvsvn\":6},\"tcbDate\":\"2026-11-13T00:00:00Z\",\"tcbStatus\":\"Revoked\"" } },
	{ "SWHardeningNeeded", "tdx.tcb-status", .status = "SWHardeningNeeded" },
	{ "ConfigurationNeeded", "tdx.tcb-status", .status = "ConfigurationNeeded" },
	{ "ConfigurationAndSWHardeningNeeded", "tdx.tcb-status", .status = "ConfigurationAndSWHardeningNeeded" },
	{ "OutOfDate", "tdx.tcb-status", .status = "OutOfDate" },
	{ "OutOfDateConfigurationNeeded", "tdx.tcb-status", .status = "OutOfDateConfigurationNeeded" },
	{ "a revoked platform", "tdx.tcb-revoked", .status = "Revoked" },
	{ "OutOfDate by its module, accepted", "", .change = { { BODY(TEE_TCB_SVN), 5 } },
	  .policy = TDX_POLICY("\"tcb-status\": \"OutOfDate\"") },
	{ "OutOfDate, its advisories accepted", "", .change = { { BODY(TEE_TCB_SVN), 5 } },
	  .policy = TDX_POLICY("\"tcb-status\": \"OutOfDate\", \"advisories\": [\"INTEL-SA-00001\"]") },
	{ "OutOfDate, an advisory too many", "tdx.advisory", .change = { { AT(component, 0), 2 } },
	  .policy = TDX_POLICY("\"tcb-status\": \"OutOfDate\", \"advisories\": [\"INTEL-SA-00002\"]") },
	{ "no advisory may apply", "tdx.advisory", .change = { { BODY(TEE_TCB_SVN), 5 } },
	  .policy = TDX_POLICY("\"tcb-status\": \"OutOfDate\", \"advisories\": []") },
	{ "relaunch advised", "tdx.tcb-status", .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 } },
	  .tcb = { RELAUNCH } },
	{ "relaunch advised, accepted", "", .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 } },
	  .tcb = { RELAUNCH }, .policy = TDX_POLICY("\"tcb-status\": \"TDRelaunchAdvised\"") },
	{ "relaunch in vain", "tdx.tcb-status",
	  .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 }, { BODY(TEE_TCB_SVN2), 5 } },
	  .tcb = { RELAUNCH }, .policy = TDX_POLICY("\"tcb-status\": \"TDRelaunchAdvised\"") },
	{ "relaunch in vain is OutOfDate", "",
	  .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 }, { BODY(TEE_TCB_SVN2), 5 } },
	  .tcb = { RELAUNCH }, .policy = TDX_POLICY("\"tcb-status\": \"OutOfDate\"") },
	{ "relaunch can't be told of TD 1.0", "",
	  .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 }, { FIELD(body_type), 2 } },
	  .tcb = { RELAUNCH }, .policy = TDX_POLICY("\"tcb-status\": \"OutOfDate\"") },
	{ "relaunch does not mend an old QE", "tdx.tcb-status",
	  .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 }, { QE(ISVSVN), 3 } }, .tcb = { RELAUNCH },
	  .policy = TDX_POLICY("\"tcb-status\": \"TDRelaunchAdvised\"") },
	{ "relaunch is for old modules", "tdx.tcb-status", .change = { { BODY(TEE_TCB_SVN + 2), 2 } },
	  .tcb = { RELAUNCH }, .policy = TDX_POLICY("\"tcb-status\": \"TDRelaunchAdvised\"") },
	{ "relaunch with another configuration", "", .status = "ConfigurationNeeded",
	  .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 } }, .tcb = { RELAUNCH },
	  .policy = TDX_POLICY("\"tcb-status\": \"TDRelaunchAdvisedConfigurationNeeded\"") },
	{ "relaunch with another configuration is more", "tdx.tcb-status", .status = "ConfigurationNeeded",
	  .change = { { BODY(TEE_TCB_SVN), 5 }, { BODY(TEE_TCB_SVN + 2), 2 } }, .tcb = { RELAUNCH },
	  .policy = TDX_POLICY("\"tcb-status\": \"TDRelaunchAdvised\"") },
	{ "an evaluation that is new enough", "", .policy = TDX_POLICY("\"tcb-evaluation-min\": 20") },
	{ "an older evaluation", "tdx.evaluation-number", .policy = TDX_POLICY("\"tcb-evaluation-min\": 21") },
	{ "lists that are new enough", "", .policy = TDX_POLICY("\"pck-crl-min\": 7, \"root-crl-min\": 7") },
	{ "an older PCK CRL", "tdx.crl-number", .policy = TDX_POLICY("\"pck-crl-min\": 8") },
	{ "an older root CRL", "tdx.crl-number", .policy = TDX_POLICY("\"root-crl-min\": 8") },
	{ "lists without numbers", "", .change = { { FIELD(pck_crl_number), 0 }, { FIELD(root_crl_number), 0 } } },
	{ "a PCK CRL without a number", "tdx.crl-number", .change = { { FIELD(pck_crl_number), 0 } },
	  .policy = TDX_POLICY("\"pck-crl-min\": 1") },
	{ "a root CRL without a number", "tdx.crl-number", .change = { { FIELD(root_crl_number), 0 } },
	  .policy = TDX_POLICY("\"root-crl-min\": 1") },
	{ "a debug TD", "tdx.debug", .change = { { BODY(ATTRIBUTES), 1 } } },
	{ "a debug TD, excepted", "", .change = { { BODY(ATTRIBUTES), 1 } }, .policy = EXCEPT("tdx.debug") },
	{ "a profiled TD", "tdx.profiling", .change = { { BODY(ATTRIBUTES), 0x20 } } },
	{ "a profiled TD, excepted", "", .change = { { BODY(ATTRIBUTES), 0x20 } }, .policy = EXCEPT("tdx.debug") },
	{ "reserved attribute 1", "tdx.attributes-reserved", .change = { { BODY(ATTRIBUTES), 2 } } },
	{ "reserved attribute 7", "tdx.attributes-reserved", .change = { { BODY(ATTRIBUTES), 0x80 } } },
	{ "reserved attribute 18", "tdx.attributes-reserved", .change = { { BODY(ATTRIBUTES + 2), 4 } } },
	{ "reserved attribute 39", "tdx.attributes-reserved", .change = { { BODY(ATTRIBUTES + 4), 0x80 } } },
	{ "reserved attribute 61", "tdx.attributes-reserved", .change = { { BODY(ATTRIBUTES + 7), 0x20 } } },
	{ "attributes that are known", "",
	  .change = { { BODY(ATTRIBUTES + 3), 0xd8 }, { BODY(ATTRIBUTES + 7), 0xc0 } } },
	{ "ICSSD", "tdx.icssd", .change = { { BODY(ATTRIBUTES + 2), 1 } } },
	{ "ICSSD, excepted", "", .change = { { BODY(ATTRIBUTES + 2), 1 } }, .policy = EXCEPT("tdx.icssd") },
	{ "SERVTD_EXT", "tdx.servtd-ext", .change = { { BODY(ATTRIBUTES + 2), 2 } } },
	{ "SERVTD_EXT, excepted", "", .change = { { BODY(ATTRIBUTES + 2), 2 } }, .policy = EXCEPT("tdx.servtd-ext") },
	{ "no SEPT_VE_DISABLE", "tdx.sept-ve", .change = { { BODY(ATTRIBUTES + 3), 0 } } },
	{ "no SEPT_VE_DISABLE, excepted", "", .change = { { BODY(ATTRIBUTES + 3), 0 } },
	  .policy = EXCEPT("tdx.sept-ve") },
	{ "migratable", "tdx.migratable", .change = { { BODY(ATTRIBUTES + 3), 0x30 } } },
	{ "migratable, excepted", "", .change = { { BODY(ATTRIBUTES + 3), 0x30 } },
	  .policy = EXCEPT("tdx.migratable") },
	{ "no SSE", "tdx.xfam", .change = { { BODY(XFAM), 0xe5 } } },
	{ "an unknown feature", "tdx.xfam", .change = { { BODY(XFAM + 2), 0xe } } },
	{ "a feature that the policy knows", "", .change = { { BODY(XFAM + 2), 0xe } },
	  .policy = TDX_POLICY("\"xfam\": \"e7db0e0000000000\"") },
	{ "a feature that the policy lacks", "tdx.xfam", .policy = TDX_POLICY("\"xfam\": \"0700000000000000\"") },
	{ "a service TD", "tdx.service-td", .change = { { BODY(MRSERVICETD + 5), 1 } } },
	{ "a service TD, excepted", "", .change = { { BODY(MRSERVICETD + 5), 1 } },
	  .policy = EXCEPT("tdx.service-td") },
	{ "a service TD behind TD 1.0", "", .change = { { BODY(MRSERVICETD + 5), 1 }, { FIELD(body_type), 2 } } },
	{ "another MRTD", "policy.claim-mismatch", .change = { { BODY(MRTD + 47), 0x4c } } },
	{ "another RTMR", "policy.register-mismatch", .change = { { BODY(RTMR0 + 47), 0x53 } } },
	{ "another nonce", "freshness.nonce-mismatch", .change = { { BODY(REPORT_DATA + 63), 0x65 } } },
};

#endif
