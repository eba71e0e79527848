"""Writes what the references of further detection heads answer, as generate.py does for the first ones.

From the repository's root, in a virtual environment, with the models of scripts/fetch-test-models in
$AIBOX_TEST_MODELS (default .aibox/test-models):

    pip install numpy opencv-python-headless onnxruntime==1.32.0 onnx openvino==2026.4.1
    python scripts/oracles/generate_heads.py

Written are picture -> answer to Tests/PipelinesTests/Fixtures/oracles/ and the sparse raw outputs of one picture to
Tests/VisionTests/Fixtures/, in the form that README.md describes, with two additions: `point_scores` of a detection,
and `fill` of a raw output, the value of all that is not listed. References are heads.py, and of $AIBOX_SHARED/oracles
plate.py and the arithmetic of mp_face.py.
"""
import os
import pathlib

import cv2
import ev
import heads
import numpy as np
import raw
from fixture import write
from generate import DATA, FACES_DEV, PIPELINES, ROOT, SHARED, VISION, detection, model, picture, reference, \
    reference_folder

COMMAND = {"command": "python scripts/oracles/generate_heads.py"}
KEEP = raw.KEEP
KEEP_BLAZE = 0.4  # many anchors see the same face
FAR = -20.0  # as a logit: no object


def rows(found):
    for i, score in enumerate(found.scores):
        row = detection(
            found.boxes[i], score, None if found.classes is None else found.classes[i],
            None if found.points is None else found.points[i])
        if found.point_scores is not None:
            row["point_scores"] = [round(float(v), 5) for v in found.point_scores[i]]
        yield row


def pictures(name, run, head, paths):
    answers = []
    for path in paths:
        im, row = picture(path)
        answers.append(row | {"detections": list(rows(run(im)))})
    write(PIPELINES / f"{name}.json", COMMAND | head, "pictures", answers)


def kept(name, outputs):
    """[(output, its mask of what is kept, value of the rest)]"""
    if name == "scrfd":
        scores = {len(t): t > KEEP for t in outputs.values() if t.shape[1] == 1}
        return [(n, np.broadcast_to(scores[len(t)], t.shape), 0) for n, t in outputs.items()]
    if name == "yolov8_face":
        return [(n, np.broadcast_to(heads.sigmoid(t[:, 64:65]) > KEEP, t.shape), FAR) for n, t in outputs.items()]
    if name == "yolov8_pose":
        return [(n, np.broadcast_to(t[:, 4:5] > KEEP, t.shape), 0) for n, t in outputs.items()]
    if name == "yolov5":
        return [(n, np.broadcast_to(t[..., 4:5] * t[..., 5:] > KEEP, t.shape), 0) for n, t in outputs.items()]
    if name == "retina_plate":
        return [(n, np.broadcast_to(outputs["conf"][:, 1:] > KEEP, t.shape), 0) for n, t in outputs.items()]
    if name == "detr":
        best = outputs["scores"] > KEEP
        return [(n, np.broadcast_to(best[..., None], t.shape) if t.ndim == 3 else best, 0) for n, t in outputs.items()]
    best = heads.sigmoid(outputs["logits"]) > KEEP_BLAZE
    return [(n, np.broadcast_to(best, t.shape), FAR if n == "logits" else 0) for n, t in outputs.items()]


def one(name, kind, run, recorder, head, im):
    """`im` has the input's size already, so that what the reference makes of it are pixels of the input."""
    found = run(im)
    outputs = [
        raw.sparse(n, recorder.outputs[n], mask) | ({"fill": fill} if fill else {})
        for n, mask, fill in kept(kind, recorder.outputs)]
    details = list(rows(found))
    for i, row in enumerate(details):  # all digits: the test compares more closely than on pictures
        row |= {"box": [raw.number(v) for v in found.boxes[i]], "score": raw.number(found.scores[i])}
        if found.points is not None:
            row["points"] = [[raw.number(v) for v in p] for p in found.points[i]]
    head = {"input": list(im.shape[1::-1]), "minimum_score": head["minimum_score"], "suppression": head["suppression"]}
    write(VISION / f"{name}.json", COMMAND | head | {"outputs": outputs}, "detections", details)


def head_of(run, file):
    return {"model": file, "input": [run.size, run.size], "minimum_score": run.minimum, "suppression": run.suppression}


def objects(scenes, bus):
    for name in ("deimv2_femto_416", "deimv2_atto_320"):
        file = f"object_detection/{name}_UNSTATED.onnx"
        run = heads.DETR(str(SHARED / "models" / file))
        head = head_of(run, file) | {"suppression": 1}
        pictures(name, run, head, scenes)
        if name == "deimv2_femto_416":
            one("detr", "detr", run, run.session, head, cv2.resize(bus, (run.size, run.size)))


def faces(paths, people):
    for name, build, file in (
        ("scrfd", heads.SCRFD, "face_detection/scrfd_2.5g_bnkps_NONCOMMERCIAL.onnx"),
        ("yolov8_face", heads.YOLOv8Face, "face_detection/yolov8_lite_t_face_640_AGPL.onnx"),
    ):
        run = build(str(SHARED / "models" / file))
        pictures(name, run, head_of(run, file), paths)
        small = ev.letterbox(people, run.size, run.size, 0, run.centred)[0]
        one(name, name, run, run.session, head_of(run, file), small)


def blaze(paths, portrait, models):
    mp_face = reference("mp_face")
    for name, file in (
        ("blazeface_full_range", "face_detection/face_detection_full_range_sparse.tflite"),
        ("blazeface_short_range", "face_detection/face_detection_short_range.tflite"),
        ("blazepose_detector", "pose/pose_detection.tflite"),
    ):
        run = heads.Blaze(str(models / pathlib.Path(file).name), mp_face)
        pictures(name, run, head_of(run, file), paths)
        one(name, "blaze", run, run, head_of(run, file), ev.letterbox(portrait, run.size, run.size, 0)[0])


def poses(paths, people):
    file = "pose/yolov8n_pose_224_AGPL.onnx"
    run = heads.YOLOv8Pose(str(SHARED / "models" / file))
    pictures("yolov8_pose", run, head_of(run, file), paths)
    one("yolov8_pose", "yolov8_pose", run, run.session, head_of(run, file), cv2.resize(people, (224, 224)))


def clockwise(quad):
    """The corners from the one nearest to the top left, as seen with y down."""
    quad = quad[np.argsort(np.arctan2(*(quad - quad.mean(0)).T[::-1]))]
    return np.roll(quad, -int(quad.sum(1).argmin()), 0)


def plates(paths, street):
    plate = reference("plate")
    for name, build, file, minimum, suppression, pad, centred in (
        ("yolov5", plate.y5, "vn_plate_yolov5n_640_AGPL", 0.25, 0.45, 114, True),
        ("retina_plate", plate.mnet, "retina_plate_mnet025_640", 0.2, 0.4, 0, False),
    ):
        (found, _), recorder = raw.recorded(plate, lambda: build(model("plate_detection", file)))

        def run(im, found=found, with_corners=name == "retina_plate"):
            boxes, scores, rest = found(im)
            if not with_corners:
                return heads.Found(boxes, scores, rest)
            return heads.Found(boxes, scores, None, np.array([clockwise(q) for q in rest]).reshape(-1, 4, 2))

        head = {
            "model": f"plate_detection/{file}.onnx", "input": [640, 640], "minimum_score": minimum,
            "suppression": suppression}
        pictures(name, run, head, paths)
        one(name, name, run, recorder, head, ev.letterbox(street, 640, 640, pad, centred)[0])


def main():
    scenes = sorted((DATA / "coco-dev").glob("*/*.jpg"))
    folders = sorted(folder for folder in (DATA / "faces-dev").iterdir() if folder.is_dir())
    portraits = [sorted(folder.glob("*.jpg"))[0] for folder in folders][:FACES_DEV]
    bus, people = (cv2.imread(str(DATA / f"coco-dev/extra/{name}.jpg")) for name in ("bus", "zidane"))
    models = pathlib.Path(os.environ.get("AIBOX_TEST_MODELS", ROOT / ".aibox/test-models")).resolve()
    with reference_folder():
        objects(scenes, bus)
        faces(portraits + scenes, people)
        blaze(portraits + scenes, cv2.imread(str(portraits[0])), models)
        poses(sorted((DATA / "pose-dev").glob("*/*.jpg")), people)
        plates(sorted((DATA / "plates-dev").glob("*/*.jpg")), cv2.imread(str(DATA / "plates-dev/eu/eu5.jpg")))


if __name__ == "__main__":
    main()
