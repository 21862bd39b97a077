// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An AMD SEV-SNP attestation report, versions 2 to 5. */
#include "snp_report.h"

#define SNP_VERSION_FIRST 2
#define SNP_VERSION_CPUID 3
#define SNP_VERSION_MITIGATIONS 5
#define SNP_VERSION_LAST 5
#define SNP_SCALAR_PADDING 24 /* r and s have 72 bytes each, more than P-384 needs */
#define SNP_SIGNATURE_REST 368

#define SNP_KEY_INFO_AUTHOR (1U << 0)
#define SNP_KEY_INFO_MASK (1U << 1)
#define SNP_KEY_INFO_SIGNING_SHIFT 2
#define SNP_KEY_INFO_SIGNING_MASK 7U

static const uint8_t *read_field(struct tally_cursor *cursor, size_t size)
{
	return tally_read_bytes(cursor, size).data;
}

/* Author key bit, mask bit, signing key of three bits; the rest is reserved. */
static void read_key_info(struct tally_cursor *cursor, struct tally_snp_report *report)
{
	uint32_t info = tally_read_le32(cursor);

	report->has_author_key = (info & SNP_KEY_INFO_AUTHOR) != 0;
	report->is_chip_key_masked = (info & SNP_KEY_INFO_MASK) != 0;
	report->signing_key = (uint8_t)(info >> SNP_KEY_INFO_SIGNING_SHIFT & SNP_KEY_INFO_SIGNING_MASK);
	if (info >> SNP_KEY_INFO_SIGNING_SHIFT > SNP_KEY_INFO_SIGNING_MASK)
		tally_fail(cursor, TALLY_RESERVED);
	tally_expect_zeros(cursor, 4);
}

/* What the guest's owner and the host have set. */
static void read_snp_guest(struct tally_cursor *cursor, struct tally_snp_report *report)
{
	report->guest_svn = tally_read_le32(cursor);
	report->policy = tally_read_le64(cursor);
	report->family_id = read_field(cursor, 16);
	report->image_id = read_field(cursor, 16);
	report->vmpl = tally_read_le32(cursor);
	report->signature_algorithm = tally_read_le32(cursor);
	report->current_tcb = read_field(cursor, TALLY_SNP_TCB_SIZE);
	report->platform_info = tally_read_le64(cursor);
	read_key_info(cursor, report);
	report->report_data = read_field(cursor, 64);
	report->measurement = read_field(cursor, 48);
	report->host_data = read_field(cursor, 32);
	report->id_key_digest = read_field(cursor, 48);
	report->author_key_digest = read_field(cursor, 48);
	report->report_id = read_field(cursor, 32);
	report->report_id_ma = read_field(cursor, 32);
}

static void read_cpuid(struct tally_cursor *cursor, struct tally_snp_report *report)
{
	if (report->version < SNP_VERSION_CPUID) {
		tally_expect_zeros(cursor, 3);
	} else {
		report->cpuid_family = tally_read_u8(cursor);
		report->cpuid_model = tally_read_u8(cursor);
		report->cpuid_stepping = tally_read_u8(cursor);
	}
	tally_expect_zeros(cursor, 21);
}

static struct tally_snp_firmware read_firmware(struct tally_cursor *cursor)
{
	struct tally_snp_firmware firmware;

	firmware.build = tally_read_u8(cursor);
	firmware.minor = tally_read_u8(cursor);
	firmware.major = tally_read_u8(cursor);
	tally_expect_zeros(cursor, 1);
	return firmware;
}

/* What the platform is. */
static void read_snp_platform(struct tally_cursor *cursor, struct tally_snp_report *report)
{
	report->reported_tcb = read_field(cursor, TALLY_SNP_TCB_SIZE);
	read_cpuid(cursor, report);
	report->chip_id = read_field(cursor, TALLY_SNP_CHIP_ID_SIZE);
	report->committed_tcb = read_field(cursor, TALLY_SNP_TCB_SIZE);
	report->current = read_firmware(cursor);
	report->committed = read_firmware(cursor);
	report->launch_tcb = read_field(cursor, TALLY_SNP_TCB_SIZE);
	if (report->version < SNP_VERSION_MITIGATIONS) {
		tally_expect_zeros(cursor, 16);
	} else {
		report->launch_mitigations = tally_read_le64(cursor);
		report->current_mitigations = tally_read_le64(cursor);
	}
	tally_expect_zeros(cursor, 0x98);
}

static void read_snp_signature(struct tally_cursor *cursor, struct tally_snp_report *report)
{
	report->r = read_field(cursor, TALLY_SNP_SCALAR_SIZE);
	tally_expect_zeros(cursor, SNP_SCALAR_PADDING);
	report->s = read_field(cursor, TALLY_SNP_SCALAR_SIZE);
	tally_expect_zeros(cursor, SNP_SCALAR_PADDING);
	tally_expect_zeros(cursor, SNP_SIGNATURE_REST);
}

enum tally_status tally_snp_report_read(struct tally_bytes bytes, struct tally_snp_report *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_snp_report report;
	enum tally_status status;

	memset(&report, 0, sizeof(report));
	report.version = tally_read_le32(&cursor);
	if (report.version < SNP_VERSION_FIRST || report.version > SNP_VERSION_LAST)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	read_snp_guest(&cursor, &report);
	read_snp_platform(&cursor, &report);
	report.signed_bytes = tally_bytes(bytes.data, bytes.size - cursor.left.size);
	read_snp_signature(&cursor, &report);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = report;
	return status;
}

static void write_field(struct tally_writer *writer, const uint8_t *field, size_t size)
{
	tally_write_bytes(writer, tally_bytes(field, size));
}

static void write_snp_guest(struct tally_writer *writer, const struct tally_snp_report *report)
{
	tally_write_le32(writer, report->guest_svn);
	tally_write_le64(writer, report->policy);
	write_field(writer, report->family_id, 16);
	write_field(writer, report->image_id, 16);
	tally_write_le32(writer, report->vmpl);
	tally_write_le32(writer, report->signature_algorithm);
	write_field(writer, report->current_tcb, TALLY_SNP_TCB_SIZE);
	tally_write_le64(writer, report->platform_info);
	tally_write_le32(writer, (report->has_author_key ? SNP_KEY_INFO_AUTHOR : 0) |
					 (report->is_chip_key_masked ? SNP_KEY_INFO_MASK : 0) |
					 (uint32_t)report->signing_key << SNP_KEY_INFO_SIGNING_SHIFT);
	tally_write_zeros(writer, 4);
	write_field(writer, report->report_data, 64);
	write_field(writer, report->measurement, 48);
	write_field(writer, report->host_data, 32);
	write_field(writer, report->id_key_digest, 48);
	write_field(writer, report->author_key_digest, 48);
	write_field(writer, report->report_id, 32);
	write_field(writer, report->report_id_ma, 32);
}

static void write_firmware(struct tally_writer *writer, const struct tally_snp_firmware *firmware)
{
	tally_write_u8(writer, firmware->build);
	tally_write_u8(writer, firmware->minor);
	tally_write_u8(writer, firmware->major);
	tally_write_u8(writer, 0);
}

static void write_snp_platform(struct tally_writer *writer, const struct tally_snp_report *report)
{
	write_field(writer, report->reported_tcb, TALLY_SNP_TCB_SIZE);
	tally_write_u8(writer, report->cpuid_family);
	tally_write_u8(writer, report->cpuid_model);
	tally_write_u8(writer, report->cpuid_stepping);
	tally_write_zeros(writer, 21);
	write_field(writer, report->chip_id, TALLY_SNP_CHIP_ID_SIZE);
	write_field(writer, report->committed_tcb, TALLY_SNP_TCB_SIZE);
	write_firmware(writer, &report->current);
	write_firmware(writer, &report->committed);
	write_field(writer, report->launch_tcb, TALLY_SNP_TCB_SIZE);
	tally_write_le64(writer, report->launch_mitigations);
	tally_write_le64(writer, report->current_mitigations);
	tally_write_zeros(writer, 0x98);
}

void tally_snp_report_write(struct tally_writer *writer, const struct tally_snp_report *report)
{
	tally_write_le32(writer, report->version);
	write_snp_guest(writer, report);
	write_snp_platform(writer, report);
	write_field(writer, report->r, TALLY_SNP_SCALAR_SIZE);
	tally_write_zeros(writer, SNP_SCALAR_PADDING);
	write_field(writer, report->s, TALLY_SNP_SCALAR_SIZE);
	tally_write_zeros(writer, SNP_SCALAR_PADDING + SNP_SIGNATURE_REST);
}

const char *tally_snp_product_name(enum tally_snp_product product)
{
	static const char *const names[] = {
		[TALLY_SNP_PRODUCT_UNKNOWN] = "",
		[TALLY_SNP_MILAN] = "Milan",
		[TALLY_SNP_GENOA] = "Genoa",
		[TALLY_SNP_TURIN] = "Turin",
	};

	return (size_t)product < sizeof(names) / sizeof(names[0]) ? names[product] : "";
}

/* Models where two implementations agree; a wider range would let a processor that nobody has seen pass for one. */
enum tally_snp_product tally_snp_report_product(const struct tally_snp_report *report)
{
	static const struct {
		uint8_t family;
		uint8_t first;
		uint8_t last;
		enum tally_snp_product product;
	} models[] = {
		{ 0x19, 0x00, 0x0f, TALLY_SNP_MILAN },
		{ 0x19, 0x10, 0x1f, TALLY_SNP_GENOA },
		{ 0x19, 0xa0, 0xaf, TALLY_SNP_GENOA },
		{ 0x1a, 0x00, 0x11, TALLY_SNP_TURIN },
	};

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (report->cpuid_family == models[i].family && report->cpuid_model >= models[i].first &&
		    report->cpuid_model <= models[i].last)
			return models[i].product;
	return TALLY_SNP_PRODUCT_UNKNOWN;
}

enum tally_status tally_snp_tcb_read(const uint8_t bytes[TALLY_SNP_TCB_SIZE], enum tally_snp_product product,
				     struct tally_snp_tcb *ret)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(bytes, TALLY_SNP_TCB_SIZE));
	bool is_turin = product == TALLY_SNP_TURIN;
	struct tally_snp_tcb tcb;
	enum tally_status status;

	if (tally_snp_product_name(product)[0] == '\0')
		return TALLY_INVALID;
	tcb.fmc = is_turin ? tally_read_u8(&cursor) : 0;
	tcb.boot_loader = tally_read_u8(&cursor);
	tcb.tee = tally_read_u8(&cursor);
	if (is_turin) {
		tcb.snp = tally_read_u8(&cursor);
		tally_expect_zeros(&cursor, 3);
	} else {
		tally_expect_zeros(&cursor, 4);
		tcb.snp = tally_read_u8(&cursor);
	}
	tcb.microcode = tally_read_u8(&cursor);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = tcb;
	return status;
}

bool tally_snp_tcb_at_most(const struct tally_snp_tcb *a, const struct tally_snp_tcb *b)
{
	return a->fmc <= b->fmc && a->boot_loader <= b->boot_loader && a->tee <= b->tee && a->snp <= b->snp &&
	       a->microcode <= b->microcode;
}
