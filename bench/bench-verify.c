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
#define ROUNDS 300
#define FLOOR_ROUNDS 1000
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

/* Seconds of one signature check, with a key that is ready and a message that is hashed. Takes key over. */
static double check_seconds(EVP_PKEY *key, const EVP_MD *hash, bool is_pss)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t digest[EVP_MAX_MD_SIZE] = { 1 };
	size_t digest_size = (size_t)EVP_MD_get_size(hash);
	uint8_t signature[512];
	size_t size = sizeof(signature);
	double start;

	if (!context || EVP_PKEY_sign_init(context) != 1 || !set_padding(context, hash, is_pss) ||
	    EVP_PKEY_sign(context, signature, &size, digest, digest_size) != 1 || EVP_PKEY_verify_init(context) != 1 ||
	    !set_padding(context, hash, is_pss))
		bench_fail("openssl", "can't sign");
	start = bench_cpu();
	for (unsigned i = 0; i < FLOOR_ROUNDS; i++)
		if (EVP_PKEY_verify(context, signature, size, digest, digest_size) != 1)
			bench_fail("openssl", "does not verify its own signature");
	start = (bench_cpu() - start) / FLOOR_ROUNDS;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	return start;
}

/* Seconds of all checks that this evidence needs. */
static double floor_seconds(const struct kind *kind, unsigned count, unsigned rsa_count)
{
	static EVP_PKEY *rsa; /* making one takes longer than everything else */
	double seconds = count * check_seconds(EVP_EC_gen(kind->curve), kind->hash(), false);

	if (kind->p256)
		seconds += kind->p256 * check_seconds(EVP_EC_gen("P-256"), EVP_sha256(), false);
	if (rsa_count == 0)
		return seconds;
	if (!rsa)
		rsa = EVP_RSA_gen(RSA_BITS);
	if (!rsa || EVP_PKEY_up_ref(rsa) != 1)
		bench_fail("openssl", "can't make a key");
	return seconds + rsa_count * check_seconds(rsa, EVP_sha384(), true);
}

/* Verdicts a second. The signatures and all must hold: evidence that fails early would be fast. */
static double verify_rate(const struct tally_verify_request *request)
{
	double start = bench_cpu();

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct tally_verdict *verdict = NULL;
		enum tally_status status = tally_verify(request, &verdict);

		if (status != TALLY_OK)
			bench_fail("verify", tally_status_message(status));
		if (verdict->member_count == 0 || !verdict->member[0].authenticated)
			bench_fail("verify", "the evidence is not authentic");
		tally_verdict_free(verdict);
	}
	return ROUNDS / (bench_cpu() - start);
}

static void print_rates(const struct kind *kind, struct tally_verify_request *request)
{
	double cold[TALLY_BENCH_RUNS], warm[TALLY_BENCH_RUNS], of_cold[TALLY_BENCH_RUNS], of_warm[TALLY_BENCH_RUNS];
	struct tally_kept *kept = tally_kept_new();
	char name[64];

	if (!kept)
		bench_fail(kind->name, "no memory");
	for (size_t run = 0; run < TALLY_BENCH_RUNS; run++) {
		/* The floor of the same moment: a machine that others use is not equally fast all the time. */
		request->kept = NULL;
		cold[run] = verify_rate(request);
		of_cold[run] = cold[run] * floor_seconds(kind, kind->cold, kind->rsa_cold);
		request->kept = kept;
		warm[run] = verify_rate(request);
		of_warm[run] = warm[run] * floor_seconds(kind, kind->warm, 0);
	}
	tally_kept_free(kept);
	snprintf(name, sizeof(name), "verify.%s-cold", kind->name);
	bench_print(name, bench_median(cold, TALLY_BENCH_RUNS), "1/s");
	snprintf(name, sizeof(name), "verify.%s-warm", kind->name);
	bench_print(name, bench_median(warm, TALLY_BENCH_RUNS), "1/s");
	snprintf(name, sizeof(name), "verify.%s-cold-of-floor", kind->name);
	bench_print(name, bench_median(of_cold, TALLY_BENCH_RUNS), "ratio");
	snprintf(name, sizeof(name), "verify.%s-warm-of-floor", kind->name);
	bench_print(name, bench_median(of_warm, TALLY_BENCH_RUNS), "ratio");
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
