// SPDX-License-Identifier: BSD-2-Clause
/* Drawing a log: marks one by one, or counted where they would overlap. */
#include "plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../format/event.h"
#include "describe.h"
#include "escape.h"

#define LEFT 110
#define TOP 84
#define LANE 28
#define BIN_WIDTH 2
#define PLOT_WIDTH (TALLY_PLOT_BINS * BIN_WIDTH)
#define WIDTH (LEFT + PLOT_WIDTH + 30)
#define BAR_HEIGHT 20.0
#define LETTER_WIDTH 6.4
#define LABEL_LIMIT 48
#define LABEL_LEAST 5 /* columns of a text that is cut short */
#define TICKS 8

/* What a mark is, and its class in the style sheet. Kinds of log-wide records stand behind MARK_ACROSS. */
enum mark {
	MARK_EVENT = 0,
	MARK_PIN,
	MARK_JUMP, /* gap, base */
	MARK_FILL,
	MARK_OTHER, /* changes no register */
	MARK_ACROSS,
	MARK_TRIM = MARK_ACROSS,
	MARK_KEXEC,
	MARK_COUNT
};

static const char *const mark_class[MARK_COUNT] = { "event", "pin", "jump", "fill", "other", "trim", "kexec" };

/* One lane: counts per bin, and the label that waits for the mark behind it to know how much room it has. */
struct lane {
	int row; /* -1: none */
	uint32_t count[TALLY_PLOT_BINS];
	bool has[MARK_COUNT][TALLY_PLOT_BINS];
	bool has_label;
	double label_x;
	char label[LABEL_LIMIT];
};

struct tally_plot {
	FILE *file;
	const struct tally_log_replay *replay;
	uint64_t record_count;
	bool is_counted;
	int rows;
	uint64_t position; /* of the next record */
	uint64_t first_number;
	bool has_across[MARK_COUNT][TALLY_PLOT_BINS];
	uint32_t largest; /* count of a bin */
	struct lane lane[TALLY_REGISTER_LIMIT];
};

/*
 * Colours for light and for dark. Red is for what the log does not prove and for nothing else. Texts of records stand
 * in elements only, never in an attribute or in the style.
 */
static const char style[] =
	"svg{--back:#ffffff;--text:#1c1e21;--faint:#6b7280;--line:#d5d9e0;--event:#2563b8;--red:#d0021b;--fill:#1d8a4b;"
	"--kexec:#8a3ffc}\n"
	"@media (prefers-color-scheme:dark){svg{--back:#15181c;--text:#e6e8eb;--faint:#9aa3af;--line:#353b44;"
	"--event:#6ea8fe;--red:#ff6b6b;--fill:#4cc38a;--kexec:#be95ff}}\n"
	"text{font:11px sans-serif;fill:#1c1e21;fill:var(--text)}\n"
	".label{paint-order:stroke;stroke:#ffffff;stroke:var(--back);stroke-width:4px;stroke-linejoin:round}\n"
	".back{fill:#ffffff;fill:var(--back)}.title{font-size:15px;font-weight:bold}\n"
	".faint{fill:#6b7280;fill:var(--faint)}.name{text-anchor:end;font-size:12px}.middle{text-anchor:middle}\n"
	".lane,.tick{stroke:#d5d9e0;stroke:var(--line);stroke-width:1;fill:none}\n"
	".event{fill:#2563b8;fill:var(--event)}\n"
	".pin{fill:#ffffff;fill:var(--back);stroke:#2563b8;stroke:var(--event);stroke-width:1.5}\n"
	".jump{fill:#d0021b;fill:var(--red)}.jumptext{fill:#d0021b;fill:var(--red)}\n"
	".fill{fill:#1d8a4b;fill:var(--fill)}.other{fill:#6b7280;fill:var(--faint)}\n"
	".trim{stroke:#d0021b;stroke:var(--red);stroke-width:1.5;stroke-dasharray:5 3;fill:none}\n"
	".kexec{stroke:#8a3ffc;stroke:var(--kexec);stroke-width:1.5;stroke-dasharray:2 2;fill:none}\n"
	".kexectext{fill:#8a3ffc;fill:var(--kexec)}\n";

/* --- text --- */

/* Text that was escaped for people is escaped for XML; what XML 1.0 has no place for is a question mark. */
static void print_text(FILE *file, const char *text)
{
	for (; *text; text++) {
		const unsigned char *byte = (const unsigned char *)text;

		if (*text == '<')
			fputs("&lt;", file);
		else if (*text == '>')
			fputs("&gt;", file);
		else if (*text == '&')
			fputs("&amp;", file);
		else if (byte[0] == 0xef && byte[1] == 0xbf && byte[2] >= 0xbe)
			fputc('?', file), text += 2;
		else
			fputc(*text, file);
	}
}

/* As much of a text as so many columns show: false if that tells nothing. The buffer holds LABEL_LIMIT bytes. */
static bool shorten(char text[LABEL_LIMIT], size_t columns)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	size_t count = 0;
	size_t cut = 0;

	for (size_t at = 0; text[at]; at++) {
		if (((unsigned char)text[at] & 0xc0) == 0x80)
			continue;
		count++;
		if (count == columns)
			cut = at;
	}
	if (count <= columns)
		return true;
	if (columns < LABEL_LEAST || cut + sizeof(ellipsis) > LABEL_LIMIT)
		return false;
	memcpy(text + cut, ellipsis, sizeof(ellipsis));
	return true;
}

static void name_of(const struct tally_record *record, char to[LABEL_LIMIT])
{
	struct tally_event event;
	char kind[TALLY_KIND_LIMIT];

	if (record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_EVENT_TAG &&
	    tally_event_read(record->content, &event) == TALLY_OK) {
		tally_escape_text(to, LABEL_LIMIT, event.name);
		return;
	}
	tally_describe_kind(record, kind);
	if (kind[0] == '[')
		kind[strlen(kind) - 1] = 0;
	/* Every name of firmware's begins so, and there is little room. */
	tally_escape_text(to, LABEL_LIMIT,
			  tally_text(kind + (kind[0] == '['		    ? 1
					     : strncmp(kind, "EV_", 3) == 0 ? 3
									    : 0)));
}

/* --- places --- */

static double x_of(const struct tally_plot *plot, uint64_t position)
{
	return LEFT + ((double)position + 0.5) * PLOT_WIDTH / (double)plot->record_count;
}

static size_t bin_of(const struct tally_plot *plot, uint64_t position)
{
	size_t bin = (size_t)((double)position * TALLY_PLOT_BINS / (double)plot->record_count);

	return bin < TALLY_PLOT_BINS ? bin : TALLY_PLOT_BINS - 1;
}

static double y_of(int row)
{
	return TOP + row * LANE + LANE / 2.0;
}

/* --- what a record is --- */

static enum mark mark_of(const struct tally_record *record)
{
	struct tally_event event;

	switch (tally_control_word(record)) {
	case TALLY_CONTROL_BASE:
	case TALLY_CONTROL_GAP:
		return MARK_JUMP;
	case TALLY_CONTROL_FILL:
		return MARK_FILL;
	case TALLY_CONTROL_TRIM:
		return MARK_TRIM;
	case TALLY_CONTROL_KEXEC:
		return MARK_KEXEC;
	case TALLY_CONTROL_HEADER:
	case TALLY_CONTROL_ABORT:
		return MARK_OTHER;
	case TALLY_CONTROL_NOT:
	default:
		break;
	}
	if (!record->is_measured)
		return MARK_OTHER;
	if (record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_EVENT_TAG &&
	    tally_event_read(record->content, &event) == TALLY_OK &&
	    tally_bytes_equal(event.type, tally_text(TALLY_EVENT_TYPE_PIN)))
		return MARK_PIN;
	return MARK_EVENT;
}

/* --- marks --- */

static void draw_shape(FILE *file, enum mark mark, double x, double y)
{
	switch (mark) {
	case MARK_JUMP:
		fprintf(file, "<path class=\"jump\" d=\"M%.1f %.1fl7 7l-7 7l-7 -7z\">", x, y - 7);
		break;
	case MARK_FILL:
		fprintf(file, "<path class=\"fill\" d=\"M%.1f %.1fl6 11h-12z\">", x, y - 6);
		break;
	case MARK_OTHER:
		fprintf(file, "<path class=\"other\" d=\"M%.1f %.1fh2v8h-2z\">", x - 1, y - 4);
		break;
	case MARK_EVENT:
	case MARK_PIN:
	case MARK_TRIM:
	case MARK_KEXEC:
	case MARK_COUNT:
	default:
		fprintf(file, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\">", mark_class[mark], x, y);
		break;
	}
}

static void end_shape(FILE *file, enum mark mark)
{
	fputs(mark == MARK_EVENT || mark == MARK_PIN ? "</circle>\n" : "</path>\n", file);
}

static void draw_across(const struct tally_plot *plot, enum mark mark, double x, const char *label)
{
	fprintf(plot->file, "<path class=\"%s\" d=\"M%.1f %dV%d\"/>\n", mark_class[mark], x, TOP - 8,
		TOP + plot->rows * LANE);
	if (label)
		fprintf(plot->file, "<text class=\"%s middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			mark == MARK_TRIM ? "jumptext" : "kexectext", x, TOP - 13, label);
}

/* The label that waits in a lane gets the room up to x. */
static void draw_label(const struct tally_plot *plot, struct lane *lane, double x)
{
	double room = (x - lane->label_x - 16) / LETTER_WIDTH;

	if (!lane->has_label)
		return;
	lane->has_label = false;
	if (room < 1 || !shorten(lane->label, (size_t)room))
		return;
	fprintf(plot->file, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\">", lane->label_x + 8, y_of(lane->row) + 4);
	print_text(plot->file, lane->label);
	fputs("</text>\n", plot->file);
}

static void draw_record(struct tally_plot *plot, struct lane *lane, const struct tally_record *record, enum mark mark,
			int reg)
{
	double x = x_of(plot, plot->position);
	char name[LABEL_LIMIT];

	name_of(record, name);
	draw_label(plot, lane, x);
	draw_shape(plot->file, mark, x, y_of(lane->row));
	fprintf(plot->file, "<title>record %" PRIu64 ", %s: ", record->number, plot->replay->set.item[reg].name);
	print_text(plot->file, name);
	fputs("</title>", plot->file);
	end_shape(plot->file, mark);
	lane->has_label = true;
	lane->label_x = x;
	memcpy(lane->label, name, sizeof(name));
}

static void count_record(struct tally_plot *plot, struct lane *lane, enum mark mark)
{
	size_t bin = bin_of(plot, plot->position);

	lane->has[mark][bin] = true;
	if (mark == MARK_EVENT || mark == MARK_PIN)
		lane->count[bin]++;
	if (lane->count[bin] > plot->largest)
		plot->largest = lane->count[bin];
}

static void add_across(struct tally_plot *plot, enum mark mark)
{
	size_t bin = bin_of(plot, plot->position);

	/* One line for all that fall together. */
	if (plot->has_across[mark][bin])
		return;
	plot->has_across[mark][bin] = true;
	draw_across(plot, mark, x_of(plot, plot->position), mark == MARK_TRIM ? "trim" : "kexec");
}

void tally_plot_add(struct tally_plot *plot, const struct tally_record *record, int reg)
{
	enum mark mark = mark_of(record);
	struct lane *lane = reg < 0 ? NULL : &plot->lane[reg];

	if (plot->position == 0)
		plot->first_number = record->number;
	if (plot->position >= plot->record_count)
		return;
	if (mark >= MARK_ACROSS)
		add_across(plot, mark);
	else if (lane && lane->row >= 0 && plot->is_counted)
		count_record(plot, lane, mark);
	else if (lane && lane->row >= 0)
		draw_record(plot, lane, record, mark, reg);
	plot->position++;
}

/* --- the frame --- */

static void draw_frame(const struct tally_plot *plot)
{
	const struct tally_log_replay *replay = plot->replay;
	int height = TOP + plot->rows * LANE + 76;

	fprintf(plot->file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
		"<title>timeline of a log</title>\n<style>\n%s</style>\n"
		"<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n",
		WIDTH, height, WIDTH, height, style, WIDTH, height);
	fprintf(plot->file,
		"<text class=\"title\" x=\"20\" y=\"30\">%s log: %" PRIu64 " records, %" PRIu64 " of them measured",
		tally_log_format_name(replay->format), replay->record_count, replay->measured_count);
	if (replay->gap_count)
		fprintf(plot->file, ", %" PRIu64 " gap%s", replay->gap_count, replay->gap_count == 1 ? "" : "s");
	fputs("</text>\n", plot->file);
	for (size_t reg = 0; reg < tally_registers_runtime_count(&replay->set); reg++) {
		double y = y_of(plot->lane[reg].row);

		if (plot->lane[reg].row < 0)
			continue;
		fprintf(plot->file, "<g class=\"register\"><path class=\"lane\" d=\"M%d %.1fh%d\"/>", LEFT, y,
			PLOT_WIDTH);
		fprintf(plot->file, "<text class=\"name\" x=\"%d\" y=\"%.1f\">", LEFT - 12, y + 4);
		print_text(plot->file, replay->set.item[reg].name);
		fputs("</text></g>\n", plot->file);
	}
}

static void draw_axis(const struct tally_plot *plot)
{
	int y = TOP + plot->rows * LANE + 6;
	uint64_t last = plot->record_count ? plot->record_count - 1 : 0;
	uint64_t step = last / TICKS ? last / TICKS : 1;

	for (uint64_t position = 0; plot->record_count && position <= last; position += step) {
		double x = x_of(plot, position);

		fprintf(plot->file, "<path class=\"tick\" d=\"M%.1f %dv5\"/>", x, y);
		fprintf(plot->file, "<text class=\"faint middle\" x=\"%.1f\" y=\"%d\">%" PRIu64 "</text>\n", x, y + 17,
			plot->first_number + position);
	}
	fprintf(plot->file, "<text class=\"faint name\" x=\"%d\" y=\"%d\">record</text>\n", LEFT - 12, y + 17);
}

static void draw_legend(const struct tally_plot *plot)
{
	static const char *const words[MARK_COUNT] = { "event",
						       "pin",
						       "gap or base: unproven",
						       "fill",
						       "changes no register",
						       "trim: unproven without what was stored",
						       "kexec" };
	double x = LEFT;
	double y = TOP + plot->rows * LANE + 52;

	for (int mark = 0; mark < MARK_COUNT; mark++) {
		if (mark >= MARK_ACROSS) {
			fprintf(plot->file, "<path class=\"%s\" d=\"M%.1f %.1fv14\"/>\n", mark_class[mark], x, y - 7);
		} else {
			draw_shape(plot->file, (enum mark)mark, x, y);
			end_shape(plot->file, (enum mark)mark);
		}
		fprintf(plot->file, "<text class=\"faint\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x + 12, y + 4,
			words[mark]);
		x += 40 + (double)strlen(words[mark]) * LETTER_WIDTH;
	}
	if (plot->is_counted)
		fprintf(plot->file,
			"<text class=\"faint\" x=\"20\" y=\"50\">bars: events that fall together, %" PRIu32
			" at most, their height by the logarithm</text>\n",
			plot->largest);
}

/* --- bars --- */

/* The logarithm to base 2 of count + 1, straight between the powers. */
static double logarithm(uint32_t count)
{
	double rest = (double)count + 1;
	double power = 0;

	for (; rest >= 2; rest /= 2)
		power++;
	return power + rest - 1;
}

static void draw_bars(const struct tally_plot *plot, const struct lane *lane)
{
	double top = logarithm(plot->largest ? plot->largest : 1);
	bool has_any = false;

	for (size_t bin = 0; bin < TALLY_PLOT_BINS; bin++) {
		double height = BAR_HEIGHT * logarithm(lane->count[bin]) / top;

		if (lane->count[bin] == 0)
			continue;
		fprintf(plot->file, "%sM%zu %.1fv%.1fh%d", has_any ? "" : "<path class=\"event\" d=\"",
			LEFT + bin * BIN_WIDTH, y_of(lane->row) + BAR_HEIGHT / 2 - height, height, BIN_WIDTH);
		fprintf(plot->file, "v-%.1fz", height);
		has_any = true;
	}
	if (has_any)
		fputs("\"/>\n", plot->file);
}

/* What is rare stands above the bars. */
static void draw_bin_marks(const struct tally_plot *plot, const struct lane *lane)
{
	static const enum mark rare[] = { MARK_OTHER, MARK_FILL, MARK_JUMP };

	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		for (size_t bin = 0; bin < TALLY_PLOT_BINS; bin++) {
			if (!lane->has[rare[i]][bin])
				continue;
			draw_shape(plot->file, rare[i], LEFT + (double)bin * BIN_WIDTH + 1, y_of(lane->row));
			end_shape(plot->file, rare[i]);
		}
}

struct tally_plot *tally_plot_begin(FILE *file, const struct tally_log_replay *replay, uint64_t mask)
{
	struct tally_plot *plot = calloc(1, sizeof(*plot));

	if (!plot)
		return NULL;
	plot->file = file;
	plot->replay = replay;
	plot->record_count = replay->record_count;
	plot->is_counted = replay->record_count > TALLY_PLOT_BINS;
	for (size_t reg = 0; reg < TALLY_REGISTER_LIMIT; reg++) {
		bool is_shown = reg < tally_registers_runtime_count(&replay->set) && mask >> reg & 1;

		plot->lane[reg].row = is_shown ? plot->rows++ : -1;
	}
	draw_frame(plot);
	return plot;
}

void tally_plot_end(struct tally_plot *plot)
{
	for (size_t reg = 0; reg < TALLY_REGISTER_LIMIT; reg++) {
		struct lane *lane = &plot->lane[reg];

		if (lane->row < 0)
			continue;
		draw_label(plot, lane, LEFT + PLOT_WIDTH + 20);
		draw_bars(plot, lane);
		draw_bin_marks(plot, lane);
	}
	draw_axis(plot);
	draw_legend(plot);
	fputs("</svg>\n", plot->file);
	free(plot);
}
