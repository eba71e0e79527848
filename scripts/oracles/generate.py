"""Writes what the reference scripts answer on the development pictures as JSON fixtures of the Swift tests.

The references are loaded from $AIBOX_SHARED/oracles (default: ../shared beside the repository), never copied.
See README.md for what is written where.
"""
import contextlib
import importlib.util
import os
import pathlib
import sys
import tempfile

import cv2
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = pathlib.Path(os.environ.get("AIBOX_SHARED", ROOT.parent / "shared")).resolve()
DATA = SHARED / "data"

sys.path.insert(0, str(HERE))
import ev  # noqa: E402,F401  the references' `from ev import *` finds this one
import raw  # noqa: E402
from fixture import write  # noqa: E402

PIPELINES = ROOT / "Tests/PipelinesTests/Fixtures/oracles"
VISION = ROOT / "Tests/VisionTests/Fixtures"
DETECTORS = {  # fixture -> (function of det.py, model, further arguments, input size)
    "nanodet_plus_m_1.5x_512": ("nanoplus", "nanodet_plus_m_1.5x", [512], 512),
    "nanodet_plus_m_416": ("nanoplus", "nanodet_plus_m", [416], 416),
    "yolox_nano_416": ("yolox", "yolox_nano_416", [], 416),
    "yolov8n_640": ("v8", "yolov8n_640_AGPL", [], 640),
}
FACES_DEV = 12  # so many of the faces, the first of as many persons


@contextlib.contextmanager
def reference_folder():
    """The references open `cand/…` and `../models` relative to the working folder: give them one."""
    before = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "cand").mkdir()
        os.symlink(SHARED / "models", f"{folder}/models")
        os.symlink(SHARED / "models/plate_ocr/ppocr_en_dict.txt", f"{folder}/cand/en_dict.txt")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def reference(name):
    spec = importlib.util.spec_from_file_location(name, SHARED / f"oracles/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model(task, name):
    """A path below `cand/`, as the references expect it."""
    return f"../models/{task}/{name}.onnx"


def detection(box, score, index=None, points=None):
    found = {"box": [round(float(v), 2) for v in box], "score": round(float(score), 5)}
    if index is not None:
        found["class"] = int(index)
    if points is not None:
        found["points"] = [[round(float(v), 2) for v in point] for point in points]
    return found


def picture(path):
    """Read as the references read: EXIF orientation applied, BGR."""
    im = cv2.imread(str(path))
    return im, {"file": str(path.relative_to(DATA)), "width": im.shape[1], "height": im.shape[0]}


def objects(det, pictures):
    for name, (function, file, arguments, size) in DETECTORS.items():
        run, _ = getattr(det, function)(model("object_detection", file), *arguments)
        rows = []
        for path in pictures:
            im, row = picture(path)
            rows.append(row | {"detections": [detection(*d) for d in zip(*run(im)) if d[1] >= 0.3]})
        head = {"model": f"object_detection/{file}.onnx", "input": [size, size], "minimum_score": 0.3}
        write(PIPELINES / f"{name}.json", head | {"suppression": 0.6}, "pictures", rows)


def faces(face, pictures):
    portraits = [sorted(folder.glob("*.jpg"))[0] for folder in sorted((DATA / "faces-dev").iterdir()) if folder.is_dir()]
    for name, file, size, paths in (
        ("yunet_dynamic_640", "yunet_s_dynamic", 640, pictures),
        ("yunet_dynamic_320", "yunet_s_dynamic", 320, portraits[:FACES_DEV]),
        ("yunet_fixed_640", "face_detection_yunet_2023mar", 640, pictures),
    ):
        run, rows = face.YuNet(str(SHARED / f"models/face_detection/{file}.onnx")), []
        for path in paths:
            im, row = picture(path)
            found = [detection(b, p, points=k) for b, p, k in zip(*run(im, 0.5, size)) if p >= 0.5]
            rows.append(row | {"detections": found})
        head = {"model": f"face_detection/{file}.onnx", "longest_side": size, "minimum_score": 0.5}
        write(PIPELINES / f"{name}.json", head | {"suppression": 0.3}, "pictures", rows)


def labels(path):
    """[(left, top, right, bottom, text)] of a label file, parsed as in plate.py."""
    found = []
    for line in path.read_text(errors="replace").splitlines():
        cells = line.split("\t") if line.count("\t") >= 5 else line.split()
        x, y, w, h = map(float, cells[1:5])
        found.append((x, y, x + w, y + h, cells[5].strip()))
    return found


def crop(im, box, margin):
    """The part of the picture that plate.py cuts out for a labelled box -> (picture, [left, top, right, bottom])."""
    x1, y1, x2, y2 = box
    w, h = x2 - x1, y2 - y1
    left, top = max(0, int(x1 - margin * w)), max(0, int(y1 - margin * h))
    right, bottom = min(im.shape[1], int(x2 + margin * w) + 1), min(im.shape[0], int(y2 + margin * h) + 1)
    return im[top:bottom, left:right], [left, top, right, bottom]


def plates(plate):
    find, _ = plate.lpd(model("plate_detection", "lpd_yunet_2022may"))
    read, _ = plate.cct(model("plate_ocr", "cct_xs_v1_global"))
    found, readings = [], []
    for path in sorted((DATA / "plates-dev").glob("*/*.jpg")):
        im, row = picture(path)
        found.append(row | {"detections": [detection(b, p, points=q) for b, p, q in zip(*find(im))]})
        for *box, text in labels(path.with_suffix(".txt")):
            for margin in (0, 0.05):
                part, edges = crop(im, box, margin)
                answer, confidence = read(part)
                readings.append({
                    "file": row["file"], "crop": edges, "label": text, "text": answer,
                    "confidence": round(confidence, 5)})
    head = {"model": "plate_detection/lpd_yunet_2022may.onnx", "input": [320, 240], "minimum_score": 0.3}
    write(PIPELINES / "lpd_yunet.json", head | {"suppression": 0.3}, "pictures", found)
    head = {"model": "plate_ocr/cct_xs_v1_global.onnx", "input": [128, 64]}
    write(PIPELINES / "cct_xs.json", head, "crops", readings)


def main():
    pictures = sorted((DATA / "coco-dev").glob("*/*.jpg"))
    with reference_folder():
        det, face, plate = map(reference, ("det", "face", "plate"))
        objects(det, pictures)
        faces(face, pictures)
        plates(plate)
        raw.generate(det, face, plate, DATA, model, VISION)


if __name__ == "__main__":
    main()
