// SPDX-License-Identifier: BSD-2-Clause
/* Logged extends a second by soft, against the floor of the system calls and hashes that they can't do without. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../authority/authority.h"
#include "../provider/soft.h"
#include "rate.h"

#define EXTENDS 5000
#define RECORD_SIZE 256
#define REGISTERS_SIZE 1024

static char path[4096];

static int floor_open(const char *name)
{
	char file[4200];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		bench_fail("floor", file);
	return fd;
}

static void floor_hash(const uint8_t *data, size_t size, uint16_t alg)
{
	uint8_t digest[TALLY_DIGEST_LIMIT];
	struct tally_hash_job job = { .alg = alg, .parts = { { data, size } }, .ret_digest = digest };

	if (tally_env_hash(&job, 1) != TALLY_OK)
		bench_fail("floor", "hash");
}

static void floor_check(int failed)
{
	if (failed)
		bench_fail("floor", "a system call failed");
}

/* The lock, which is opened for each operation by design; read, intent, register, read, append, unlock; the event, the extend, head and slot hashed once each. */
static double floor_run(void)
{
	int intent = floor_open("floor-intent");
	int registers = floor_open("floor-registers");
	int log = floor_open("floor-log");
	uint8_t bytes[REGISTERS_SIZE] = { 1 };
	double start;

	floor_check(pwrite(registers, bytes, sizeof(bytes), 0) != sizeof(bytes));
	floor_check(fallocate(log, FALLOC_FL_KEEP_SIZE, 0, EXTENDS * RECORD_SIZE) != 0);
	start = bench_cpu();
	for (off_t i = 0; i < EXTENDS; i++) {
		int lock = floor_open("floor-lock");

		floor_check(flock(lock, LOCK_EX) != 0);
		floor_check(pread(registers, bytes, sizeof(bytes), 0) != sizeof(bytes));
		floor_hash(bytes, 96, TALLY_SHA384);
		floor_hash(bytes, 96, TALLY_SHA384);
		floor_hash(bytes, RECORD_SIZE + 48, TALLY_SHA384);
		floor_hash(bytes, RECORD_SIZE + 56, TALLY_SHA256);
		floor_check(pwrite(intent, bytes, RECORD_SIZE + 88, 0) != RECORD_SIZE + 88);
		floor_check(pwrite(registers, bytes, REGISTERS_SIZE / 2, 0) != REGISTERS_SIZE / 2);
		floor_check(pread(registers, bytes, sizeof(bytes), 0) != sizeof(bytes));
		floor_check(pwrite(log, bytes, RECORD_SIZE, i * RECORD_SIZE) != RECORD_SIZE);
		floor_check(flock(lock, LOCK_UN) != 0);
		close(lock);
	}
	start = bench_cpu() - start;
	close(intent);
	close(registers);
	close(log);
	return EXTENDS / start;
}

static double extend_run(struct tally_authority *authority, unsigned *number)
{
	static char names[EXTENDS][32];
	double start;

	for (unsigned i = 0; i < EXTENDS; i++)
		snprintf(names[i], sizeof(names[i]), "event-%u", (*number)++);
	start = bench_cpu();
	for (unsigned i = 0; i < EXTENDS; i++) {
		struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT, .register_index = 2 };
		struct tally_extend_result result;
		struct tally_problem problem;

		request.type = tally_text("bench");
		request.name = tally_text(names[i]);
		request.data = tally_text("0123456789abcdef0123456789abcdef");
		if (tally_authority_extend(authority, &request, &result, &problem) != TALLY_OK)
			bench_fail("extend", problem.text);
	}
	return EXTENDS / (bench_cpu() - start);
}

int main(int argc, char **argv)
{
	struct tally_soft_options soft = { 0 };
	struct tally_authority_options options = { .provider = "soft", .provider_options = { .soft = &soft } };
	struct tally_authority *authority;
	struct tally_problem problem;
	double floor[TALLY_BENCH_RUNS];
	double extend[TALLY_BENCH_RUNS];
	double ratio[TALLY_BENCH_RUNS];
	unsigned number = 0;

	if (argc != 2 || strlen(argv[1]) >= sizeof(path))
		bench_fail("usage", "bench-extend DIRECTORY");
	memcpy(path, argv[1], strlen(argv[1]) + 1);
	options.directory = path;
	if (tally_authority_open(&options, &authority, &problem) != TALLY_OK)
		bench_fail("open", problem.text);
	for (size_t run = 0; run < TALLY_BENCH_RUNS; run++) {
		floor[run] = floor_run();
		extend[run] = extend_run(authority, &number);
		ratio[run] = extend[run] / floor[run];
	}
	tally_authority_close(authority);
	bench_print("extend.floor", bench_median(floor, TALLY_BENCH_RUNS), "extends/s");
	bench_print("extend.soft", bench_median(extend, TALLY_BENCH_RUNS), "extends/s");
	bench_print("extend.soft-of-floor", bench_median(ratio, TALLY_BENCH_RUNS), "ratio");
	return 0;
}
