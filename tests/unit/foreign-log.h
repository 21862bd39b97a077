/* SPDX-License-Identifier: BSD-2-Clause */
/* A log that lies beside ours in evidence. */
#ifndef TALLY_TESTS_UNIT_FOREIGN_LOG_H
#define TALLY_TESTS_UNIT_FOREIGN_LOG_H

#include "evidence.h"

/* An attached log: of CC registers, with one record of RTMR 2. */
static inline void evidence_separator_log(struct evidence *evidence, uint8_t fill)
{
	struct tally_tcg2_dummy {
		uint8_t memory[512];
	} block;
	struct tally_writer writer = tally_writer(block.memory, sizeof(block.memory));

	/* spec: TCG PFP 10: Spec ID event with SHA-384 alone, and one record of CC register 3, which is RTMR 2 */
	tally_write_le32(&writer, 1);
	tally_write_le32(&writer, 3);
	tally_write_zeros(&writer, 20);
	tally_write_le32(&writer, 33);
	tally_write_bytes(&writer, tally_bytes("Spec ID Event03", 16));
	tally_write_le32(&writer, 0);
	tally_write_bytes(&writer, tally_bytes("\0\2\0\2", 4));
	tally_write_le32(&writer, 1);
	tally_write_le16(&writer, TALLY_SHA384);
	tally_write_le16(&writer, 48);
	tally_write_u8(&writer, 0);
	tally_write_le32(&writer, 3);
	tally_write_le32(&writer, 4);
	tally_write_le32(&writer, 1);
	tally_write_le16(&writer, TALLY_SHA384);
	for (int i = 0; i < 48; i++)
		tally_write_u8(&writer, fill);
	tally_write_le32(&writer, 4);
	tally_write_le32(&writer, 0);
	evidence->segment = evidence_heap(&writer);
}

#endif
