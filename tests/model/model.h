/* SPDX-License-Identifier: BSD-2-Clause */
/* A model of one authority, small enough to visit all of its states. */
#ifndef TALLY_TESTS_MODEL_MODEL_H
#define TALLY_TESTS_MODEL_MODEL_H

#include "../../core/settle.h"

#define REGISTER_LIMIT 2
#define LOG_LIMIT 12
#define HISTORY_LIMIT 8
#define CALL_LIMIT 4
#define WRITER_COUNT 2
#define LATE_LIMIT 3
#define NONE 0xff
#define NO_EVENT 0xffff

/* What may go wrong, each as often as the configuration allows. */
enum trouble {
	STRANGER, /* somebody else extends: with a digest of his own, or with that in the slot */
	RESET,	  /* somebody resets a register */
	CRASH,	  /* the process that holds the lock dies, in the middle of a write too */
	FAULT,	  /* a call of the operating system or an extend reports failure */
	LATE,	  /* an extend is held back */
	STALE,	  /* a read shows the value before the newest change */
	TROUBLE_COUNT
};

/* An event: what is extended and logged. Equal events are one event; different ones may have equal digests. */
struct event {
	uint8_t reg;
	uint16_t digest;
	uint8_t once; /* its name if it is a `once` event, else 0 */
	bool is_pin;
	uint8_t next; /* of a pin: n */
	uint16_t from, to;
};

/* One attempt to extend an event: what a slot, an abort or a gap names. */
struct attempt {
	uint16_t event;
	uint16_t number;
};

enum record_kind { RECORD_EVENT = 1, RECORD_ABORT, RECORD_GAP };

struct record {
	uint8_t kind;
	uint8_t reg;
	struct attempt attempt; /* EVENT: event only; ABORT, GAP: what it names, NO_EVENT if nothing */
	uint16_t from, to;	/* GAP */
};

enum slot_state { SLOT_EMPTY, SLOT_TORN, SLOT_WHOLE };

/* What really happened to a register; the authority never looks here. */
struct element {
	uint16_t digest;
	uint16_t call;		/* whose extend it is; NONE: a stranger's */
	struct attempt attempt; /* NO_EVENT: a stranger's */
};

struct truth {
	uint16_t value;
	uint16_t before; /* the value before the newest change: what a stale read shows */
	uint8_t before_is_ours;
	uint8_t count;
	struct element history[HISTORY_LIMIT]; /* since the last reset */
};

/* How a call ended, or how far it is. */
enum answer { NOT_STARTED, RUNNING, DIED, OK, EXISTING, CONFLICT, UNKNOWN, NOTHING_CHANGED, TRY_AGAIN, INDETERMINATE };

struct call {
	uint8_t answer;
	uint8_t number;		/* OK, EXISTING */
	uint8_t attempt_number; /* of its slot; NONE before it is written */
	uint8_t effects;	/* own extends that took effect since the last reset */
};

enum step { IDLE, BEGIN, READ, APPEND, CLEAR, WRITE_SLOT, UNDO_SLOT, EXTEND };
enum phase { NO_PHASE, SETTLE_SLOT, SETTLE_TARGET, SETTLE_PIN, SETTLE_EVENT };

/* The operation of the process that holds the lock: all zero when nobody does. */
struct operation {
	uint8_t step;
	uint8_t call; /* NONE: recovery, which settles every register */
	uint8_t phase;
	uint8_t reg;
	uint8_t has_reported_success;
	uint8_t has_read_stale;
	uint8_t was_applied; /* an equal attempt was ended by the record of this one */
	uint8_t decision;
	uint8_t clears_slot;
	uint8_t read_count;
	uint8_t append_at;
	uint8_t append_count;
	uint8_t append[TALLY_SETTLE_STEPS];
	uint16_t append_event[TALLY_SETTLE_STEPS];
	uint16_t reads[TALLY_SETTLE_READS];
};

/* Compared and hashed as bytes: always copied whole from one that began as zeros. */
struct state {
	struct record log[LOG_LIMIT];
	uint8_t log_count;
	uint8_t torn_tail;
	uint8_t slot; /* enum slot_state */
	struct attempt slot_attempt;
	struct truth truth[REGISTER_LIMIT];
	uint8_t late_count;
	uint8_t was_reset;
	struct element late[LATE_LIMIT]; /* extends held back */
	struct call calls[CALL_LIMIT];
	uint8_t next[WRITER_COUNT];
	struct operation op;
	uint8_t left[TROUBLE_COUNT];
};

#define DAMAGES(X)                                                                        \
	X(DAMAGE_NONE, "none")                                                            \
	X(SLOT_NOT_CLEARED, "a slot that was not applied is not cleared")                 \
	X(TORN_TAIL_IS_EVIDENCE, "a torn tail is taken as proof of an extend")            \
	X(LATE_IGNORED, "late is ignored")                                                \
	X(SUCCESS_IGNORED, "a reported success does not make an extend late")             \
	X(GAP_UNNAMED, "a gap does not name the intent")                                  \
	X(GAP_NO_ATTEMPT, "what a gap names is no open attempt on a late provider")       \
	X(NOT_SETTLED_AGAIN, "a slot that is pending after its appends is left so")       \
	X(SLOT_IGNORED, "a pending slot is not settled first")                            \
	X(SLOT_OF_TARGET_ONLY, "a pending slot of another register is not settled first") \
	X(FAILED_APPEND_IS_NOTHING, "a failed append is answered: nothing changed")       \
	X(FAILED_CLEAR_IS_NOTHING, "a failed clear is answered: nothing changed")         \
	X(FAILED_READ_IS_NOTHING, "a failed read after the extend: nothing changed")      \
	X(ABORT_IS_NOTHING, "an abort is answered: nothing changed")                      \
	X(SLOT_LEFT, "a slot whose write failed is left as it is")                        \
	X(NO_PIN, "a gap is not pinned")                                                  \
	X(PIN_GOES_ON, "the event follows a pin that was not applied")                    \
	X(PIN_COVERS_ALL, "a pin is taken to cover gaps that it does not know")           \
	X(ONCE_IGNORES_GAPS, "once does not look at gaps")                                \
	X(ONCE_IGNORES_ABORTS, "once does not look at aborts")                            \
	X(ONCE_FIRST, "once is looked up before settle")                                  \
	X(ENDS_NEWEST, "a record ends the newest of equal attempts")                      \
	X(LOG_FIRST, "the event is logged before the read")                               \
	X(CANDIDATES_IGNORED, "open attempts explain nothing")                            \
	X(CANDIDATES_TWICE, "an ended attempt still explains a value")

/* Ways to break the protocol, each of which the oracle must notice. */
enum damage {
#define DAMAGE_ENUM(name, text) name,
	DAMAGES(DAMAGE_ENUM)
#undef DAMAGE_ENUM
};

struct configuration {
	const char *name;
	bool is_late;
	bool is_resettable;
	bool clears_first;	    /* the slot is cleared before candidates' events are appended, not behind them */
	bool may_exceed_candidates; /* more attempts may stand open than settle tries */
	uint8_t register_count;
	uint8_t bank_count;
	const struct event *events;
	uint8_t call_event[CALL_LIMIT]; /* the event of each call */
	uint8_t calls[WRITER_COUNT];	/* how many of them, in this order, each writer makes */
	uint8_t trouble[TROUBLE_COUNT]; /* how often */
};

/* The alternative that is wanted out of those that a step offers, and what it was called. */
struct chooser {
	unsigned wanted;
	unsigned offered;
	const char *name;
};

extern const struct configuration *model; /* what is being explored */
extern enum damage damage;

/* True for the wanted alternative. */
bool chosen(struct chooser *chooser, const char *name);

/* Why the state is wrong; the first reason stays. */
void violated(const char *reason);

/* values.c: register values as numbers, each backed by real digests. 0 is the base. */
void values_begin(void);
uint16_t value_extend(uint16_t value, uint16_t digest);
const struct tally_digests *value_digests(uint16_t value);
struct tally_digests digest_digests(uint16_t digest);
const struct event *event_get(uint16_t event);
uint16_t event_of_pin(uint8_t reg, uint16_t from, uint16_t to, uint8_t next);
#define STRANGERS_DIGEST 0

/* world.c: what is not ours to decide. */
bool world_step(struct state *state, struct chooser *chooser);
void world_extend(struct state *state, uint8_t reg, struct element element);
void world_crash(struct state *state);

/* protocol.c: one step of the process that holds the lock, or of one that takes it. */
bool protocol_step(struct state *state, struct chooser *chooser);
void protocol_recover(struct state *state);

/* log.c: what the authority reads out of its log and slot. */
struct open_attempts {
	size_t count;
	struct attempt attempt[LOG_LIMIT]; /* oldest first, without the slot's */
	bool slot_is_ended;
	bool slot_is_named;
};
uint16_t log_replay(const struct state *state, uint8_t reg);
void log_open_attempts(const struct state *state, uint8_t reg, struct open_attempts *ret);
enum tally_slot_class log_slot_class(const struct state *state);
bool log_pin_needed(const struct state *state, uint8_t reg, uint16_t *ret_event);
enum answer log_find_once(const struct state *state, uint16_t event, uint8_t *ret_number);
void log_append(struct state *state, struct record record);

/* oracle.c: what must hold, from the truth alone. */
void oracle_check_step(const struct state *before, const struct state *after);
void oracle_check_rest(const struct state *state);

#endif
