/* SPDX-License-Identifier: BSD-2-Clause */
/* The suite that defines the ABI: cases with tags, the target that they run on, and what they expect of its files. */
#ifndef TALLY_TESTS_ABI_SUITE_H
#define TALLY_TESTS_ABI_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A case runs in a process of its own, with a deadline, and what it leaves
 * behind is removed. It is run if the target serves all of its tags; it then
 * holds or fails, and is never skipped.
 */
struct abi_case {
	const char *tags; /* words of: report rtmrs measurements registers request faults */
	const char *name;
	void (*run)(void);
};

/* The tables of cases that a program has, each ended by a case without a name; ended by NULL. */
extern const struct abi_case *const abi_groups[];

/* Paths of the target, from the environment: TSM_ROOT, TSM_MEASUREMENTS, TSM_REQUEST, TSM_REPORT_DELAY, TSM_EXTEND_SIZE, TSM_FIRMWARE. */
struct abi_target {
	pid_t runner;		  /* whose number is in the names of all entries that it removes */
	const char *root;	  /* holds report, rtmrs, registers, log, request */
	const char *measurements; /* holds NAME:HASH */
	const char *request;	  /* the transaction file */
	size_t extend_size;	  /* bytes that a digest is padded to, by platforms that pad: Arm CCA's 64 */
	bool has_firmware;	  /* registers to which PCRs 0 to 7 alone map are its own */
	const char *report_delay; /* tag faults: a file; milliseconds that a report takes, or -1: it fails */
};

extern struct abi_target abi_target;

/* The case fails, with a sentence. */
_Noreturn void abi_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define ABI_EXPECT(condition, ...)                                 \
	do {                                                       \
		if (!(condition))                                  \
			abi_fail(__FILE__, __LINE__, __VA_ARGS__); \
	} while (0)

/* Results are 0, or an errno, or ABI_SHORT: the system took less than was given. */
#define ABI_SHORT 4096
const char *abi_result_name(int result);
#define ABI_EXPECT_RESULT(call, expected, ...) abi_expect_result(__FILE__, __LINE__, (call), (expected), __VA_ARGS__)
void abi_expect_result(const char *file, int line, int result, int expected, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* A descriptor, or the errno as a negative number. */
int abi_open(int dir, const char *name, int flags);

/* The descriptor; the case fails without it. */
int abi_must_open(int dir, const char *name, int flags);

/* One write(2) on an open descriptor. */
int abi_write(int fd, const void *bytes, size_t size);

/* Open as programs do, O_WRONLY|O_CREAT|O_TRUNC, one write(2), close; the first error. */
int abi_put(int dir, const char *name, const void *bytes, size_t size);
int abi_put_text(int dir, const char *name, const char *text);

/* What a file holds, read to its end. */
struct abi_content {
	uint8_t bytes[1 << 18];
	size_t size;
};

/* From where the descriptor stands, in reads of the sizes that stand in steps, up to a zero, and then of the last one. */
int abi_read_on(int fd, const size_t *steps, struct abi_content *ret);
int abi_get(int dir, const char *name, struct abi_content *ret);
void abi_must_get(int dir, const char *name, struct abi_content *ret);

/* The file holds this text and nothing else. */
#define ABI_EXPECT_TEXT(dir, name, text) abi_expect_text(__FILE__, __LINE__, (dir), (name), (text))
void abi_expect_text(const char *file, int line, int dir, const char *name, const char *text);

bool abi_contains(const struct abi_content *content, const void *bytes, size_t size);
bool abi_equal(const struct abi_content *a, const struct abi_content *b);

/* Directories of the target. */
int abi_open_root(void);
int abi_open_below_root(const char *name);
int abi_open_measurements(void);

/* A name for an entry that no other process of this run has: the runner removes entries with such names. */
struct abi_name {
	char text[64];
};
struct abi_name abi_new_name(void);

/* A new entry of report/ or rtmrs/. */
struct abi_entry {
	int parent;
	int dir;
	struct abi_name name;
};
struct abi_entry abi_entry_new(const char *below_root);
void abi_entry_remove(struct abi_entry *entry);

/* A child process that runs a function and ends; true if it ended with status 0. */
pid_t abi_child(void (*run)(void *argument), void *argument);
bool abi_child_succeeds(pid_t child);

/* Whether the child ended within milliseconds; it is not waited for longer. */
bool abi_child_ends_within(pid_t child, int milliseconds);

void abi_random(void *ret, size_t size);

/* H(parts), by the name that hash_algo or a file's suffix has; its size, or 0 for an unknown name. */
size_t abi_hash(const char *alg, const void *a, size_t a_size, const void *b, size_t b_size, uint8_t ret[64]);
size_t abi_hash_size(const char *alg);

#endif
