// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A CoMID's triples: which environment has which measurements, and which key. */
#include "comid.h"

#include "cbor_foreign.h"

/* spec: draft-ietf-rats-corim, IANA considerations; 600 to 602 are those of PSA's older profile */
enum comid_tag {
	COMID_TAG_UEID = 550,
	COMID_TAG_PEM = 554,
	COMID_TAG_BYTES = 560,
	COMID_TAG_IMPLEMENTATION = 600,
	COMID_TAG_REFERENCE = 601,
	COMID_TAG_CONFIG = 602
};

enum comid_key { COMID_LANGUAGE = 0, COMID_IDENTITY = 1, COMID_ENTITIES = 2, COMID_LINKED = 3, COMID_TRIPLES = 4 };
enum comid_triple { COMID_REFERENCES = 0, COMID_ATTEST_KEYS = 3 };
enum comid_value {
	COMID_VERSION = 0,
	COMID_DIGESTS = 2,
	COMID_RAW = 4,
	COMID_RAW_OLD = 5,
	COMID_NAME = 11,
	COMID_KEYS = 13
};
enum comid_reference { COMID_REFERENCE_LABEL = 1, COMID_REFERENCE_VERSION = 4, COMID_REFERENCE_SIGNER = 5 };

#define COMID_COMPONENT "cca.software-component"
#define COMID_PLATFORM_CONFIG "cca.platform-config"
#define COMID_IMPLEMENTATION_SIZE 32
#define COMID_INSTANCE_SIZE 33

/* What a triple is about. */
struct comid_environment {
	struct tally_bytes implementation_id;
	struct tally_bytes instance_id;
};

enum comid_kind { COMID_KIND_NONE = 0, COMID_KIND_COMPONENT, COMID_KIND_CONFIG };

struct comid_measurement {
	enum comid_kind kind;
	bool has_raw;
	struct tally_corim_component component;
};

static struct tally_bytes comid_fixed(struct tally_cursor *cursor, size_t size)
{
	struct tally_bytes bytes = tally_cbor_foreign_bytes(cursor);

	if (bytes.size != size)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

static struct tally_bytes comid_digest(struct tally_cursor *cursor)
{
	struct tally_bytes bytes = tally_cbor_foreign_bytes(cursor);

	if (bytes.size != 32 && bytes.size != 48 && bytes.size != 64)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

static void comid_expect_next(struct tally_cursor *cursor, struct tally_cbor_elements *elements)
{
	if (!tally_cbor_next(cursor, elements))
		tally_fail(cursor, TALLY_NOT_FOUND);
}

static void comid_expect_end(struct tally_cursor *cursor, struct tally_cbor_elements *elements)
{
	if (tally_cbor_next(cursor, elements))
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

/* Vendor and model are names for people. */
static void comid_read_class(struct tally_cursor *cursor, struct comid_environment *environment)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == 0) {
			if (!tally_cbor_skip_tag(cursor, COMID_TAG_IMPLEMENTATION) &&
			    !tally_cbor_skip_tag(cursor, COMID_TAG_BYTES))
				tally_fail(cursor, TALLY_UNSUPPORTED);
			environment->implementation_id = comid_fixed(cursor, COMID_IMPLEMENTATION_SIZE);
		} else if (key == 1 || key == 2) {
			(void)tally_cbor_foreign_text(cursor);
		} else {
			tally_fail(cursor, TALLY_UNSUPPORTED);
		}
	}
}

static struct comid_environment comid_read_environment(struct tally_cursor *cursor)
{
	struct comid_environment environment = { { NULL, 0 }, { NULL, 0 } };
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == 0) {
			comid_read_class(cursor, &environment);
		} else if (key == 1) {
			if (!tally_cbor_skip_tag(cursor, COMID_TAG_UEID))
				tally_fail(cursor, TALLY_UNSUPPORTED);
			environment.instance_id = comid_fixed(cursor, COMID_INSTANCE_SIZE);
		} else {
			tally_fail(cursor, TALLY_UNSUPPORTED);
		}
	}
	if (!environment.implementation_id.size)
		tally_fail(cursor, TALLY_NOT_FOUND);
	return environment;
}

/* The older profile's name of a component. */
static void comid_read_reference(struct tally_cursor *cursor, struct tally_corim_component *component)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == COMID_REFERENCE_LABEL)
			component->type = tally_cbor_foreign_text(cursor);
		else if (key == COMID_REFERENCE_VERSION)
			component->version = tally_cbor_foreign_text(cursor);
		else if (key == COMID_REFERENCE_SIGNER)
			component->signer_id = comid_digest(cursor);
		else
			tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static void comid_read_name(struct tally_cursor *cursor, struct comid_measurement *measurement)
{
	struct tally_bytes name;

	if (tally_cbor_skip_tag(cursor, COMID_TAG_REFERENCE)) {
		measurement->kind = COMID_KIND_COMPONENT;
		comid_read_reference(cursor, &measurement->component);
		return;
	}
	if (tally_cbor_skip_tag(cursor, COMID_TAG_CONFIG)) {
		measurement->kind = COMID_KIND_CONFIG;
		(void)tally_cbor_foreign_text(cursor);
		return;
	}
	name = tally_cbor_foreign_text(cursor);
	if (tally_bytes_equal(name, tally_text(COMID_COMPONENT)))
		measurement->kind = COMID_KIND_COMPONENT;
	else if (tally_bytes_equal(name, tally_text(COMID_PLATFORM_CONFIG)))
		measurement->kind = COMID_KIND_CONFIG;
	else
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

/* spec: IANA, Named Information Hash Algorithm Registry */
static size_t comid_hash_size(int64_t alg)
{
	return alg == 1 ? 32 : alg == 7 ? 48 : alg == 8 ? 64 : 0;
}

/* One digest: of several nobody could say which is the platform's. */
static void comid_read_digests(struct tally_cursor *cursor, struct tally_corim_component *component)
{
	struct tally_cbor_elements list = tally_cbor_enter_array(cursor);
	struct tally_cbor_elements pair;
	int64_t alg;

	comid_expect_next(cursor, &list);
	pair = tally_cbor_enter_array(cursor);
	comid_expect_next(cursor, &pair);
	alg = tally_cbor_foreign_int(cursor);
	comid_expect_next(cursor, &pair);
	component->measurement = tally_cbor_foreign_bytes(cursor);
	if (comid_hash_size(alg) == 0 || component->measurement.size != comid_hash_size(alg))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	comid_expect_end(cursor, &pair);
	comid_expect_end(cursor, &list);
}

static void comid_read_signer(struct tally_cursor *cursor, struct tally_corim_component *component)
{
	struct tally_cbor_elements list = tally_cbor_enter_array(cursor);

	comid_expect_next(cursor, &list);
	if (!tally_cbor_skip_tag(cursor, COMID_TAG_BYTES))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	component->signer_id = comid_digest(cursor);
	comid_expect_end(cursor, &list);
}

/* {0: version, 1: scheme} */
static void comid_read_version(struct tally_cursor *cursor, struct tally_corim_component *component)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements))
		if (tally_cbor_foreign_int(cursor) == 0)
			component->version = tally_cbor_foreign_text(cursor);
		else
			tally_cbor_skip(cursor);
}

static void comid_read_raw(struct tally_cursor *cursor, struct comid_measurement *measurement)
{
	if (!tally_cbor_skip_tag(cursor, COMID_TAG_BYTES))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	(void)tally_cbor_foreign_bytes(cursor);
	measurement->has_raw = true;
}

static void comid_read_value(struct tally_cursor *cursor, struct comid_measurement *measurement)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == COMID_VERSION)
			comid_read_version(cursor, &measurement->component);
		else if (key == COMID_DIGESTS)
			comid_read_digests(cursor, &measurement->component);
		else if (key == COMID_RAW)
			comid_read_raw(cursor, measurement);
		else if (key == COMID_RAW_OLD)
			(void)tally_cbor_foreign_bytes(cursor);
		else if (key == COMID_NAME)
			measurement->component.type = tally_cbor_foreign_text(cursor);
		else if (key == COMID_KEYS)
			comid_read_signer(cursor, &measurement->component);
		else
			tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static struct comid_measurement comid_read_measurement(struct tally_cursor *cursor)
{
	struct comid_measurement measurement = { 0 };
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);
	bool is_whole;

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == 0)
			comid_read_name(cursor, &measurement);
		else if (key == 1)
			comid_read_value(cursor, &measurement);
		else
			tally_fail(cursor, TALLY_UNSUPPORTED);
	}
	is_whole = measurement.kind == COMID_KIND_COMPONENT ? measurement.component.measurement.size != 0
							    : measurement.has_raw;
	if (measurement.kind == COMID_KIND_NONE || !is_whole)
		tally_fail(cursor, TALLY_NOT_FOUND);
	return measurement;
}

static void comid_add_component(struct tally_cursor *cursor, const struct tally_corim_component *component,
				struct tally_corim *corim)
{
	if (corim->component_count == TALLY_CORIM_COMPONENT_LIMIT)
		tally_fail(cursor, TALLY_TOO_LARGE);
	else
		corim->component[corim->component_count++] = *component;
}

/* [environment, [measurement, ...]]: of a kind of platform, not of one. */
static void comid_read_references(struct tally_cursor *cursor, struct tally_corim *corim)
{
	struct tally_cbor_elements triple = tally_cbor_enter_array(cursor);
	struct comid_environment environment;
	struct tally_cbor_elements list;

	comid_expect_next(cursor, &triple);
	environment = comid_read_environment(cursor);
	if (environment.instance_id.size)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	comid_expect_next(cursor, &triple);
	list = tally_cbor_enter_array(cursor);
	while (tally_cbor_next(cursor, &list)) {
		struct comid_measurement measurement = comid_read_measurement(cursor);

		measurement.component.implementation_id = environment.implementation_id;
		if (cursor->status == TALLY_OK && measurement.kind == COMID_KIND_COMPONENT)
			comid_add_component(cursor, &measurement.component, corim);
	}
	comid_expect_end(cursor, &triple);
}

/* [environment, [key]]: of one platform. */
static void comid_read_attest_key(struct tally_cursor *cursor, struct tally_corim *corim)
{
	struct tally_cbor_elements triple = tally_cbor_enter_array(cursor);
	struct comid_environment environment;
	struct tally_corim_key key;
	struct tally_cbor_elements list;

	comid_expect_next(cursor, &triple);
	environment = comid_read_environment(cursor);
	if (!environment.instance_id.size)
		tally_fail(cursor, TALLY_NOT_FOUND);
	comid_expect_next(cursor, &triple);
	list = tally_cbor_enter_array(cursor);
	comid_expect_next(cursor, &list);
	if (!tally_cbor_skip_tag(cursor, COMID_TAG_PEM))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	key.implementation_id = environment.implementation_id;
	key.instance_id = environment.instance_id;
	key.pem = tally_cbor_foreign_text(cursor);
	comid_expect_end(cursor, &list);
	comid_expect_end(cursor, &triple);
	if (corim->key_count == TALLY_CORIM_KEY_LIMIT)
		tally_fail(cursor, TALLY_TOO_LARGE);
	else
		corim->key[corim->key_count++] = key;
}

static void comid_read_triples(struct tally_cursor *cursor, struct tally_corim *corim)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);
		struct tally_cbor_elements list = tally_cbor_enter_array(cursor);

		if (key != COMID_REFERENCES && key != COMID_ATTEST_KEYS)
			tally_fail(cursor, TALLY_UNSUPPORTED);
		while (tally_cbor_next(cursor, &list))
			if (key == COMID_REFERENCES)
				comid_read_references(cursor, corim);
			else
				comid_read_attest_key(cursor, corim);
	}
}

enum tally_status tally_comid_read(struct tally_bytes input, struct tally_corim *corim)
{
	struct tally_cursor cursor = tally_cursor(input);
	enum tally_status status = tally_cbor_check(input);
	struct tally_cbor_elements elements;
	bool has_triples = false;

	if (status != TALLY_OK)
		return status;
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(&cursor);

		if (key == COMID_TRIPLES)
			comid_read_triples(&cursor, corim);
		else if (key >= COMID_LANGUAGE && key <= COMID_LINKED)
			tally_cbor_skip(&cursor);
		else
			tally_fail(&cursor, TALLY_UNSUPPORTED);
		has_triples = has_triples || key == COMID_TRIPLES;
	}
	status = tally_cursor_end(&cursor);
	return status == TALLY_OK && !has_triples ? TALLY_NOT_FOUND : status;
}
