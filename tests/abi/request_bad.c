// SPDX-License-Identifier: BSD-2-Clause
/* Tag request: messages that are refused, and misuse of the file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "message.h"

static struct abi_request request;
static struct abi_response response;
static const uint8_t zeros[128];

static void good_request(void)
{
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_REPORT_DATA, zeros, 64);
}

/* One byte of a good request is another. */
static const struct {
	const char *what;
	size_t at;
	uint8_t value;
	int error;
	unsigned status;
} damage[] = {
	{ "another magic", 3, 'X', EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "a response for a request", 3, 'R', EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "a size that is one too much", 7, 12 + 69 + 1, EBADMSG, ABI_S_TRUNCATED },
	{ "a size that is one too small", 7, 12 + 69 - 1, EBADMSG, ABI_S_TRAILING },
	{ "a size of 4 GiB", 4, 0xff, EBADMSG, ABI_S_TRUNCATED },
	{ "version 2", 9, 2, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "version 0", 9, 0, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "kind 0", 11, 0, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "kind 7", 11, 7, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "kind 256", 10, 1, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "flag 1, which is of another kind", 15, 1, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "flag 2, which is of another kind", 15, 2, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "an unknown flag", 12, 0x80, EOPNOTSUPP, ABI_S_UNSUPPORTED },
	{ "a time above the limit", 16, 0x80, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an unknown element", 20, 99, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an element of another kind", 20, ABI_Q_FROM, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "report data of another size", 24, 63, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an element that is longer than the message", 24, 65, EBADMSG, ABI_S_TRUNCATED },
};

static void damaged_requests(void)
{
	int fd = abi_open_request();

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		good_request();
		request.bytes[damage[i].at] = damage[i].value;
		if (strcmp(damage[i].what, "report data of another size") == 0) {
			request.size--;
			request.bytes[7]--;
		}
		abi_ask_in_vain(fd, &request, damage[i].error, damage[i].status, damage[i].what);
	}
	good_request();
	abi_ask(fd, &request, &response);
	close(fd);
}

static void every_prefix(void)
{
	int fd = abi_open_request();

	good_request();
	for (size_t size = request.size; size-- > 1;) {
		request.size = size;
		abi_ask_in_vain(fd, &request, EBADMSG, ABI_S_TRUNCATED, "a prefix");
	}
	close(fd);
}

/* --- elements that do not belong together, or not so --- */

static void no_nonce(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_EVIDENCE, 0);
}
static void nonce_and_report_data(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
	abi_request_add(&request, ABI_Q_REPORT_DATA, zeros, 64);
}
static void short_nonce(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 31);
}
static void long_nonce(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_EVIDENCE, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 65);
}
static void nonce_twice(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
}
static void disorder(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add_text(&request, ABI_Q_AUDIENCE, "verifier");
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
}
static void key_without_type(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
	abi_request_add(&request, ABI_Q_KEY_HASH, zeros, 48);
}
static void empty_audience(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
	abi_request_add(&request, ABI_Q_AUDIENCE, "", 0);
}
static void audience_with_control_character(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, zeros, 32);
	abi_request_add(&request, ABI_Q_AUDIENCE, "a\nb", 3);
}
static void number_with_leading_zero(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add(&request, ABI_Q_FROM, "\0\1", 2);
}
static void number_of_nine_bytes(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add(&request, ABI_Q_FROM, "\1\1\1\1\1\1\1\1\1", 9);
}
static void until_before_from(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add_number(&request, ABI_Q_FROM, 5);
	abi_request_add_number(&request, ABI_Q_UNTIL, 5);
}
static void size_zero(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add_number(&request, ABI_Q_FROM, 0);
	abi_request_add_number(&request, ABI_Q_SIZE, 0);
}
static void size_above_limit(const struct abi_register *reg)
{
	(void)reg;
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add_number(&request, ABI_Q_FROM, 0);
	abi_request_add_number(&request, ABI_Q_SIZE, 2097153);
}
static void append_to(const char *reg, const char *type)
{
	abi_request_begin(&request, ABI_APPEND, 0);
	abi_request_add_text(&request, ABI_Q_REGISTER, reg);
	abi_request_add_text(&request, ABI_Q_TYPE, type);
	abi_request_add_text(&request, ABI_Q_NAME, "name");
	abi_request_add_text(&request, ABI_Q_DATA, "data");
}
static void unknown_register(const struct abi_register *reg)
{
	(void)reg;
	append_to("no-register", "abi");
}
static void pcr_of_no_register(const struct abi_register *reg)
{
	(void)reg;
	append_to("pcr:24", "abi");
}
static void static_register(const struct abi_register *reg)
{
	append_to(reg->static_name, "abi");
}
static void type_of_the_authority(const struct abi_register *reg)
{
	append_to(reg->name, "tally.pin");
}
static void type_of_bare_digests(const struct abi_register *reg)
{
	append_to(reg->name, "digest-only");
}
static void data_and_digest(const struct abi_register *reg)
{
	append_to(reg->name, "abi");
	abi_request_add_digest(&request, ABI_Q_DATA_DIGEST, "sha384", zeros, 48);
}
static void neither_data_nor_digest(const struct abi_register *reg)
{
	abi_request_begin(&request, ABI_APPEND, 0);
	abi_request_add_text(&request, ABI_Q_REGISTER, reg->name);
	abi_request_add_text(&request, ABI_Q_TYPE, "abi");
	abi_request_add_text(&request, ABI_Q_NAME, "name");
}
static void extend_without_digests(const struct abi_register *reg)
{
	abi_request_begin(&request, ABI_EXTEND, 0);
	abi_request_add_text(&request, ABI_Q_REGISTER, reg->name);
}
static void digest_of_another_size(const struct abi_register *reg)
{
	extend_without_digests(reg);
	abi_request_add_digest(&request, ABI_Q_DIGESTS, reg->alg, zeros, abi_hash_size(reg->alg) + 1);
}
static void digest_of_another_bank(const struct abi_register *reg)
{
	const char *other = strcmp(reg->alg, "sha512") == 0 ? "sha384" : "sha512";

	extend_without_digests(reg);
	abi_request_add_digest(&request, ABI_Q_DIGESTS, other, zeros, abi_hash_size(other));
}
static void unknown_algorithm(const struct abi_register *reg)
{
	extend_without_digests(reg);
	abi_request_add_digest(&request, ABI_Q_DIGESTS, "sha512", zeros, 64);
	request.bytes[request.size - 64 - 5] = 99;
}
static void a_bank_too_many(const struct abi_register *reg)
{
	uint8_t digests[2 * (5 + 64)] = { 12, 0, 0, 0, 48 };

	digests[5 + 48] = 13;
	digests[5 + 48 + 4] = 64;
	extend_without_digests(reg);
	abi_request_add(&request, ABI_Q_DIGESTS, digests, 5 + 48 + 5 + 64);
}

static const struct {
	const char *what;
	void (*make)(const struct abi_register *reg);
	int error;
	unsigned status;
} refused[] = {
	{ "evidence without a nonce", no_nonce, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a nonce and report data", nonce_and_report_data, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a nonce of 31 bytes", short_nonce, EINVAL, ABI_S_NONCE_SIZE },
	{ "a nonce of 65 bytes", long_nonce, EINVAL, ABI_S_NONCE_SIZE },
	{ "two nonces", nonce_twice, EBADMSG, ABI_S_DUPLICATE },
	{ "elements in another order", disorder, EBADMSG, ABI_S_DISORDER },
	{ "a key without its type", key_without_type, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an empty audience", empty_audience, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an audience with a control character", audience_with_control_character, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a number with a leading zero", number_with_leading_zero, EBADMSG, ABI_S_NOT_CANONICAL },
	{ "a number of nine bytes", number_of_nine_bytes, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a range of no records", until_before_from, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a size of zero", size_zero, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a size above the limit", size_above_limit, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an unknown register", unknown_register, EINVAL, ABI_S_UNKNOWN_REGISTER },
	{ "a PCR that maps to no register", pcr_of_no_register, EINVAL, ABI_S_UNKNOWN_REGISTER },
	{ "a static register", static_register, EPERM, ABI_S_STATIC_REGISTER },
	{ "a type of the authority's own", type_of_the_authority, EINVAL, ABI_S_INVALID },
	{ "the type of bare digests", type_of_bare_digests, EINVAL, ABI_S_INVALID },
	{ "data and its digest", data_and_digest, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "neither data nor its digest", neither_data_nor_digest, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "an extend without digests", extend_without_digests, EBADMSG, ABI_S_OUT_OF_RANGE },
	{ "a digest of another size", digest_of_another_size, EINVAL, ABI_S_DIGEST_SIZE },
	{ "a digest of another bank", digest_of_another_bank, EINVAL, ABI_S_BANK_SET },
	{ "a bank too many", a_bank_too_many, EINVAL, ABI_S_BANK_SET },
	{ "an unknown algorithm", unknown_algorithm, EOPNOTSUPP, ABI_S_UNKNOWN_ALGORITHM },
};

static void refused_requests(void)
{
	struct abi_register reg = abi_last_register();
	int fd = abi_open_request();
	uint64_t end = abi_end_of_log(fd);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (refused[i].make == static_register && !reg.static_name[0])
			continue;
		refused[i].make(&reg);
		abi_ask_in_vain(fd, &request, refused[i].error, refused[i].status, refused[i].what);
	}
	ABI_EXPECT(abi_end_of_log(fd) == end, "the log has grown");
	close(fd);
}

/* --- the file --- */

static void largest_message(void)
{
	struct abi_register reg = abi_last_register();
	static uint8_t data[ABI_MESSAGE_LIMIT];
	int fd = abi_open_request();
	size_t rest;

	append_to(reg.name, "abi");
	rest = ABI_MESSAGE_LIMIT - (request.size - 4);
	request.size -= 4 + 5;
	abi_request_add(&request, ABI_Q_DATA, data, rest);
	ABI_EXPECT(request.size == ABI_MESSAGE_LIMIT, "a message of %zu bytes", request.size);
	abi_ask(fd, &request, &response);
	append_to(reg.name, "abi");
	request.size -= 4 + 5;
	abi_request_add(&request, ABI_Q_DATA, data, rest + 1);
	ABI_EXPECT_RESULT(abi_send(fd, &request), EMSGSIZE, "a message of %zu bytes", request.size);
	close(fd);
}

static void a_gigabyte(void)
{
	const size_t size = (size_t)1 << 30;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int fd = abi_open_request();

	ABI_EXPECT(bytes != MAP_FAILED, "mmap: %s", strerror(errno));
	ABI_EXPECT_RESULT(abi_write(fd, bytes, size), EMSGSIZE, "a message of 1 GiB");
	good_request();
	abi_ask(fd, &request, &response);
	close(fd);
}

/* A message is one write: its first part is a message that is too short, and so is the second. */
static void message_in_two_writes(void)
{
	int fd = abi_open_request();
	uint8_t byte;

	good_request();
	ABI_EXPECT_RESULT(abi_write(fd, request.bytes, 30), EBADMSG, "the first part");
	ABI_EXPECT(abi_write(fd, request.bytes + 30, request.size - 30) != 0, "the second part is taken");
	while (read(fd, &byte, 1) == 1)
		;
	good_request();
	abi_ask(fd, &request, &response);
	close(fd);
}

static void read_before_write(void)
{
	int fd = abi_open_request();
	uint8_t byte;

	ABI_EXPECT(read(fd, &byte, 1) < 0 && errno == ENODATA, "read of nothing: %s", strerror(errno));
	good_request();
	abi_ask(fd, &request, &response);
	ABI_EXPECT(read(fd, &byte, 1) == 0, "read behind the end");
	close(fd);
}

/* The response to a request that was carried out must be read before the next is made; that to a failure need not. */
static void unread_response(void)
{
	int fd = abi_open_request();

	good_request();
	ABI_EXPECT_RESULT(abi_send(fd, &request), 0, "the first request");
	ABI_EXPECT_RESULT(abi_send(fd, &request), EBUSY, "the second, before the first is read");
	abi_receive(fd, &response);
	ABI_EXPECT(response.status == 0, "the response to the first");
	request.bytes[3] = 'X';
	ABI_EXPECT_RESULT(abi_send(fd, &request), EOPNOTSUPP, "a bad request");
	request.bytes[3] = 'Q';
	abi_ask(fd, &request, &response);
	close(fd);
}

static void no_place_to_seek(void)
{
	struct termios state;
	int fd = abi_open_request();
	uint8_t byte = 0;

	ABI_EXPECT(lseek(fd, 0, SEEK_SET) < 0 && errno == ESPIPE, "lseek: %s", strerror(errno));
	ABI_EXPECT(pread(fd, &byte, 1, 0) < 0 && errno == ESPIPE, "pread: %s", strerror(errno));
	ABI_EXPECT(pwrite(fd, &byte, 1, 0) < 0 && errno == ESPIPE, "pwrite: %s", strerror(errno));
	ABI_EXPECT(ioctl(fd, TCGETS, &state) < 0 && errno == ENOTTY, "TCGETS: %s", strerror(errno));
	close(fd);
	ABI_EXPECT_RESULT(-abi_open(AT_FDCWD, abi_target.request, O_RDWR | O_APPEND), EINVAL, "open with O_APPEND");
}

const struct abi_case abi_request_bad_cases[] = {
	{ "request", "a damaged message has its errno and status", damaged_requests },
	{ "request", "every prefix of a message is truncated", every_prefix },
	{ "request", "what is not in order is refused, and changes nothing", refused_requests },
	{ "request", "64 KiB is the most", largest_message },
	{ "request", "a message of 1 GiB is refused", a_gigabyte },
	{ "request", "a message is one write", message_in_two_writes },
	{ "request", "there is nothing to read before a request", read_before_write },
	{ "request", "a response is read before the next request", unread_response },
	{ "request", "the file is a stream", no_place_to_seek },
	{ NULL, NULL, NULL },
};
