// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a PCK certificate says of its platform. */
#include "sgx_pck.h"

#define PCK_PPID 1
#define PCK_TCB 2
#define PCK_PCEID 3
#define PCK_FMSPC 4
#define PCK_TYPE 5
#define PCK_PLATFORM_ID 6
#define PCK_CONFIGURATION 7
#define PCK_REQUIRED (1U << PCK_PPID | 1U << PCK_TCB | 1U << PCK_PCEID | 1U << PCK_FMSPC | 1U << PCK_TYPE)

#define PCK_TCB_PCESVN 17
#define PCK_TCB_CPUSVN 18
#define PCK_TCB_REQUIRED ((1U << 19) - 2) /* all from 1 to 18 */

#define PCK_DYNAMIC_PLATFORM 1
#define PCK_CACHED_KEYS 2
#define PCK_SMT 3

/*
 * Open the next member {OID, value} of a list: its number, the last arc of the OID, which goes up to limit. Lists inside
 * the extension have an arc of their own before it, the extension itself (0) has none. seen gets the number's bit.
 */
static unsigned open_pck_member(struct tally_cursor *list, struct tally_cursor *ret_member, uint8_t arc, unsigned limit,
				uint32_t *seen)
{
	struct tally_bytes prefix = TALLY_SGX_PCK_OID;
	struct tally_cursor oid;
	unsigned number;

	*ret_member = tally_der_enter(list, TALLY_DER_SEQUENCE);
	oid = tally_cursor(tally_der_read(ret_member, TALLY_DER_OID));
	if (!tally_bytes_equal(tally_read_bytes(&oid, prefix.size), prefix))
		tally_fail(ret_member, TALLY_UNSUPPORTED);
	if (arc != 0 && tally_read_u8(&oid) != arc)
		tally_fail(ret_member, TALLY_UNSUPPORTED);
	number = tally_read_u8(&oid);
	if (tally_cursor_end(&oid) != TALLY_OK || number == 0 || number > limit)
		tally_fail(ret_member, TALLY_UNSUPPORTED);
	if (ret_member->status != TALLY_OK)
		return 0;
	if (*seen & 1U << number)
		tally_fail(ret_member, TALLY_DUPLICATE);
	*seen |= 1U << number;
	return number;
}

static const uint8_t *read_pck_octets(struct tally_cursor *member, size_t size)
{
	struct tally_bytes octets = tally_der_read(member, TALLY_DER_OCTET_STRING);

	if (octets.size != size)
		tally_fail(member, TALLY_OUT_OF_RANGE);
	return octets.data;
}

static void read_pck_tcb(struct tally_cursor *outer, struct tally_sgx_pck *pck)
{
	struct tally_cursor list = tally_der_enter(outer, TALLY_DER_SEQUENCE);
	uint32_t seen = 0;

	while (!tally_cursor_is_done(&list)) {
		struct tally_cursor member;
		unsigned number = open_pck_member(&list, &member, PCK_TCB, PCK_TCB_CPUSVN, &seen);

		if (number == PCK_TCB_CPUSVN)
			pck->cpusvn = read_pck_octets(&member, 16);
		else if (number == PCK_TCB_PCESVN)
			pck->pcesvn = (uint16_t)tally_der_read_uint(&member, TALLY_DER_INTEGER, UINT16_MAX);
		else if (number)
			pck->component[number - 1] =
				(uint8_t)tally_der_read_uint(&member, TALLY_DER_INTEGER, UINT8_MAX);
		tally_leave(&list, &member);
	}
	tally_leave(outer, &list);
	if (seen != PCK_TCB_REQUIRED)
		tally_fail(outer, TALLY_NOT_FOUND);
}

static void read_pck_configuration(struct tally_cursor *outer, struct tally_sgx_pck *pck)
{
	struct tally_cursor list = tally_der_enter(outer, TALLY_DER_SEQUENCE);
	uint32_t seen = 0;

	pck->has_configuration = true;
	while (!tally_cursor_is_done(&list)) {
		struct tally_cursor member;
		unsigned number = open_pck_member(&list, &member, PCK_CONFIGURATION, PCK_SMT, &seen);
		bool value = tally_der_read_boolean(&member);

		if (number == PCK_DYNAMIC_PLATFORM)
			pck->is_dynamic_platform = value;
		else if (number == PCK_CACHED_KEYS)
			pck->has_cached_keys = value;
		else
			pck->has_smt = value;
		tally_leave(&list, &member);
	}
	tally_leave(outer, &list);
}

static void read_pck_member(struct tally_cursor *member, unsigned number, struct tally_sgx_pck *pck)
{
	switch (number) {
	case PCK_PPID:
		pck->ppid = read_pck_octets(member, 16);
		break;
	case PCK_TCB:
		read_pck_tcb(member, pck);
		break;
	case PCK_PCEID:
		pck->pceid = read_pck_octets(member, 2);
		break;
	case PCK_FMSPC:
		pck->fmspc = read_pck_octets(member, 6);
		break;
	case PCK_TYPE:
		pck->type = (enum tally_sgx_type)tally_der_read_uint(member, TALLY_DER_ENUMERATED,
								     TALLY_SGX_SCALABLE_WITH_INTEGRITY);
		break;
	case PCK_PLATFORM_ID:
		pck->platform_id = read_pck_octets(member, 16);
		break;
	case PCK_CONFIGURATION:
		read_pck_configuration(member, pck);
		break;
	default:
		break;
	}
}

enum tally_status tally_sgx_pck_read(struct tally_bytes value, struct tally_sgx_pck *ret)
{
	struct tally_cursor cursor = tally_cursor(value);
	struct tally_cursor list = tally_der_enter(&cursor, TALLY_DER_SEQUENCE);
	struct tally_sgx_pck pck;
	enum tally_status status;
	uint32_t seen = 0;

	memset(&pck, 0, sizeof(pck));
	while (!tally_cursor_is_done(&list)) {
		struct tally_cursor member;
		unsigned number = open_pck_member(&list, &member, 0, PCK_CONFIGURATION, &seen);

		read_pck_member(&member, number, &pck);
		tally_leave(&list, &member);
	}
	tally_leave(&cursor, &list);
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK && (seen & PCK_REQUIRED) != PCK_REQUIRED)
		status = TALLY_NOT_FOUND;
	if (status == TALLY_OK)
		*ret = pck;
	return status;
}
