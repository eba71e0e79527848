#!/usr/bin/env python3
"""Uses the page of a running AI Box as a person would, in headless Chromium (Debian's chromium and chromium-driver).

    browser_test.py --base-url http://127.0.0.1:8000 --username admin --password … --picture photo.jpg
                    [--plate-picture car.jpg] [--screenshot DIR]

Prints `ok NAME` or `FAIL NAME: why` for each check and ends with `N passed, N failed`. Exit status 0 when all passed.
"""

import argparse
import pathlib
import re
import sys
import tempfile

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
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
return view.findings.items.flatMap((item) =>
  middles(outline(item)).filter((point) => !opaque(point)).map((point) => `${item.label} at ${point}`));
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

    def texts(self, selector):
        return [node.text for node in self.browser.find_elements(By.CSS_SELECTOR, selector)]

    def shown(self, selector):
        return any(node.is_displayed() for node in self.browser.find_elements(By.CSS_SELECTOR, selector))

    def script(self, text, *values):
        return self.browser.execute_script(text, *values)

    def wait(self, condition, what):
        try:
            return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition())
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
    page.script("document.querySelector('login-form').dispatchEvent(new CustomEvent('login', { detail: arguments[0] }))", user)
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
    ("the page works at 360 px", check_phone, None),
    ("a broken picture shows why", check_broken_picture, r"analyze.* 4\d\d"),
    ("a reload keeps the session", check_reload, None),
    ("an ended session asks for a login", check_ended_session, r"auth/refresh.* 4\d\d"),
    ("the password can be changed", check_password_change, r"auth/password.* 403"),
    ("a printed password asks to be changed", check_printed_password, None),
    ("logging out forgets the tokens", check_logout, None),
    ("the API reference lists the routes", check_reference, None),
]


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
    parser.add_argument("--screenshot", type=pathlib.Path, metavar="DIR", help="keep a picture of the page after each check")
    arguments = parser.parse_args()
    for picture in filter(None, (arguments.picture, arguments.plate_picture)):
        if not picture.is_file():
            parser.error(f"there is no file {picture}")
    checks = [check for check in CHECKS if arguments.plate_picture or check[1] is not check_plate]
    page = Page(arguments)
    try:
        outcomes = [run_check(page, *check) for check in checks]
    finally:
        page.browser.quit()
    print(f"{sum(outcomes)} passed, {outcomes.count(False)} failed")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
