// SPDX-License-Identifier: BSD-2-Clause
/* Control records: bytes put together by hand from docs/formats/log.md 3, and every damage to them. */
#include "strict.h"

#include "../../format/cel_tlv.h"
#include "../../format/control.h"

#define SHA1_A "0102030405060708090a0b0c0d0e0f1011121314"
#define SHA1_B "f102030405060708090a0b0c0d0e0f10111213f4"
#define ZERO20 "0000000000000000000000000000000000000000"
#define ONES20 "ffffffffffffffffffffffffffffffffffffffff"
#define ZERO32 ZERO20 "000000000000000000000000"
#define BYTES32 SHA1_A "1516171819202122232425ff"
#define BYTES48 BYTES32 "a1a2a3a4a5a6a7a8a9aaabacadaeafa0"
#define BOOT "00112233445566778899aabbccddeeff"
#define BOOT_AFTER "10112233445566778899aabbccddee0f"

#define SIGN_HEADER "'tally header' 00000000"
#define SIGN_BASE "'tally base' 000000000000"
#define SIGN_GAP "'tally gap' 00000000000000"
#define SIGN_FILL "'tally fill' 000000000000"
#define SIGN_TRIM "'tally trim' 000000000000"
#define SIGN_KEXEC "'tally kexec' 0000000000"
#define SIGN_ABORT "'tally abort' 0000000000"

#define R0 "00(00) 01('r0') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)"
#define R2 "00(02) 01('r2') 02(02) 03(04(" ONES20 ") 0b(" ZERO32 ")) 04(ff00) 05(03) 06(03) 07(07)"
#define M0 "00(00) 01('m') 02(01) 03(04(" ZERO20 ")) 04(01) 05(05) 06(02) 07(02)"
#define REGISTERS "03(00(" R0 ") 00(" R2 ") 00(" M0 "))"
#define VERSION "00(01)"
#define PROVIDER "01('soft')"
#define BOOT_ID "02(" BOOT ")"
#define NUMBERING "04('register')"
#define CAPACITY "05(10000000)"
#define FRONT VERSION PROVIDER BOOT_ID
#define ELEMENTS FRONT REGISTERS NUMBERING CAPACITY
#define HEADER SIGN_HEADER ELEMENTS

#define VALUE_0 "00(00(00) 01(04(" SHA1_A ")))"
#define VALUE_2 "00(00(02) 01(04(" SHA1_A ") 0b(" BYTES32 ")))"
#define TRIM_HEADER "00(" ELEMENTS ")"
#define TRIM_VALUES "01(" VALUE_0 VALUE_2 ")"
#define TRIM_ONCE "02(" BYTES48 ")"
#define TRIM_HEAD "03(" BYTES48 ")"
#define TRIM SIGN_TRIM TRIM_HEADER TRIM_VALUES TRIM_ONCE TRIM_HEAD

#define BASE SIGN_BASE "00(04(" SHA1_A ") 0b(" BYTES32 "))"
#define FROM_TO "00(04(" SHA1_A ")) 01(04(" SHA1_B "))"
#define GAP SIGN_GAP FROM_TO
#define GAP_INTENT "02(" BYTES32 ")"
#define GAP_ONCE "03('0:0') 04('n1') 05(04(" SHA1_B "))"
#define GAP_RECORD "06(aabbcc)"
#define GAP_DAMAGE "07(" BYTES48 ")"
#define FILL SIGN_FILL "00(0100) 01('ima') 02('runtime') 03(00) 04(0c)"
#define ABORT SIGN_ABORT "00(" BYTES32 ") 01(aabbcc)"
#define KEXEC SIGN_KEXEC "00(" BOOT ") 01(" BOOT_AFTER ")"

/* Too large for a stack frame. */
static struct tally_control_header header;
static struct tally_control_trim trim;

static enum tally_status header_reread(struct tally_bytes input, struct tally_writer *writer)
{
	enum tally_status status = tally_control_read_header(input, &header);

	if (status == TALLY_OK)
		tally_control_write_header(writer, &header);
	return status;
}

static enum tally_status base_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_control_base base;
	enum tally_status status = tally_control_read_base(input, &base);

	if (status == TALLY_OK)
		tally_control_write_base(writer, &base);
	return status;
}

static enum tally_status gap_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_control_gap gap;
	enum tally_status status = tally_control_read_gap(input, &gap);

	if (status == TALLY_OK)
		tally_control_write_gap(writer, &gap);
	return status;
}

static enum tally_status fill_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_control_fill fill;
	enum tally_status status = tally_control_read_fill(input, &fill);

	if (status == TALLY_OK)
		tally_control_write_fill(writer, &fill);
	return status;
}

static enum tally_status trim_reread(struct tally_bytes input, struct tally_writer *writer)
{
	enum tally_status status = tally_control_read_trim(input, &trim);

	if (status == TALLY_OK)
		tally_control_write_trim(writer, &trim);
	return status;
}

static enum tally_status kexec_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_control_kexec kexec;
	enum tally_status status = tally_control_read_kexec(input, &kexec);

	if (status == TALLY_OK)
		tally_control_write_kexec(writer, &kexec);
	return status;
}

static enum tally_status abort_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_control_abort abort_record;
	enum tally_status status = tally_control_read_abort(input, &abort_record);

	if (status == TALLY_OK)
		tally_control_write_abort(writer, &abort_record);
	return status;
}

static const struct {
	enum tally_control_word word;
	const char *name;
	const char *hex;
	strict_reread reread;
} words[] = {
	{ TALLY_CONTROL_HEADER, "header", HEADER, header_reread },
	{ TALLY_CONTROL_BASE, "base", BASE, base_reread },
	{ TALLY_CONTROL_GAP, "gap", GAP, gap_reread },
	{ TALLY_CONTROL_FILL, "fill", FILL, fill_reread },
	{ TALLY_CONTROL_TRIM, "trim", TRIM, trim_reread },
	{ TALLY_CONTROL_KEXEC, "kexec", KEXEC, kexec_reread },
	{ TALLY_CONTROL_ABORT, "abort", ABORT, abort_reread },
};

static void each_word_is_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		expect_strict(words[i].reread, words[i].hex);
}

static void each_optional_element_is_strict(void **state)
{
	(void)state;
	expect_strict_with_prefixes(base_reread, BASE "01(ffffffff)", 1);
	expect_strict_with_prefixes(base_reread, BASE "02(00)", 1);
	expect_strict_with_prefixes(base_reread, BASE "01(00) 02(0100)", 2);
	expect_strict_with_prefixes(gap_reread, GAP GAP_DAMAGE, 1);
	expect_strict_with_prefixes(gap_reread, GAP GAP_INTENT, 1);
	expect_strict_with_prefixes(gap_reread, GAP GAP_INTENT GAP_ONCE, 2);
	expect_strict_with_prefixes(gap_reread, GAP GAP_INTENT GAP_RECORD, 2);
	expect_strict_with_prefixes(gap_reread, GAP GAP_INTENT GAP_ONCE GAP_RECORD, 3);
	expect_strict(trim_reread, SIGN_TRIM TRIM_HEADER TRIM_VALUES "02()" TRIM_HEAD);
	expect_strict(header_reread, SIGN_HEADER FRONT "03()"
						       "04('pcr') 05(00)");
	expect_strict(header_reread, SIGN_HEADER FRONT "03(00(" M0 "))"
						       "04('cc-mr') 05(ffffffffffffffff)");
}

/* A reader of one word refuses every other word's record, and tells it from damage. */
static void another_word_is_unsupported(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t j = 0; j < COUNT(words); j++)
			if (i != j)
				expect_refused(words[i].reread, words[j].name, words[j].hex, TALLY_UNSUPPORTED);
}

static void word_is_told(void **state)
{
	struct tally_record record = { .content_type = TALLY_CONTENT_PCCLIENT_STD, .event_type = TALLY_EV_NO_ACTION };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		record.content = hex_bytes(words[i].hex);
		assert_int_equal(tally_control_word(&record), words[i].word);
		assert_string_equal(tally_control_word_name(words[i].word), words[i].name);
		free_bytes(record.content);
	}
	assert_string_equal(tally_control_word_name(TALLY_CONTROL_NOT), "");
	assert_string_equal(tally_control_word_name((enum tally_control_word)99), "");
}

static void other_records_have_no_word(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		uint8_t content_type;
		uint32_t event_type;
	} cases[] = {
		{ "an event that looks like a gap", GAP, TALLY_CONTENT_PCCLIENT_STD, TALLY_EV_EVENT_TAG },
		{ "other content that looks like a gap", GAP, TALLY_CONTENT_IMA_TLV, TALLY_EV_NO_ACTION },
		{ "no content", "", TALLY_CONTENT_PCCLIENT_STD, TALLY_EV_NO_ACTION },
		{ "half a signature", "'tally gap' 000000000000", TALLY_CONTENT_PCCLIENT_STD, TALLY_EV_NO_ACTION },
		{ "no word", "'tally ' 00000000000000000000", TALLY_CONTENT_PCCLIENT_STD, TALLY_EV_NO_ACTION },
		{ "a word of a later version", "'tally gape' 000000000000", TALLY_CONTENT_PCCLIENT_STD,
		  TALLY_EV_NO_ACTION },
		{ "a capital letter", "'tally Gap' 00000000000000", TALLY_CONTENT_PCCLIENT_STD, TALLY_EV_NO_ACTION },
		{ "padding that is no NUL", "'tally gap' 00000000000001", TALLY_CONTENT_PCCLIENT_STD,
		  TALLY_EV_NO_ACTION },
		{ "firmware's own", "'StartupLocality' 00 03", TALLY_CONTENT_PCCLIENT_STD, TALLY_EV_NO_ACTION },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_record record = { .content_type = cases[i].content_type,
					       .event_type = cases[i].event_type };

		record.content = hex_bytes(cases[i].hex);
		if (tally_control_word(&record) != TALLY_CONTROL_NOT)
			fail_msg("%s", cases[i].name);
		free_bytes(record.content);
	}
}

static void header_fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(HEADER);
	const struct tally_register *reg;

	(void)state;
	assert_int_equal(tally_control_read_header(input, &header), TALLY_OK);
	assert_int_equal(header.version, 1);
	assert_string_equal(header.registers.provider, "soft");
	assert_bytes_hex(tally_bytes(header.boot_id, sizeof(header.boot_id)), BOOT);
	assert_int_equal(header.numbering, TALLY_NUMBERING_REGISTER);
	assert_int_equal(header.capacity, 256 * 1024 * 1024);
	assert_int_equal(header.registers.count, 3);

	reg = &header.registers.item[1];
	assert_int_equal(reg->number, 2);
	assert_string_equal(reg->name, "r2");
	assert_int_equal(reg->kind, TALLY_RUNTIME);
	assert_int_equal(reg->is_signed, TALLY_SIGNED_DIGEST);
	assert_int_equal(reg->extend_rule, TALLY_EXTEND_PADDED);
	assert_true(reg->is_resettable && reg->is_lockable && reg->is_late);
	assert_int_equal(reg->pcr_mask, 0xff00);
	assert_int_equal(reg->reset.count, 2);
	assert_bytes_hex(tally_digest_bytes(&reg->reset.digest[0]), ONES20);

	reg = &header.registers.item[2];
	assert_int_equal(reg->kind, TALLY_STATIC);
	assert_int_equal(reg->is_signed, TALLY_SIGNED_ELSEWHERE);
	assert_int_equal(reg->extend_rule, TALLY_EXTEND_RAW);
	assert_true(!reg->is_resettable && reg->is_lockable && !reg->is_late);
	free_bytes(input);
}

static void trim_fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(TRIM);

	(void)state;
	assert_int_equal(tally_control_read_trim(input, &trim), TALLY_OK);
	assert_int_equal(trim.header.registers.count, 3);
	assert_int_equal(trim.value[0].count, 1);
	assert_int_equal(trim.value[1].count, 2);
	assert_int_equal(trim.value[2].count, 0);
	assert_bytes_hex(tally_digest_bytes(&trim.value[1].digest[1]), BYTES32);
	assert_bytes_hex(trim.once_list_digest, BYTES48);
	assert_bytes_hex(tally_bytes(trim.head, sizeof(trim.head)), BYTES48);
	free_bytes(input);
}

static void small_fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(GAP GAP_INTENT GAP_ONCE GAP_RECORD);
	struct tally_control_gap gap;
	struct tally_control_base base;
	struct tally_control_fill fill;
	struct tally_control_kexec kexec;

	(void)state;
	assert_int_equal(tally_control_read_gap(input, &gap), TALLY_OK);
	assert_true(gap.names_intent && gap.has_once);
	assert_bytes_hex(tally_digest_bytes(&gap.from.digest[0]), SHA1_A);
	assert_bytes_hex(tally_digest_bytes(&gap.to.digest[0]), SHA1_B);
	assert_bytes_hex(tally_bytes(gap.intent, sizeof(gap.intent)), BYTES32);
	assert_true(tally_bytes_equal(gap.origin, tally_text("0:0")));
	assert_true(tally_bytes_equal(gap.name, tally_text("n1")));
	assert_bytes_hex(gap.record, "aabbcc");
	free_bytes(input);

	input = hex_bytes(BASE "01(ffffffff) 02(0100)");
	assert_int_equal(tally_control_read_base(input, &base), TALLY_OK);
	assert_int_equal(base.value.count, 2);
	assert_true(base.has_reset_count && base.has_restart_count);
	assert_int_equal(base.reset_count, UINT32_MAX);
	assert_int_equal(base.restart_count, 256);
	free_bytes(input);

	input = hex_bytes(FILL);
	assert_int_equal(tally_control_read_fill(input, &fill), TALLY_OK);
	assert_int_equal(fill.gap, 256);
	assert_true(tally_bytes_equal(fill.format, tally_text("ima")));
	assert_true(tally_bytes_equal(fill.name, tally_text("runtime")));
	assert_int_equal(fill.first, 0);
	assert_int_equal(fill.count, 12);
	free_bytes(input);

	input = hex_bytes(KEXEC);
	assert_int_equal(tally_control_read_kexec(input, &kexec), TALLY_OK);
	assert_bytes_hex(tally_bytes(kexec.before, sizeof(kexec.before)), BOOT);
	assert_bytes_hex(tally_bytes(kexec.after, sizeof(kexec.after)), BOOT_AFTER);
	free_bytes(input);
}

struct damage {
	const char *name;
	const char *hex;
	enum tally_status expected;
};

static void expect_all_refused(strict_reread reread, const struct damage *damage, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect_refused(reread, damage[i].name, damage[i].hex, damage[i].expected);
}

static void damaged_header_is_refused(void **state)
{
	static const struct damage damage[] = {
		{ "version 0", SIGN_HEADER "00(00)" PROVIDER BOOT_ID REGISTERS NUMBERING CAPACITY, TALLY_UNSUPPORTED },
		{ "version 2", SIGN_HEADER "00(02)" PROVIDER BOOT_ID REGISTERS NUMBERING CAPACITY, TALLY_UNSUPPORTED },
		{ "version not minimal", SIGN_HEADER "00(0001)" PROVIDER BOOT_ID REGISTERS NUMBERING CAPACITY,
		  TALLY_NOT_CANONICAL },
		{ "version missing", SIGN_HEADER PROVIDER BOOT_ID REGISTERS NUMBERING CAPACITY, TALLY_DISORDER },
		{ "provider of no bytes", SIGN_HEADER VERSION "01()" BOOT_ID REGISTERS NUMBERING CAPACITY,
		  TALLY_OUT_OF_RANGE },
		{ "provider with a NUL", SIGN_HEADER VERSION "01('so' 00 't')" BOOT_ID REGISTERS NUMBERING CAPACITY,
		  TALLY_OUT_OF_RANGE },
		{ "provider of 24 bytes",
		  SIGN_HEADER VERSION "01('abcdefghijklmnopqrstuvwx')" BOOT_ID REGISTERS NUMBERING CAPACITY,
		  TALLY_OUT_OF_RANGE },
		{ "boot id of 15 bytes",
		  SIGN_HEADER VERSION PROVIDER "02(00112233445566778899aabbccddee)" REGISTERS NUMBERING CAPACITY,
		  TALLY_OUT_OF_RANGE },
		{ "boot id of 17 bytes", SIGN_HEADER VERSION PROVIDER "02(" BOOT "00)" REGISTERS NUMBERING CAPACITY,
		  TALLY_OUT_OF_RANGE },
		{ "boot id twice", SIGN_HEADER FRONT BOOT_ID REGISTERS NUMBERING CAPACITY, TALLY_DISORDER },
		{ "registers missing", SIGN_HEADER FRONT NUMBERING CAPACITY, TALLY_DISORDER },
		{ "an element of another tag among the registers",
		  SIGN_HEADER FRONT "03(00(" R0 ") 01(" R2 "))" NUMBERING CAPACITY, TALLY_DISORDER },
		{ "half an element behind the registers", SIGN_HEADER FRONT "03(00(" R0 ") 0000)" NUMBERING CAPACITY,
		  TALLY_TRUNCATED },
		{ "a register twice", SIGN_HEADER FRONT "03(00(" R0 ") 00(" R0 "))" NUMBERING CAPACITY,
		  TALLY_DUPLICATE },
		{ "registers descending", SIGN_HEADER FRONT "03(00(" R2 ") 00(" R0 "))" NUMBERING CAPACITY,
		  TALLY_DISORDER },
		{ "a static register before a runtime one",
		  SIGN_HEADER FRONT "03(00(" M0 ") 00(" R0 "))" NUMBERING CAPACITY, TALLY_DISORDER },
		{ "numbering of another name", SIGN_HEADER FRONT REGISTERS "04('nv')" CAPACITY, TALLY_OUT_OF_RANGE },
		{ "numbering of no bytes", SIGN_HEADER FRONT REGISTERS "04()" CAPACITY, TALLY_OUT_OF_RANGE },
		{ "capacity of nine bytes", SIGN_HEADER FRONT REGISTERS NUMBERING "05(010000000000000000)",
		  TALLY_OUT_OF_RANGE },
		{ "element of a later version", HEADER "06()", TALLY_TRAILING },
	};

	(void)state;
	expect_all_refused(header_reread, damage, COUNT(damage));
}

/* Each row is the whole of a register. */
static void damaged_register_is_refused(void **state)
{
	static const struct damage damage[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "number of five bytes",
		  "00(0100000000) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)", TALLY_OUT_OF_RANGE },
		{ "empty name", "00(00) 01() 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "name of 24 bytes",
		  "00(00) 01('abcdefghijklmnopqrstuvwx') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "kind 0", "00(00) 01('r') 02(00) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "kind 3", "00(00) 01('r') 02(03) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "no banks", "00(00) 01('r') 02(02) 03() 04(82) 05(02) 06(01) 07(00)", TALLY_OUT_OF_RANGE },
		{ "banks descending",
		  "00(00) 01('r') 02(02) 03(0b(" ZERO32 ") 04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(00)",
		  TALLY_DISORDER },
		{ "unknown bank", "00(00) 01('r') 02(02) 03(04(" ZERO20 ") 27(" ZERO32 ")) 04(82) 05(02) 06(01) 07(00)",
		  TALLY_UNKNOWN_ALGORITHM },
		{ "PCR 24", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(01000000) 05(02) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "signed 0", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(00) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "signed 6", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(06) 06(01) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "rule 0", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(00) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "rule 4", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(04) 07(00)",
		  TALLY_OUT_OF_RANGE },
		{ "unknown flag", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01) 07(08)",
		  TALLY_OUT_OF_RANGE },
		{ "flags missing", "00(00) 01('r') 02(02) 03(04(" ZERO20 ")) 04(82) 05(02) 06(01)", TALLY_TRUNCATED },
		{ "element of a later version", R0 "08()", TALLY_TRAILING },
	};
	char hex[512];

	(void)state;
	for (size_t i = 0; i < COUNT(damage); i++) {
		snprintf(hex, sizeof(hex), "%s03(00(%s))%s", SIGN_HEADER FRONT, damage[i].hex, NUMBERING CAPACITY);
		expect_refused(header_reread, damage[i].name, hex, damage[i].expected);
	}
}

static void more_registers_than_a_set_holds_are_refused(void **state)
{
	static char hex[(TALLY_REGISTER_LIMIT + 1) * 200 + 512];

	(void)state;
	for (unsigned count = TALLY_REGISTER_LIMIT; count <= TALLY_REGISTER_LIMIT + 1; count++) {
		struct tally_bytes input;
		int at = snprintf(hex, sizeof(hex), "%s03(", SIGN_HEADER FRONT);

		for (unsigned i = 0; i < count; i++)
			at += snprintf(hex + at, sizeof(hex) - (size_t)at,
				       "00(00(%02x) 01('r%u') 02(02) 03(04(%s)) 04(00) 05(02) 06(01) 07(00))", i, i,
				       ZERO20);
		snprintf(hex + at, sizeof(hex) - (size_t)at, ")%s", NUMBERING CAPACITY);
		input = hex_bytes(hex);
		assert_int_equal(tally_control_read_header(input, &header),
				 count > TALLY_REGISTER_LIMIT ? TALLY_OUT_OF_RANGE : TALLY_OK);
		free_bytes(input);
	}
}

static void damaged_trim_is_refused(void **state)
{
	static const struct damage damage[] = {
		{ "header missing", SIGN_TRIM TRIM_VALUES TRIM_ONCE TRIM_HEAD, TALLY_DISORDER },
		{ "header with a byte behind", SIGN_TRIM "00(" ELEMENTS "00)" TRIM_VALUES TRIM_ONCE TRIM_HEAD,
		  TALLY_TRAILING },
		{ "header with its signature", SIGN_TRIM "00(" HEADER ")" TRIM_VALUES TRIM_ONCE TRIM_HEAD,
		  TALLY_DISORDER },
		{ "a value missing", SIGN_TRIM TRIM_HEADER "01(" VALUE_0 ")" TRIM_ONCE TRIM_HEAD, TALLY_TRUNCATED },
		{ "values exchanged", SIGN_TRIM TRIM_HEADER "01(" VALUE_2 VALUE_0 ")" TRIM_ONCE TRIM_HEAD,
		  TALLY_UNKNOWN_REGISTER },
		{ "a value twice", SIGN_TRIM TRIM_HEADER "01(" VALUE_0 VALUE_2 VALUE_2 ")" TRIM_ONCE TRIM_HEAD,
		  TALLY_TRAILING },
		{ "a bank of a value missing",
		  SIGN_TRIM TRIM_HEADER "01(" VALUE_0 "00(00(02) 01(04(" SHA1_A "))))" TRIM_ONCE TRIM_HEAD,
		  TALLY_BANK_SET },
		{ "a value with an element more",
		  SIGN_TRIM TRIM_HEADER "01(00(00(00) 01(04(" SHA1_A ")) 02())" VALUE_2 ")" TRIM_ONCE TRIM_HEAD,
		  TALLY_TRAILING },
		{ "hash of the once list of 32 bytes", SIGN_TRIM TRIM_HEADER TRIM_VALUES "02(" BYTES32 ")" TRIM_HEAD,
		  TALLY_OUT_OF_RANGE },
		{ "hash of the once list missing", SIGN_TRIM TRIM_HEADER TRIM_VALUES TRIM_HEAD, TALLY_DISORDER },
		{ "head of 32 bytes", SIGN_TRIM TRIM_HEADER TRIM_VALUES TRIM_ONCE "03(" BYTES32 ")",
		  TALLY_OUT_OF_RANGE },
		{ "element of a later version", TRIM "04()", TALLY_TRAILING },
	};

	(void)state;
	expect_all_refused(trim_reread, damage, COUNT(damage));
}

static void damaged_gap_is_refused(void **state)
{
	static const struct damage damage[] = {
		{ "from missing", SIGN_GAP "01(04(" SHA1_B "))", TALLY_DISORDER },
		{ "other banks in to", SIGN_GAP "00(04(" SHA1_A ")) 01(0b(" BYTES32 "))", TALLY_BANK_SET },
		{ "intent of 31 bytes", GAP "02(" SHA1_A "1516171819202122232425)", TALLY_OUT_OF_RANGE },
		{ "once without intent", GAP GAP_ONCE, TALLY_OUT_OF_RANGE },
		{ "record without intent", GAP GAP_RECORD, TALLY_OUT_OF_RANGE },
		{ "once without digests", GAP GAP_INTENT "03('0:0') 04('n1')", TALLY_TRUNCATED },
		{ "once without name", GAP GAP_INTENT "03('0:0') 05(04(" SHA1_B "))", TALLY_DISORDER },
		{ "name without origin", GAP GAP_INTENT "04('n1') 05(04(" SHA1_B "))", TALLY_TRAILING },
		{ "origin that is none", GAP GAP_INTENT "03('root') 04('n1') 05(04(" SHA1_B "))", TALLY_OUT_OF_RANGE },
		{ "name that is not clean", GAP GAP_INTENT "03('0:0') 04(0a) 05(04(" SHA1_B "))", TALLY_OUT_OF_RANGE },
		{ "once digests of other banks", GAP GAP_INTENT "03('0:0') 04('n1') 05(0b(" BYTES32 "))",
		  TALLY_BANK_SET },
		{ "record of no bytes", GAP GAP_INTENT "06()", TALLY_OUT_OF_RANGE },
		{ "record before once", GAP GAP_INTENT GAP_RECORD GAP_ONCE, TALLY_TRAILING },
		{ "intent twice", GAP GAP_INTENT GAP_INTENT, TALLY_TRAILING },
		{ "damage and an intent", GAP GAP_INTENT GAP_DAMAGE, TALLY_OUT_OF_RANGE },
		{ "damage of 32 bytes", GAP "07(" BYTES32 ")", TALLY_OUT_OF_RANGE },
		{ "damage twice", GAP GAP_DAMAGE GAP_DAMAGE, TALLY_TRAILING },
		{ "element of a later version", GAP "08()", TALLY_TRAILING },
	};

	(void)state;
	expect_all_refused(gap_reread, damage, COUNT(damage));
}

static void damaged_small_ones_are_refused(void **state)
{
	static const struct damage base[] = {
		{ "value missing", SIGN_BASE "01(00)", TALLY_DISORDER },
		{ "resetCount of five bytes", BASE "01(0100000000)", TALLY_OUT_OF_RANGE },
		{ "resetCount not minimal", BASE "01(0001)", TALLY_NOT_CANONICAL },
		{ "resetCount twice", BASE "01(01) 01(01)", TALLY_TRAILING },
		{ "restartCount before resetCount", BASE "02(01) 01(01)", TALLY_TRAILING },
		{ "element of a later version", BASE "03()", TALLY_TRAILING },
	};
	static const struct damage fill[] = {
		{ "gap not minimal", SIGN_FILL "00(00ff) 01('ima') 02('runtime') 03(00) 04(0c)", TALLY_NOT_CANONICAL },
		{ "empty format", SIGN_FILL "00(00) 01() 02('runtime') 03(00) 04(0c)", TALLY_OUT_OF_RANGE },
		{ "name not clean", SIGN_FILL "00(00) 01('ima') 02(7f) 03(00) 04(0c)", TALLY_OUT_OF_RANGE },
		{ "count missing", SIGN_FILL "00(00) 01('ima') 02('runtime') 03(00)", TALLY_TRUNCATED },
		{ "count of no bytes", SIGN_FILL "00(00) 01('ima') 02('runtime') 03(00) 04()", TALLY_OUT_OF_RANGE },
		{ "element of a later version", FILL "05()", TALLY_TRAILING },
	};
	static const struct damage abort_damage[] = {
		{ "slot hash of 33 bytes", SIGN_ABORT "00(" BYTES32 "00) 01(aabbcc)", TALLY_OUT_OF_RANGE },
		{ "record missing", SIGN_ABORT "00(" BYTES32 ")", TALLY_TRUNCATED },
		{ "record of no bytes", SIGN_ABORT "00(" BYTES32 ") 01()", TALLY_OUT_OF_RANGE },
		{ "element of a later version", ABORT "02()", TALLY_TRAILING },
	};
	static const struct damage kexec[] = {
		{ "boot id of 15 bytes", SIGN_KEXEC "00(" BOOT ") 01(00112233445566778899aabbccddee)",
		  TALLY_OUT_OF_RANGE },
		{ "after before before", SIGN_KEXEC "01(" BOOT_AFTER ") 00(" BOOT ")", TALLY_DISORDER },
		{ "element of a later version", KEXEC "02()", TALLY_TRAILING },
	};

	(void)state;
	expect_all_refused(base_reread, base, COUNT(base));
	expect_all_refused(fill_reread, fill, COUNT(fill));
	expect_all_refused(abort_reread, abort_damage, COUNT(abort_damage));
	expect_all_refused(kexec_reread, kexec, COUNT(kexec));
}

static void writers_refuse_what_readers_would(void **state)
{
	struct tally_bytes input = hex_bytes(GAP GAP_INTENT GAP_ONCE GAP_RECORD);
	struct tally_bytes trim_input = hex_bytes(TRIM);
	struct tally_control_gap good;
	struct tally_control_gap gap;
	struct tally_control_abort abort_record = { { 0 }, { NULL, 0 } };
	struct tally_control_fill fill = { 0, tally_text("ima"), tally_text(""), 0, 0 };
	uint8_t buffer[1024];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	(void)state;
	assert_int_equal(tally_control_read_gap(input, &good), TALLY_OK);
	tally_control_write_gap(&writer, &good);
	assert_int_equal(writer.status, TALLY_OK);
	gap = good;
	gap.names_intent = false;
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_gap(&writer, &gap);
	assert_int_equal(writer.status, TALLY_INVALID);
	gap = good;
	gap.name = tally_text("");
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_gap(&writer, &gap);
	assert_int_equal(writer.status, TALLY_INVALID);
	gap = good;
	gap.to.digest[0].alg = TALLY_SHA256;
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_gap(&writer, &gap);
	assert_int_equal(writer.status, TALLY_BANK_SET);
	free_bytes(input);

	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_abort(&writer, &abort_record);
	assert_int_equal(writer.status, TALLY_INVALID);
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_fill(&writer, &fill);
	assert_int_equal(writer.status, TALLY_INVALID);

	assert_int_equal(tally_control_read_trim(trim_input, &trim), TALLY_OK);
	trim.value[1].count = 1;
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_trim(&writer, &trim);
	assert_int_equal(writer.status, TALLY_BANK_SET);
	trim.header.version = 2;
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_header(&writer, &trim.header);
	assert_int_equal(writer.status, TALLY_UNSUPPORTED);
	trim.header.version = 1;
	trim.header.numbering = TALLY_NUMBERING_NV;
	writer = tally_writer(buffer, sizeof(buffer));
	tally_control_write_header(&writer, &trim.header);
	assert_int_equal(writer.status, TALLY_INVALID);
	free_bytes(trim_input);
}

/* The record around it: docs/formats/log.md 1, with zero digests of the register's banks. */
static void record_stands_around_the_content(void **state)
{
	struct tally_bytes input = hex_bytes(HEADER);
	struct tally_record record;
	uint8_t buffer[256];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	(void)state;
	assert_int_equal(tally_control_read_header(input, &header), TALLY_OK);
	tally_control_record(&record, 7, &header.registers.item[1], tally_text("abc"));
	assert_false(record.is_measured);
	tally_cel_write(&writer, &record);
	assert_bytes_hex(tally_written(&writer),
			 "00(0000000000000007) 01(02) 03(04(" ZERO20 ") 0b(" ZERO32 ")) 05(00(00000003) 01('abc'))");
	free_bytes(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_strict),
		cmocka_unit_test(each_optional_element_is_strict),
		cmocka_unit_test(another_word_is_unsupported),
		cmocka_unit_test(word_is_told),
		cmocka_unit_test(other_records_have_no_word),
		cmocka_unit_test(header_fields_are_read),
		cmocka_unit_test(trim_fields_are_read),
		cmocka_unit_test(small_fields_are_read),
		cmocka_unit_test(damaged_header_is_refused),
		cmocka_unit_test(damaged_register_is_refused),
		cmocka_unit_test(more_registers_than_a_set_holds_are_refused),
		cmocka_unit_test(damaged_trim_is_refused),
		cmocka_unit_test(damaged_gap_is_refused),
		cmocka_unit_test(damaged_small_ones_are_refused),
		cmocka_unit_test(writers_refuse_what_readers_would),
		cmocka_unit_test(record_stands_around_the_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
