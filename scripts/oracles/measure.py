"""Figures of docs/decisions/0014-people-and-vehicles.md beside behaviour (people.py prints those).

    python scripts/oracles/measure.py pose attributes vehicles reid tiers

Needs $AIBOX_SHARED, numpy, opencv-python-headless, onnxruntime and, for tiers, pycocotools.
"""
import contextlib
import io
import sys

import cv2
import numpy as np

import ev
from people import DATA, SHARED, Detector, MoveNet, labels, overlap, picture

SIGMAS = np.array([.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87, .89, .89]) / 10
COLOURS = "white gray yellow red green blue black".split()
VEHICLES = {1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"}


def pictures(folder):
    return sorted(str(path.relative_to(DATA)) for path in (DATA / folder / "images").iterdir())


def truth(image):
    """(class, (x, y, w, h), keypoints or None) of the data set's own label file."""
    h, w = picture(image).shape[:2]
    file = (DATA / image.replace("/images/", "/labels/")).with_suffix(".txt")
    for line in file.read_text().splitlines():
        v = list(map(float, line.split()))
        if v:
            k = np.reshape(v[5:56], (17, 3)) * [w, h, 1] if len(v) >= 56 else None
            yield int(v[0]), ((v[1] - v[3] / 2) * w, (v[2] - v[4] / 2) * h, v[3] * w, v[4] * h), k


def wide(box):
    return box[0], box[1], box[2] - box[0], box[3] - box[1]


def pose():
    people = [(i, b, k) for i in pictures("pose-dev") for c, b, k in truth(i)
              if k is not None and (k[:, 2] > 0).sum() >= 6 and b[2] * b[3] > 48 * 48]
    detector, movenet = Detector(), MoveNet()
    found = {}
    for i in pictures("pose-dev"):
        b, p, c = detector(picture(i))
        found[i] = [wide(box) for box in b[(c == 0) & (p > 0.25)]]

    def oks(points, k, box):
        d = ((points[:, :2] - k[:, :2]) ** 2).sum(1)
        return np.exp(-d / (2 * box[2] * box[3] * .53 * (2 * SIGMAS) ** 2))[k[:, 2] > 0].mean()

    # Each detection serves one person: the best overlaps first.
    pairs = sorted(((overlap(b, f), n, m) for n, (i, b, _) in enumerate(people) for m, f in enumerate(found[i])),
                   reverse=True)
    match, used = {}, set()
    for v, n, m in pairs:
        if v > 0.5 and n not in match and (people[n][0], m) not in used:
            match[n] = found[people[n][0]][m]
            used.add((people[n][0], m))
    samples = np.random.default_rng(0).integers(0, len(people), (4000, len(people)))
    for scale, margin in ((1.25, 9), (1.0, 9), (1.25, .05), (1.0, .05), (1.05, .05), (1.1, .05)):
        own = [oks(movenet(picture(i), b, scale, margin), k, b) for i, b, k in people]
        seen = np.array([oks(movenet(picture(i), match[n], scale, margin), k, b) if n in match else 0
                         for n, (i, b, k) in enumerate(people)])
        low, high = np.percentile(seen[samples].mean(1), [2.5, 97.5])
        print(f"pose x{scale} mask {margin}: labelled {np.mean(own):.3f}, detected {seen.mean():.3f} "
              f"[{low:.2f} {high:.2f}], {len(match)} of {len(people)} matched")


def cut(im, box):
    x, y, w, h = box
    x1, y1 = max(0, round(x)), max(0, round(y))
    return im[y1: max(y1 + 1, round(y + h)), x1: max(x1 + 1, round(x + w))]


def planes(crop, size):
    shrinks = crop.shape[0] > size[1]
    crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return crop.astype(np.float32).transpose(2, 0, 1)[None]


def attributes():
    session = ev.sess(str(SHARED / "models/person_attributes/person_attributes_0230.onnx"))
    names = "male bag backpack hat long_sleeves long_trousers long_hair coat_jacket".split()
    people = [(i, b, l) for i, b, l in labels("persons.tsv") if l["visible"] in ("full", "upper") and b[3] >= 60]
    p = np.array([session.run(["453"], {"0": planes(cut(picture(i), b), (80, 160))})[0].ravel() for i, b, _ in people])
    for j, name in enumerate(names[1:], 1):
        known = np.array([l[name] != "unknown" for _, _, l in people])
        yes, q = np.array([l[name] == "yes" for _, _, l in people])[known], p[known, j]
        auc = (q[yes][:, None] > q[~yes]).mean()
        print(f"{name}: yes {yes.sum()} no {(~yes).sum()} AUC {auc:.2f} right at .5 {((q > .5) == yes).mean():.2f};",
              *(f">{t}: {yes[q > t].sum()}/{(q > t).sum()}" for t in (.5, .8)), ";",
              *(f"<{t}: {(~yes)[q < t].sum()}/{(q < t).sum()}" for t in (.3, .2, .05)))


def vehicles():
    session = ev.sess(str(SHARED / "models/vehicle_attributes/vehicle_attributes_0039.onnx"))
    detector, cache, types = Detector(), {}, []
    right, sure, vetoed = [], [], []
    for image, box, label in labels("vehicles.tsv"):
        im = picture(image)
        if label["colour"] in COLOURS and label["type"] in ("car", "van", "truck", "bus"):
            crop = cut(im, box)
            p = session.run(["color"], {session.get_inputs()[0].name: planes(crop, (72, 72))})[0].ravel()
            inner = cv2.resize(crop, (48, 48), interpolation=cv2.INTER_AREA)[6:42, 6:42].reshape(-1, 3).astype(int)
            name = COLOURS[p.argmax()]
            bright = np.percentile(inner @ [.114, .587, .299], 75)
            right.append(name == label["colour"])
            sure.append(p.max())
            vetoed.append(name == "red" and (np.ptp(inner, 1) > 40).mean() < .1 or name == "white" and bright < 158)
        if image not in cache:
            cache[image] = detector(im, minimum=.15)
        b, p, c = cache[image]
        hits = [n for n in np.argsort(-p) if c[n] in VEHICLES and overlap(wide(b[n]), box) > 0.5]
        if hits and label["type"] in ("car", "truck", "bus"):
            types.append((p[hits[0]], VEHICLES[c[hits[0]]] == label["type"]))
    right, sure, vetoed = map(np.array, (right, sure, vetoed))
    print(f"colour: n {len(right)}, right {right.mean():.3f}")
    for t in (.5, .7, .8, .9):
        for kind, said in (("alone", sure > t), ("and vetoes", (sure > t) & ~vetoed)):
            print(f"  model > {t} {kind}: answered {said.mean():.2f}, right {right[said].mean():.3f}")
    for t in (0, .5, .7):
        s = [r for p, r in types if p >= t]
        print(f"type by the detector's class from {t}: n {len(s)}, right {np.mean(s):.3f}")


def reid():
    session = ev.sess(str(SHARED / "models/person_reid/osnet_x0_25_msmt17.onnx"))
    detector, video = Detector(), cv2.VideoCapture(str(DATA / "videos/one-by-one-person-detection.mp4"))
    passages, last, frame = [], -100, -1
    while True:
        frame += 1
        ok, im = video.read()
        if not ok:
            break
        if frame % 8:
            continue
        b, p, c = detector(im)
        for box in b[(c == 0) & (p >= .5)]:
            if box[3] - box[1] < 120:
                continue
            x = planes(im[int(box[1]): int(box[3]), int(box[0]): int(box[2])], (128, 256))[:, ::-1] / 255
            mean, deviation = np.reshape([.485, .456, .406], (3, 1, 1)), np.reshape([.229, .224, .225], (3, 1, 1))
            e = session.run(None, {"input": ((x - mean) / deviation).astype(np.float32)})[0].ravel()
            if frame - last > 16:
                passages.append([])
            passages[-1].append(e / np.linalg.norm(e))
            last = frame
    passages = [p for p in passages if len(p) >= 4]
    halves = [[(n, e) for n, p in enumerate(passages) for e in half(p)]
              for half in (lambda p: p[: len(p) // 2], lambda p: p[len(p) // 2:])]
    for query, gallery in (halves, halves[::-1]):
        first, precision = [], []
        for n, e in query:
            order = sorted(((float(e @ g), m) for m, g in gallery), reverse=True)
            same = np.array([m == n for _, m in order])
            first.append(same[0])
            precision.append((np.cumsum(same) / np.arange(1, len(same) + 1))[same].mean())
        print(f"reid: {len(passages)} passages, {len(query)} against {len(gallery)}: "
              f"rank-1 {np.mean(first):.3f}, mAP {np.mean(precision):.3f}")


def tiers():
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    detector, names = Detector(), pictures("coco-dev")

    def tiled(im, side, tile_side, count, share, part):
        h, w = im.shape[:2]
        found = [detector(im, side)]
        for n in range(count * count):
            x1, y1 = (n % count) * w * (1 - share) / (count - 1), (n // count) * h * (1 - share) / (count - 1)
            x1, y1, x2, y2 = (round(v) for v in (x1, y1, x1 + w * share, y1 + h * share))
            b, p, c = detector(im[y1:y2, x1:x2], tile_side)
            b = b + [x1, y1, x1, y1]
            keep = np.maximum((b[:, 2] - b[:, 0]) / (x2 - x1), (b[:, 3] - b[:, 1]) / (y2 - y1)) < part
            for inner, near in ((x1 > 0, b[:, 0] - x1), (y1 > 0, b[:, 1] - y1), (x2 < w, x2 - b[:, 2]),
                                (y2 < h, y2 - b[:, 3])):
                if inner:
                    keep &= near >= 5
            found.append((b[keep], p[keep], c[keep]))
        b, p, c = map(np.concatenate, zip(*found))
        k = ev.mcnms(b, p, c, .5)
        return b[k], p[k], c[k]

    coco = COCO()
    coco.dataset = dict(categories=[dict(id=n) for n in range(80)], annotations=[], images=[])
    for n, image in enumerate(names, 1):
        coco.dataset["images"].append(dict(id=n))
        for c, b, _ in truth(image):
            coco.dataset["annotations"].append(dict(
                id=len(coco.dataset["annotations"]) + 1, image_id=n, category_id=c, bbox=list(b), area=b[2] * b[3],
                iscrowd=0))
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
    recipes = {
        "whole 416": lambda im: detector(im, 416), "whole 512": lambda im: detector(im, 512),
        "whole 640": lambda im: detector(im, 640), "512 + 2x2 of .55 at 512": lambda im: tiled(im, 512, 512, 2, .55, .4),
        "512 + 3x3 of .4 at 416": lambda im: tiled(im, 512, 416, 3, .4, .6)}
    for name, recipe in recipes.items():
        results = []
        for n, image in enumerate(names, 1):
            for b, p, c in zip(*recipe(picture(image))):
                results.append(dict(image_id=n, category_id=int(c), bbox=[float(v) for v in wide(b)], score=float(p)))
        with contextlib.redirect_stdout(io.StringIO()):
            e = COCOeval(coco, coco.loadRes(results), "bbox")
            e.params.maxDets = [1, 10, 300]
            e.evaluate()
            e.accumulate()
        q = e.eval["precision"][:, :, :, 0, 2]
        print(name, *(f"{what} {a[0][a[0] > -1].mean():.3f}/{a[a > -1].mean():.3f}"
                      for what, a in (("person", q[:, :, 0]), ("car", q[:, :, 2]), ("all", q))), flush=True)


if __name__ == "__main__":
    for part in sys.argv[1:]:
        {"pose": pose, "attributes": attributes, "vehicles": vehicles, "reid": reid, "tiers": tiers}[part]()
