/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy for one SNP report, from known answers: every claim is ruled by the value that it has. */
#ifndef TALLY_TESTS_UNIT_SNP_POLICY_H
#define TALLY_TESTS_UNIT_SNP_POLICY_H

#include <jansson.h>

#include "hex.h"

#include "../../verify/policy.h"

/* Offsets in the report. spec: AMD 56860, table 23 */
#define SNP_AT_VERSION 0x00
#define SNP_AT_GUEST_SVN 0x04
#define SNP_AT_POLICY 0x08
#define SNP_AT_FAMILY_ID 0x10
#define SNP_AT_IMAGE_ID 0x20
#define SNP_AT_VMPL 0x30
#define SNP_AT_ALGORITHM 0x34
#define SNP_AT_CURRENT_TCB 0x38
#define SNP_AT_PLATFORM_INFO 0x40
#define SNP_AT_KEY_INFO 0x48
#define SNP_AT_REPORT_DATA 0x50
#define SNP_AT_MEASUREMENT 0x90
#define SNP_AT_HOST_DATA 0xc0
#define SNP_AT_ID_KEY 0xe0
#define SNP_AT_AUTHOR_KEY 0x110
#define SNP_AT_REPORT_ID 0x140
#define SNP_AT_REPORT_ID_MA 0x160
#define SNP_AT_REPORTED_TCB 0x180
#define SNP_AT_CPUID 0x188
#define SNP_AT_CHIP_ID 0x1a0
#define SNP_AT_COMMITTED_TCB 0x1e0
#define SNP_AT_CURRENT_FIRMWARE 0x1e8
#define SNP_AT_COMMITTED_FIRMWARE 0x1ec
#define SNP_AT_LAUNCH_TCB 0x1f0
#define SNP_AT_MITIGATIONS 0x1f8
#define SNP_AT_R 0x2a0
#define SNP_AT_S 0x2e8
#define SNP_SIZE 0x4a0

static inline uint64_t snp_number(struct tally_bytes report, size_t at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i > 0; i--)
		value = value << 8 | report.data[at + i - 1];
	return value;
}

static inline json_t *snp_hex(struct tally_bytes report, size_t at, size_t size)
{
	char text[2 * 64 + 1];

	assert_true(size <= 64);
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", report.data[at + i]);
	return json_string(text);
}

/* The rules of all claims that must have one. */
static inline json_t *snp_claims(struct tally_bytes report, const char *cloud)
{
	json_t *claims = json_object();

	json_object_set_new(claims, "snp.guest-svn", json_integer((json_int_t)snp_number(report, SNP_AT_GUEST_SVN, 4)));
	json_object_set_new(claims, "snp.policy", json_integer((json_int_t)snp_number(report, SNP_AT_POLICY, 8)));
	json_object_set_new(claims, "snp.vmpl", json_integer((json_int_t)snp_number(report, SNP_AT_VMPL, 4)));
	json_object_set_new(claims, "snp.platform-info",
			    json_integer((json_int_t)snp_number(report, SNP_AT_PLATFORM_INFO, 8)));
	json_object_set_new(claims, "snp.family-id", snp_hex(report, SNP_AT_FAMILY_ID, 16));
	json_object_set_new(claims, "snp.image-id", snp_hex(report, SNP_AT_IMAGE_ID, 16));
	json_object_set_new(claims, "snp.measurement", snp_hex(report, SNP_AT_MEASUREMENT, 48));
	json_object_set_new(claims, "snp.host-data", snp_hex(report, SNP_AT_HOST_DATA, 32));
	json_object_set_new(claims, "snp.id-key-digest", snp_hex(report, SNP_AT_ID_KEY, 48));
	if (snp_number(report, SNP_AT_VERSION, 4) >= 5) {
		json_object_set_new(claims, "snp.launch-mitigations",
				    json_integer((json_int_t)snp_number(report, SNP_AT_MITIGATIONS, 8)));
		json_object_set_new(claims, "snp.current-mitigations",
				    json_integer((json_int_t)snp_number(report, SNP_AT_MITIGATIONS + 8, 8)));
	}
	if (cloud)
		json_object_set_new(claims, "snp.csp-id", json_string(cloud));
	return claims;
}

/* The reported TCB version is the least that is accepted. */
static inline json_t *snp_minimum(struct tally_bytes report, const char *product)
{
	const uint8_t *tcb = report.data + SNP_AT_REPORTED_TCB;
	bool is_turin = strcmp(product, "Turin") == 0;
	json_t *minimum = is_turin ? json_pack("{s:i,s:i,s:i,s:i,s:i}", "fmc", tcb[0], "boot-loader", tcb[1], "tee",
					       tcb[2], "snp", tcb[3], "microcode", tcb[7])
				   : json_pack("{s:i,s:i,s:i,s:i}", "boot-loader", tcb[0], "tee", tcb[1], "snp", tcb[6],
					       "microcode", tcb[7]);

	return json_pack("{s:{s:o}}", "minimum-tcb", product, minimum);
}

/* The whole policy; exceptions end with NULL. Freed with json_decref. */
static inline json_t *snp_policy_json(struct tally_bytes report, const char *product, const char *cloud,
				      const char *binding, const char *const *exceptions)
{
	json_t *allow = json_array();

	for (; *exceptions; exceptions++)
		json_array_append_new(allow, json_string(*exceptions));
	return json_pack("{s:i,s:s,s:o,s:o,s:o}", "tally-policy", 1, "binding", binding, "allow", allow, "snp",
			 snp_minimum(report, product), "claims", snp_claims(report, cloud));
}

/* Takes json over. */
static inline struct tally_policy *snp_policy(json_t *json)
{
	struct tally_policy_problem problem = { "" };
	char *text = json_dumps(json, JSON_COMPACT);
	struct tally_policy *policy = NULL;

	assert_non_null(text);
	if (tally_policy_read(tally_text(text), &policy, &problem) != TALLY_OK)
		fail_msg("%s", problem.text);
	free(text);
	json_decref(json);
	return policy;
}

#endif
