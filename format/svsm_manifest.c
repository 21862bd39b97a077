// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The manifest of the services that an SVSM attests. */
#include "svsm_manifest.h"

#define SVSM_HEADER_SIZE 24
#define SVSM_ENTRY_SIZE 24

/* 63849ebb-3d92-4670-a1ff-58f9c94b87bb and c476f1eb-0123-45a5-9641-b4e7dde5bfe3, as they stand in memory. */
static const uint8_t svsm_guid_services[TALLY_SVSM_GUID_SIZE] = { 0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46,
								  0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb };
static const uint8_t svsm_guid_vtpm[TALLY_SVSM_GUID_SIZE] = { 0xeb, 0xf1, 0x76, 0xc4, 0x23, 0x01, 0xa5, 0x45,
							      0x96, 0x41, 0xb4, 0xe7, 0xdd, 0xe5, 0xbf, 0xe3 };

/* Two runs of bytes share one; an empty run shares none. */
static bool services_overlap(struct tally_bytes a, struct tally_bytes b)
{
	return a.size != 0 && b.size != 0 && a.data < b.data + b.size && b.data < a.data + a.size;
}

/* The bytes that an entry names, behind the list of entries. */
static struct tally_bytes service_bytes(struct tally_cursor *cursor, struct tally_bytes manifest, size_t list_size)
{
	struct tally_cursor data = tally_cursor(manifest);
	uint32_t offset = tally_read_le32(cursor);
	struct tally_bytes bytes;

	(void)tally_read_bytes(&data, offset);
	bytes = tally_read_bytes(&data, tally_read_le32(cursor));
	if (offset < list_size || data.status != TALLY_OK)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

static void read_service(struct tally_cursor *cursor, struct tally_bytes bytes, size_t list_size,
			 struct tally_svsm_manifest *manifest)
{
	struct tally_svsm_service service;

	service.guid = tally_read_bytes(cursor, TALLY_SVSM_GUID_SIZE);
	service.manifest = service_bytes(cursor, bytes, list_size);
	if (cursor->status != TALLY_OK)
		return;
	for (size_t i = 0; i < manifest->service_count; i++) {
		if (tally_bytes_equal(manifest->service[i].guid, service.guid))
			tally_fail(cursor, TALLY_DUPLICATE);
		else if (services_overlap(manifest->service[i].manifest, service.manifest))
			tally_fail(cursor, TALLY_OUT_OF_RANGE);
	}
	if (memcmp(service.guid.data, svsm_guid_vtpm, TALLY_SVSM_GUID_SIZE) == 0)
		manifest->vtpm = service.manifest;
	manifest->service[manifest->service_count++] = service;
}

bool tally_svsm_is_manifest(struct tally_bytes bytes)
{
	return bytes.size >= TALLY_SVSM_GUID_SIZE && memcmp(bytes.data, svsm_guid_services, TALLY_SVSM_GUID_SIZE) == 0;
}

enum tally_status tally_svsm_manifest_read(struct tally_bytes bytes, struct tally_svsm_manifest *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_svsm_manifest manifest;
	uint32_t size;
	uint32_t count;

	memset(&manifest, 0, sizeof(manifest));
	(void)tally_read_bytes(&cursor, TALLY_SVSM_GUID_SIZE);
	if (!tally_svsm_is_manifest(bytes))
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	size = tally_read_le32(&cursor);
	if (size > bytes.size)
		tally_fail(&cursor, TALLY_TRUNCATED);
	else if (size < bytes.size)
		tally_fail(&cursor, TALLY_TRAILING);
	count = tally_read_le32(&cursor);
	if (count > TALLY_SVSM_SERVICE_LIMIT)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	for (uint32_t i = 0; i < count && cursor.status == TALLY_OK; i++)
		read_service(&cursor, bytes, SVSM_HEADER_SIZE + SVSM_ENTRY_SIZE * (size_t)count, &manifest);
	if (cursor.status == TALLY_OK)
		*ret = manifest;
	return cursor.status;
}
