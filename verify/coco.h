/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of CoCo's JSON share. */
#ifndef TALLY_VERIFY_COCO_H
#define TALLY_VERIFY_COCO_H

#include <jansson.h>

#include "wrap.h"

/* Base64 text; an array of numbers from 0 to 255. In the arena. TALLY_DISORDER for another type. */
TALLY_MUST_CHECK enum tally_status tally_coco_base64(struct tally_arena *arena, const json_t *json,
						     struct tally_bytes *ret);
TALLY_MUST_CHECK enum tally_status tally_coco_array(struct tally_arena *arena, const json_t *json,
						    struct tally_bytes *ret);

/* The member "certificates" of these. */
TALLY_MUST_CHECK enum tally_status tally_coco_certificates(struct tally_wrapping *wrapping,
							   const struct tally_bytes *certificates, size_t count);

/* SEV-SNP: the report is taken apart into JSON there, and put together again here. coco_snp.c */
TALLY_MUST_CHECK enum tally_status tally_coco_snp(struct tally_wrapping *wrapping, const json_t *json);

#endif
