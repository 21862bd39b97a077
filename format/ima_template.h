/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one measurement of Linux IMA holds: a template and its fields. spec: Documentation/security/IMA-templates; docs/formats/ima.md */
#ifndef TALLY_FORMAT_IMA_TEMPLATE_H
#define TALLY_FORMAT_IMA_TEMPLATE_H

#include "../core/cursor.h"
#include "../core/digest.h"

#define TALLY_IMA_FIELD_LIMIT 15       /* of one template, as the kernel has it */
#define TALLY_IMA_NAME_LIMIT 255       /* bytes of a template's name or format */
#define TALLY_IMA_EVENT_NAME_LIMIT 255 /* bytes of the name in a field `n` */

/* X(name, number, the kernel's word) */
#define TALLY_IMA_FIELD_TABLE(X)            \
	X(D, 1, "d")                        \
	X(N, 2, "n")                        \
	X(D_NG, 3, "d-ng")                  \
	X(N_NG, 4, "n-ng")                  \
	X(SIG, 5, "sig")                    \
	X(D_NGV2, 6, "d-ngv2")              \
	X(BUF, 7, "buf")                    \
	X(D_MODSIG, 8, "d-modsig")          \
	X(MODSIG, 9, "modsig")              \
	X(EVMSIG, 10, "evmsig")             \
	X(XATTRNAMES, 11, "xattrnames")     \
	X(XATTRLENGTHS, 12, "xattrlengths") \
	X(XATTRVALUES, 13, "xattrvalues")   \
	X(IUID, 14, "iuid")                 \
	X(IGID, 15, "igid")                 \
	X(IMODE, 16, "imode")

enum tally_ima_field_type {
#define TALLY_IMA_FIELD_ENUM(name, number, text) TALLY_IMA_##name = (number),
	TALLY_IMA_FIELD_TABLE(TALLY_IMA_FIELD_ENUM)
#undef TALLY_IMA_FIELD_ENUM
};

/* "d-ng"; NULL for a number outside the table. */
const char *tally_ima_field_name(enum tally_ima_field_type type);

/* The byte order of the machine that made a list: the lengths in it are hashed as they stand. */
enum tally_ima_order { TALLY_IMA_ORDER_ANY = 0, TALLY_IMA_LITTLE_ENDIAN = 1, TALLY_IMA_BIG_ENDIAN = 2 };

struct tally_ima_template {
	bool is_first; /* "ima", the first one: a digest and a name, written and hashed unlike all others */
	size_t field_count;
	enum tally_ima_field_type field[TALLY_IMA_FIELD_LIMIT];
};

/*
 * The template of this name; for one without a name the kernel gives its format ("d-ng|n-ng|sig").
 * TALLY_UNSUPPORTED for a name or a field that we don't know, TALLY_OUT_OF_RANGE for too many fields.
 */
TALLY_MUST_CHECK enum tally_status tally_ima_template_find(struct tally_bytes name, struct tally_ima_template *ret);

/* One field; borrows. What a field of its type does not have is empty or 0. */
struct tally_ima_field {
	enum tally_ima_field_type type;
	struct tally_bytes data;  /* as it stands, without its length */
	struct tally_bytes kind;  /* d-ngv2: "ima" or "verity" */
	struct tally_bytes alg;	  /* digests: the kernel's name of the hash; empty for `d`, whose length says it */
	struct tally_bytes value; /* a digest, or a name without its NUL; else data */
	uint32_t number;	  /* iuid, igid, imode */
};

struct tally_ima_fields {
	bool is_first;
	enum tally_ima_order order;
	size_t count;
	struct tally_ima_field field[TALLY_IMA_FIELD_LIMIT];
};

/*
 * Read template data: each field as its type has it, and nothing behind the last. ANY tries little endian first.
 * TALLY_OUT_OF_RANGE for a length that does not fit, TALLY_TRAILING, TALLY_UNKNOWN_ALGORITHM and TALLY_DIGEST_SIZE
 * for the digest of a file, TALLY_NOT_CANONICAL for a name with a NUL inside or none behind it; as
 * tally_ima_template_find.
 */
TALLY_MUST_CHECK enum tally_status tally_ima_fields_read(struct tally_bytes template_name, struct tally_bytes data,
							 enum tally_ima_order order, struct tally_ima_fields *ret);

/* The first field of this type; NULL if there is none. */
const struct tally_ima_field *tally_ima_fields_find(const struct tally_ima_fields *fields,
						    enum tally_ima_field_type type);

/* The digest of what was measured (d, d-ng, d-ngv2) and its name (n, n-ng); NULL where the template has none. */
const struct tally_ima_field *tally_ima_fields_digest(const struct tally_ima_fields *fields);
const struct tally_ima_field *tally_ima_fields_name(const struct tally_ima_fields *fields);

/*
 * The message whose hash IMA extends, as the parts of a job: its algorithm and its output are the caller's. fields
 * were read from data.
 */
void tally_ima_fields_message(const struct tally_ima_fields *fields, struct tally_bytes data,
			      struct tally_hash_job *ret);

/* Tags inside the content of a record. spec: TCG CEL, ima_template */
#define TALLY_IMA_CONTENT_NAME 0
#define TALLY_IMA_CONTENT_DATA 1

/* Name and data out of the content of a record of content type IMA_TEMPLATE. As tally_tlv_read; TALLY_DISORDER. */
TALLY_MUST_CHECK enum tally_status tally_ima_content_read(struct tally_bytes content, struct tally_bytes *ret_name,
							  struct tally_bytes *ret_data);

#endif
