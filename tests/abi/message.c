// SPDX-License-Identifier: BSD-2-Clause
/* Messages of the transaction file: a header of 20 bytes, then elements T, L, V. spec: docs/abi/messages.md */
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 20
#define VERSION 1
#define SIZE_AT 4
#define KIND_AT 10
#define STATUS_AT 12
#define MILLISECONDS_AT 16

static void put_be(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static uint64_t get_be(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

static void put_size(struct abi_request *request)
{
	put_be(request->bytes + SIZE_AT, request->size - SIZE_AT - 4, 4);
}

void abi_request_begin(struct abi_request *request, enum abi_kind kind, uint32_t flags)
{
	memset(request->bytes, 0, HEADER_SIZE);
	memcpy(request->bytes, "TLYQ", 4);
	put_be(request->bytes + 8, VERSION, 2);
	put_be(request->bytes + KIND_AT, kind, 2);
	put_be(request->bytes + 12, flags, 4);
	request->size = HEADER_SIZE;
	put_size(request);
}

void abi_request_milliseconds(struct abi_request *request, uint32_t milliseconds)
{
	put_be(request->bytes + MILLISECONDS_AT, milliseconds, 4);
}

void abi_request_add(struct abi_request *request, uint8_t tag, const void *value, size_t size)
{
	uint8_t *at = request->bytes + request->size;

	ABI_EXPECT(size + 5 <= sizeof(request->bytes) - request->size, "a request of %zu bytes", size);
	at[0] = tag;
	put_be(at + 1, size, 4);
	if (size)
		memcpy(at + 5, value, size);
	request->size += size + 5;
	put_size(request);
}

void abi_request_add_text(struct abi_request *request, uint8_t tag, const char *text)
{
	abi_request_add(request, tag, text, strlen(text));
}

void abi_request_add_number(struct abi_request *request, uint8_t tag, uint64_t number)
{
	uint8_t bytes[8];
	size_t size = 1;

	while (size < 8 && number >> 8 * size)
		size++;
	put_be(bytes, number, size);
	abi_request_add(request, tag, bytes, size);
}

void abi_request_add_digest(struct abi_request *request, uint8_t tag, const char *alg, const uint8_t *digest,
			    size_t size)
{
	uint8_t element[5 + 128] = { (uint8_t)abi_alg_tag(alg) };

	ABI_EXPECT(size <= 128, "a digest of %zu bytes", size);
	put_be(element + 1, size, 4);
	memcpy(element + 5, digest, size);
	abi_request_add(request, tag, element, 5 + size);
}

int abi_open_request(void)
{
	int fd = abi_open(AT_FDCWD, abi_target.request, O_RDWR);

	ABI_EXPECT(fd >= 0, "open %s: %s", abi_target.request, abi_result_name(-fd));
	return fd;
}

int abi_send(int fd, const struct abi_request *request)
{
	return abi_write(fd, request->bytes, request->size);
}

void abi_receive(int fd, struct abi_response *ret)
{
	static const size_t whole[] = { sizeof(ret->message.bytes), 0 };
	struct abi_content *message = &ret->message;
	uint8_t size[8];

	ABI_EXPECT(read(fd, size, sizeof(size)) == sizeof(size), "read of a response's size: %s", strerror(errno));
	ABI_EXPECT_RESULT(abi_read_on(fd, whole, message), 0, "read of a response");
	ABI_EXPECT(message->size >= HEADER_SIZE, "a response of %zu bytes", message->size);
	ABI_EXPECT(get_be(size, sizeof(size)) == message->size, "a response of %zu bytes says it has %llu",
		   message->size, (unsigned long long)get_be(size, sizeof(size)));
	ABI_EXPECT(memcmp(message->bytes, "TLYR", 4) == 0, "a response begins with other bytes");
	ABI_EXPECT(get_be(message->bytes + SIZE_AT, 4) == message->size - 8,
		   "a response has another size than its header says");
	ABI_EXPECT(get_be(message->bytes + 8, 2) == VERSION, "a response has another version");
	ABI_EXPECT(get_be(message->bytes + MILLISECONDS_AT, 4) == 0,
		   "the last field of a response's header is not zero");
	ret->kind = (unsigned)get_be(message->bytes + KIND_AT, 2);
	ret->status = (unsigned)get_be(message->bytes + STATUS_AT, 4);
}

void abi_ask(int fd, const struct abi_request *request, struct abi_response *ret)
{
	unsigned kind = (unsigned)get_be(request->bytes + KIND_AT, 2);
	int result = abi_send(fd, request);
	const uint8_t *problem;
	size_t size = 0;

	if (result != 0 && result != EMSGSIZE) {
		abi_receive(fd, ret);
		problem = abi_element(ret, ABI_R_PROBLEM, &size);
		abi_fail(__FILE__, __LINE__, "request of kind %u: %s, status %u: %.*s", kind, abi_result_name(result),
			 ret->status, (int)size, problem ? (const char *)problem : "");
	}
	ABI_EXPECT_RESULT(result, 0, "request of kind %u", kind);
	abi_receive(fd, ret);
	ABI_EXPECT(ret->status == 0 && ret->kind == kind, "a response of kind %u and status %u", ret->kind,
		   ret->status);
}

void abi_ask_in_vain(int fd, const struct abi_request *request, int error, unsigned status, const char *what)
{
	static struct abi_response response;

	ABI_EXPECT_RESULT(abi_send(fd, request), error, "%s", what);
	abi_receive(fd, &response);
	ABI_EXPECT(response.status == status, "%s: status %u, not %u", what, response.status, status);
	for (uint8_t tag = 0; tag < 32; tag++) {
		size_t size;
		bool is_there = abi_element(&response, tag, &size);

		ABI_EXPECT(is_there == (tag == ABI_R_PROBLEM), "%s: the response has element %u, or lacks it", what,
			   tag);
	}
}

const uint8_t *abi_element(const struct abi_response *response, uint8_t tag, size_t *ret_size)
{
	const struct abi_content *message = &response->message;
	size_t at = HEADER_SIZE;

	while (message->size - at >= 5) {
		uint64_t size = get_be(message->bytes + at + 1, 4);

		ABI_EXPECT(size <= message->size - at - 5, "an element ends behind its response");
		if (message->bytes[at] == tag) {
			*ret_size = size;
			return message->bytes + at + 5;
		}
		at += 5 + size;
	}
	ABI_EXPECT(at == message->size, "a response ends inside an element");
	return NULL;
}

const uint8_t *abi_must_element(const struct abi_response *response, uint8_t tag, size_t *ret_size)
{
	const uint8_t *element = abi_element(response, tag, ret_size);

	ABI_EXPECT(element, "a response of kind %u has no element %u", response->kind, tag);
	return element;
}

uint64_t abi_number(const struct abi_response *response, uint8_t tag)
{
	size_t size;
	const uint8_t *element = abi_must_element(response, tag, &size);

	ABI_EXPECT(size >= 1 && size <= 8 && (size == 1 || element[0]), "element %u is no minimal integer", tag);
	return get_be(element, size);
}

/* Far behind the end, `next` tells where that is. */
uint64_t abi_end_of_log(int fd)
{
	static struct abi_request request;
	static struct abi_response response;
	uint64_t end;

	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add_number(&request, ABI_Q_FROM, UINT32_MAX);
	abi_ask(fd, &request, &response);
	end = abi_number(&response, ABI_R_NEXT);
	ABI_EXPECT(end < UINT32_MAX, "the log ends at %llu", (unsigned long long)end);
	return end;
}

static void take_register(void *context, const char *name, unsigned number, unsigned kind,
			  const struct abi_value *reset)
{
	struct abi_register *found = context;

	if (kind == ABI_KIND_STATIC) {
		snprintf(found->static_name, sizeof(found->static_name), "%s", name);
		return;
	}
	if (found->name[0] && number < found->index)
		return;
	snprintf(found->name, sizeof(found->name), "%s", name);
	snprintf(found->alg, sizeof(found->alg), "%s", reset->alg);
	found->index = number;
}

/* The header is the log's first record. spec: docs/formats/log.md 3 */
struct abi_register abi_last_register(void)
{
	static struct abi_request request;
	static struct abi_response response;
	struct abi_content log;
	struct abi_register found = { .name = "" };
	size_t size;
	const uint8_t *records;
	int fd = abi_open_request();

	abi_request_begin(&request, ABI_LOG, ABI_FLAG_OLDEST);
	abi_request_add_number(&request, ABI_Q_FROM, 0);
	abi_request_add_number(&request, ABI_Q_SIZE, 1);
	abi_ask(fd, &request, &response);
	close(fd);
	records = abi_must_element(&response, ABI_R_RECORDS, &size);
	memcpy(log.bytes, records, size);
	log.size = size;
	abi_read_header(&log, take_register, &found);
	ABI_EXPECT(found.name[0], "the log's header names no runtime register");
	return found;
}
