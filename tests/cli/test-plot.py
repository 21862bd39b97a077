#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log show --plot: the structure of the picture, its size, and that nothing of a log gets out of its texts."""
import os
import xml.etree.ElementTree as ET

from program import OK, USAGE, elements, folder, run, state, tap

SVG = "{http://www.w3.org/2000/svg}"
BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm")


class Picture:
    def __init__(self, text):
        self.text = text
        self.root = ET.fromstring(text)

    def of_class(self, name, tag="*"):
        return [e for e in self.root.iter(f"{SVG}{tag}" if tag != "*" else None) if e.get("class") == name]

    def lanes(self):
        return [group.find(f"{SVG}text").text for group in self.of_class("register")]

    def marks(self, name):
        """Marks of records: they have a title, those of the legend have none. And what the titles say."""
        return [e.find(f"{SVG}title").text for e in self.of_class(name) if e.find(f"{SVG}title") is not None]

    def across(self, name):
        """Lines through all lanes, without that of the legend."""
        return self.of_class(name, "path")[:-1]

    def labels(self):
        return [e.text for e in self.of_class("label")]


def plot(path, *arguments, soft=None):
    target = os.path.join(path, "picture.svg")
    result = (soft.run if soft else run)("log", "show", *arguments, "--plot", target).expect(OK)
    tap.expect_equal(result.out, "", "standard output")
    with open(target, encoding="utf-8") as file:
        return Picture(file.read())


def lose_an_event(soft, register):
    """An event that the log does not have: a gap is found with the next one."""
    log = soft.log()
    soft.run("extend", register, "--event", "lost").expect(OK)
    with open(soft.file("log"), "wb") as file:
        file.write(log)
    os.truncate(soft.file("intent"), 0)


def test_lanes_and_marks():
    with state() as soft, folder() as path:
        for i in range(3):
            soft.run("extend", f"rtmr{i}", "--event", f"event-{i}").expect(OK)
        lose_an_event(soft, "rtmr2")
        soft.run("extend", "rtmr2", "--event", "behind").expect(OK)
        picture = plot(path, soft=soft)
        tap.expect_equal(picture.lanes(), ["rtmr0", "rtmr1", "rtmr2", "rtmr3"], "lanes")
        tap.expect_equal(picture.marks("event"), ["record 1, rtmr0: event-0", "record 2, rtmr1: event-1",
                                                  "record 3, rtmr2: event-2", "record 6, rtmr2: behind"], "events")
        tap.expect_equal(picture.marks("jump"), ["record 4, rtmr2: gap"], "jumps")
        tap.expect_equal(picture.marks("pin"), ["record 5, rtmr2: pin"], "pins")
        tap.expect_equal(set(picture.labels()) >= {"event-0", "event-1", "gap", "behind"}, True, "labels")
        soft.run("log", "trim", "--store", f"{path}/part").expect(OK)
        picture = plot(path, soft=soft)
        tap.expect_equal((len(picture.across("trim")), len(picture.across("kexec"))), (1, 0), "lines across")
        picture = plot(path, "--register", "rtmr1,rtmr3", soft=soft)
        tap.expect_equal(picture.lanes(), ["rtmr1", "rtmr3"], "lanes that were asked for")
        tap.expect_equal(picture.marks("pin"), ["record 9, rtmr1: pin"], "their marks")


def test_many_registers():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        for i in range(24):
            soft.run("extend", f"pcr{i}", "--event", "e").expect(OK)
        picture = plot(path, soft=soft)
        tap.expect_equal(picture.lanes(), [f"pcr{i}" for i in range(24)], "lanes")
        heights = [float(e.get("y")) for e in picture.of_class("name")[:24]]
        tap.expect_equal(min(b - a for a, b in zip(heights, heights[1:])) > 15, True, "room between the lanes")


def test_a_firmware_log():
    with folder() as path:
        picture = plot(path, os.path.join(BOOT, "log.bin"))
        shown = run("log", "show", os.path.join(BOOT, "log.bin"), "--json").expect(OK).objects()
        tap.expect_equal(len(picture.lanes()), 24, "lanes")
        tap.expect_equal(len(picture.marks("event")), len(shown), "marks")


def test_texts_stay_texts():
    names = ["<script>alert(1)</script>", "a & b", "\"quoted\" 'too'", "]]>", "\u202eright to left", "\ufffe", "Ж" * 60]
    with state() as soft, folder() as path:
        for name in names:
            soft.run("extend", "rtmr2", "--event", name).expect(OK)
        picture = plot(path, soft=soft)
        tap.expect_equal(len(picture.marks("event")), len(names), "marks")
        tags = {e.tag.removeprefix(SVG) for e in picture.root.iter()}
        tap.expect_equal(tags <= {"svg", "title", "style", "rect", "g", "path", "text", "circle"}, True, str(tags))
        for element in picture.root.iter():
            tap.expect_none((key for key in element.attrib if key.startswith("on") or "href" in key), "attributes")
        tap.expect_equal("url(" in picture.text or "@import" in picture.text, False, "references")
        tap.expect_equal(names[0] in picture.marks("event")[0], True, "the name is there")


def with_records(log, count):
    """A log of ours with its last record repeated under new numbers: long, quickly."""
    parts = elements(log)
    last = parts[-4:]

    def tlv(tag, value):
        return bytes([tag]) + len(value).to_bytes(4, "big") + value
    tail = b"".join(tlv(tag, value) for tag, value in last[1:])
    first = int.from_bytes(last[0][1], "big") + 1
    return log + b"".join(tlv(0, (first + i).to_bytes(8, "big")) + tail for i in range(count))


def test_a_million_records_are_no_larger_picture():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        soft.run("extend", "pcr2", "--event", "first").expect(OK)
        lose_an_event(soft, "pcr2")
        soft.run("extend", "pcr2", "--event", "e").expect(OK)
        sizes = []
        for count in (1000, 1000000):
            with open(f"{path}/log", "wb") as file:
                file.write(with_records(soft.log(), count))
            picture = plot(path, f"{path}/log")
            tap.expect_equal(len(picture.lanes()), 24, "lanes")
            # The gap's mark, and the legend's.
            tap.expect_equal(len(picture.of_class("jump", "path")), 2, "jumps")
            sizes.append(len(picture.text))
        tap.expect_equal(max(sizes) < 64 * 1024, True, f"sizes {sizes}")


def test_an_empty_choice_and_what_is_refused():
    with state() as soft, folder() as path:
        soft.run("extend", "rtmr2", "--event", "e").expect(OK)
        soft.run("log", "show", "--plot", f"{path}/p.svg", "--json").expect(USAGE)
        soft.run("log", "follow", "--plot", f"{path}/p.svg").expect_problem(USAGE)
        result = soft.run("log", "show", "--plot", "-").expect(OK)
        tap.expect_equal(Picture(result.out).lanes(), ["rtmr0", "rtmr1", "rtmr2", "rtmr3"], "on standard output")
        soft.run("log", "show", "--plot", f"{path}/none/p.svg").expect_problem(USAGE, "No such file")


if __name__ == "__main__":
    tap.main(globals())
