// SPDX-License-Identifier: BSD-2-Clause
/* Event contents of firmware logs as text. spec: TCG PFP 10.2, UEFI_VARIABLE_DATA */
#include "firmware_text.h"

#include "../core/cursor.h"
#include "../core/writer.h"
#include "../format/utf8.h"
#include "escape.h"
#include "output.h"

#define TEXT_LIMIT 96 /* bytes of text that are shown */
#define HEX_LIMIT 16  /* bytes of hex that are shown */

static void print_quoted(FILE *file, struct tally_bytes text)
{
	char escaped[TEXT_LIMIT];

	tally_escape_text(escaped, sizeof(escaped), text);
	fprintf(file, "\"%s\"", escaped);
}

static void print_start_of_hex(FILE *file, struct tally_bytes bytes)
{
	tally_print_hex(file, tally_bytes(bytes.data, bytes.size > HEX_LIMIT ? HEX_LIMIT : bytes.size));
	if (bytes.size > HEX_LIMIT)
		fprintf(file, "... (%zu bytes)", bytes.size);
}

/* Firmware ends its texts with a NUL or two. */
static struct tally_bytes without_final_nuls(struct tally_bytes bytes)
{
	while (bytes.size && bytes.data[bytes.size - 1] == 0)
		bytes.size--;
	return bytes;
}

/* UTF-8 whose only control characters are those of texts: boot loaders log whole menu entries. */
static bool is_text(struct tally_bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if ((bytes.data[i] < 0x20 && !memchr("\t\n\r", bytes.data[i], 3)) || bytes.data[i] == 0x7f)
			return false;
	return bytes.size && tally_utf8_is_valid(bytes);
}

void tally_excerpt(FILE *file, struct tally_bytes bytes)
{
	struct tally_bytes text = without_final_nuls(bytes);

	if (bytes.size == 0)
		fputs("no data", file);
	else if (is_text(text))
		print_quoted(file, text);
	else
		print_start_of_hex(file, bytes);
}

static void write_utf8(struct tally_writer *writer, uint32_t value)
{
	if (value < 0x80) {
		tally_write_u8(writer, (uint8_t)value);
	} else if (value < 0x800) {
		tally_write_u8(writer, (uint8_t)(0xc0 | value >> 6));
		tally_write_u8(writer, (uint8_t)(0x80 | (value & 0x3f)));
	} else {
		tally_write_u8(writer, (uint8_t)(0xe0 | value >> 12));
		tally_write_u8(writer, (uint8_t)(0x80 | (value >> 6 & 0x3f)));
		tally_write_u8(writer, (uint8_t)(0x80 | (value & 0x3f)));
	}
}

/*
 * UCS-2, little-endian, as EFI writes names. A surrogate becomes three bytes that are no UTF-8, which
 * are then escaped.
 */
static void print_ucs2(FILE *file, struct tally_bytes text)
{
	uint8_t utf8[3 * TEXT_LIMIT];
	struct tally_cursor cursor = tally_cursor(text);
	struct tally_writer writer = tally_writer(utf8, sizeof(utf8));

	while (!tally_cursor_is_done(&cursor) && writer.size + 3 <= sizeof(utf8)) {
		uint16_t unit = tally_read_le16(&cursor);

		if (unit == 0)
			break;
		write_utf8(&writer, unit);
	}
	print_quoted(file, tally_written(&writer));
}

/* Letters of one byte each with zero bytes between them: boot loaders log command lines so. */
static bool looks_like_ucs2(struct tally_bytes content)
{
	if (content.size < 4 || content.size % 2 != 0)
		return false;
	for (size_t i = 0; i < content.size && i < TEXT_LIMIT; i += 2)
		if (content.data[i + 1] != 0 || (content.data[i] == 0 && i + 2 != content.size))
			return false;
	return true;
}

/* UEFI_VARIABLE_DATA: GUID, two lengths, name, data. False if the content is not that. */
static bool print_variable(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	struct tally_bytes name;
	uint64_t units, size;

	(void)tally_read_bytes(&cursor, 16);
	units = tally_read_le64(&cursor);
	size = tally_read_le64(&cursor);
	if (units > content.size)
		return false;
	name = tally_read_bytes(&cursor, 2 * units);
	(void)tally_read_bytes(&cursor, size);
	if (tally_cursor_end(&cursor) != TALLY_OK)
		return false;
	print_ucs2(file, name);
	fprintf(file, ", %llu bytes", (unsigned long long)size);
	return true;
}

/* UEFI_IMAGE_LOAD_EVENT: where, how long, linked where, and a device path whose last file name is shown. */
static bool print_image(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	struct tally_bytes name = { NULL, 0 };
	struct tally_cursor path;
	uint64_t size;

	(void)tally_read_bytes(&cursor, 8);
	size = tally_read_le64(&cursor);
	(void)tally_read_bytes(&cursor, 8);
	path = tally_read_nested(&cursor, tally_read_le64(&cursor));
	while (!tally_cursor_is_done(&path)) {
		uint16_t kind = tally_read_be16(&path);
		uint16_t length = tally_read_le16(&path);
		struct tally_bytes node = tally_read_bytes(&path, length < 4 ? UINT64_MAX : length - 4U);

		/* spec: UEFI 10.3.5.4, file path media device path */
		if (kind == 0x0404)
			name = node;
	}
	tally_leave(&cursor, &path);
	if (tally_cursor_end(&cursor) != TALLY_OK)
		return false;
	if (name.size) {
		print_ucs2(file, name);
		fputs(", ", file);
	}
	fprintf(file, "%llu bytes", (unsigned long long)size);
	return true;
}

/* UEFI_PLATFORM_FIRMWARE_BLOB: base and size. */
static bool print_blob(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	uint64_t base = tally_read_le64(&cursor), size = tally_read_le64(&cursor);

	if (tally_cursor_end(&cursor) != TALLY_OK)
		return false;
	fprintf(file, "%llu bytes at 0x%llx", (unsigned long long)size, (unsigned long long)base);
	return true;
}

/* UEFI_PLATFORM_FIRMWARE_BLOB2 and UEFI_HANDOFF_TABLE_POINTERS2 begin with a description and its size. */
static bool print_description(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	struct tally_bytes text = without_final_nuls(tally_read_bytes(&cursor, tally_read_u8(&cursor)));

	if (!is_text(text))
		return false;
	print_quoted(file, text);
	return true;
}

/* TCG_PCClientTaggedEvent, one of them. */
static bool print_tagged(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	uint32_t tag = tally_read_le32(&cursor);
	struct tally_bytes data = tally_read_bytes(&cursor, tally_read_le32(&cursor));

	if (tally_cursor_end(&cursor) != TALLY_OK)
		return false;
	fprintf(file, "0x%08x: ", (unsigned)tag);
	if (looks_like_ucs2(data))
		print_ucs2(file, data);
	else
		tally_excerpt(file, data);
	return true;
}

/* Each prints a content of its form, or false and nothing. */
static const struct {
	uint32_t event_type;
	bool (*print)(FILE *file, struct tally_bytes content);
} forms[] = {
	{ TALLY_EV_EVENT_TAG, print_tagged }, { 0x80000001U, print_variable }, /* EV_EFI_VARIABLE_DRIVER_CONFIG */
	{ 0x80000002U, print_variable },				       /* EV_EFI_VARIABLE_BOOT */
	{ 0x80000003U, print_image },					       /* EV_EFI_BOOT_SERVICES_APPLICATION */
	{ 0x80000004U, print_image },					       /* EV_EFI_BOOT_SERVICES_DRIVER */
	{ 0x80000005U, print_image },					       /* EV_EFI_RUNTIME_SERVICES_DRIVER */
	{ 0x80000008U, print_blob },					       /* EV_EFI_PLATFORM_FIRMWARE_BLOB */
	{ 0x8000000aU, print_description },				       /* EV_EFI_PLATFORM_FIRMWARE_BLOB2 */
	{ 0x8000000bU, print_description },				       /* EV_EFI_HANDOFF_TABLES2 */
	{ 0x8000000cU, print_variable },				       /* EV_EFI_VARIABLE_BOOT2 */
	{ 0x800000e0U, print_variable },				       /* EV_EFI_VARIABLE_AUTHORITY */
};

static bool print_form(FILE *file, const struct tally_record *record)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].event_type == record->event_type)
			return forms[i].print(file, record->content);
	return false;
}

void tally_firmware_text(FILE *file, const struct tally_record *record)
{
	if (print_form(file, record))
		return;
	if (record->event_type == TALLY_EV_SEPARATOR)
		print_start_of_hex(file, record->content);
	else if (looks_like_ucs2(record->content))
		print_ucs2(file, record->content);
	else
		tally_excerpt(file, record->content);
}
