"""Raw outputs of one picture per decoder in sparse form, with what the reference makes of them in input pixels.

The picture is brought to the model's input size first, so the reference's own resize and its undoing change nothing.
"""
import cv2
import ev
import numpy as np
from fixture import write

KEEP = 0.1  # anchors below this score are left out: the test puts zeros in their place
KEEP_NANODET = 0.35  # its scores fall off slowly around an object


class Recorder:
    """A session that remembers its last outputs."""

    def __init__(self, path):
        self.session, self.outputs = ev.sess(path), {}

    def get_inputs(self): return self.session.get_inputs()

    def get_outputs(self): return self.session.get_outputs()

    def run(self, names, feed):
        values = self.session.run(names, feed)
        self.outputs = dict(zip((o.name for o in self.session.get_outputs()), values))
        return values


def recorded(module, build):
    """build() with the module's sessions recorded -> (what it built, the recorder)."""
    made = []
    before, module.sess = module.sess, lambda path: made.append(Recorder(path)) or made[-1]
    try:
        return build(), made[0]
    finally:
        module.sess = before


def number(value): return float(f"{float(value):.7g}")


def sparse(name, tensor, kept):
    indices = np.flatnonzero(kept)
    values = [number(v) for v in tensor.reshape(-1)[indices]]
    return {"name": name, "shape": list(tensor.shape), "indices": indices.tolist(), "values": values}


def expected(boxes, scores, classes=None, points=None):
    rows = []
    for i, score in enumerate(scores):
        row = {"box": [number(v) for v in boxes[i]], "score": number(score)}
        if classes is not None:
            row["class"] = int(classes[i])
        if points is not None:
            row["points"] = [[number(v) for v in point] for point in points[i]]
        rows.append(row)
    return rows


def object_mask(name, tensor):
    """What is kept of an output: the anchors above the limit, all of their box, of their classes those above 0.01."""
    rows = tensor[0].T if name == "yolov8" else tensor[0]
    columns = np.arange(rows.shape[1])
    if name == "nanodet_plus":
        score, limit, box = rows[:, :80].max(1), KEEP_NANODET, columns >= 80
    elif name == "yolox":
        score, limit, box = rows[:, 4] * rows[:, 5:].max(1), KEEP, columns < 5
    else:
        score, limit, box = rows[:, 4:].max(1), KEEP, columns < 4
    mask = (score > limit)[:, None] & ((rows > 0.01) | box)
    return (mask.T if name == "yolov8" else mask)[None]


def save(folder, name, size, minimum, suppression, outputs, detections):
    head = {"input": size, "minimum_score": minimum, "suppression": suppression, "outputs": outputs}
    write(folder / f"{name}.json", head, "detections", [d for d in detections if d["score"] >= minimum])


def objects(det, bus, model, folder):
    for name, function, file, size, pad, centred, minimum in (
        ("nanodet_plus", "nanoplus", "nanodet_plus_m", 416, 0, True, 0.4),
        ("yolox", "yolox", "yolox_nano_416", 416, 114, False, 0.3),
        ("yolov8", "v8", "yolov8n_640_AGPL", 640, 114, True, 0.3),
    ):
        arguments = [size] if function == "nanoplus" else []
        (run, _), recorder = recorded(
            det, lambda: getattr(det, function)(model("object_detection", file), *arguments))
        boxes, scores, classes = run(ev.letterbox(bus, size, size, pad, centred)[0])
        (output, tensor), = recorder.outputs.items()
        outputs = [sparse(output, tensor, object_mask(name, tensor))]
        save(folder, name, [size, size], minimum, 0.6, outputs, expected(boxes, scores, classes))


def faces(face, people, folder, models):
    run, recorder = recorded(face, lambda: face.YuNet(str(models / "face_detection/yunet_s_dynamic.onnx")))
    small = cv2.resize(people, (640, 360))
    canvas = np.zeros((384, 640, 3), np.uint8)
    canvas[:360] = small
    boxes, scores, points = run(canvas, 0.5)
    outputs = []
    for name, tensor in recorder.outputs.items():
        stride = name.split("_")[1]
        score = np.sqrt(recorder.outputs[f"cls_{stride}"] * recorder.outputs[f"obj_{stride}"])
        outputs.append(sparse(name, tensor, np.broadcast_to(score > 0.3, tensor.shape)))
    save(folder, "yunet", [640, 384], 0.5, 0.3, outputs, expected(boxes, scores, points=points))
    rows = [{"points": [[number(v) for v in p] for p in k], "matrix": face.sim(k.astype(np.float64), face.ARC).tolist()}
            for k in points]
    write(folder / "similarity.json", {"template": face.ARC.tolist()}, "faces", rows)


def plates(plate, street, model, folder):
    (run, _), recorder = recorded(plate, lambda: plate.lpd(model("plate_detection", "lpd_yunet_2022may")))
    boxes, scores, quads = run(cv2.resize(street, (320, 240)))
    score = np.sqrt(recorder.outputs["conf"][:, 1:] * np.clip(recorder.outputs["iou"], 0, 1))
    outputs = [sparse(n, t, np.broadcast_to(score > KEEP, t.shape)) for n, t in recorder.outputs.items()]
    save(folder, "lpd_yunet", [320, 240], 0.3, 0.3, outputs, expected(boxes, scores, points=quads))
    rows = []
    for quad in quads.astype(np.float32):
        flat = np.float32([[0, 0], [128, 0], [128, 64], [0, 64]])
        ordered = quad[np.argsort(np.arctan2(*(quad - quad.mean(0)).T[::-1]))]  # clockwise; any start will do
        rows.append({"from": flat.tolist(), "to": [[number(v) for v in p] for p in ordered],
                     "matrix": cv2.getPerspectiveTransform(flat, ordered).tolist()})
    write(folder / "homography.json", {}, "quads", rows)


def text(plate, street, box, model, folder):
    (run, _), recorder = recorded(plate, lambda: plate.cct(model("plate_ocr", "cct_xs_v1_global")))
    x, y, w, h = box
    answer, confidence = run(street[y:y + h, x:x + w])
    (name, tensor), = recorder.outputs.items()
    head = {"alphabet": plate.AB, "outputs": [sparse(name, tensor, np.full(tensor.shape, True))]}
    write(folder / "slot_text.json", head, "readings", [{"text": answer, "confidence": confidence}])


def generate(det, face, plate, data, model, folder):
    objects(det, cv2.imread(str(data / "coco-dev/extra/bus.jpg")), model, folder)
    faces(face, cv2.imread(str(data / "coco-dev/extra/zidane.jpg")), folder, data.parent / "models")
    street = cv2.imread(str(data / "plates-dev/eu/eu5.jpg"))
    plates(plate, street, model, folder)
    label = (data / "plates-dev/eu/eu5.txt").read_text().split("\t")
    text(plate, street, [int(v) for v in label[1:5]], model, folder)
