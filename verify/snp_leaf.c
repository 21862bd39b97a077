// SPDX-License-Identifier: BSD-2-Clause
/* What AMD writes into the certificate of a VCEK or VLEK. */
#include "snp_leaf.h"

#include "../format/der.h"

/* 1.3.6.1.4.1.3704.1, and what follows it. */
#define OID_AMD "\x2b\x06\x01\x04\x01\x9c\x78\x01"
#define OID_AMD_SIZE (sizeof(OID_AMD) - 1)

#define CHIP_ID_TURIN_SIZE 8

enum leaf_part {
	PART_STRUCTURE,
	PART_PRODUCT,
	PART_BOOT_LOADER,
	PART_TEE,
	PART_SNP,
	PART_4,
	PART_5,
	PART_6,
	PART_7,
	PART_MICROCODE,
	PART_FMC,
	PART_CHIP_ID,
	PART_CLOUD_ID
};

#define BIT(part) (1U << (part))

static const struct {
	const char *suffix; /* of the OID */
	size_t size;
	enum leaf_part part;
} parts[] = {
	{ "\x01", 1, PART_STRUCTURE },	   { "\x02", 1, PART_PRODUCT }, { "\x03\x01", 2, PART_BOOT_LOADER },
	{ "\x03\x02", 2, PART_TEE },	   { "\x03\x03", 2, PART_SNP }, { "\x03\x04", 2, PART_4 },
	{ "\x03\x05", 2, PART_5 },	   { "\x03\x06", 2, PART_6 },	{ "\x03\x07", 2, PART_7 },
	{ "\x03\x08", 2, PART_MICROCODE }, { "\x03\x09", 2, PART_FMC }, { "\x04", 1, PART_CHIP_ID },
	{ "\x05", 1, PART_CLOUD_ID },
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* The parts that a certificate of this product and kind has. */
static uint32_t expected_parts(enum tally_snp_product product, enum tally_snp_signing_key kind)
{
	uint32_t all = BIT(PART_CHIP_ID) - 1;

	all &= product == TALLY_SNP_TURIN ? ~BIT(PART_4) : ~BIT(PART_FMC);
	return all | (kind == TALLY_SNP_KEY_VLEK ? BIT(PART_CLOUD_ID) : BIT(PART_CHIP_ID));
}

static bool is_amd(struct tally_bytes oid, struct tally_bytes *ret_suffix)
{
	struct tally_cursor cursor = tally_cursor(oid);

	if (!tally_bytes_equal(tally_read_bytes(&cursor, OID_AMD_SIZE), tally_bytes(OID_AMD, OID_AMD_SIZE)))
		return false;
	*ret_suffix = tally_read_rest(&cursor);
	return true;
}

/* A small INTEGER, and nothing behind it. */
static enum tally_status read_number(struct tally_bytes value, uint8_t *ret)
{
	struct tally_cursor cursor = tally_cursor(value);

	*ret = (uint8_t)tally_der_read_uint(&cursor, TALLY_DER_INTEGER, UINT8_MAX);
	return tally_cursor_end(&cursor);
}

static enum tally_status read_text(struct tally_bytes value, struct tally_bytes *ret)
{
	struct tally_cursor cursor = tally_cursor(value);

	*ret = tally_der_read(&cursor, TALLY_DER_IA5_STRING);
	return tally_cursor_end(&cursor);
}

/* The id stands there as it is; some certificates wrap it in an OCTET STRING. */
static enum tally_status read_chip_id(struct tally_bytes value, enum tally_snp_product product, struct tally_bytes *ret)
{
	size_t size = product == TALLY_SNP_TURIN ? CHIP_ID_TURIN_SIZE : TALLY_SNP_CHIP_ID_SIZE;
	struct tally_cursor cursor = tally_cursor(value);
	enum tally_status status = TALLY_OK;

	*ret = value;
	if (value.size != size) {
		*ret = tally_der_read(&cursor, TALLY_DER_OCTET_STRING);
		status = tally_cursor_end(&cursor);
	}
	return status == TALLY_OK && ret->size != size ? TALLY_OUT_OF_RANGE : status;
}

/* Structure version 0 is that of Milan and Genoa, 1 that of Turin. */
static enum tally_status read_structure(struct tally_bytes value, enum tally_snp_product product)
{
	uint8_t version;
	enum tally_status status = read_number(value, &version);

	return status == TALLY_OK && version != (product == TALLY_SNP_TURIN) ? TALLY_UNSUPPORTED : status;
}

static enum tally_status read_unused(struct tally_bytes value, struct tally_snp_leaf *leaf)
{
	uint8_t number = 1;
	enum tally_status status = read_number(value, &number);

	leaf->has_zero_parts = leaf->has_zero_parts && number == 0;
	return status;
}

static enum tally_status read_part(enum leaf_part part, struct tally_bytes value, enum tally_snp_product product,
				   struct tally_snp_leaf *leaf)
{
	switch (part) {
	case PART_STRUCTURE:
		return read_structure(value, product);
	case PART_PRODUCT:
		return read_text(value, &leaf->product);
	case PART_BOOT_LOADER:
		return read_number(value, &leaf->tcb.boot_loader);
	case PART_TEE:
		return read_number(value, &leaf->tcb.tee);
	case PART_SNP:
		return read_number(value, &leaf->tcb.snp);
	case PART_MICROCODE:
		return read_number(value, &leaf->tcb.microcode);
	case PART_FMC:
		return read_number(value, &leaf->tcb.fmc);
	case PART_CHIP_ID:
		return read_chip_id(value, product, &leaf->chip_id);
	case PART_CLOUD_ID:
		return read_text(value, &leaf->cloud_id);
	case PART_4:
	case PART_5:
	case PART_6:
	case PART_7:
	default:
		return read_unused(value, leaf);
	}
}

/* The part of an OID behind AMD's; PART_COUNT if it is none. */
static size_t find_part(struct tally_bytes suffix)
{
	size_t i = 0;

	while (i < PART_COUNT && !tally_bytes_equal(suffix, tally_bytes(parts[i].suffix, parts[i].size)))
		i++;
	return i;
}

/* That no extension stands twice was seen when the certificate was read. */
enum tally_status tally_snp_leaf_read(const struct tally_certificate *certificate, enum tally_snp_product product,
				      enum tally_snp_signing_key kind, struct tally_snp_leaf *ret)
{
	uint32_t expected = expected_parts(product, kind);
	struct tally_snp_leaf leaf = { .has_zero_parts = true };
	struct tally_x509_extension extension;
	enum tally_status status = TALLY_OK;
	struct tally_bytes suffix;
	uint32_t found = 0;

	for (size_t i = 0; status == TALLY_OK && tally_x509_extension_at(certificate->extensions, i, &extension); i++) {
		size_t part;

		if (!is_amd(extension.oid, &suffix))
			continue;
		part = find_part(suffix);
		if (part == PART_COUNT || !(expected & BIT(parts[part].part)))
			return TALLY_UNSUPPORTED;
		found |= BIT(parts[part].part);
		status = read_part(parts[part].part, extension.value, product, &leaf);
	}
	if (status == TALLY_OK && found != expected)
		status = TALLY_NOT_FOUND;
	if (status == TALLY_OK)
		*ret = leaf;
	return status;
}

bool tally_snp_leaf_names(const struct tally_snp_leaf *leaf, enum tally_snp_product product)
{
	struct tally_bytes name = tally_text(tally_snp_product_name(product));

	return leaf->product.size >= name.size && memcmp(leaf->product.data, name.data, name.size) == 0 &&
	       (leaf->product.size == name.size || leaf->product.data[name.size] == '-');
}

bool tally_snp_leaf_is_of_chip(const struct tally_snp_leaf *leaf, const uint8_t chip_id[TALLY_SNP_CHIP_ID_SIZE])
{
	uint8_t padded[TALLY_SNP_CHIP_ID_SIZE] = { 0 };

	if (leaf->chip_id.size == 0 || leaf->chip_id.size > sizeof(padded))
		return false;
	memcpy(padded, leaf->chip_id.data, leaf->chip_id.size);
	return memcmp(padded, chip_id, sizeof(padded)) == 0;
}
