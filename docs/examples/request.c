/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask by the transaction file: request FILE append REGISTER TYPE NAME DATA | evidence NONCE | log [FROM]. cc request.c */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVIDENCE = 2, APPEND = 4, LOG = 5 };
enum { NONCE = 1, REGISTER = 6, FROM = 12, UNTIL = 13 };
enum { PROBLEM = 1, FRONT = 9, BACK = 10, FIRST = 11, NEXT = 12, NUMBER = 14, RECORDS = 17, MORE = 18 };

#define HEADER 20

static uint8_t request[65536]; /* one message, no larger */
static size_t request_size;
static uint8_t *response;
static size_t response_size;

static void put(uint64_t value, size_t size)
{
	while (size--)
		request[request_size++] = (uint8_t)(value >> 8 * size);
}

static void begin(unsigned kind)
{
	memcpy(request, "TLYQ\0\0\0\0", 8);
	request_size = 8;
	put(1, 2);
	put(kind, 2);
	put(0, 8); /* no flags, the time that is usual */
}

static void put_bytes(unsigned tag, const void *bytes, size_t size)
{
	if (size > sizeof(request) - request_size - 5)
		exit((fputs("the message is too long\n", stderr), 2));
	put(tag, 1);
	put(size, 4);
	memcpy(request + request_size, bytes, size);
	request_size += size;
}

static void put_number(unsigned tag, uint64_t value)
{
	size_t size = 1;

	while (size < 8 && value >> 8 * size)
		size++;
	put(tag, 1);
	put(size, 4);
	put(value, size);
}

static void put_hex(unsigned tag, const char *text)
{
	uint8_t bytes[64];
	size_t size = 0;

	while (size < sizeof(bytes) && sscanf(text + 2 * size, "%2hhx", &bytes[size]) == 1)
		size++;
	put_bytes(tag, bytes, size);
}

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | *bytes++;
	return value;
}

static const uint8_t *find(unsigned tag, size_t *size)
{
	for (size_t at = HEADER; at + 5 <= response_size; at += 5 + *size) {
		*size = number_at(response + at + 1, 4);
		if (response[at] == tag)
			return response + at + 5;
	}
	*size = 0;
	return NULL;
}

static uint64_t number_of(unsigned tag)
{
	size_t size;
	const uint8_t *value = find(tag, &size);

	return number_at(value, size);
}

static void print(unsigned tag)
{
	size_t size;
	const uint8_t *value = find(tag, &size);

	fwrite(value, 1, size, stdout);
}

static void receive(int file)
{
	uint8_t size[8];
	ssize_t got = read(file, size, sizeof(size));
	size_t at = 0;

	response_size = got == sizeof(size) ? number_at(size, sizeof(size)) : 0;
	response = realloc(response, response_size + 1);
	if (!response || response_size < HEADER)
		exit((fputs("there is no response\n", stderr), 1));
	/* One byte more than there is: the end, after which the next request may come. */
	while ((got = read(file, response + at, response_size + 1 - at)) > 0)
		at += (size_t)got;
	if (at != response_size)
		exit((fputs("the response ends too soon\n", stderr), 1));
}

/* One write is one message; what it fails with has its reason in the response. */
static void ask(int file)
{
	size_t size = request_size - 8;
	ssize_t sent;
	int error;

	for (size_t i = 0; i < 4; i++)
		request[4 + i] = (uint8_t)(size >> 8 * (3 - i));
	sent = write(file, request, request_size);
	error = errno;
	receive(file);
	if (sent < 0) {
		const uint8_t *problem = find(PROBLEM, &size);

		fprintf(stderr, "%s: %.*s\n", strerror(error), (int)size, (const char *)problem);
		exit(1);
	}
}

/* Records from a number on, to before another where that is not 0. */
static void print_log(int file, uint64_t from, uint64_t until)
{
	size_t size;

	do {
		begin(LOG);
		put_number(FROM, from);
		if (until)
			put_number(UNTIL, until);
		ask(file);
		print(RECORDS);
		from = number_of(NEXT);
	} while (find(MORE, &size));
}

/* The response is put by while the log is fetched, because the bundle's back stands behind that. */
static void print_evidence(int file, const char *nonce)
{
	uint8_t *evidence;
	size_t size;
	uint64_t first, next;

	begin(EVIDENCE);
	put_hex(NONCE, nonce);
	ask(file);
	print(FRONT);
	first = number_of(FIRST);
	next = number_of(NEXT);
	evidence = response;
	size = response_size;
	response = NULL;
	print_log(file, first, next);
	free(response);
	response = evidence;
	response_size = size;
	print(BACK);
}

int main(int argc, char **argv)
{
	int file = argc > 2 ? open(argv[1], O_RDWR) : -1;

	if (file < 0)
		return fputs("usage: request FILE append|evidence|log ...\n", stderr), 2;
	if (strcmp(argv[2], "append") == 0 && argc == 7) {
		begin(APPEND);
		for (unsigned i = 0; i < 4; i++)
			put_bytes(REGISTER + i, argv[3 + i], strlen(argv[3 + i]));
		ask(file);
		printf("%llu\n", (unsigned long long)number_of(NUMBER));
	} else if (strcmp(argv[2], "evidence") == 0 && argc == 4) {
		print_evidence(file, argv[3]);
	} else {
		print_log(file, argc > 3 ? strtoull(argv[3], NULL, 10) : 0, 0);
	}
	free(response);
	return close(file);
}
