// SPDX-License-Identifier: BSD-2-Clause
/* Sound evidence of every provider, in files: write-evidence FOLDER. Tests of the program read it, and fuzzers start from it. */
#include <errno.h>
#include <sys/stat.h>

#include "../../format/bundle.h"
#include "../../format/cbor.h"
#include "../../format/tpm_evidence.h"
#include "cca.h"
#include "cove.h"
#include "machine.h"
#include "nsm.h"
#include "tdx.h"

#define PATH_SIZE 4096
#define ITEM_LIMIT 8

/* FOLDER/NAME/: evidence as the machine gives it, bundle, nonce, root, collateral/; FOLDER/bundles/NAME: all of it in one. */
struct piece {
	const char *name;
	const char *media_type; /* of the report; NULL: evidence is a bundle */
	struct tally_bytes evidence;
	struct tally_bytes nonce;
	struct tally_bytes root; /* size 0: none */
	size_t count;
	struct {
		const char *name;
		struct tally_bytes bytes;
	} item[ITEM_LIMIT];
};

static const char *folder;

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		fail_msg("%s: %s", path, strerror(errno));
}

static void write_file(const char *name, const char *file, struct tally_bytes bytes)
{
	char path[PATH_SIZE];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file);
	stream = fopen(path, "wb");
	assert_non_null(stream);
	assert_int_equal(fwrite(bytes.data, 1, bytes.size, stream), bytes.size);
	assert_int_equal(fclose(stream), 0);
}

static void add_member(struct tally_bundle *bundle, const char *label, const char *type, struct tally_bytes value)
{
	bundle->member[bundle->count++] = (struct tally_member){ tally_text(label), tally_text(type), value };
}

static void write_bundle(const struct piece *piece)
{
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct forge_buffer items = { 0 };
	static uint8_t room[1 << 18];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	assert_non_null(bundle);
	add_member(bundle, TALLY_LABEL_REPORT, piece->media_type, piece->evidence);
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	write_file(piece->name, "bundle", tally_written(&writer));
	forge_add_cbor_head(&items, TALLY_CBOR_ARRAY, piece->count);
	for (size_t i = 0; i < piece->count; i++)
		forge_add_cbor_bytes(&items, piece->item[i].bytes);
	add_member(bundle, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_COLLATERAL, forge_bytes(&items));
	writer = tally_writer(room, sizeof(room));
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	write_file("bundles", piece->name, tally_written(&writer));
	free_bytes(forge_bytes(&items));
	free(bundle);
}

static void write_piece(const struct piece *piece)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", folder, piece->name);
	make_folder(path);
	snprintf(path, sizeof(path), "%s/%s/collateral", folder, piece->name);
	make_folder(path);
	write_file(piece->name, "evidence", piece->evidence);
	write_file(piece->name, "nonce", piece->nonce);
	if (piece->root.size)
		write_file(piece->name, "root", piece->root);
	for (size_t i = 0; i < piece->count; i++) {
		snprintf(path, sizeof(path), "collateral/%s", piece->item[i].name);
		write_file(piece->name, path, piece->item[i].bytes);
	}
	if (piece->media_type)
		write_bundle(piece);
	else
		write_file("bundles", piece->name, piece->evidence);
}

static void add_item(struct piece *piece, const char *name, struct tally_bytes bytes)
{
	assert_true(piece->count < ITEM_LIMIT);
	piece->item[piece->count].name = name;
	piece->item[piece->count++].bytes = bytes;
}

static void write_tdx(const char *name, uint16_t version, uint16_t body_type)
{
	static const char *const names[] = { [FORGE_TDX_TCB_INFO] = "tcb-info.json",
					     [FORGE_TDX_QE_IDENTITY] = "qe-identity.json",
					     [FORGE_TDX_SIGNER_CHAIN] = "signer.pem",
					     [FORGE_TDX_PCK_CRL] = "pck.crl",
					     [FORGE_TDX_ROOT_CRL] = "root.crl" };
	static struct forge_tdx plan;
	struct forge_tdx_made made;
	struct piece piece = { .name = name, .media_type = TALLY_MEDIA_TDX_QUOTE };

	forge_tdx_plan(&plan);
	plan.version = version;
	plan.body_type = body_type;
	forge_tdx_make(&plan, &made);
	piece.evidence = made.quote;
	piece.nonce = tally_bytes(plan.body + FORGE_TDX_REPORT_DATA, 64);
	piece.root = made.root;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_item(&piece, names[i], made.item[i]);
	write_piece(&piece);
	forge_tdx_free(&made);
}

/* A newer list of the same root's, which has the authority's number. */
static void write_revoked(const char *name, const char *product, bool is_vlek)
{
	struct forge_snp forge;

	forge_snp_start(&forge, product, is_vlek);
	forge.crl_damage = FORGE_REVOKES;
	forge.crl_time++;
	forge_snp_finish(&forge);
	write_file(name, "revoked.crl", forge.crl_der);
	forge_snp_done(&forge);
}

static void write_snp(const char *name, const char *product, bool is_vlek)
{
	struct piece piece = { .name = name, .media_type = TALLY_MEDIA_SNP_REPORT };
	struct tally_bytes table;
	struct forge_snp forge;

	forge_snp_start(&forge, product, is_vlek);
	forge_snp_finish(&forge);
	table = forge_snp_table(&forge);
	piece.evidence = tally_bytes(forge.report, SNP_SIZE);
	piece.nonce = tally_bytes(forge.report + SNP_AT_REPORT_DATA, 64);
	piece.root = forge.root_der;
	add_item(&piece, "leaf.der", forge.leaf_der);
	add_item(&piece, "authority.der", forge.authority_der);
	add_item(&piece, "root.crl", forge.crl_der);
	write_piece(&piece);
	write_file(name, "table", table);
	write_revoked(name, product, is_vlek);
	free_bytes(table);
	forge_snp_done(&forge);
}

/* What tools would have of it: every member, and the pieces of its quote. */
static void write_members(const char *name, struct tally_bytes evidence)
{
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct tally_tpm_evidence quote;
	struct forge_buffer values = { 0 };
	struct tally_tpm_pcrs pcrs;
	char label[64];

	assert_non_null(bundle);
	assert_int_equal(tally_bundle_read(evidence, bundle), TALLY_OK);
	for (size_t i = 0; i < bundle->count; i++) {
		snprintf(label, sizeof(label), "%.*s", (int)bundle->member[i].label.size,
			 (const char *)bundle->member[i].label.data);
		write_file(name, label, bundle->member[i].value);
	}
	assert_int_equal(tally_tpm_evidence_read(tally_bundle_find(bundle, TALLY_LABEL_TPM_QUOTE)->value, &quote),
			 TALLY_OK);
	assert_int_equal(tally_tpm_pcrs_read(tally_bundle_find(bundle, TALLY_LABEL_TPM_PCRS)->value, &pcrs), TALLY_OK);
	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++)
		forge_add_bytes(&values, tally_digest_bytes(&pcrs.value[pcr].digest[0]));
	write_file(name, "quote.msg", quote.attest);
	write_file(name, "quote.sig", quote.signature);
	write_file(name, "quote.pcrs", forge_bytes(&values));
	write_file(name, "ak.pub", quote.public_area);
	free_bytes(forge_bytes(&values));
	free(bundle);
}

static void write_machine(const char *name, bool is_azure)
{
	static struct forge_machine machine;
	struct piece piece = { .name = name };

	forge_machine_start(&machine, is_azure);
	piece.evidence = forge_machine_make(&machine);
	piece.nonce = tally_bytes(forge_machine_nonce, sizeof(forge_machine_nonce));
	piece.root = machine.snp.root_der;
	write_piece(&piece);
	write_members(name, piece.evidence);
	free_bytes(piece.evidence);
	forge_snp_done(&machine.snp);
}

static const uint8_t challenge[64] = { 1, 2, 3 };

/* A quote by itself. */
static void write_tpm(void)
{
	struct piece piece = { .name = "tpm", .nonce = tally_bytes(challenge, 32) };
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	static uint8_t room[65536];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct forge_tpm plan;
	struct tally_bytes quote;
	struct tally_bytes pcrs;

	assert_non_null(bundle);
	forge_tpm_plan(&plan, piece.nonce);
	quote = forge_tpm_quote(&plan);
	pcrs = forge_tpm_pcrs(&plan);
	add_member(bundle, TALLY_LABEL_REPORT, TALLY_MEDIA_TPM_QUOTE, quote);
	add_member(bundle, TALLY_LABEL_TPM_PCRS, TALLY_MEDIA_TPM_PCRS, pcrs);
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	piece.evidence = tally_written(&writer);
	write_piece(&piece);
	free_bytes(quote);
	free_bytes(pcrs);
	free(bundle);
}

static void write_nsm(const char *name, bool is_response)
{
	struct forge_nsm plan = forge_nsm_sound();
	struct piece piece = { .name = name,
			       .media_type = is_response ? TALLY_MEDIA_NSM_RESPONSE : TALLY_MEDIA_NSM_DOCUMENT,
			       .nonce = tally_bytes(challenge, 32) };

	plan.nonce = piece.nonce;
	plan.is_response = is_response;
	plan.root = piece.root = forge_nsm_root(&plan);
	piece.evidence = forge_nsm(&plan);
	write_piece(&piece);
	free_bytes(piece.evidence);
	free_bytes(piece.root);
}

static struct tally_bytes pem_of(EVP_PKEY *key)
{
	struct tally_bytes spki = forge_spki(key);
	struct forge_buffer pem = { 0 };

	forge_add_pem(&pem, "PUBLIC KEY", spki);
	free_bytes(spki);
	return forge_bytes(&pem);
}

/* Trust in a platform's key is the policy's: there is no root. */
static void write_token(struct piece *piece, EVP_PKEY *key)
{
	struct tally_bytes pem = pem_of(key);
	struct tally_bytes spki = forge_spki(key);

	add_item(piece, "platform-key.pem", pem);
	write_piece(piece);
	write_file(piece->name, "platform-key.der", spki);
	free_bytes(spki);
	free_bytes(pem);
	free_bytes(piece->evidence);
}

static void write_cca(const char *name, bool is_collection)
{
	struct forge_cca plan = forge_cca_sound(tally_bytes(challenge, sizeof(challenge)));
	struct piece piece = { .name = name, .media_type = TALLY_MEDIA_CCA_TOKEN, .nonce = plan.challenge };
	struct tally_bytes corim = forge_corim(plan.platform.key, 0, 0, forge_cca_instance[1], NULL);

	plan.is_collection = is_collection;
	piece.evidence = forge_cca(&plan);
	write_token(&piece, plan.platform.key);
	write_file(name, "platform.corim", corim);
	free_bytes(corim);
}

static void write_cove(void)
{
	struct forge_cove plan = forge_cove_sound(tally_bytes(challenge, sizeof(challenge)));
	struct piece piece = { .name = "cove", .media_type = TALLY_MEDIA_COVE_TOKEN, .nonce = plan.challenge };

	piece.evidence = forge_cove(&plan);
	write_token(&piece, plan.platform.key);
}

int main(int argc, char **argv)
{
	char path[PATH_SIZE];

	if (argc != 2) {
		fprintf(stderr, "write-evidence FOLDER\n");
		return 2;
	}
	folder = argv[1];
	make_folder(folder);
	snprintf(path, sizeof(path), "%s/bundles", folder);
	make_folder(path);
	write_tdx("tdx", 5, 3);
	write_tdx("tdx-v4", 4, 0);
	write_snp("snp", "Milan", false);
	write_snp("snp-turin", "Turin", false);
	write_snp("snp-vlek", "Genoa", true);
	write_machine("svsm", false);
	write_machine("azure", true);
	write_tpm();
	write_nsm("nsm", false);
	write_nsm("nsm-response", true);
	write_cca("cca", false);
	write_cca("cca-cmw", true);
	write_cove();
	tally_key_free(forge_machine_binder());
	return 0;
}
