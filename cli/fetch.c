// SPDX-License-Identifier: BSD-2-Clause
/* One file over HTTP, by libcurl. What comes is as good as its signature, so that a mirror will do. */
#include "fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 60L
#define REDIRECT_LIMIT 5L

static bool append(uint8_t **data, size_t *size, const void *bytes, size_t count)
{
	uint8_t *grown;

	if (count > TALLY_FETCH_SIZE_LIMIT - *size)
		return false;
	grown = realloc(*data, *size + count + 1);
	if (!grown)
		return false;
	memcpy(grown + *size, bytes, count);
	*data = grown;
	*size += count;
	grown[*size] = 0;
	return true;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct tally_fetch *fetch = context;

	return append(&fetch->body, &fetch->size, bytes, size * count) ? size * count : 0;
}

static int hex_value(char digit)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits < 16 ? found - digits : found - digits - 6) : -1;
}

/* In place; what is not percent-encoded stays as it is. */
static size_t decode_percent(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		bool is_encoded =
			text[i] == '%' && i + 2 < size && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;

		text[used++] = is_encoded ? (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])) : text[i];
		i += is_encoded ? 2 : 0;
	}
	return used;
}

/* The size of the header's name if it is the one that is wanted, else 0. Older services of Intel's begin it with "SGX-". */
static size_t wanted_name(const struct tally_fetch *fetch, const char *line, size_t length)
{
	size_t size = fetch->header ? strlen(fetch->header) : 0;
	size_t prefix = length > 4 && strncasecmp(line, "SGX-", 4) == 0 ? 4 : 0;

	if (size == 0)
		return 0;
	if (length > size && strncasecmp(line, fetch->header, size) == 0 && line[size] == ':')
		return size;
	if (length > prefix + size && strncasecmp(line + prefix, fetch->header, size) == 0 &&
	    line[prefix + size] == ':')
		return prefix + size;
	return 0;
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
	struct tally_fetch *fetch = context;
	size_t length = size * count;
	size_t name = wanted_name(fetch, line, length);
	uint8_t *value = (uint8_t *)fetch->value;

	if (name == 0)
		return length;
	for (name++; name < length && line[name] == ' '; name++)
		;
	while (length > name && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	fetch->value_size = 0;
	if (!append(&value, &fetch->value_size, line + name, length - name))
		return 0;
	fetch->value = (char *)value;
	fetch->value_size = decode_percent(fetch->value, fetch->value_size);
	return size * count;
}

static void clear(struct tally_fetch *fetch)
{
	free(fetch->body);
	free(fetch->value);
	fetch->body = NULL;
	fetch->value = NULL;
	fetch->size = fetch->value_size = 0;
}

static CURLcode set_options(CURL *curl, struct tally_fetch *fetch)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, fetch->url);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECT_LIMIT);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_USERAGENT, "tally/" TALLY_VERSION);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, fetch);
	if (code == CURLE_OK && fetch->cacert)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, fetch->cacert);
	return code;
}

/* One request. True if there was an answer, whatever it says. */
static bool ask(struct tally_fetch *fetch)
{
	CURL *curl = curl_easy_init();
	curl_off_t wait = 0;
	CURLcode code;

	clear(fetch);
	fetch->code = fetch->retry_after = 0;
	if (!curl)
		return false;
	code = set_options(curl, fetch);
	if (code == CURLE_OK)
		code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &fetch->code);
	if (code == CURLE_OK && curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK)
		fetch->retry_after = (long)wait;
	if (code == CURLE_SSL_CACERT_BADFILE && fetch->cacert)
		snprintf(fetch->problem, sizeof(fetch->problem), "%s: no certificate in PEM can be read from it",
			 fetch->cacert);
	else if (code != CURLE_OK)
		snprintf(fetch->problem, sizeof(fetch->problem), "%s%s", curl_easy_strerror(code),
			 code == CURLE_PEER_FAILED_VERIFICATION ? ": --cacert names whose certificates are trusted"
								: "");
	curl_easy_cleanup(curl);
	return code == CURLE_OK;
}

/* The server is busy, and says so. */
static bool is_busy(const struct tally_fetch *fetch)
{
	return fetch->code == 429 || fetch->code == 503;
}

/* Intel's caching service writes lists as the hex digits of their DER. */
static void decode_hex(struct tally_fetch *fetch)
{
	size_t size = fetch->size;

	while (size && (fetch->body[size - 1] == '\n' || fetch->body[size - 1] == '\r'))
		size--;
	if (size == 0 || size % 2)
		return;
	for (size_t i = 0; i < size; i++)
		if (hex_value((char)fetch->body[i]) < 0)
			return;
	for (size_t i = 0; i < size; i += 2)
		fetch->body[i / 2] =
			(uint8_t)(hex_value((char)fetch->body[i]) << 4 | hex_value((char)fetch->body[i + 1]));
	fetch->size = size / 2;
}

bool tally_fetch(struct tally_fetch *fetch)
{
	bool is_answered = ask(fetch);

	for (int attempt = 1; is_answered && is_busy(fetch) && attempt < TALLY_FETCH_ATTEMPTS; attempt++) {
		/* Without a word from the server: 1, 2, 4 seconds. */
		long wait = fetch->retry_after ? fetch->retry_after : 1L << (attempt - 1);

		if (wait > TALLY_FETCH_WAIT_LIMIT)
			break;
		sleep((unsigned)wait);
		is_answered = ask(fetch);
	}
	if (is_answered && fetch->code != 200)
		snprintf(fetch->problem, sizeof(fetch->problem), "the server answers %ld", fetch->code);
	decode_hex(fetch);
	return is_answered && fetch->code == 200 && fetch->size != 0;
}

void tally_fetch_done(struct tally_fetch *fetch)
{
	clear(fetch);
}
