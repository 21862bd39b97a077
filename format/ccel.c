// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ACPI table CCEL, read and written. */
#include "ccel.h"

#define CCEL_SIGNATURE "CCEL"
#define CCEL_CHECKSUM_AT 9
#define CCEL_OEM_SIZE 26 /* OEM id, OEM table id and revision, creator id and revision */
/* "TALLY ", "TALLY   ", revision 1, "TALY", revision 1 */
#define CCEL_OEM "TALLY TALLY   \1\0\0\0TALY\1\0\0"

/* The bytes of an ACPI table add up to zero. spec: ACPI 6.5, 5.2.6 */
static uint8_t table_sum(struct tally_bytes table)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < table.size; i++)
		sum = (uint8_t)(sum + table.data[i]);
	return sum;
}

enum tally_status tally_ccel_read(struct tally_bytes table, struct tally_ccel *ret)
{
	struct tally_cursor cursor = tally_cursor(table);
	struct tally_ccel ccel;
	enum tally_status status;

	if (!tally_bytes_equal(tally_read_bytes(&cursor, 4), tally_text(CCEL_SIGNATURE)))
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	if (tally_read_le32(&cursor) != TALLY_CCEL_TABLE_SIZE)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	ccel.revision = tally_read_u8(&cursor);
	(void)tally_read_u8(&cursor); /* the checksum */
	(void)tally_read_bytes(&cursor, CCEL_OEM_SIZE);
	ccel.cc_type = tally_read_u8(&cursor);
	ccel.cc_subtype = tally_read_u8(&cursor);
	tally_expect_zeros(&cursor, 2);
	ccel.log_size = tally_read_le64(&cursor);
	ccel.log_address = tally_read_le64(&cursor);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK && table_sum(table) != 0)
		status = TALLY_CHECKSUM;
	if (status == TALLY_OK)
		*ret = ccel;
	return status;
}

void tally_ccel_write(struct tally_writer *writer, const struct tally_ccel *ccel)
{
	uint8_t bytes[TALLY_CCEL_TABLE_SIZE];
	struct tally_writer table = tally_writer(bytes, sizeof(bytes));

	tally_write_bytes(&table, tally_text(CCEL_SIGNATURE));
	tally_write_le32(&table, TALLY_CCEL_TABLE_SIZE);
	tally_write_u8(&table, ccel->revision);
	tally_write_u8(&table, 0);
	tally_write_bytes(&table, tally_bytes(CCEL_OEM, CCEL_OEM_SIZE));
	tally_write_u8(&table, ccel->cc_type);
	tally_write_u8(&table, ccel->cc_subtype);
	tally_write_zeros(&table, 2);
	tally_write_le64(&table, ccel->log_size);
	tally_write_le64(&table, ccel->log_address);
	bytes[CCEL_CHECKSUM_AT] = (uint8_t)-table_sum(tally_written(&table));
	tally_write_bytes(writer, tally_bytes(bytes, sizeof(bytes)));
}
