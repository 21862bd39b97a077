/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An AMD SEV-SNP attestation report, versions 2 to 5. spec: AMD 56860 (SEV-SNP firmware ABI), 7.3 */
#ifndef TALLY_FORMAT_SNP_REPORT_H
#define TALLY_FORMAT_SNP_REPORT_H

#include "../core/cursor.h"
#include "../core/writer.h"

#define TALLY_SNP_REPORT_SIZE 1184
#define TALLY_SNP_SIGNED_SIZE 672 /* from the first byte on: what the signature covers */
#define TALLY_SNP_TCB_SIZE 8
#define TALLY_SNP_CHIP_ID_SIZE 64
#define TALLY_SNP_SCALAR_SIZE 48 /* r and s of the signature, little-endian */

/* Bits of the guest's policy. */
#define TALLY_SNP_POLICY_ONE (1ULL << 17) /* reserved, and set */
#define TALLY_SNP_POLICY_MIGRATE (1ULL << 18)
#define TALLY_SNP_POLICY_DEBUG (1ULL << 19)
#define TALLY_SNP_POLICY_KNOWN ((1ULL << 26) - 1)

enum tally_snp_signing_key { TALLY_SNP_KEY_VCEK = 0, TALLY_SNP_KEY_VLEK = 1, TALLY_SNP_KEY_NONE = 7 };

struct tally_snp_firmware {
	uint8_t build;
	uint8_t minor;
	uint8_t major;
};

/* Pointers into the report; their sizes are fixed by the format. */
struct tally_snp_report {
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	const uint8_t *family_id; /* 16 */
	const uint8_t *image_id;  /* 16 */
	uint32_t vmpl;		  /* above 3: the host asked for the report, not the guest */
	uint32_t signature_algorithm;
	const uint8_t *current_tcb; /* 8 */
	uint64_t platform_info;
	bool has_author_key;
	bool is_chip_key_masked;
	uint8_t signing_key;		  /* enum tally_snp_signing_key, or a reserved value */
	const uint8_t *report_data;	  /* 64 */
	const uint8_t *measurement;	  /* 48 */
	const uint8_t *host_data;	  /* 32 */
	const uint8_t *id_key_digest;	  /* 48 */
	const uint8_t *author_key_digest; /* 48 */
	const uint8_t *report_id;	  /* 32 */
	const uint8_t *report_id_ma;	  /* 32 */
	const uint8_t *reported_tcb;	  /* 8 */
	uint8_t cpuid_family;		  /* this and the next two: 0 in version 2, which does not know them */
	uint8_t cpuid_model;
	uint8_t cpuid_stepping;
	const uint8_t *chip_id;	      /* 64 */
	const uint8_t *committed_tcb; /* 8 */
	struct tally_snp_firmware current;
	struct tally_snp_firmware committed;
	const uint8_t *launch_tcb;    /* 8 */
	uint64_t launch_mitigations;  /* 0 before version 5 */
	uint64_t current_mitigations; /* likewise */
	const uint8_t *r;	      /* 48, little-endian */
	const uint8_t *s;	      /* likewise */
	struct tally_bytes signed_bytes;
};

/* What a report says of its length, whatever follows it in a buffer. TALLY_UNSUPPORTED for a version outside 2 to 5. */
TALLY_MUST_CHECK enum tally_status tally_snp_report_read(struct tally_bytes bytes, struct tally_snp_report *ret);

/* The report's bytes: what tally_snp_report_read has read. signed_bytes is not looked at. */
void tally_snp_report_write(struct tally_writer *writer, const struct tally_snp_report *report);

/* Processors as AMD's key service names them: each has a root key of its own. Bergamo and Siena are Genoa. */
enum tally_snp_product { TALLY_SNP_PRODUCT_UNKNOWN = 0, TALLY_SNP_MILAN, TALLY_SNP_GENOA, TALLY_SNP_TURIN };

/* "Milan", "Genoa", "Turin"; "" for another number. */
const char *tally_snp_product_name(enum tally_snp_product product);

/* The processor that the report names (version 3 and later); TALLY_SNP_PRODUCT_UNKNOWN if it names none or another. */
enum tally_snp_product tally_snp_report_product(const struct tally_snp_report *report);

/* The parts of a TCB version. They are compared part by part: as one number their order means nothing. */
struct tally_snp_tcb {
	uint8_t fmc; /* Turin only; 0 elsewhere */
	uint8_t boot_loader;
	uint8_t tee;
	uint8_t snp;
	uint8_t microcode;
};

/* A TCB version in the layout of the product. TALLY_RESERVED, and TALLY_INVALID for an unknown product. */
TALLY_MUST_CHECK enum tally_status tally_snp_tcb_read(const uint8_t bytes[TALLY_SNP_TCB_SIZE],
						      enum tally_snp_product product, struct tally_snp_tcb *ret);

/* Every part of a is at most that of b. */
bool tally_snp_tcb_at_most(const struct tally_snp_tcb *a, const struct tally_snp_tcb *b);

#endif
