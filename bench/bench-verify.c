// SPDX-License-Identifier: BSD-2-Clause
/* Judging evidence, against the signature checks that it needs at OpenSSL's own rate: cold, and with what is kept. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/writer.h"
#include "../format/bundle.h"
#include "../verify/kept.h"
#include "../verify/verify.h"
#include "rate.h"

#define ITEM_LIMIT 16
#define PAIRS 301	  /* of a stretch of judgements and one of the checks that they need, in turn */
#define STRETCH 2	  /* judgements */
#define STRETCHES_FIRST 5 /* that nobody times: caches fill, and OpenSSL fetches what it needs */
#define CHECKER_LIMIT 3
#define RSA_BITS 4096

/* What a kind of evidence needs: signatures in all, and those that are left where the rest is kept. */
struct kind {
	const char *name;
	const char *media_type;
	const char *curve; /* of all but those that are counted by themselves */
	const EVP_MD *(*hash)(void);
	unsigned cold;
	unsigned warm;
	unsigned rsa_cold;  /* by RSA-4096, PSS; none of them is left where the rest is kept */
	unsigned p256;	    /* by P-256 beside another curve; none of them is kept */
	const char *policy; /* NULL: the default one, which authenticates what it does not accept */
};

static const struct kind kinds[] = {
	{ "tdx", TALLY_MEDIA_TDX_QUOTE, "P-256", EVP_sha256, 9, 3, 0, 0, NULL },
	{ "nsm", TALLY_MEDIA_NSM_DOCUMENT, "P-384", EVP_sha384, 5, 2, 0, 0, NULL },
	{ "cca", TALLY_MEDIA_CCA_TOKEN, "P-384", EVP_sha384, 1, 1, 0, 1,
	  "{\"tally-policy\": 1, \"cca\": {\"keys\": "
	  "[\"sha256:51b944cdfa544d4c3273aa6bf350625a7dd53bbb6a71723274f538b19a207760\"]}}" },
	/* Without a revocation list, which public evidence lacks. */
	{ "snp", TALLY_MEDIA_SNP_REPORT, "P-384", EVP_sha384, 1, 1, 2, 0,
	  "{\"tally-policy\": 1, \"allow\": [\"snp.crl-missing\"]}" },
};

static struct tally_bytes load(const char *path)
{
	static const size_t limit = (size_t)16 * 1024 * 1024;
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(limit);
	size_t size;

	if (!file || !data)
		bench_fail(path, "can't be opened");
	size = fread(data, 1, limit, file);
	fclose(file);
	return tally_bytes(data, size);
}

static struct tally_bytes wrap(const struct kind *kind, struct tally_bytes report)
{
	struct tally_bundle bundle = { .count = 1,
				       .member = { { .label = tally_text(TALLY_LABEL_REPORT),
						     .media_type = tally_text(kind->media_type),
						     .value = report } } };
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t *memory;

	tally_bundle_write(&writer, &bundle);
	memory = malloc(writer.size);
	if (!memory)
		bench_fail(kind->name, "no memory");
	writer = tally_writer(memory, writer.size);
	tally_bundle_write(&writer, &bundle);
	return tally_written(&writer);
}

static bool set_padding(EVP_PKEY_CTX *context, const EVP_MD *hash, bool is_pss)
{
	return !is_pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
			   EVP_PKEY_CTX_set_signature_md(context, hash) == 1 &&
			   EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* One kind of signature check at OpenSSL's own rate: with a key that is ready and a message that is hashed. */
struct checker {
	EVP_PKEY_CTX *context;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t digest_size;
	uint8_t signature[512];
	size_t size;
	unsigned cold; /* how many of them the evidence needs */
	unsigned warm;
};

static struct checker checker_new(EVP_PKEY *key, const EVP_MD *hash, bool is_pss, unsigned cold, unsigned warm)
{
	struct checker checker = { .context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL),
				   .digest = { 1 },
				   .digest_size = (size_t)EVP_MD_get_size(hash),
				   .size = sizeof(checker.signature),
				   .cold = cold,
				   .warm = warm };

	if (!checker.context || EVP_PKEY_sign_init(checker.context) != 1 ||
	    !set_padding(checker.context, hash, is_pss) ||
	    EVP_PKEY_sign(checker.context, checker.signature, &checker.size, checker.digest, checker.digest_size) !=
		    1 ||
	    EVP_PKEY_verify_init(checker.context) != 1 || !set_padding(checker.context, hash, is_pss))
		bench_fail("openssl", "can't sign");
	EVP_PKEY_free(key); /* the context keeps a reference of its own */
	return checker;
}

static void checker_run(struct checker *checker, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (EVP_PKEY_verify(checker->context, checker->signature, checker->size, checker->digest,
				    checker->digest_size) != 1)
			bench_fail("openssl", "does not verify its own signature");
}

/* Every check that a kind of evidence needs. */
struct floor {
	size_t count;
	struct checker checker[CHECKER_LIMIT];
};

static struct floor floor_new(const struct kind *kind)
{
	struct floor floor = { .count = 0 };

	floor.checker[floor.count++] =
		checker_new(EVP_EC_gen(kind->curve), kind->hash(), false, kind->cold, kind->warm);
	if (kind->p256)
		floor.checker[floor.count++] =
			checker_new(EVP_EC_gen("P-256"), EVP_sha256(), false, kind->p256, kind->p256);
	if (kind->rsa_cold)
		floor.checker[floor.count++] =
			checker_new(EVP_RSA_gen(RSA_BITS), EVP_sha384(), true, kind->rsa_cold, 0);
	return floor;
}

/* Seconds of the checks that one judgement needs. */
static double floor_seconds(struct floor *floor, bool is_warm)
{
	double start = bench_cpu();

	for (size_t i = 0; i < floor->count; i++)
		checker_run(&floor->checker[i], STRETCH * (is_warm ? floor->checker[i].warm : floor->checker[i].cold));
	return (bench_cpu() - start) / STRETCH;
}

static void floor_done(struct floor *floor)
{
	for (size_t i = 0; i < floor->count; i++)
		EVP_PKEY_CTX_free(floor->checker[i].context);
}

/* Seconds of one judgement. The signatures and all must hold: evidence that fails early would be fast. */
static double verify_seconds(const struct tally_verify_request *request)
{
	double start = bench_cpu();

	for (unsigned i = 0; i < STRETCH; i++) {
		struct tally_verdict *verdict = NULL;
		enum tally_status status = tally_verify(request, &verdict);

		if (status != TALLY_OK)
			bench_fail("verify", tally_status_message(status));
		if (verdict->member_count == 0 || !verdict->member[0].authenticated)
			bench_fail("verify", "the evidence is not authentic");
		tally_verdict_free(verdict);
	}
	return (bench_cpu() - start) / STRETCH;
}

/*
 * Medians of many short pairs: a machine that others use is not equally fast all the time, and what disturbs one
 * stretch disturbs the one beside it or falls out.
 */
static void print_way(const struct kind *kind, const char *way, const struct tally_verify_request *request,
		      struct floor *floor)
{
	bool is_warm = request->kept != NULL;
	double seconds[PAIRS], ratio[PAIRS];
	char name[64];

	for (size_t i = 0; i < STRETCHES_FIRST; i++) {
		verify_seconds(request);
		floor_seconds(floor, is_warm);
	}
	for (size_t i = 0; i < PAIRS; i++) {
		double before = floor_seconds(floor, is_warm);

		seconds[i] = verify_seconds(request);
		ratio[i] = before / seconds[i];
	}
	snprintf(name, sizeof(name), "verify.%s-%s", kind->name, way);
	bench_print(name, 1 / bench_median(seconds, PAIRS), "1/s");
	snprintf(name, sizeof(name), "verify.%s-%s-of-floor", kind->name, way);
	bench_print(name, bench_median(ratio, PAIRS), "ratio");
}

static void print_rates(const struct kind *kind, struct tally_verify_request *request)
{
	struct tally_kept *kept = tally_kept_new();
	struct floor floor = floor_new(kind);

	if (!kept)
		bench_fail(kind->name, "no memory");
	print_way(kind, "cold", request, &floor);
	request->kept = kept;
	print_way(kind, "warm", request, &floor);
	floor_done(&floor);
	tally_kept_free(kept);
}

/* The policy of a kind; NULL: the default one. */
static const struct tally_policy *policy_of(const struct kind *kind)
{
	struct tally_policy_problem problem = { "" };
	struct tally_policy *policy = NULL;

	if (kind->policy && tally_policy_read(tally_text(kind->policy), &policy, &problem) != TALLY_OK)
		bench_fail(kind->name, problem.text);
	return policy;
}

/* KIND REPORT TIME COLLATERAL...: TIME in seconds since 1970. */
int main(int argc, char **argv)
{
	struct tally_collateral_item items[ITEM_LIMIT];
	struct tally_collateral collateral = { 0, items };
	struct tally_verify_request request = { .collateral = &collateral, .is_time_given = true };

	if (argc < 4 || argc - 4 > ITEM_LIMIT)
		bench_fail("usage", "bench-verify KIND REPORT TIME COLLATERAL...");
	for (int i = 4; i < argc; i++) {
		struct tally_bytes bytes = load(argv[i]);

		items[collateral.count++] =
			(struct tally_collateral_item){ tally_collateral_kind_of(bytes), argv[i], bytes };
	}
	request.time = strtoll(argv[3], NULL, 10);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		request.policy = policy_of(&kinds[i]);
		request.evidence = wrap(&kinds[i], load(argv[2]));
		print_rates(&kinds[i], &request);
		return 0;
	}
	bench_fail(argv[1], "no such kind");
}
