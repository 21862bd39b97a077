/* SPDX-License-Identifier: BSD-2-Clause */
/* Records in all three encodings of CEL, put down by hand from the specification's tables. */
#ifndef TALLY_TESTS_UNIT_CEL_CASES_H
#define TALLY_TESTS_UNIT_CEL_CASES_H

#include "hex.h"

#include "../../format/cel_content.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SHA-256 of "abc". spec: FIPS 180-4, example */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ZERO_SHA256 "0000000000000000000000000000000000000000000000000000000000000000"
#define TLV_ABC "03(0b(" ABC "))"
#define CBOR_ABC "0381 A2 000B 01 5820" ABC
#define JSON_ABC "\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" ABC "\"}],"

/* tlv is in our form; content is that of the record that all of them mean. NULL where a form can't say it. */
static const struct cel_case {
	const char *name;
	const char *tlv;
	const char *cbor;
	const char *json;
	const char *content;
	bool is_measured;
} cel_cases[] = {
	{ "a tagged event", "00(0000000000000000) 01(0a)" TLV_ABC "05( 00(00000006) 01('abc') )",
	  "A5 0000 010A" CBOR_ABC "0905 0AA2 0006 0143616263",
	  "{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":"
	  "\"EV_EVENT_TAG\",\"event_data\":\"616263\"}}",
	  "'abc'", true },
	{ "EV_NO_ACTION", "00(0000000000000001) 01(00)" TLV_ABC "05( 00(00000003) 01() )",
	  "A5 0001 0100" CBOR_ABC "0905 0AA2 0003 0140",
	  "{\"recnum\":1,\"pcr\":0," JSON_ABC "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":"
	  "\"EV_NO_ACTION\",\"event_data\":\"\"}}",
	  "", false },
	{ "an event type without a name", "00(0000000000000100) 01(17)" TLV_ABC "05( 00(80000abc) 01(00) )",
	  "A5 00190100 0117" CBOR_ABC "0905 0AA2 001a80000abc 014100",
	  "{\"recnum\":256,\"pcr\":23," JSON_ABC "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":"
	  "2147486396,\"event_data\":\"00\"}}",
	  "00", true },
	{ "cel_version", "00(0000000000000000) 01(00)" TLV_ABC "04( 01( 00(01) 01(00) ) )",
	  "A5 0000 0100" CBOR_ABC "0904 0AA2 0001 01A2 0001 0100",
	  "{\"recnum\":0,\"pcr\":0," JSON_ABC "\"content_type\":\"cel\",\"content\":{\"type\":\"cel_version\","
	  "\"data\":{\"major\":1,\"minor\":0}}}",
	  "01( 00(01) 01(00) )", false },
	{ "firmware_end", "00(0000000000000002) 01(00)" TLV_ABC "04( 02() )", "A5 0002 0100" CBOR_ABC "0904 0AA1 0002",
	  "{\"recnum\":2,\"pcr\":0," JSON_ABC "\"content_type\":\"cel\",\"content\":{\"type\":\"firmware_end\"}}",
	  "02()", false },
	{ "cel_timestamp", "00(0000000000000003) 01(00)" TLV_ABC "04( 50(65e0a1f0) )",
	  "A5 0003 0100" CBOR_ABC "0904 0AA2 001850 011a65e0a1f0",
	  "{\"recnum\":3,\"pcr\":0," JSON_ABC
	  "\"content_type\":\"cel\",\"content\":{\"type\":\"cel_timestamp\",\"data\":1709220336}}",
	  "50(65e0a1f0)", true },
	{ "state_trans", "00(0000000000000003) 01(00)" TLV_ABC "04( 51(02) )",
	  "A5 0003 0100" CBOR_ABC "0904 0AA2 001851 0102",
	  "{\"recnum\":3,\"pcr\":0," JSON_ABC
	  "\"content_type\":\"cel\",\"content\":{\"type\":\"state_trans\",\"data\":\"kexec\"}}",
	  "51(02)", true },
	{ "two management elements", "00(0000000000000003) 01(00)" TLV_ABC "04( 02() 63(aabb) )",
	  "A5 0003 0100" CBOR_ABC "0904 0A82 A10002 A20018630142aabb",
	  "{\"recnum\":3,\"pcr\":0," JSON_ABC "\"content_type\":\"cel\",\"content\":[{\"type\":\"firmware_end\"},"
	  "{\"type\":99,\"data\":\"aabb\"}]}",
	  "02() 63(aabb)", true },
	{ "ima_template", "00(0000000000000000) 01(0a)" TLV_ABC "07( 00('ima-ng') 01(1a00) )",
	  "A5 0000 010A" CBOR_ABC "0907 0AA2 0066696d612d6e67 01421a00",
	  "{\"recnum\":0,\"pcr\":10," JSON_ABC
	  "\"content_type\":\"ima_template\",\"content\":{\"template_name\":\"ima-ng\",\"template_data\":\"1a00\"}}",
	  "00('ima-ng') 01(1a00)", true },
	{ "ima_tlv", "00(0000000000000000) 01(0a)" TLV_ABC "08( 00('/x') )",
	  "A5 0000 010A" CBOR_ABC "0908 0A47 00('/x')",
	  "{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content_type\":\"ima_tlv\",\"content\":\"00000000022f78\"}",
	  "00('/x')", true },
	{ "a string that systemd measured", "00(0000000000000000) 01(0b)" TLV_ABC "09('ready')",
	  "A5 0000 010B" CBOR_ABC "0909 0A45'ready'",
	  "{\"recnum\":0,\"pcr\":11," JSON_ABC "\"content_type\":\"systemd\",\"content\":\"7265616479\"}", "'ready'",
	  true },
	{ "what systemd says of it", "00(0000000000000000) 01(0b)" TLV_ABC "09('{\"string\":\"ready\"}')",
	  "A5 0000 010B" CBOR_ABC "0909 0A52'{\"string\":\"ready\"}'",
	  "{\"recnum\":0,\"pcr\":11," JSON_ABC "\"content_type\":\"systemd\",\"content\":{\"string\":\"ready\"}}",
	  "'{\"string\":\"ready\"}'", true },
	{ "Google's", "00(0000000000000000) 6c(04)" TLV_ABC "50( 00('x') )",
	  "A5 0000" CBOR_ABC "091850 0A46 00('x') 186c04",
	  "{\"recnum\":0,\"ccmr\":4," JSON_ABC "\"content_type\":80,\"content\":\"000000000178\"}", "00('x')", true },
	{ "an NV index", "00(0000000000000007) 02(20000001)" TLV_ABC "0c(01)",
	  "A5 0007 021a20000001" CBOR_ABC "090c 0A4101",
	  "{\"recnum\":7,\"nv_index\":536870913," JSON_ABC "\"content_type\":12,\"content\":\"01\"}", "01", true },
};

static uint8_t cel_room[4096];

static const struct tally_cel_reading cel_reading_of_pcrs = {
	.numbering = TALLY_NUMBERING_PCR,
	.is_numbered = true,
	.room = { cel_room, sizeof(cel_room) },
};

static inline void assert_records_equal(const struct tally_record *a, const struct tally_record *b)
{
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->numbering, b->numbering);
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->content_type, b->content_type);
	assert_int_equal(a->event_type, b->event_type);
	assert_int_equal(a->is_measured, b->is_measured);
	assert_int_equal(a->lacks_digests, b->lacks_digests);
	assert_true(tally_digests_equal(&a->digests, &b->digests));
	assert_bytes_equal(a->content, b->content);
}

#endif
