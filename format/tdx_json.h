/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What TCB info and QE identity have in common: values, levels, and a signature over the bytes as they were served. */
#ifndef TALLY_FORMAT_TDX_JSON_H
#define TALLY_FORMAT_TDX_JSON_H

#include "json.h"
#include "tdx_tcb.h"

/* A string that is hex of either case for exactly size bytes; TALLY_OUT_OF_RANGE otherwise. */
void tally_tdx_json_hex(struct tally_json_reader *json, uint8_t *ret, size_t size);

/* A time in RFC 3339. */
int64_t tally_tdx_json_time(struct tally_json_reader *json);

/* A value that nobody asked for: anything, but no name in it may stand twice. */
void tally_tdx_json_skip(struct tally_json_reader *json);

/* One of tcbLevels with an isvsvn: a module's or the QE's. */
void tally_tdx_json_levels(struct tally_json_reader *json, struct tally_tdx_level *level, size_t limit,
			   size_t *ret_count);

/* What a level says of itself beside its tcb; false: the member is none of these, and unread. */
bool tally_tdx_json_standing(struct tally_json_reader *json, struct tally_bytes name, struct tally_tdx_standing *ret);

/* A member of a level that must be there: TALLY_NOT_FOUND otherwise. */
void tally_tdx_json_need(struct tally_json_reader *json, uint32_t seen, uint32_t needed);

/*
 * {NAME: value, "signature": hex}: open calls read for the value, whose bytes are *ret_signed. As the readers of json.h;
 * *ret_offset says where it failed.
 */
enum tally_status tally_tdx_json_signed(struct tally_bytes text, const char *name,
					void (*read)(struct tally_json_reader *json, void *ret), void *ret,
					struct tally_bytes *ret_signed, uint8_t ret_signature[64], size_t *ret_offset);

#endif
