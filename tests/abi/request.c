// SPDX-License-Identifier: BSD-2-Clause
/* Tag request: what the transaction file answers to requests that are in order. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

static struct abi_request request;
static struct abi_response response;

struct nonce {
	uint8_t bytes[64];
};

static struct nonce new_nonce(void)
{
	struct nonce nonce;

	abi_random(nonce.bytes, sizeof(nonce.bytes));
	return nonce;
}

/* spec: docs/formats/bundle.md 2 */
static void report_data_of(const uint8_t *binding, size_t size, uint8_t ret[64])
{
	static const char label[] = "tally-report-data/1"; /* with the zero byte behind it */

	ABI_EXPECT(abi_hash("sha512", label, sizeof(label), binding, size, ret) == 64, "SHA-512 is missing");
}

static bool holds(const uint8_t *bytes, size_t size, const void *part, size_t part_size)
{
	return memmem(bytes, size, part, part_size) != NULL;
}

/* The report is over the binding, and the binding over the nonce: the caller can't choose what is signed. */
static void bound_report(void)
{
	static const size_t nonce_sizes[] = { 32, 33, 48, 64 };
	struct nonce nonce = new_nonce();
	int fd = abi_open_request();

	for (size_t i = 0; i < sizeof(nonce_sizes) / sizeof(nonce_sizes[0]); i++) {
		const uint8_t *report;
		const uint8_t *binding;
		size_t report_size;
		size_t binding_size;
		uint8_t report_data[64];

		abi_request_begin(&request, ABI_REPORT, 0);
		abi_request_add(&request, ABI_Q_NONCE, nonce.bytes, nonce_sizes[i]);
		abi_request_add_text(&request, ABI_Q_AUDIENCE, "verifier.example");
		abi_ask(fd, &request, &response);
		report = abi_must_element(&response, ABI_R_REPORT, &report_size);
		binding = abi_must_element(&response, ABI_R_BINDING, &binding_size);
		report_data_of(binding, binding_size, report_data);
		ABI_EXPECT(holds(report, report_size, report_data, sizeof(report_data)),
			   "the report is not over the binding");
		ABI_EXPECT(holds(binding, binding_size, nonce.bytes, nonce_sizes[i]), "the binding lacks the nonce");
		ABI_EXPECT(holds(binding, binding_size, "verifier.example", 16), "the binding lacks the audience");
	}
	close(fd);
}

static void raw_report(void)
{
	struct nonce nonce = new_nonce();
	int fd = abi_open_request();
	const uint8_t *report;
	size_t size;

	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_REPORT_DATA, nonce.bytes, sizeof(nonce.bytes));
	abi_ask(fd, &request, &response);
	report = abi_must_element(&response, ABI_R_REPORT, &size);
	ABI_EXPECT(holds(report, size, nonce.bytes, sizeof(nonce.bytes)), "the report is not over the report data");
	ABI_EXPECT(!abi_element(&response, ABI_R_BINDING, &size), "raw report data has a binding");
	close(fd);
}

static void ask_log(int fd, uint64_t from, uint64_t until, uint32_t size)
{
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add_number(&request, ABI_Q_FROM, from);
	if (until)
		abi_request_add_number(&request, ABI_Q_UNTIL, until);
	if (size)
		abi_request_add_number(&request, ABI_Q_SIZE, size);
	abi_ask(fd, &request, &response);
}

static bool has_more(void)
{
	size_t size;

	return abi_element(&response, ABI_R_MORE, &size) != NULL;
}

static void take_records(struct abi_content *ret)
{
	const uint8_t *records = abi_must_element(&response, ABI_R_RECORDS, &ret->size);

	memcpy(ret->bytes, records, ret->size);
}

/* Evidence without its log, and the range of the log that belongs into the middle. */
static void evidence(void)
{
	struct nonce nonce = new_nonce();
	int fd = abi_open_request();
	struct abi_content records;
	uint64_t first;
	uint64_t next;
	uint64_t size;
	size_t front_size;
	size_t back_size;

	abi_request_begin(&request, ABI_EVIDENCE, 0);
	abi_request_add(&request, ABI_Q_NONCE, nonce.bytes, 32);
	abi_request_add(&request, ABI_Q_DATA, "companion", 9);
	abi_ask(fd, &request, &response);
	abi_must_element(&response, ABI_R_FRONT, &front_size);
	abi_must_element(&response, ABI_R_BACK, &back_size);
	ABI_EXPECT(front_size > 0 && back_size > 0, "evidence has no front, or no back");
	ABI_EXPECT(holds(response.message.bytes, response.message.size, nonce.bytes, 32), "evidence lacks the nonce");
	ABI_EXPECT(holds(response.message.bytes, response.message.size, "companion", 9), "evidence lacks the data");
	first = abi_number(&response, ABI_R_FIRST);
	next = abi_number(&response, ABI_R_NEXT);
	size = abi_number(&response, ABI_R_SIZE);
	ask_log(fd, first, next, 0);
	take_records(&records);
	ABI_EXPECT(records.size == size, "the log of the evidence has %zu bytes, not %llu", records.size,
		   (unsigned long long)size);
	ABI_EXPECT(abi_log_end(&records, "sha384") == next, "the log of the evidence ends elsewhere");
	close(fd);
}

static void make_event(const struct abi_register *reg, const char *name, const char *data, uint32_t flags)
{
	abi_request_begin(&request, ABI_APPEND, flags);
	abi_request_add_text(&request, ABI_Q_REGISTER, reg->name);
	abi_request_add_text(&request, ABI_Q_TYPE, "abi");
	abi_request_add_text(&request, ABI_Q_NAME, name);
	abi_request_add_text(&request, ABI_Q_DATA, data);
}

/* What is appended can be read back, by the number that the answer gave. */
static void appended_event(void)
{
	struct abi_register reg = abi_last_register();
	int fd = abi_open_request();
	struct abi_content records;
	struct abi_record record;
	uint8_t digest[64];
	uint64_t number;
	size_t at = 0;

	make_event(&reg, "an event", "what it carries", 0);
	abi_ask(fd, &request, &response);
	number = abi_number(&response, ABI_R_NUMBER);
	ABI_EXPECT(!abi_element(&response, ABI_R_EXISTING, &at), "an event that is not once is said to exist");
	ask_log(fd, number, number + 1, 0);
	take_records(&records);
	at = 0;
	ABI_EXPECT(abi_record_next(&records, &at, reg.alg, &record) && at == records.size, "not one record");
	ABI_EXPECT(record.number == number && record.index == reg.index && record.type == ABI_EVENT_TAG,
		   "another record");
	ABI_EXPECT(holds(record.content, record.content_size, "an event", 8), "the record lacks the name");
	ABI_EXPECT(holds(record.content, record.content_size, "what it carries", 15), "the record lacks the data");
	ABI_EXPECT(holds(record.content, record.content_size, "0:0", 3), "the record lacks its origin");
	abi_hash(reg.alg, record.content, record.content_size, NULL, 0, digest);
	ABI_EXPECT(memcmp(digest, record.digest, abi_hash_size(reg.alg)) == 0, "the digest is not that of the content");
	close(fd);
}

static void digest_in_the_place_of_data(void)
{
	struct abi_register reg = abi_last_register();
	int fd = abi_open_request();
	struct abi_content records;
	uint8_t digest[48];
	uint64_t number;

	abi_random(digest, sizeof(digest));
	abi_request_begin(&request, ABI_APPEND, 0);
	abi_request_add_text(&request, ABI_Q_REGISTER, reg.name);
	abi_request_add_text(&request, ABI_Q_TYPE, "abi");
	abi_request_add_text(&request, ABI_Q_NAME, "a file");
	abi_request_add_digest(&request, ABI_Q_DATA_DIGEST, "sha384", digest, sizeof(digest));
	abi_ask(fd, &request, &response);
	number = abi_number(&response, ABI_R_NUMBER);
	ask_log(fd, number, number + 1, 0);
	take_records(&records);
	ABI_EXPECT(abi_contains(&records, digest, sizeof(digest)), "the record lacks the digest of the data");
	close(fd);
}

/* The number stays, and nothing is extended again; another content is a conflict. */
static void once(void)
{
	struct abi_register reg = abi_last_register();
	struct abi_name name = abi_new_name();
	int fd = abi_open_request();
	uint64_t number;
	uint64_t end;
	size_t size;

	make_event(&reg, name.text, "first", ABI_FLAG_ONCE);
	abi_ask(fd, &request, &response);
	number = abi_number(&response, ABI_R_NUMBER);
	ABI_EXPECT(!abi_element(&response, ABI_R_EXISTING, &size), "the first is said to exist");
	end = abi_end_of_log(fd);
	make_event(&reg, name.text, "first", ABI_FLAG_ONCE);
	abi_ask(fd, &request, &response);
	ABI_EXPECT(abi_number(&response, ABI_R_NUMBER) == number, "the second has another number");
	ABI_EXPECT(abi_number(&response, ABI_R_EXISTING) == 1, "the second is said to be new");
	make_event(&reg, name.text, "second", ABI_FLAG_ONCE);
	abi_ask_in_vain(fd, &request, EEXIST, ABI_S_CONFLICT, "another content under the same name");
	ABI_EXPECT(abi_end_of_log(fd) == end, "the log has grown");
	close(fd);
}

static void extended_by_a_digest(void)
{
	struct abi_register reg = abi_last_register();
	int fd = abi_open_request();
	struct abi_content records;
	struct abi_record record;
	uint8_t digest[64];
	uint64_t number;
	size_t at = 0;

	abi_random(digest, sizeof(digest));
	abi_request_begin(&request, ABI_EXTEND, 0);
	abi_request_add_text(&request, ABI_Q_REGISTER, reg.name);
	abi_request_add_digest(&request, ABI_Q_DIGESTS, reg.alg, digest, abi_hash_size(reg.alg));
	abi_ask(fd, &request, &response);
	number = abi_number(&response, ABI_R_NUMBER);
	ask_log(fd, number, 0, 0);
	take_records(&records);
	ABI_EXPECT(abi_record_next(&records, &at, reg.alg, &record), "there is no record");
	ABI_EXPECT(memcmp(record.digest, digest, abi_hash_size(reg.alg)) == 0, "the record has another digest");
	close(fd);
}

/* Pages of any size make up the whole; the end is told. */
static void log_in_pages(void)
{
	static const uint32_t sizes[] = { 1, 100, 1000, 4096, 0 };
	static struct abi_content whole;
	int fd = abi_open_request();
	uint64_t end;

	ask_log(fd, 0, 0, 0);
	take_records(&whole);
	end = abi_number(&response, ABI_R_NEXT);
	ABI_EXPECT(!has_more(), "there is more than the whole log");
	ABI_EXPECT(abi_end_of_log(fd) == end, "the whole log does not end at its end");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t at = 0;
		uint64_t from = 0;

		while (from < end) {
			struct abi_content page;

			ask_log(fd, from, end, sizes[i]);
			take_records(&page);
			ABI_EXPECT(page.size > 0 && page.size <= whole.size - at, "a page of %zu bytes", page.size);
			ABI_EXPECT(memcmp(page.bytes, whole.bytes + at, page.size) == 0, "a page has other bytes");
			at += page.size;
			from = abi_number(&response, ABI_R_NEXT);
			ABI_EXPECT(has_more() == (from < end), "page to %llu: there is more, or not",
				   (unsigned long long)from);
		}
		ABI_EXPECT(from == end && at == whole.size, "pages of %u bytes make up %zu bytes of %zu", sizes[i], at,
			   whole.size);
	}
	close(fd);
}

static void behind_the_end(void)
{
	int fd = abi_open_request();
	uint64_t end = abi_end_of_log(fd);
	size_t size;

	ask_log(fd, end, 0, 0);
	abi_must_element(&response, ABI_R_RECORDS, &size);
	ABI_EXPECT(size == 0 && abi_number(&response, ABI_R_NEXT) == end && !has_more(),
		   "there is something at the end");
	ask_log(fd, end + 1000, 0, 0);
	abi_must_element(&response, ABI_R_RECORDS, &size);
	ABI_EXPECT(size == 0 && abi_number(&response, ABI_R_NEXT) == end && !has_more(),
		   "there is something behind the end");
	close(fd);
}

static void ask_wait(int fd, uint64_t from, uint32_t milliseconds)
{
	abi_request_begin(&request, ABI_WAIT, 0);
	abi_request_milliseconds(&request, milliseconds);
	abi_request_add_number(&request, ABI_Q_FROM, from);
	(void)fd;
}

static void wait_in_child(void *argument)
{
	int fd = abi_open_request();
	struct abi_content records;

	ask_wait(fd, *(uint64_t *)argument, 60000);
	abi_ask(fd, &request, &response);
	take_records(&records);
	ABI_EXPECT(abi_contains(&records, "waited for", 10), "another record");
}

static void waiting_for_records(void)
{
	struct abi_register reg = abi_last_register();
	int fd = abi_open_request();
	uint64_t end = abi_end_of_log(fd);
	pid_t child;

	ask_wait(fd, end, 50);
	abi_ask_in_vain(fd, &request, ETIMEDOUT, ABI_S_DEADLINE, "nothing came");
	ask_wait(fd, 0, 50);
	abi_ask(fd, &request, &response);
	child = abi_child(wait_in_child, &end);
	usleep(200000);
	make_event(&reg, "waited for", "", 0);
	abi_ask(fd, &request, &response);
	ABI_EXPECT(abi_child_ends_within(child, 30000), "the waiter does not see the record");
	ABI_EXPECT(abi_child_succeeds(child), "the waiter failed");
	close(fd);
}

/* The response comes in pieces of any size, and ends; then the descriptor takes the next request. */
static void response_in_pieces(void)
{
	static const size_t steps[][4] = { { 1 }, { 7, 1, 64 }, { 8, 20, 100 }, { 4096 } };
	struct nonce nonce = new_nonce();
	int fd = abi_open_request();

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct abi_content content;

		abi_request_begin(&request, ABI_REPORT, 0);
		abi_request_add(&request, ABI_Q_REPORT_DATA, nonce.bytes, sizeof(nonce.bytes));
		ABI_EXPECT_RESULT(abi_send(fd, &request), 0, "request %zu", i);
		ABI_EXPECT_RESULT(abi_read_on(fd, steps[i], &content), 0, "steps %zu", i);
		ABI_EXPECT(abi_contains(&content, nonce.bytes, sizeof(nonce.bytes)), "steps %zu give another response",
			   i);
		ABI_EXPECT(read(fd, content.bytes, 1) == 0, "there is more behind the end");
	}
	close(fd);
}

const struct abi_case abi_request_cases[] = {
	{ "request", "a report is bound to the nonce", bound_report },
	{ "request", "a report over raw report data", raw_report },
	{ "request", "evidence, and its range of the log", evidence },
	{ "request", "an event is logged, and found by its number", appended_event },
	{ "request", "an event can carry a digest in the place of data", digest_in_the_place_of_data },
	{ "request", "once: the same event is not made again, another one is a conflict", once },
	{ "request", "a register is extended by a digest", extended_by_a_digest },
	{ "request", "the log in pages", log_in_pages },
	{ "request", "behind the end of the log is nothing", behind_the_end },
	{ "request", "waiting for records", waiting_for_records },
	{ "request", "a response is read in pieces", response_in_pieces },
	{ NULL, NULL, NULL },
};
