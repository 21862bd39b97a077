/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the soft provider: presets, the file of registers, the key, the planned faults. */
#ifndef TALLY_PROVIDER_SOFT_STATE_H
#define TALLY_PROVIDER_SOFT_STATE_H

#include "../crypto/sign.h"
#include "soft.h"
#include "state_file.h"

#define TALLY_SOFT_VALUE_LIMIT 100 /* bytes of one register: sha1, sha256 and sha384 banks */
#define TALLY_SOFT_LATE_LIMIT 8	   /* extends held back at one time */
#define TALLY_SOFT_NO_REGISTER 0xff
#define TALLY_SOFT_HEADER_SIZE 48
#define TALLY_SOFT_LATE_HEADER_SIZE 8
#define TALLY_SOFT_CHECKSUM_SIZE 32
#define TALLY_SOFT_VALUES_LIMIT 2400 /* the largest preset: 24 PCRs of three banks */
#define TALLY_SOFT_SLOT_LIMIT                                                        \
	(TALLY_SOFT_HEADER_SIZE + TALLY_SOFT_VALUES_LIMIT + TALLY_SOFT_VALUE_LIMIT + \
	 TALLY_SOFT_LATE_LIMIT * (TALLY_SOFT_LATE_HEADER_SIZE + TALLY_SOFT_VALUE_LIMIT) + TALLY_SOFT_CHECKSUM_SIZE)

#define TALLY_SOFT_REGISTERS_NAME "registers"
#define TALLY_SOFT_LOCK_NAME "registers.lock"
#define TALLY_SOFT_KEY_NAME "key.pem"

/* The register set of a preset. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_soft_preset_registers(enum tally_soft_preset preset,
							       struct tally_register_set *ret);
#define TALLY_SOFT_PRESET_COUNT 5

/* Bit i: register i is locked from the start. */
uint64_t tally_soft_preset_locked(enum tally_soft_preset preset);

/* How the state of one preset lies in its slot; all its registers have the same banks. */
struct tally_soft_layout {
	enum tally_soft_preset preset;
	size_t runtime_count;
	size_t value_size; /* of one register, all banks */
	size_t slot_size;  /* distance of the two slots: the largest state of this preset */
};

struct tally_soft_layout tally_soft_layout(enum tally_soft_preset preset, const struct tally_register_set *set);

/* An extend that was issued and has not taken effect yet. */
struct tally_soft_late {
	size_t register_index;
	uint32_t after; /* takes effect at the after-th read from now; 0: when it is released */
	uint8_t digests[TALLY_SOFT_VALUE_LIMIT];
};

/* What a slot holds. Values and digests are the banks of a register one behind the other. */
struct tally_soft_state {
	uint64_t sequence; /* one more with every change */
	size_t slot;	   /* 0 or 1: where it was found; the next one is written to the other */
	uint8_t boot_id[TALLY_BOOT_ID_BYTES];
	bool is_durable;
	uint64_t locked;			/* bit i: register i */
	size_t newest;				/* the register of the newest extend, or TALLY_SOFT_NO_REGISTER */
	uint8_t before[TALLY_SOFT_VALUE_LIMIT]; /* its value before that */
	uint8_t values[TALLY_SOFT_VALUES_LIMIT];
	size_t late_count;
	struct tally_soft_late late[TALLY_SOFT_LATE_LIMIT];
};

/*
 * The slot that was last found whole, or written. Bytes that are equal to it are whole too, and one extend reads the
 * same ones three times.
 */
struct tally_soft_whole {
	size_t size;
	uint8_t bytes[TALLY_SOFT_SLOT_LIMIT];
};

/* The newest valid state in the bytes of the file, which may be cut short. False if neither slot is valid. */
bool tally_soft_slots_read(const struct tally_soft_layout *layout, struct tally_soft_whole *whole,
			   struct tally_bytes file, struct tally_soft_state *ret);

/* One slot's bytes to slot, TALLY_SOFT_SLOT_LIMIT of them at most. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_soft_slot_write(const struct tally_soft_layout *layout,
							 struct tally_soft_whole *whole,
							 const struct tally_soft_state *state, uint8_t *slot,
							 size_t *ret_size);

/* An open instance. fd is the file of registers; a change of it holds the flock of lock_fd, a file that only its owner opens. */
struct tally_soft {
	struct tally_register_set set;
	struct tally_soft_layout layout;
	struct tally_soft_whole whole;
	struct tally_state_directory directory;
	int fd;
	int lock_fd; /* -1 for a reader */
	bool is_writable;
	bool is_durable;
	uint64_t synced; /* sequence of the newest state that this instance knows to be on stable storage */
	unsigned forks;	 /* of the process when it was opened: a child shares the descriptor, so it shares the lock */
	uint8_t boot_id[TALLY_BOOT_ID_BYTES];
	struct tally_key *key; /* read when it is first needed */
	unsigned report_delay; /* as struct tally_soft_options */
	unsigned report_fails;
	size_t fault_count;
	struct tally_soft_planned_fault fault[TALLY_SOFT_FAULT_LIMIT];
};

/* Open the file of registers, or make it and the key. */
TALLY_MUST_CHECK enum tally_status tally_soft_state_open(struct tally_soft *soft,
							 const struct tally_provider_options *options,
							 struct tally_problem *problem);

/* The state now, without the lock: of a change under way, the state before or after it. */
TALLY_MUST_CHECK enum tally_status tally_soft_load(struct tally_soft *soft, tally_deadline deadline,
						   struct tally_soft_state *ret, struct tally_problem *problem);

/* Lock, and the state now. Ends with tally_soft_commit or tally_soft_cancel. */
TALLY_MUST_CHECK enum tally_status tally_soft_begin(struct tally_soft *soft, tally_deadline deadline,
						    struct tally_soft_state *ret, struct tally_problem *problem);
TALLY_MUST_CHECK enum tally_status tally_soft_commit(struct tally_soft *soft, struct tally_soft_state *state,
						     struct tally_problem *problem);
void tally_soft_cancel(struct tally_soft *soft);

/* All registers at their reset values, none locked but those that start so, nothing held back. */
void tally_soft_state_reset(const struct tally_soft *soft, struct tally_soft_state *state);

/* The value of register i, static ones too, and back. */
void tally_soft_value_get(const struct tally_soft *soft, const uint8_t *bytes, size_t i, struct tally_digests *ret);
void tally_soft_value_put(const struct tally_digests *value, uint8_t *bytes);
uint8_t *tally_soft_value_at(const struct tally_soft *soft, struct tally_soft_state *state, size_t i);

/* Extend register i in the state. TALLY_LOCKED, or as tally_extend_value. */
TALLY_MUST_CHECK enum tally_status tally_soft_state_extend(const struct tally_soft *soft,
							   struct tally_soft_state *state, size_t i,
							   const struct tally_digests *digests);

/* The key pair. Made once with the registers; an instance without the right to read it gets TALLY_PERMISSION. */
TALLY_MUST_CHECK enum tally_status tally_soft_key_create(struct tally_soft *soft, struct tally_problem *problem);
TALLY_MUST_CHECK enum tally_status tally_soft_key_load(struct tally_soft *soft, struct tally_problem *problem);

/* A report over this state. The key is loaded. As tally_env_hash; TALLY_CRYPTO, TALLY_NO_MEMORY. */
TALLY_MUST_CHECK enum tally_status tally_soft_report_sign(struct tally_soft *soft, struct tally_soft_state *state,
							  const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
							  struct tally_report *ret);

/* The values of the runtime registers. TALLY_UNKNOWN_REGISTER or TALLY_BANK_SET for a report of another preset. */
TALLY_MUST_CHECK enum tally_status tally_soft_report_find_values(const struct tally_soft *soft,
								 struct tally_bytes report,
								 struct tally_report_values *ret);

/*
 * A call of this kind begins: strangers act now; the one other fault that is due is used up and returned,
 * TALLY_FAULT_NONE in *ret if there is none.
 */
TALLY_MUST_CHECK enum tally_status tally_soft_fault_take(struct tally_soft *soft, enum tally_soft_call call,
							 struct tally_soft_planned_fault *ret);

/* Hold an extend back. TALLY_NO_SPACE. */
TALLY_MUST_CHECK enum tally_status tally_soft_late_hold(struct tally_soft_state *state, size_t i,
							const struct tally_digests *digests, uint32_t after);

/* An extend of register i is held back until some read. */
bool tally_soft_late_waits(const struct tally_soft_state *state, size_t i);

/* Register i is read: what is held back for this read takes effect. */
TALLY_MUST_CHECK enum tally_status tally_soft_late_tick(const struct tally_soft *soft, struct tally_soft_state *state,
							size_t i);

#endif
