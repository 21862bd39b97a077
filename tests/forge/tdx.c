// SPDX-License-Identifier: BSD-2-Clause
/* TDX quotes and their collateral under a test PKI. */
#include "tdx.h"

#include <stdio.h>
#include <stdlib.h>

#define OID_SGX "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01"
#define FMSPC "00a0b0c0d0e0"

static const uint8_t vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
				    0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

static EVP_PKEY *key_of(enum forge_tdx_key key)
{
	return forge_key(FORGE_P256, key);
}

static struct forge_signer signer_of(enum forge_tdx_key key)
{
	return (struct forge_signer){ key_of(key), EVP_sha256(), FORGE_NO_PSS };
}

#define COMPONENTS(first)                                                                                           \
	"[{\"svn\":" first "},{\"svn\":3},{\"svn\":2},{\"svn\":2},{\"svn\":4},{\"svn\":1},{\"svn\":0},{\"svn\":5}," \
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}]"
#define TDX_COMPONENTS(third)                                                                                       \
	"[{\"svn\":6},{\"svn\":0},{\"svn\":" third "},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}," \
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}]"
#define LEVEL(first, third, status)                                                                                \
	"{\"tcb\":{\"sgxtcbcomponents\":" COMPONENTS(first) ",\"pcesvn\":13,\"tdxtcbcomponents\":" TDX_COMPONENTS( \
		third) "},\"tcbDate\":\"2026-11-13T00:00:00Z\",\"tcbStatus\":\"" status "\""
#define ZEROS_48 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define MODULE \
	"\"mrsigner\":\"" ZEROS_48 "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\""

/* Levels in an order that is none, because a verifier must not trust it. */
static const char tcb_info[] =
	"{\"id\":\"TDX\",\"version\":3,\"issueDate\":\"2027-01-10T08:00:00Z\",\"nextUpdate\":\"2027-02-09T08:00:00Z\","
	"\"fmspc\":\"" FMSPC "\",\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":20,\"tdxModule\":{" MODULE
	"},\"tdxModuleIdentities\":[{\"id\":\"TDX_03\"," MODULE ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":3},\"tcbDate\":"
	"\"2026-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]},{\"id\":\"TDX_01\"," MODULE ",\"tcbLevels\":[{\"tcb\":"
	"{\"isvsvn\":6},\"tcbDate\":\"2026-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"isvsvn\":4},"
	"\"tcbDate\":\"2025-11-13T00:00:00Z\",\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00001\"]}]}],"
	"\"tcbLevels\":[" LEVEL(
		"2", "2",
		"OutOfDate") ",\"advisoryIDs\":[\"INTEL-SA-00002\",\"INTEL-SA-00003\"]}," LEVEL("3", "3",
												"UpToDate") "}]}";

static const char qe_identity[] =
	"{\"id\":\"TD_QE\",\"version\":2,\"issueDate\":\"2027-01-10T08:00:00Z\",\"nextUpdate\":\"2027-02-09T08:00:"
	"00Z\","
	"\"tcbEvaluationDataNumber\":20,\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\",\"attributes\":"
	"\"11000000000000000000000000000000\",\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":"
	"\"D4D4D4D4D4D4D4D4D4D4D4D4D4D4D4D4D4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4\",\"isvprodid\":2,\"tcbLevels\":[{\"tcb\":"
	"{\"isvsvn\":2},\"tcbDate\":\"2025-11-13T00:00:00Z\",\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":"
	"[\"INTEL-SA-00004\"]},{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2026-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}"
	"]}";

static void plan_quote(struct forge_tdx *plan)
{
	static const uint8_t attributes[8] = { 0, 0, 0, 0x10 };
	static const uint8_t xfam[8] = { 0xe7, 0x02, 0x06 };
	static const uint8_t svn[3] = { 6, 1, 3 };

	plan->header[2] = 2;
	plan->header[4] = 0x81;
	memcpy(plan->header + 12, vendor, sizeof(vendor));
	memcpy(plan->body + FORGE_TDX_TEE_TCB_SVN, svn, sizeof(svn));
	memcpy(plan->body + FORGE_TDX_ATTRIBUTES, attributes, sizeof(attributes));
	memcpy(plan->body + FORGE_TDX_XFAM, xfam, sizeof(xfam));
	memset(plan->body + FORGE_TDX_MRTD, 0x4d, 48);
	memset(plan->body + FORGE_TDX_RTMR0, 0x52, 4 * 48);
	memset(plan->body + FORGE_TDX_REPORT_DATA, 0x64, 64);
	memcpy(plan->body + FORGE_TDX_TEE_TCB_SVN2, svn, sizeof(svn));
}

static void plan_qe(struct forge_tdx *plan)
{
	plan->qe_report[FORGE_QE_ATTRIBUTES] = 0x15; /* bit 2 lies outside of the mask */
	memset(plan->qe_report + FORGE_QE_MRSIGNER, 0xd4, 32);
	plan->qe_report[FORGE_QE_ISVPRODID] = 2;
	plan->qe_report[FORGE_QE_ISVSVN] = 4;
	for (uint8_t i = 0; i < sizeof(plan->qe_auth); i++)
		plan->qe_auth[i] = i;
}

void forge_tdx_plan(struct forge_tdx *ret)
{
	static const uint8_t component[16] = { 3, 3, 2, 2, 4, 1, 0, 5 };

	memset(ret, 0, sizeof(*ret));
	ret->version = 5;
	ret->body_type = 3;
	plan_quote(ret);
	plan_qe(ret);
	ret->quote_key = FORGE_TDX_ATTESTATION;
	ret->qe_key = FORGE_TDX_PCK;
	ret->outer_type = 6;
	ret->inner_type = 5;
	ret->chain_count = 3;
	ret->pck_name = "Intel SGX PCK Certificate";
	ret->ca_name = "Intel SGX PCK Platform CA";
	ret->signer_name = "Intel SGX TCB Signing";
	ret->pck_crl_number = ret->root_crl_number = 7;
	ret->root_crl_asked = FORGE_TDX_CA_SERIAL;
	memcpy(ret->component, component, sizeof(component));
	ret->pcesvn = 13;
	memcpy(ret->tcb_info, tcb_info, sizeof(tcb_info));
	memcpy(ret->qe_identity, qe_identity, sizeof(qe_identity));
	ret->tcb_key = FORGE_TDX_SIGNER;
	ret->identity_key = FORGE_TDX_SIGNER;
}

void forge_tdx_replace(char text[FORGE_TDX_TEXT], const char *from, const char *to)
{
	char *at = strstr(text, from);
	size_t rest;

	if (!at || strlen(text) - strlen(from) + strlen(to) >= FORGE_TDX_TEXT)
		abort();
	rest = strlen(at + strlen(from)) + 1;
	memmove(at + strlen(to), at + strlen(from), rest);
	memcpy(at, to, strlen(to));
}

/* {OID under Intel's arc, value}; the value is added between open and close. */
static size_t open_member(struct forge_buffer *list, const uint8_t *arcs, size_t arc_count)
{
	size_t mark = forge_open(list, 0x30);
	size_t oid = forge_open(list, 0x06);

	forge_add_text(list, OID_SGX);
	forge_add(list, arcs, arc_count);
	forge_close(list, oid);
	return mark;
}

static void add_octets(struct forge_buffer *list, uint8_t arc, const void *octets, size_t size)
{
	size_t mark = open_member(list, &arc, 1);

	forge_add_element(list, 0x04, tally_bytes(octets, size));
	forge_close(list, mark);
}

static void add_component(struct forge_buffer *list, uint8_t number, uint64_t value, bool is_negative)
{
	uint8_t arcs[2] = { 2, number };
	size_t mark = open_member(list, arcs, 2);

	if (is_negative)
		forge_add(list, "\x02\x01\xff", 3);
	else
		forge_add_uint(list, 0x02, value);
	forge_close(list, mark);
}

static void add_tcb(struct forge_buffer *list, const struct forge_tdx *plan)
{
	static const uint8_t arc = 2;
	static const uint8_t cpusvn_arcs[2] = { 2, 18 };
	size_t member = open_member(list, &arc, 1);
	size_t tcb = forge_open(list, 0x30);
	size_t cpusvn;

	for (uint8_t i = 0; i < 16; i++) {
		if (plan->pck_extension == FORGE_PCK_COMPONENT_MISSING && i == 15)
			continue;
		add_component(list, (uint8_t)(i + 1),
			      plan->pck_extension == FORGE_PCK_COMPONENT_256 && i == 2 ? 256 : plan->component[i],
			      plan->pck_extension == FORGE_PCK_COMPONENT_NEGATIVE && i == 2);
		if (plan->pck_extension == FORGE_PCK_COMPONENT_TWICE && i == 2)
			add_component(list, 3, 200, false);
	}
	add_component(list, 17, plan->pck_extension == FORGE_PCK_PCESVN_65536 ? 65536 : plan->pcesvn, false);
	cpusvn = open_member(list, cpusvn_arcs, 2);
	forge_add_element(list, 0x04, tally_bytes(plan->component, 16));
	forge_close(list, cpusvn);
	forge_close(list, tcb);
	forge_close(list, member);
}

static struct tally_bytes pck_extension(const struct forge_tdx *plan)
{
	static const uint8_t fmspc[6] = { 0x00, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0 };
	static const uint8_t type_arc = 5;
	static const uint8_t other_arc = 9;
	static const uint8_t ppid[16] = { 0x99 };
	struct forge_buffer value = { 0 };
	size_t list = forge_open(&value, 0x30);
	size_t mark;

	add_octets(&value, 1, ppid, sizeof(ppid));
	add_tcb(&value, plan);
	add_octets(&value, 3, "\0\0", 2);
	if (plan->pck_extension != FORGE_PCK_NO_FMSPC)
		add_octets(&value, 4, fmspc, plan->pck_extension == FORGE_PCK_FMSPC_SHORT ? 5 : 6);
	if (plan->pck_extension == FORGE_PCK_FMSPC_TWICE)
		add_octets(&value, 4, fmspc, 6);
	mark = open_member(&value, &type_arc, 1);
	forge_add_uint(&value, 0x0a, plan->pck_extension == FORGE_PCK_TYPE_3 ? 3 : 1);
	forge_close(&value, mark);
	if (plan->pck_extension == FORGE_PCK_UNKNOWN_MEMBER) {
		mark = open_member(&value, &other_arc, 1);
		forge_add_uint(&value, 0x02, 1);
		forge_close(&value, mark);
	}
	forge_close(&value, list);
	return forge_bytes(&value);
}

static struct forge_certificate certificate_plan(enum forge_tdx_key key, enum forge_tdx_key issuer, const char *subject,
						 const char *issuer_name, uint64_t serial, enum forge_damage damage)
{
	bool is_ca = key == FORGE_TDX_ROOT || key == FORGE_TDX_CA;

	return (struct forge_certificate){ .subject = subject,
					   .issuer = issuer_name,
					   .key = key_of(key),
					   .signer = signer_of(issuer),
					   .serial = serial,
					   .not_before = FORGE_TIME - 100 * FORGE_DAY,
					   .not_after = FORGE_TIME + 1000 * FORGE_DAY,
					   .is_ca = is_ca,
					   .path_limit = key == FORGE_TDX_ROOT ? 1
							 : key == FORGE_TDX_CA ? 0
									       : -1,
					   .key_usage = is_ca ? FORGE_USAGE_CA : FORGE_USAGE_SIGN | 1U << 1,
					   .damage = damage == FORGE_ROOT ? FORGE_SOUND : damage };
}

#define ROOT_NAME "Intel SGX Root CA"

static struct tally_bytes make_root(const struct forge_tdx *plan, bool is_other)
{
	struct forge_certificate root = certificate_plan(FORGE_TDX_ROOT, FORGE_TDX_ROOT, ROOT_NAME, ROOT_NAME,
							 is_other ? 3 : 1, plan->root_damage);

	return forge_certificate(&root);
}

static struct tally_bytes make_ca(const struct forge_tdx *plan)
{
	struct forge_certificate ca = certificate_plan(FORGE_TDX_CA, FORGE_TDX_ROOT, plan->ca_name, ROOT_NAME,
						       FORGE_TDX_CA_SERIAL, plan->ca_damage);

	return forge_certificate(&ca);
}

static struct tally_bytes make_pck(const struct forge_tdx *plan)
{
	struct forge_certificate pck = certificate_plan(FORGE_TDX_PCK, FORGE_TDX_CA, plan->pck_name, plan->ca_name,
							FORGE_TDX_PCK_SERIAL, plan->pck_damage);
	struct tally_bytes value = pck_extension(plan);
	struct forge_buffer extensions = { 0 };
	struct tally_bytes der;

	if (plan->pck_extension != FORGE_PCK_NO_EXTENSION)
		forge_add_extension(&extensions, tally_text(OID_SGX), false, value);
	pck.extensions = forge_bytes(&extensions);
	der = forge_certificate(&pck);
	free(extensions.data);
	free((void *)(uintptr_t)value.data);
	return der;
}

static void add_pem_and_free(struct forge_buffer *text, struct tally_bytes der)
{
	forge_add_pem(text, "CERTIFICATE", der);
	free((void *)(uintptr_t)der.data);
}

/* Behind the last certificate stands a NUL, as in many real quotes. */
static struct tally_bytes make_chain(const struct forge_tdx *plan, struct tally_bytes root)
{
	struct forge_buffer text = { 0 };

	if (plan->chain_count > 0)
		add_pem_and_free(&text, make_pck(plan));
	if (plan->chain_count > 1)
		add_pem_and_free(&text, make_ca(plan));
	if (plan->chain_count > 2)
		forge_add_pem(&text, "CERTIFICATE", root);
	forge_add(&text, "", 1);
	return forge_bytes(&text);
}

static void sign_into(struct forge_buffer *buffer, enum forge_tdx_key key, struct tally_bytes message,
		      enum forge_scalar_damage damage)
{
	struct forge_signer signer = signer_of(key);
	struct tally_bytes signature = forge_sign_raw(&signer, message);

	if (damage)
		forge_damage_scalars((uint8_t *)(uintptr_t)signature.data, signer.key, damage);
	forge_add_bytes(buffer, signature);
	free((void *)(uintptr_t)signature.data);
}

/* REPORTDATA of the quoting enclave: SHA-256 of key and data. */
static void bind_key(const struct forge_tdx *plan, struct tally_bytes point, uint8_t report[384])
{
	struct forge_buffer message = { 0 };

	memcpy(report, plan->qe_report, 384);
	if (plan->keeps_report_data)
		return;
	forge_add_bytes(&message, point);
	forge_add(&message, plan->qe_auth, sizeof(plan->qe_auth));
	if (EVP_Digest(message.data, message.size, report + FORGE_QE_REPORT_DATA, NULL, EVP_sha256(), NULL) != 1)
		abort();
	free(message.data);
}

static void add_certification(struct forge_buffer *data, const struct forge_tdx *plan, struct tally_bytes point,
			      struct tally_bytes root)
{
	struct tally_bytes chain = make_chain(plan, root);
	struct forge_buffer inner = { 0 };
	uint8_t report[384];

	bind_key(plan, point, report);
	forge_add(&inner, report, sizeof(report));
	sign_into(&inner, plan->qe_key, tally_bytes(report, sizeof(report)), plan->qe_scalars);
	forge_add_le(&inner, sizeof(plan->qe_auth), 2);
	forge_add(&inner, plan->qe_auth, sizeof(plan->qe_auth));
	forge_add_le(&inner, plan->inner_type, 2);
	forge_add_le(&inner, chain.size, 4);
	forge_add_bytes(&inner, chain);
	forge_add_le(data, plan->outer_type, 2);
	forge_add_le(data, inner.size, 4);
	forge_add_bytes(data, forge_bytes(&inner));
	free(inner.data);
	free((void *)(uintptr_t)chain.data);
}

static struct tally_bytes make_quote(const struct forge_tdx *plan, struct tally_bytes root)
{
	struct tally_bytes point = forge_point(key_of(FORGE_TDX_ATTESTATION));
	size_t body_size = plan->body_type == 3 ? 648 : 584;
	struct forge_buffer quote = { 0 };
	struct forge_buffer data = { 0 };

	if (plan->has_bad_point)
		((uint8_t *)(uintptr_t)point.data)[63] ^= 1;
	forge_add_le(&quote, plan->version, 2);
	forge_add(&quote, plan->header + 2, sizeof(plan->header) - 2);
	if (plan->version == 5) {
		forge_add_le(&quote, plan->body_type, 2);
		forge_add_le(&quote, body_size, 4);
	}
	forge_add(&quote, plan->body, body_size);
	sign_into(&data, plan->quote_key, forge_bytes(&quote), plan->quote_scalars);
	forge_add_bytes(&data, point);
	add_certification(&data, plan, point, root);
	forge_add_le(&quote, data.size, 4);
	forge_add_bytes(&quote, forge_bytes(&data));
	for (size_t i = 0; i < plan->trailing; i++)
		forge_add(&quote, "", 1);
	free(data.data);
	free((void *)(uintptr_t)point.data);
	return forge_bytes(&quote);
}

/* A statement and its signature, in the body that is served. */
static struct tally_bytes make_statement(const char *around, const char *value, enum forge_tdx_key key,
					 enum forge_scalar_damage damage)
{
	struct forge_buffer signature = { 0 };
	struct forge_buffer body = { 0 };
	char hex[129];
	char *text;
	size_t size;

	sign_into(&signature, key, tally_text(value), damage);
	for (size_t i = 0; i < 64; i++)
		snprintf(hex + 2 * i, 3, "%02x", signature.data[i]);
	size = strlen(around) + strlen(value) + sizeof(hex);
	text = malloc(size);
	if (!text)
		abort();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, size, around, value, hex);
#pragma GCC diagnostic pop
	forge_add_text(&body, text);
	free(text);
	free(signature.data);
	return forge_bytes(&body);
}

static struct tally_bytes make_signer_chain(const struct forge_tdx *plan, struct tally_bytes root)
{
	struct forge_certificate signer = certificate_plan(FORGE_TDX_SIGNER, FORGE_TDX_ROOT, plan->signer_name,
							   ROOT_NAME, FORGE_TDX_SIGNER_SERIAL, plan->signer_damage);
	struct forge_buffer text = { 0 };

	add_pem_and_free(&text, forge_certificate(&signer));
	forge_add_pem(&text, "CERTIFICATE", root);
	return forge_bytes(&text);
}

static struct tally_bytes make_crl(const char *issuer, enum forge_tdx_key key, uint64_t number, uint64_t asked,
				   int64_t age, enum forge_damage damage)
{
	static const uint64_t revoked[] = { UINT64_C(0x3001), UINT64_C(0x3002) };
	struct forge_crl plan = { .issuer = issuer,
				  .signer = signer_of(key),
				  .this_update = FORGE_TIME - 5 * FORGE_DAY - age,
				  .next_update = FORGE_TIME + 25 * FORGE_DAY,
				  .number = number,
				  .revoked_count = 2,
				  .revoked = revoked,
				  .asked = asked,
				  .damage = damage };

	return forge_crl(&plan);
}

void forge_tdx_make(const struct forge_tdx *plan, struct forge_tdx_made *ret)
{
	/* A signature is another one each time: the root is made once. */
	struct tally_bytes root = make_root(plan, plan->root_damage == FORGE_ROOT);

	memset(ret, 0, sizeof(*ret));
	ret->quote = make_quote(plan, root);
	ret->item[FORGE_TDX_TCB_INFO] =
		make_statement(plan->tcb_around ? plan->tcb_around : "{\"tcbInfo\":%s,\"signature\":\"%s\"}",
			       plan->tcb_info, plan->tcb_key, plan->tcb_scalars);
	ret->item[FORGE_TDX_QE_IDENTITY] = make_statement(
		plan->identity_around ? plan->identity_around : "{\"enclaveIdentity\":%s,\"signature\":\"%s\"}",
		plan->qe_identity, plan->identity_key, plan->identity_scalars);
	ret->item[FORGE_TDX_SIGNER_CHAIN] = make_signer_chain(plan, root);
	ret->item[FORGE_TDX_PCK_CRL] = make_crl(plan->ca_name, FORGE_TDX_CA, plan->pck_crl_number, FORGE_TDX_PCK_SERIAL,
						plan->pck_crl_age, plan->pck_crl_damage);
	ret->item[FORGE_TDX_ROOT_CRL] = make_crl(ROOT_NAME, FORGE_TDX_ROOT, plan->root_crl_number, plan->root_crl_asked,
						 0, plan->root_crl_damage);
	if (plan->root_damage == FORGE_ROOT) {
		ret->root = make_root(plan, false);
		free((void *)(uintptr_t)root.data);
	} else {
		ret->root = root;
	}
	for (size_t i = 0; i < FORGE_TDX_ITEMS; i++)
		if (plan->leaves_out >> i & 1) {
			free((void *)(uintptr_t)ret->item[i].data);
			ret->item[i] = tally_bytes(NULL, 0);
		}
}

void forge_tdx_free(struct forge_tdx_made *made)
{
	for (size_t i = 0; i < FORGE_TDX_ITEMS; i++)
		free((void *)(uintptr_t)made->item[i].data);
	free((void *)(uintptr_t)made->quote.data);
	free((void *)(uintptr_t)made->root.data);
}
