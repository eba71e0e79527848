#!/usr/bin/env python3
"""Uses the page of a running AI Box as a person would, in headless Chromium (Debian's chromium and chromium-driver).

    browser_test.py --base-url http://127.0.0.1:8000 --username admin --password … --picture photo.jpg
                    [--plate-picture car.jpg] [--person-pictures one.jpg other.jpg] [--screenshot DIR]

Prints `ok NAME` or `FAIL NAME: why` for each check and ends with `N passed, N failed`. Exit status 0 when all passed.
"""

import argparse
import pathlib
import re
import sys
import tempfile

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

DESKTOP = (1280, 900)
PHONE = (360, 740)
PATIENCE = 60  # seconds; the first inference of a model on a busy machine takes a few

# For each item, the points of its outline (middles of the edges) around which no pixel of the overlay is opaque.
UNDRAWN = """
const view = document.querySelector('result-view');
const canvas = view.querySelector('canvas');
const context = canvas.getContext('2d');
const { width, height } = view.findings.image;
const outline = ({ box, corners }) => corners ?? [[box.x, box.y], [box.x + box.width, box.y],
  [box.x + box.width, box.y + box.height], [box.x, box.y + box.height]];
const middles = (points) => points.map(([x, y], i) => {
  const [nextX, nextY] = points[(i + 1) % points.length];
  return [(x + nextX) / 2, (y + nextY) / 2];
});
const clamp = (value, limit) => Math.max(0, Math.min(Math.round(value), limit));
const opaque = ([x, y]) => {
  const left = clamp(x / width * canvas.width - 3, canvas.width - 7);
  const top = clamp(y / height * canvas.height - 3, canvas.height - 7);
  return context.getImageData(left, top, 7, 7).data.some((value, i) => i % 4 === 3 && value > 0);
};
return view.findings.items.filter((item) => !item.keypoints).flatMap((item) =>
  middles(outline(item)).filter((point) => !opaque(point)).map((point) => `${item.label} at ${point}`));
"""

# The lines of skeletons between two sure points around whose middle no pixel of the overlay is opaque, and how many
# lines there are.
UNDRAWN_BONES = """
const done = arguments[arguments.length - 1];
import('/overlay.js').then(({ BONES }) => {
  const view = document.querySelector('result-view');
  const canvas = view.querySelector('canvas');
  const context = canvas.getContext('2d');
  const { width, height } = view.findings.image;
  const clamp = (value, limit) => Math.max(0, Math.min(Math.round(value), limit));
  const opaque = (x, y) => context.getImageData(clamp(x / width * canvas.width - 2, canvas.width - 5),
    clamp(y / height * canvas.height - 2, canvas.height - 5), 5, 5).data.some((value, i) => i % 4 === 3 && value > 0);
  const middles = view.findings.items.flatMap(({ keypoints }) => BONES.map((bone) =>
    bone.map((name) => keypoints?.find((point) => point.name === name && point.confidence >= 0.3)))
    .filter(([from, to]) => from && to).map(([from, to]) => [(from.x + to.x) / 2, (from.y + to.y) / 2]))
    .filter(([x, y]) => x >= 0 && y >= 0 && x < width && y < height);
  done([middles.length, middles.filter(([x, y]) => !opaque(x, y))]);
});
"""

# Lets two files fall on the place for pictures of a new person.
DROP_TWO = """
const files = new DataTransfer();
for (const name of ['one.jpg', '<b>two.jpg']) files.items.add(new File(['x'], name, { type: 'image/jpeg' }));
document.querySelector('persons-gallery .adding .drop')
  .dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
"""

# Adds as many persons without faces as there are numbers up to the argument; deletes all persons with 0.
CROWD = """
const [count, done] = arguments;
import('/api.js').then(async (api) => {
  for (let i = 0; i < count; i += 1) await api.createPerson(`Person ${i}`, '');
  if (count === 0) for (const { id } of (await api.persons({ limit: 500 })).items) await api.deletePerson(id);
}).then(() => done(null), (error) => done(String(error)));
"""

COVERED_SHARE = """
const canvas = document.querySelector('result-view canvas');
const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
let opaque = 0;
for (let i = 3; i < data.length; i += 4) opaque += data[i] > 0;
return opaque / (data.length / 4);
"""

OFF_PICTURE = """
const [image, canvas] = ['img', 'canvas'].map((name) =>
  document.querySelector(`result-view ${name}`).getBoundingClientRect());
return Math.max(...['left', 'top', 'right', 'bottom'].map((side) => Math.abs(image[side] - canvas[side])));
"""

# Controls that a finger cannot reach: outside the width, covered, or too small.
UNREACHABLE = """
const shown = [...document.querySelectorAll('button, label.button, label.check, select, a:not(.skip)')]
  .filter((node) => node.checkVisibility());
return shown.filter((node) => {
  node.scrollIntoView({ block: 'center' });
  const { left, right, top, width, height } = node.getBoundingClientRect();
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  const small = node.tagName !== 'A' && height < 40;
  return left < 0 || right > arguments[0] || small || !(node === hit || node.contains(hit));
}).map((node) => node.textContent.trim() || node.id);
"""


# A name that is a script to whoever takes it for HTML, and a name that turns the text around it.
HOSTILE_NAME = "<img src=x onerror=document.title='owned'>"
TURNING_NAME = "\u05d0\u05dc\u05d9\u05e1 <b>"


class CheckFailed(Exception):
    """What a check found wrong, in words."""


def expect(condition, why):
    if not condition:
        raise CheckFailed(why)


class Page:
    """The page in a browser, with the things a person does on it."""

    def __init__(self, arguments):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--force-device-scale-factor=1"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.arguments = arguments
        self.resize(*DESKTOP)

    def resize(self, width, height, mobile=False):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": mobile})

    def open(self):
        self.browser.get(self.arguments.base_url)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def press(self, selector):
        self.wait(lambda: (self.find(selector).click(), True), f"{selector} to press")

    def texts(self, selector):
        return [node.text for node in self.browser.find_elements(By.CSS_SELECTOR, selector)]

    def shown(self, selector):
        return any(node.is_displayed() for node in self.browser.find_elements(By.CSS_SELECTOR, selector))

    def script(self, text, *values):
        return self.browser.execute_script(text, *values)

    def wait(self, condition, what):
        try:
            # A list that is loaded again takes the elements away while they are looked at.
            waiting = WebDriverWait(self.browser, PATIENCE, 0.05, [StaleElementReferenceException])
            return waiting.until(lambda _: condition())
        except TimeoutException:
            problems = " | ".join(self.texts(".problem"))
            raise CheckFailed(f"no {what} after {PATIENCE} s" + (f"; the page says: {problems}" if problems else ""))

    def log_in(self, password):
        for name, value in (("username", self.arguments.username), ("password", password)):
            field = self.find(f"#{name}")
            field.clear()
            field.send_keys(value)
        self.find("#password").send_keys(Keys.ENTER)

    def look_for(self, *tasks):
        for box in self.browser.find_elements(By.CSS_SELECTOR, ".tasks input"):
            if box.is_selected() != (box.get_attribute("value") in tasks):
                box.click()

    def tell(self, *features):
        for box in self.browser.find_elements(By.CSS_SELECTOR, ".features input"):
            if box.is_selected() != (box.get_attribute("value") in features):
                box.click()

    def view(self, name):
        self.find(f".views [data-view={name}]").click()
        self.wait(lambda: self.shown(f"#view-{name}"), f"view {name}")

    def give(self, selector, *pictures):
        self.find(selector).send_keys("\n".join(str(pathlib.Path(picture).resolve()) for picture in pictures))

    def add_person(self, name, *pictures):
        """Fills in the form and waits until every picture has its outcome."""
        self.view("persons")
        self.find("#person-name").send_keys(name)
        self.give("#person-pictures", *pictures)
        self.find("persons-gallery .adding .primary").click()
        done = "persons-gallery .adding .outcomes li"
        self.wait(lambda: self.shown("persons-gallery .adding .problem")
                  or len(self.texts(done)) == len(pictures) + 1 and not self.shown(f"{done} > .fine"), "outcome")

    def entry(self, name):
        """The selector of a person of the list."""
        found = """return [...document.querySelectorAll('person-entry')]
          .find((entry) => entry.querySelector('.person-name').textContent === arguments[0])?.dataset.id"""
        identifier = self.wait(lambda: self.script(found, name), f"person {name} in the list")
        return f"person-entry[data-id='{identifier}']"

    def confirm(self, answer):
        self.wait(lambda: self.shown("dialog[open]"), "question before something is lost")
        self.find("dialog[open] .danger" if answer else "dialog[open] button").click()
        self.wait(lambda: not self.shown("dialog"), "end of the question")

    def analyze(self, picture):
        """Gives a picture to the page and waits for its answer; the result of the picture before goes first."""
        self.find("#choose-picture").send_keys(str(pathlib.Path(picture).resolve()))
        self.wait(lambda: not self.shown(".activity") and self.shown(".report > *"), "answer")

    def items(self):
        findings = self.script("return document.querySelector('result-view').findings")
        expect(findings is not None, "no result; the page says: " + " | ".join(self.texts(".problem")))
        return findings["items"]

    def complaints(self, provoked=None):
        """Errors of the console since the last call, but for failed requests that the check provoked."""
        entries = [entry for entry in self.browser.get_log("browser")
                   if entry["level"] == "SEVERE" or entry["source"] == "security"]
        return [entry["message"] for entry in entries
                if not (provoked and entry["source"] == "network" and re.search(provoked, entry["message"]))]


def check_first_look(page):
    page.open()
    page.wait(lambda: page.shown("login-form form"), "login form")
    expect(not page.shown("#workbench"), "the workbench shows without a login")
    focused = page.script("return document.activeElement.id")
    expect(focused == "username", f"the focus is on {focused!r}, not on the user name")


def check_wrong_password(page):
    page.log_in("not the password")
    page.wait(lambda: page.shown("login-form .problem"), "problem")
    expect(page.find("login-form .problem").text.strip() != "", "the problem has no text")
    expect(not page.shown("#workbench"), "the workbench shows all the same")


def check_login(page):
    page.log_in(page.arguments.password)
    page.wait(lambda: page.shown("picture-drop .drop"), "place for a picture")
    page.wait(lambda: "0." in page.find("status-line").text, "system health")
    expect(not page.shown("login-form"), "the login form is still there")


def check_boxes(page):
    page.look_for("persons", "faces", "vehicles", "plates")
    page.analyze(page.arguments.picture)
    expect(len(page.items()) > 0, "nothing was found in the picture")
    page.wait(lambda: page.find("result-view canvas").get_attribute("data-drawn") == str(len(page.items())), "boxes")
    undrawn = page.script(UNDRAWN)
    expect(not undrawn, f"no line where a box should be: {undrawn[:5]}")
    share = page.script(COVERED_SHARE)
    expect(share < 0.5, f"{share:.0%} of the overlay is covered, so that the picture is hidden")
    distance = page.script(OFF_PICTURE)
    expect(distance <= 1, f"the overlay lies {distance} px off the picture")


def check_labels(page):
    rows = page.texts(".finding")
    expect(len(rows) == len(page.items()), f"{len(rows)} rows for {len(page.items())} items")
    for item in page.items():
        share = f"{int(item['confidence'] * 100 + 0.5)} %"
        expect(any(item["label"] in row and share in row for row in rows), f"{item['label']} {share} is not in {rows}")


def check_timing(page):
    total = page.find(".timing .total").text
    expect(re.fullmatch(r"\d+(\.\d)? ms", total), f"the total reads {total!r}")
    expect(len(page.texts(".timing dl > div")) == 6, "not all six stages are shown")


def check_keyboard(page):
    before = page.script("return document.querySelector('result-view canvas').toDataURL()")
    page.script("document.querySelector('.finding').focus()")
    highlighted = page.script("return document.querySelector('result-view').highlighted")
    after = page.script("return document.querySelector('result-view canvas').toDataURL()")
    expect(highlighted == page.items()[0]["id"], "the item with the focus is not highlighted")
    expect(len(page.items()) == 1 or before != after, "the overlay does not change")
    page.script("document.activeElement.blur()")


def check_stored(page):
    ids = {item["id"] for item in page.items()}
    rows = "return [...document.querySelectorAll('detections-list tr[data-id]')].map((row) => row.dataset.id)"
    page.wait(lambda: ids & set(page.script(rows)), "row of the new items in the list of detections")


def check_kept_picture(page):
    page.find("label[for=save-image]").click()
    page.analyze(page.arguments.picture)
    item = page.items()[0]["id"]
    page.wait(lambda: page.shown(f"detections-list tr[data-id='{item}'] button"), "row of the item")
    page.find(f"detections-list tr[data-id='{item}'] button").click()
    opened = "return document.querySelector('result-view').findings?.capturedAt"
    page.wait(lambda: page.script(opened) and page.shown("result-view img"), "stored picture")
    page.wait(lambda: page.script("return document.querySelector('result-view img').naturalWidth > 0"), "pixels of it")
    expect(item in [one["id"] for one in page.items()], "it shows other items")
    page.find("label[for=save-image]").click()


def check_plate(page):
    page.look_for("vehicles", "plates")
    page.analyze(page.arguments.plate_picture)
    plates = [item["label"] for item in page.items() if item["task"] == "plates"]
    expect(plates, "no plate was found")
    listed = " ".join(page.texts(".finding-label.plates"))
    for plate in plates:
        expect(re.fullmatch(r"[A-Z0-9]{3,}", plate), f"the plate reads {plate!r}")
        expect(plate in listed, f"{plate} is not in the list: {listed}")
    undrawn = page.script(UNDRAWN)
    expect(not undrawn, f"no line where a box should be: {undrawn[:5]}")


def check_candidates(page):
    plate = next(item for item in page.items() if item["task"] == "plates")
    listed = page.texts(f"#details-{plate['id']} .candidate")
    expect(plate["candidates"], "the answer has no candidates")
    expect(len(listed) == len(plate["candidates"]), f"{len(listed)} rows for {len(plate['candidates'])} candidates")
    for candidate, row in zip(plate["candidates"], listed):
        share = f"{int(candidate['probability'] * 100 + 0.5)} %"
        expect(candidate["plate_number"] in row and share in row, f"{candidate['plate_number']} {share} is not {row!r}")
    bars = page.script("return [...document.querySelectorAll('.candidate meter')].map((bar) => bar.value)")
    expect(bars[0] == plate["candidates"][0]["probability"], f"the first bar shows {bars[0]}")


def check_known_plate(page):
    number = next(item for item in page.items() if item["task"] == "plates")["label"]
    page.view("plates")
    for attempt in range(2):
        page.find("#plate-number").clear()
        page.find("#plate-number").send_keys(number.lower())
        page.find("#plate-label").clear()
        page.find("#plate-label").send_keys(HOSTILE_NAME)
        page.find("#plate-list").send_keys("Denied")
        page.find("known-plates .adding .primary").click()
        if attempt == 0:
            page.wait(lambda: HOSTILE_NAME in " ".join(page.texts("known-plates tbody tr")), "plate in the list")
    page.wait(lambda: page.shown("known-plates .problem"), "word on a plate that is there already")
    page.view("analysis")
    page.analyze(page.arguments.plate_picture)
    badge = " ".join(page.texts("result-view .badge.known.deny"))
    expect("denied" in badge and HOSTILE_NAME in badge, f"the reading is not marked as known: {badge!r}")
    page.view("plates")
    page.press("known-plates tbody .danger")
    page.confirm(False)
    expect(page.shown("known-plates tbody tr"), "the plate went although it was to be kept")
    page.press("known-plates tbody .danger")
    page.confirm(True)
    page.wait(lambda: not page.shown("known-plates tbody tr"), "list without the plate")
    page.view("analysis")


def check_skeleton(page):
    page.look_for("poses")
    page.analyze(page.arguments.picture)
    expect(page.items(), "no pose was found")
    lines, undrawn = page.browser.execute_async_script(UNDRAWN_BONES)
    expect(lines > 0, "no two joined points of the pose are sure")
    expect(not undrawn, f"no line where one of the skeleton should be: {undrawn[:5]}")


def check_persons_details(page):
    page.look_for("persons", "faces")
    page.tell("recognize", "behavior", "attributes")
    page.analyze(page.arguments.picture)
    person = next((item for item in page.items() if item["task"] == "persons"), None)
    expect(person is not None, "no person was found")
    told = " ".join(page.texts(f"#details-{person['id']} .badge"))
    expect(person["behavior"] and person["behavior"] in told, f"the behaviour is not told: {told!r}")
    names = [one["name"].replace("_", " ") for one in person["attributes"]] or ["no attributes"]
    missing = [name for name in names if name not in told]
    expect(not missing, f"attributes that are not told: {missing} among {told!r}")
    expect(page.texts("result-view .badge.live"), "no word on whether the faces live")


def check_features_follow_tasks(page):
    page.look_for("vehicles")
    enabled = [box.get_attribute("value") for box in page.browser.find_elements(By.CSS_SELECTOR, ".features input")
               if box.is_enabled()]
    expect(not enabled, f"offered though neither persons nor faces are looked for: {enabled}")
    page.look_for("persons", "faces")


def check_enrolment(page):
    page.add_person(HOSTILE_NAME, page.arguments.person_pictures[0])
    outcome = " ".join(page.texts("persons-gallery .adding .outcomes li"))
    expect("enrolled" in outcome and HOSTILE_NAME in outcome, f"the page says: {outcome}")
    entry = page.entry(HOSTILE_NAME)
    expect(not page.script("return document.querySelectorAll(\"img[src='x']\").length"), "the name became an element")
    expect(page.script("return document.title") == "AI Box", "the name ran as a script")
    page.find(f"{entry} [aria-expanded]").send_keys(Keys.ENTER)
    page.wait(lambda: page.script(
        "return document.querySelector(arguments[0])?.naturalWidth > 0", f"{entry} .crop img"), "crop of the face")


def check_refused_enrolment(page):
    entry = page.entry(HOSTILE_NAME)
    with tempfile.TemporaryDirectory() as folder:
        blank = pathlib.Path(folder, "blank.bmp")
        side = 160
        head = b"BM" + (54 + side * side * 3).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
        shape = (40).to_bytes(4, "little") + side.to_bytes(4, "little") * 2 + b"\x01\x00\x18\x00" + bytes(24)
        blank.write_bytes(head + shape + b"\x80" * (side * side * 3))
        page.give(f"{entry} input[type=file]", blank, page.arguments.person_pictures[0])
        page.wait(lambda: len(page.texts(f"{entry} .outcomes li")) == 2
                  and not page.shown(f"{entry} .outcomes li > .fine"), "outcome of both pictures")
    first, second = page.texts(f"{entry} .outcomes li")
    expect("blank.bmp" in first and "shows no face" in first, f"the refusal reads {first!r}")
    expect("enrolled" in second, f"the picture after the refused one: {second!r}")
    page.wait(lambda: len(page.texts(f"{entry} .crop")) == 2, "crop of the second picture")


def check_recognition(page):
    page.view("analysis")
    page.look_for("faces")
    page.tell("recognize")
    page.analyze(page.arguments.person_pictures[1])
    expect(page.items(), "no face was found")
    labels = page.texts(".finding-label.faces")
    expect(HOSTILE_NAME in labels, f"the person is not named: {labels}")
    badges = " ".join(page.texts("result-view .badge"))
    expect(re.search(r"similarity \d+ %", badges), f"no similarity among {badges!r}")
    page.wait(lambda: HOSTILE_NAME in " ".join(page.texts("detections-list tr")), "name in the list of detections")
    expect(not page.script("return document.querySelectorAll(\"img[src='x']\").length"), "the name became an element")
    expect(page.script("return document.title") == "AI Box", "the name ran as a script")


def check_duplicate(page):
    page.add_person(TURNING_NAME, page.arguments.person_pictures[0])
    told = " ".join(page.texts("persons-gallery .adding .duplicate"))
    expect(HOSTILE_NAME in told, f"nobody says that the person is there already: {told!r}")
    page.entry(TURNING_NAME)


def list_of_names(page):
    names = "return [...document.querySelectorAll('person-entry .person-name')].map((name) => name.textContent)"
    return page.script(names)


def check_search(page):
    box = page.find("#search-person")
    box.send_keys("<img")
    page.wait(lambda: list_of_names(page) == [HOSTILE_NAME], "list of those whose name begins so")
    box.send_keys(Keys.BACKSPACE * 4)
    page.wait(lambda: len(list_of_names(page)) == 2, "list of all")


def check_dropped_pictures(page):
    page.script(DROP_TWO)
    chosen = page.texts("persons-gallery .chosen .file")
    expect(chosen == ["one.jpg", "<b>two.jpg"], f"the pictures chosen are {chosen}")
    expect(page.shown("#view-persons"), "the page was left for the picture")
    for _ in chosen:
        page.find("persons-gallery .chosen button").send_keys(Keys.ENTER)
    expect(not page.texts("persons-gallery .chosen li"), "a picture stays though it was taken away")


def check_pages_of_persons(page):
    page.view("persons")
    problem = page.browser.execute_async_script(CROWD, 21)
    expect(problem is None, problem)
    page.view("analysis")
    page.view("persons")
    page.wait(lambda: len(list_of_names(page)) == 20, "full page")
    first = list_of_names(page)
    page.press("persons-gallery .paging button:last-child:enabled")
    page.wait(lambda: 0 < len(list_of_names(page)) < 20, "second page")
    expect(not set(first) & set(list_of_names(page)), "somebody is on both pages")
    page.press("persons-gallery .paging button:first-child:enabled")
    page.wait(lambda: list_of_names(page) == first, "first page again")
    problem = page.browser.execute_async_script(CROWD, 0)
    expect(problem is None, problem)
    page.view("analysis")


def check_analyst(page):
    user = {"id": "second", "username": "ada", "role": "analyst"}
    page.script("""document.querySelector('login-form')
      .dispatchEvent(new CustomEvent('login', { detail: arguments[0] }))""", user)
    for name in ("persons", "plates"):
        page.view(name)
        page.wait(lambda: page.shown(f"#view-{name} .paging"), "list")
        shown = [node for node in page.texts(f"#view-{name} .adding, #view-{name} .danger") if node]
        expect(not shown, f"an analyst is offered {shown}")
    page.open()
    page.wait(lambda: page.shown("picture-drop .drop"), "workbench after a reload")


def check_gallery_on_phone(page):
    page.press(page.entry(HOSTILE_NAME) + " [aria-expanded]")
    page.wait(lambda: page.shown("person-entry .crop img"), "crops of the person")
    page.resize(*PHONE, mobile=True)
    try:
        page.wait(lambda: page.script("return screen.width") == PHONE[0], "narrow page")
        width = page.script("return document.documentElement.scrollWidth")
        expect(width <= PHONE[0], f"the page is {width} px wide")
        unreachable = page.script(UNREACHABLE, PHONE[0])
        expect(not unreachable, f"not within reach of a finger: {unreachable}")
        shoot(page, "gallery phone")
    finally:
        page.resize(*DESKTOP)


def check_delete_person(page):
    for name in (HOSTILE_NAME, TURNING_NAME):
        entry = page.entry(name)
        page.press(f"{entry} .person-head .danger")
        page.confirm(False)
        expect(page.shown(entry), "the person went although they were to be kept")
        page.press(f"{entry} .person-head .danger")
        page.confirm(True)
        page.wait(lambda: not page.shown(entry), "list without the person")
    page.view("analysis")
    page.analyze(page.arguments.person_pictures[1])
    expect(HOSTILE_NAME not in page.texts(".finding-label.faces"), "the deleted person is still named")
    expect("not in the gallery" in " ".join(page.texts("result-view .badge")), "the stranger is not called one")
    page.tell()


def check_phone(page):
    page.resize(*PHONE, mobile=True)
    try:
        page.wait(lambda: page.script("return screen.width") == PHONE[0], "narrow page")
        width = page.script("return document.documentElement.scrollWidth")
        expect(width <= PHONE[0], f"the page is {width} px wide")
        page.wait(lambda: page.script(OFF_PICTURE) <= 1, "overlay of the new size")
        expect(not page.script(UNDRAWN), "the boxes did not follow the picture's size")
        unreachable = page.script(UNREACHABLE, PHONE[0])
        expect(not unreachable, f"not within reach of a finger: {unreachable}")
        expect(page.shown("label[for=take-photo]"), "no camera on a touch screen")
        shoot(page, "phone")
    finally:
        page.resize(*DESKTOP)


def check_broken_picture(page):
    page.look_for("persons")
    with tempfile.TemporaryDirectory() as folder:
        broken = pathlib.Path(folder, "broken.jpg")
        broken.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200))
        page.analyze(broken)
    page.wait(lambda: page.shown("result-view .problem"), "problem")
    lines = page.find("result-view .problem").text.splitlines()
    expect(len(lines) >= 2 and all(lines[:2]), f"title and detail are not both there: {lines}")
    page.analyze(page.arguments.picture)
    expect(page.items() is not None, "the next picture fails too")


def check_reload(page):
    page.open()
    page.wait(lambda: page.shown("picture-drop .drop"), "workbench after a reload")


def check_ended_session(page):
    page.script("sessionStorage.setItem('aibox.refresh-token', 'spent')")
    page.open()
    page.wait(lambda: page.shown("login-form .notice"), "word on the ended session")
    page.log_in(page.arguments.password)
    page.wait(lambda: page.shown("picture-drop .drop"), "workbench")


def change_password(page, current, new):
    if not page.shown("password-form"):
        page.find("#change-password").click()
    for name, value in (("current", current), ("new", new), ("repeated", new)):
        field = page.find(f"#{name}-password")
        field.clear()
        field.send_keys(value)
    page.find("password-form .primary").click()


def check_password_change(page):
    password, other = page.arguments.password, page.arguments.password + " for a moment"
    change_password(page, "not the password", other)
    page.wait(lambda: page.shown("password-form .problem"), "problem")
    expect("wrong" in page.find("password-form .problem").text, "the problem does not say what is wrong")
    for current, new in ((password, other), (other, password)):
        change_password(page, current, new)
        page.wait(lambda: page.shown("#password-changed") and not page.shown("password-form"), "word on the change")
    page.open()
    page.wait(lambda: page.shown("picture-drop .drop"), "workbench after a reload")


def check_printed_password(page):
    user = {"id": "first", "username": "admin", "role": "admin", "must_change_password": True}
    page.script("""document.querySelector('login-form')
      .dispatchEvent(new CustomEvent('login', { detail: arguments[0] }))""", user)
    page.wait(lambda: page.shown("password-form .notice"), "wish for another password")
    page.find("#password-later").click()
    expect(not page.shown("password-form") and page.shown("picture-drop .drop"), "it cannot be put off")


def check_logout(page):
    page.find("#logout").click()
    page.wait(lambda: page.shown("login-form form"), "login form")
    expect(page.script("return sessionStorage.length") == 0, "a token is left in the tab")


def check_reference(page):
    page.browser.get(page.arguments.base_url + "/docs")
    page.wait(lambda: page.script(
        "return document.querySelectorAll('.swagger-ui .opblock, #reference details').length >= 20"),
        "the routes of the API reference")


# name, check, pattern of failed requests that it provokes
CHECKS = [
    ("the page opens on a login form", check_first_look, None),
    ("a wrong password shows why", check_wrong_password, r"auth/login.* 401"),
    ("the right password opens the workbench", check_login, None),
    ("boxes are drawn over the picture", check_boxes, None),
    ("labels and confidences are listed", check_labels, None),
    ("the timing is shown", check_timing, None),
    ("the keyboard points at a box", check_keyboard, None),
    ("the items appear among the detections", check_stored, None),
    ("a kept picture opens again", check_kept_picture, None),
    ("the text of a plate is shown", check_plate, None),
    ("the candidates of a plate are listed", check_candidates, None),
    ("a known plate is added, marked and removed", check_known_plate, r"known-plates.* 409"),
    ("a skeleton is drawn", check_skeleton, None),
    ("behaviour, attributes and liveness are told", check_persons_details, None),
    ("only what fits the tasks is offered", check_features_follow_tasks, None),
    ("a person is enrolled, whatever the name", check_enrolment, None),
    ("a refused picture says why", check_refused_enrolment, r"/faces.* 422"),
    ("an enrolled person is named on another picture", check_recognition, None),
    ("a person who is there already is reported", check_duplicate, None),
    ("persons are found by name", check_search, None),
    ("several pictures are dropped at once", check_dropped_pictures, None),
    ("the gallery works at 360 px", check_gallery_on_phone, None),
    ("deleting a person asks first", check_delete_person, None),
    ("boxes are drawn again", check_boxes, None),
    ("the page works at 360 px", check_phone, None),
    ("a broken picture shows why", check_broken_picture, r"analyze.* 4\d\d"),
    ("persons come page by page", check_pages_of_persons, None),
    ("an analyst looks without changing", check_analyst, None),
    ("a reload keeps the session", check_reload, None),
    ("an ended session asks for a login", check_ended_session, r"auth/refresh.* 4\d\d"),
    ("the password can be changed", check_password_change, r"auth/password.* 403"),
    ("a printed password asks to be changed", check_printed_password, None),
    ("logging out forgets the tokens", check_logout, None),
    ("the API reference lists the routes", check_reference, None),
]

# Those that need a picture of a plate, and those that need two of a person.
PLATE_CHECKS = (check_plate, check_candidates, check_known_plate)
PERSON_CHECKS = (check_enrolment, check_refused_enrolment, check_recognition, check_duplicate, check_search,
                 check_dropped_pictures, check_gallery_on_phone, check_delete_person)


def shoot(page, name):
    if page.arguments.screenshot:
        page.arguments.screenshot.mkdir(parents=True, exist_ok=True)
        page.browser.save_screenshot(str(page.arguments.screenshot / f"{name.replace(' ', '-')}.png"))


def run_check(page, name, check, provoked):
    """Whether the check passed; the console has to stay quiet with it."""
    try:
        check(page)
        complaints = page.complaints(provoked)
        expect(not complaints, f"the console says: {complaints[:3]}")
    except Exception as error:  # a check that breaks is a check that failed
        why = str(error).split("Stacktrace:")[0].strip() or type(error).__name__
        print(f"FAIL {name}: " + " ".join(why.split()), flush=True)
        return False
    finally:
        shoot(page, name)
    print(f"ok {name}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--username", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--picture", required=True, type=pathlib.Path, help="a photo with a person")
    parser.add_argument("--plate-picture", type=pathlib.Path, help="a photo with a readable licence plate")
    parser.add_argument("--person-pictures", type=pathlib.Path, nargs=2, default=[], help="two photos of one face")
    parser.add_argument("--screenshot", type=pathlib.Path, metavar="DIR", help="keep a picture of the page after each check")
    arguments = parser.parse_args()
    for picture in filter(None, (arguments.picture, arguments.plate_picture, *arguments.person_pictures)):
        if not picture.is_file():
            parser.error(f"there is no file {picture}")
    left_out = () if arguments.plate_picture else PLATE_CHECKS
    left_out += () if arguments.person_pictures else PERSON_CHECKS
    checks = [check for check in CHECKS if check[1] not in left_out]
    page = Page(arguments)
    try:
        outcomes = [run_check(page, *check) for check in checks]
    finally:
        page.browser.quit()
    print(f"{sum(outcomes)} passed, {outcomes.count(False)} failed")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
