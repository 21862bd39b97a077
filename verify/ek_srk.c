// SPDX-License-Identifier: BSD-2-Clause
/* EK and SRK of a TPM whose owner has put them into REPORT_DATA: SHA-512(nonce ‖ EK ‖ SRK). */
#include "../format/cbor.h"
#include "fault.h"
#include "manifest.h"

static enum tally_status read_areas(struct tally_bytes manifest, struct tally_bytes *ret_ek,
				    struct tally_bytes *ret_srk)
{
	struct tally_cursor cursor = tally_cursor(manifest);

	if (tally_cbor_expect_array(&cursor) != 2)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	*ret_ek = tally_cbor_expect_bytes(&cursor);
	*ret_srk = tally_cbor_expect_bytes(&cursor);
	return tally_cursor_end(&cursor);
}

/* For the place of a fault. */
static enum tally_status reread_areas(struct tally_bytes input)
{
	struct tally_bytes ek;
	struct tally_bytes srk;

	return read_areas(input, &ek, &srk);
}

static struct tally_bytes covered(struct tally_bytes manifest, struct tally_arena *arena)
{
	struct tally_bytes ek;
	struct tally_bytes srk;
	uint8_t *both;

	if (read_areas(manifest, &ek, &srk) != TALLY_OK)
		return tally_bytes(NULL, 0);
	both = tally_arena_take(arena, ek.size + srk.size, 1);
	if (!both)
		return tally_bytes(NULL, 0);
	memcpy(both, ek.data, ek.size);
	memcpy(both + ek.size, srk.data, srk.size);
	return tally_bytes(both, ek.size + srk.size);
}

static enum tally_status check(const struct tally_verifier_input *input, struct tally_ledger *ledger,
			       struct tally_statement *statement)
{
	struct tally_bytes ek;
	struct tally_bytes srk;
	enum tally_status status = read_areas(input->member->value, &ek, &srk);

	(void)statement;
	tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_MANIFEST_MALFORMED, TALLY_LABEL_MANIFEST,
			  "EK and SRK can be read", "", NULL,
			  tally_fault_text(ledger->arena, reread_areas, input->member->value, status));
	return TALLY_OK;
}

const struct tally_manifest_kind tally_manifest_ek_srk = { TALLY_MEDIA_EK_SRK, TALLY_BINDING_EK_SRK, covered, check };
