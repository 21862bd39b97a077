// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The certificates that a host gives with an SNP report. */
#include "snp_cert_table.h"

#define SNP_CERT_ENTRY_SIZE 24
#define SNP_GUID_SIZE 16

struct snp_cert_entry {
	struct tally_bytes guid;
	uint32_t offset;
	uint32_t size;
};

static const uint8_t snp_guid_vcek[SNP_GUID_SIZE] = { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
						      0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd };
static const uint8_t snp_guid_vlek[SNP_GUID_SIZE] = { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
						      0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1 };
static const uint8_t snp_guid_ask[SNP_GUID_SIZE] = { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
						     0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 };
static const uint8_t snp_guid_ark[SNP_GUID_SIZE] = { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
						     0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae };
static const uint8_t snp_guid_crl[SNP_GUID_SIZE] = { 0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d,
						     0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea };

static bool cert_guid_is_zero(struct tally_bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i] != 0)
			return false;
	return true;
}

/* The next entry; false at the end of the list, or if it can't be read. */
static bool read_cert_entry(struct tally_cursor *cursor, struct snp_cert_entry *ret)
{
	ret->guid = tally_read_bytes(cursor, SNP_GUID_SIZE);
	ret->offset = tally_read_le32(cursor);
	ret->size = tally_read_le32(cursor);
	return cursor->status == TALLY_OK && (!cert_guid_is_zero(ret->guid) || ret->offset != 0 || ret->size != 0);
}

static struct tally_bytes *cert_place(struct tally_snp_cert_table *table, const uint8_t *guid)
{
	if (memcmp(guid, snp_guid_vcek, SNP_GUID_SIZE) == 0)
		return &table->vcek;
	if (memcmp(guid, snp_guid_vlek, SNP_GUID_SIZE) == 0)
		return &table->vlek;
	if (memcmp(guid, snp_guid_ask, SNP_GUID_SIZE) == 0)
		return &table->ask;
	if (memcmp(guid, snp_guid_ark, SNP_GUID_SIZE) == 0)
		return &table->ark;
	return memcmp(guid, snp_guid_crl, SNP_GUID_SIZE) == 0 ? &table->crl : NULL;
}

/* The bytes that the entry points to, behind a list of list_size bytes. */
static enum tally_status cert_data(struct tally_bytes table, size_t list_size, const struct snp_cert_entry *entry,
				   struct tally_bytes *ret)
{
	struct tally_cursor cursor = tally_cursor(table);

	if (entry->offset < list_size || entry->size == 0)
		return TALLY_OUT_OF_RANGE;
	(void)tally_read_bytes(&cursor, entry->offset);
	*ret = tally_read_bytes(&cursor, entry->size);
	return cursor.status == TALLY_OK ? TALLY_OK : TALLY_OUT_OF_RANGE;
}

/* Read the list; data is looked up afterwards, when its size is known. */
static enum tally_status read_cert_list(struct tally_bytes bytes, struct snp_cert_entry entries[TALLY_SNP_CERT_LIMIT],
					size_t *ret_count, size_t *ret_size)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct snp_cert_entry entry;
	size_t count = 0;

	while (read_cert_entry(&cursor, &entry)) {
		if (count == TALLY_SNP_CERT_LIMIT)
			return TALLY_OUT_OF_RANGE;
		for (size_t i = 0; i < count; i++)
			if (tally_bytes_equal(entries[i].guid, entry.guid))
				return TALLY_DUPLICATE;
		entries[count++] = entry;
	}
	*ret_count = count;
	*ret_size = bytes.size - cursor.left.size;
	return cursor.status;
}

enum tally_status tally_snp_cert_table_read(struct tally_bytes bytes, struct tally_snp_cert_table *ret)
{
	struct snp_cert_entry entries[TALLY_SNP_CERT_LIMIT];
	struct tally_snp_cert_table table;
	size_t list_size = 0;
	size_t count = 0;
	enum tally_status status = TALLY_OK;

	memset(&table, 0, sizeof(table));
	if (bytes.size != 0)
		status = read_cert_list(bytes, entries, &count, &list_size);
	for (size_t i = 0; status == TALLY_OK && i < count; i++) {
		struct tally_bytes *place = cert_place(&table, entries[i].guid.data);
		struct tally_bytes data = { NULL, 0 };

		status = cert_data(bytes, list_size, &entries[i], &data);
		if (place)
			*place = data;
		else
			table.other_count++;
	}
	if (status == TALLY_OK)
		*ret = table;
	return status;
}
