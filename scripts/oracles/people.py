"""The reference of people's behaviour: MoveNet on the labelled persons, and the rules of Sources/Vision/Behaviour anew.

    python scripts/oracles/people.py            figures of docs/decisions/0014
    python scripts/oracles/people.py fixture    Tests/VisionTests/Fixtures/behaviour.json

Needs $AIBOX_SHARED (default ../shared beside the repository) and numpy, opencv-python-headless, onnxruntime. Lying: nobody
lies in the pictures, so those who stand in full view are shown turned by a quarter, both ways.
"""
import collections
import os
import pathlib
import sys

import cv2
import numpy as np

import ev
import fixture

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("AIBOX_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data"
COMMAND = "python scripts/oracles/people.py fixture"


def labels(name):
    """Rows of Tests/Labels: (image, (x, y, w, h), {key: value})."""
    for line in (ROOT / "Tests/Labels" / name).read_text().splitlines():
        if not line.startswith("#"):
            image, *box, pairs = line.split("\t")
            yield image, tuple(map(float, box)), dict(pair.split("=") for pair in pairs.split(";"))


def picture(image, cache={}):
    if image not in cache:
        path, _, frame = image.partition("#")
        if frame:
            video = cv2.VideoCapture(str(DATA / path))
            for _ in range(int(frame) + 1):
                found, cache[image] = video.read()
        else:
            cache[image] = cv2.imread(str(DATA / path))
    return cache[image]


class Detector:
    """nanodet_plus_m_1.5x, letterboxed; boxes x1, y1, x2, y2 clipped to the picture, scores, classes."""

    def __init__(self):
        self.session = ev.sess(str(SHARED / "models/object_detection/nanodet_plus_m_1.5x.onnx"))

    def __call__(self, im, side=512, minimum=0.05):
        x, r, dx, dy = ev.letterbox(im, side, side, 0)
        x = (x.astype(np.float32) - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]
        out = self.session.run(None, {"data": x.astype(np.float32).transpose(2, 0, 1)[None]})[0][0]
        grid = []
        for stride in (8, 16, 32, 64):
            yy, xx = np.mgrid[: -(-side // stride), : -(-side // stride)] * stride
            grid.append(np.stack([xx.ravel(), yy.ravel(), np.full(xx.size, stride)], 1))
        grid = np.concatenate(grid)
        keep = out[:, :80].max(1) > minimum
        out, grid = out[keep], grid[keep]
        e = np.exp(out[:, 80:].reshape(-1, 4, 8))
        d = (e / e.sum(2, keepdims=True) * np.arange(8)).sum(2) * grid[:, 2:]
        b = np.concatenate([grid[:, :2] - d[:, :2], grid[:, :2] + d[:, 2:]], 1)
        b = (b - [dx, dy, dx, dy]) / r
        b = b.clip(0, np.tile(im.shape[1::-1], 2))
        p, c = out[:, :80].max(1), out[:, :80].argmax(1)
        k = ev.mcnms(b, p, c, 0.6)
        return b[k], p[k], c[k]


class MoveNet:
    """One pass: a square of 1.05 x the longer side about the box's centre; what lies outside the box, grown by 5 % of
    the longer side on each side, is black. Keypoints x, y, confidence in pixels of the picture."""

    def __init__(self):
        self.session = ev.sess(str(SHARED / "models/pose/movenet_singlepose_lightning_192.onnx"))

    def __call__(self, im, box, scale=1.05, margin=0.05):
        x, y, w, h = box
        longer = max(w, h)
        side = longer * scale
        left, top = x + w / 2 - side / 2, y + h / 2 - side / 2
        f = 192 / side
        crop = cv2.warpAffine(im, np.float64([[f, 0, -left * f], [0, f, -top * f]]), (192, 192))
        m = margin * longer
        x1, y1, x2, y2 = (x - m - left) * f, (y - m - top) * f, (x + w + m - left) * f, (y + h + m - top) * f
        inside = np.zeros((192, 192, 1), bool)
        inside[max(0, int(y1)): max(0, int(np.ceil(y2))), max(0, int(x1)): max(0, int(np.ceil(x2)))] = True
        crop = np.where(inside, crop, 0).astype(np.uint8)
        out = self.session.run(None, {self.session.get_inputs()[0].name: crop[None, :, :, ::-1]})[0][0, 0]
        return np.stack([out[:, 1] * side + left, out[:, 0] * side + top, out[:, 2]], 1)


def share(value, whole):
    return float(np.clip(value / whole, 0, 1))


def geometry(k, box):
    c, p = k[:, 2].clip(0, 1), k[:, :2]

    def middle(i, j):
        w = np.array([c[i], c[j]]) if c[i] + c[j] > 0 else np.ones(2)
        return (p[i] * w[0] + p[j] * w[1]) / w.sum(), max(c[i], c[j])

    def angle(triples, minimum):
        found = []
        for i, j, n in triples:
            if min(c[i], c[j], c[n]) >= minimum:
                u, v = p[i] - p[j], p[n] - p[j]
                found.append(np.degrees(np.arccos(np.clip(u @ v / (np.hypot(*u) * np.hypot(*v) + 1e-9), -1, 1))))
        return np.mean(found) if found else None

    (s, cs), (h, ch), (n, cn), (a, ca) = middle(5, 6), middle(11, 12), middle(13, 14), middle(15, 16)
    t = np.hypot(*(s - h)) + 1e-9
    return dict(
        trunk=min(cs, ch), shoulders=cs, hips=ch, knees=cn, ankles=ca, length=t, share=t / max(box[2:]),
        inclination=np.degrees(np.arccos(np.clip((h - s)[1] / t, -1, 1))), drop=(n - h)[1] / t,
        foot=abs(a[0] - (s + h)[0] / 2) / t, height=(h[1] - box[1]) / box[3], aspect=box[3] / box[2],
        hip=angle([(5, 11, 13), (6, 12, 14)], 0.2), knee=angle([(11, 13, 15), (12, 14, 16)], 0.25))


SEATS = {1, 3, 13, 17, 56, 57, 60}  # bicycle, motorcycle, bench, horse, chair, couch, dining table


def posture(k, box, seats=()):
    """What the body tells; where it tells nothing, sitting if one of the seats hides half of the lower half."""
    told = posture_of_body(k, box)
    g = geometry(k, box)
    if told[0] != "unknown" or g["shoulders"] < 0.2 or g["inclination"] >= 60:
        return told
    x, y, w, h = box
    hidden = 0
    for sx, sy, sw, sh in seats:
        across, down = min(x + w, sx + sw) - max(x, sx), min(y + h, sy + sh) - max(y + h / 2, sy)
        hidden = max(hidden, max(0, across) * max(0, down) / (w * h / 2))
    return ("sitting", 0.5 * hidden) if hidden >= 0.5 else told


def posture_of_body(k, box):
    g = geometry(k, box)
    knee = g["knee"]
    if g["trunk"] < 0.2 or g["share"] < 0.1:
        return "unknown", 0
    if g["inclination"] >= 60:
        sure = share(g["trunk"], 0.5) * (0.5 + 0.5 * share(g["inclination"] - 50, 25))
        return ("lying", sure) if g["aspect"] < 1 else ("unknown", 0)
    if g["knees"] < 0.15 or g["height"] > 0.8:
        return "unknown", 0
    sure = share(min(g["trunk"], g["knees"]), 0.5)
    if g["inclination"] >= 40:
        return ("bending", sure) if g["drop"] >= 0.5 and g["knees"] >= 0.3 and g["aspect"] >= 1 else ("unknown", 0)
    bent = knee is not None and knee < 115 and g["drop"] < 0.6
    if g["drop"] >= 0.45 and (g["hip"] is None or g["hip"] >= 125) and g["aspect"] >= 1.6 and not bent:
        return "standing", sure * share(g["drop"] - 0.2, 0.4)
    if g["knees"] >= 0.3 and g["drop"] < 0.4 and (knee is None or knee < 130) and g["aspect"] < 2.2:
        under = g["ankles"] >= 0.3 and g["foot"] < 0.5 and knee is not None and g["drop"] > 0.15
        return ("crouching" if under else "sitting"), sure
    return "unknown", 0


def hands(k, box):
    g = geometry(k, box)
    shoulders, wrists = [[k[i, 1] for i in pair if k[i, 2] >= 0.3] for pair in ((5, 6), (9, 10))]
    if g["hips"] < 0.2 or g["inclination"] >= 60 or not shoulders or not wrists:
        return None
    return bool((np.mean(shoulders) - min(wrists)) / g["length"] > 0.3)


def overlap(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h) if w > 0 and h > 0 else 0


def turned(im, box, quarters):
    (h, w), (x, y, bw, bh) = im.shape[:2], box
    box = {0: box, 1: (y, w - x - bw, bh, bw), 3: (h - y - bh, x, bh, bw)}[quarters]
    return np.ascontiguousarray(np.rot90(im, quarters)), box


def persons():
    """Each labelled person with the keypoints on the labelled and on the detected box (IoU > .5; None if not found)."""
    detector, movenet, boxes = Detector(), MoveNet(), {}
    for image, box, label in labels("persons.tsv"):
        lie = label["posture"] == "standing" and label["visible"] == "full" and box[3] >= 40
        for quarters in (0, 1, 3) if lie else (0,):
            im, here = turned(picture(image), box, quarters)
            if (image, quarters) not in boxes:
                b, p, c = detector(im)
                keep = (c == 0) & (p > 0.25)
                seat = np.isin(c, list(SEATS)) & (p > 0.3)
                boxes[image, quarters] = [[(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in b[m]] for m in (keep, seat)]
            seats = boxes[image, quarters][1]
            found = max(boxes[image, quarters][0], key=lambda other: overlap(here, other), default=None)
            found = found if found is not None and overlap(here, found) > 0.5 else None
            yield dict(
                image=image, turned=quarters, seats=seats, label=dict(label, posture="lying") if quarters else label, box=here,
                keypoints=movenet(im, here), found=found, found_keypoints=None if found is None else movenet(im, found))


def report(people, key, title, seats=False):
    said, right, n, missed = (collections.Counter() for _ in range(4))
    for person in people:
        truth, box = person["label"]["posture"], person[key]
        if truth == "unknown":
            continue
        n[truth] += 1
        k = person["keypoints" if key == "box" else "found_keypoints"]
        answer = "unknown" if box is None else posture(k, box, person["seats"] if seats else ())[0]
        missed[truth] += box is None
        said[answer] += 1
        right[answer] += answer == truth
    print(title)
    for c in ("standing", "sitting", "lying", "crouching", "bending"):
        print(f"  {c:10s} n {n[c]:3d}, not found {missed[c]:2d}, said {said[c]:3d}, right {right[c]:3d}")
    three = ("standing", "sitting", "lying")
    s, r, a = (sum(x[c] for c in three) for x in (said, right, n))
    print(f"  the three: n {a}, precision {r / max(1, s):.3f}, coverage {s / a:.3f}")


def rows(people):
    for person in people:
        if person["found"] is None:
            continue
        box = np.round(np.array(person["found"], float), 1)
        k = person["found_keypoints"].astype(float)
        k = np.column_stack([np.round(k[:, :2], 1), np.round(k[:, 2], 3)])
        seats = [s for s in np.round(np.array(person["seats"], float), 1).tolist() if overlap(box, s) > 0]
        answer, sure = posture(k, box, seats)
        yield {
            "picture": person["image"], "turned": person["turned"], "label": person["label"]["posture"],
            "hands_label": person["label"]["hands_raised"], "box": box.tolist(), "seats": seats, "keypoints": k.ravel().tolist(),
            "posture": answer, "confidence": round(sure, 4), "hands": hands(k, box)}


if __name__ == "__main__":
    everyone = list(persons())
    if sys.argv[1:] == ["fixture"]:
        fixture.COMMAND = COMMAND
        fixture.write(ROOT / "Tests/VisionTests/Fixtures/behaviour.json", {}, "persons", list(rows(everyone)))
        sys.exit()
    upright = [p for p in everyone if not p["turned"]]
    for key in ("box", "found"):
        report(upright, key, f"{key}: as photographed")
        report([p for p in upright if p["box"][3] >= 40], key, f"{key}: as photographed, 40 px and higher")
        report(everyone, key, f"{key}: with those turned by a quarter")
        report(upright, key, f"{key}: as photographed, with seats", True)
        report([p for p in upright if p["box"][3] >= 40], key, f"{key}: 40 px and higher, with seats", True)
        counts = collections.Counter()
        for p in upright:
            if p["label"]["hands_raised"] != "unknown" and p[key] is not None:
                answer = hands(p["keypoints" if key == "box" else "found_keypoints"], p[key])
                counts[p["label"]["hands_raised"], answer] += 1
        print("  hands raised (label, answer):", dict(counts))
