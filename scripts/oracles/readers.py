"""Writes fixtures of the decoders that give no boxes: what models answered, and what the references make of it.

    pip install numpy opencv-python-headless onnxruntime==1.32.0 openvino
    python scripts/oracles/readers.py FOLDER

FOLDER holds the models that come out of wheels: face_landmark.tflite, ch_PP-OCRv4_det_infer.onnx (models/catalog.json
says from which). The references are read from $AIBOX_SHARED/oracles (default: ../shared beside the repository).
"""
import json
import os
import pathlib
import sys

import cv2
import ev
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("AIBOX_SHARED") or HERE.parents[2] / "shared").resolve()
FIXTURES = HERE.parents[1] / "Tests/VisionTests/Fixtures"
LEVELS = 15  # probabilities are kept in so many steps: none of them is a threshold

sys.path.insert(0, str(SHARED / "oracles"))
import mp_face  # noqa: E402
import mp_pose  # noqa: E402
import ppocrv4  # noqa: E402


def write(name, content):
    head = {"command": "python scripts/oracles/readers.py FOLDER"}
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in (head | content).items()]
    path = FIXTURES / f"{name}.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def numbers(array, digits=6): return [float(f"{v:.{digits}g}") for v in np.asarray(array, float).reshape(-1)]


def tensor(name, array, digits=6): return {"name": name, "shape": list(array.shape), "values": numbers(array, digits)}


def without_model(reference, **members):
    """An object of a reference class that loads no model but answers what it is given."""
    made = object.__new__(reference)
    for name, value in members.items():
        setattr(made, name, value)
    return made


def runs(levels):
    """[level, count, level, count, …] of a picture, row by row."""
    flat = levels.reshape(-1)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    return [int(v) for start, end in zip(starts[:-1], starts[1:]) for v in (flat[start], end - start)]


def regions(probability):
    """What the reference finds in a map, in its pixels."""
    height, width = probability.shape
    det = without_model(ppocrv4.Det, net=lambda _: [probability[None, None]])
    return det(np.zeros((height, width, 3), np.uint8), short=32)


def drawn_maps():
    """Maps with shapes that text rarely has: turned bars, rings (holes), bars that touch at a corner, dots, noise."""
    def canvas(): return np.zeros((96, 128), np.float32)
    def bar(map_, centre, size, angle, value):
        cv2.fillPoly(map_, [np.int32(cv2.boxPoints((centre, size, angle)))], value)
    turned = canvas()
    for centre, angle, value in (((30, 25), 20, .9), ((90, 30), -35, .7), ((40, 70), 75, 1), ((95, 70), 0, .55)):
        bar(turned, centre, (44, 12), angle, value)
    ring = canvas()
    bar(ring, (40, 48), (60, 70), 0, 1)
    bar(ring, (40, 48), (40, 50), 10, .1)
    bar(ring, (100, 30), (30, 40), 30, .8)
    bar(ring, (100, 30), (22, 5), 30, .28)
    touching = canvas()
    touching[10:20, 10:40] = .8
    touching[20:32, 40:70] = .8
    touching[60:63, 20:80] = .6
    touching[70:90, 100:103] = .9
    touching[0:8, 90:128] = touching[88:96, 0:30] = .9
    for x in range(5, 60, 6):
        touching[45:46 + x // 12, x:x + x // 12] = .95
    noise = cv2.GaussianBlur(np.random.default_rng(5).random((96, 128)).astype(np.float32), (0, 0), 3)
    return [turned, ring, touching, (noise - noise.min()) / (noise.max() - noise.min())]


def crop(path, box, margin):
    im = cv2.imread(str(path))
    x, y, w, h = box
    return im[max(0, int(y - margin * h)):int(y + h + margin * h) + 1, max(0, int(x - margin * w)):int(x + w + margin * w) + 1]


def plate_crops():
    for name in ("eu/eu5", "us/us2", "br/br3", "vn/vn2"):
        path = SHARED / f"data/plates-dev/{name}.jpg"
        if not path.exists():
            path = sorted((SHARED / f"data/plates-dev/{name.split('/')[0]}").glob("*.jpg"))[0]
        line = path.with_suffix(".txt").read_text(errors="replace").splitlines()[0]
        cells = line.split("\t") if line.count("\t") >= 5 else line.split()
        yield crop(path, list(map(float, cells[1:5])), .1)


def text_regions(folder):
    det = ppocrv4.Det(str(folder / "ch_PP-OCRv4_det_infer.onnx"))
    maps, net = drawn_maps(), det.net
    det.net = lambda x: (maps.append(net(x)[0][0, 0]), [maps[-1][None, None]])[1]
    for im in plate_crops():
        det(im, short=96)
    rows = []
    for probability in maps:
        levels = np.rint(probability * LEVELS).astype(int)
        found = regions((levels / LEVELS).astype(np.float32))
        rows.append({
            "width": levels.shape[1], "height": levels.shape[0], "runs": runs(levels),
            "regions": [{"corners": [numbers(p) for p in quad], "score": float(f"{score:.6g}")} for quad, score in found]})
    write("text_regions", {"levels": LEVELS, "maps": rows})


def ctc_text():
    session = ev.sess(str(SHARED / "models/plate_ocr/ppocr_en_number_mobile_v2_rec.onnx"))
    catalog = json.loads((HERE.parents[1] / "models/catalog.json").read_text())["models"]
    alphabet, = (m["decoder"]["alphabet"] for m in catalog if m["name"] == "ppocr_en_number_mobile_v2_rec")
    lines = []
    for im in plate_crops():
        height, width = im.shape[:2]
        x = (cv2.resize(im, (int(np.ceil(32 * width / height)), 32)).astype(np.float32) / 255 - .5) / .5
        out = np.array(numbers(session.run(None, {"x": x.transpose(2, 0, 1)[None]})[0], 5), np.float32).reshape(1, -1, 97)
        rec = without_model(ppocrv4.Rec, net=lambda _: [out], abc=[""] + list(alphabet), mask=None)
        text, confidence = rec(im)
        lines.append({"output": tensor("text", out, 5), "text": text, "confidence": confidence, "plate": ppocrv4.plain(text)})
    write("ctc_text", {"alphabet": alphabet, "lines": lines})


def first_person():
    path = sorted((SHARED / "data").glob("pose-dev/images/*.jpg"))[0]
    im = cv2.imread(str(path))
    v = list(map(float, (path.parent.parent / "labels" / f"{path.stem}.txt").read_text().splitlines()[0].split()))
    height, width = im.shape[:2]
    return im, v[1] * width, v[2] * height, 1.25 * max(v[3] * width, v[4] * height)


def poses():
    im, x, y, side = first_person()
    small, _ = mp_face.rotated_crop(im, x, y, side, 0, 192)
    session = ev.sess(str(SHARED / "models/pose/movenet_singlepose_lightning_192.onnx"))
    name = session.get_inputs()[0].name
    out = session.run(None, {name: cv2.cvtColor(small, cv2.COLOR_BGR2RGB)[None]})[0]
    rows = out[0, 0]
    movenet = {"outputs": [tensor("keypoints", out)], "input": [192, 192],
               "keypoints": [numbers(r) for r in np.stack([rows[:, 1] * 192, rows[:, 0] * 192, rows[:, 2]], 1)]}
    large, _ = mp_face.rotated_crop(im, x, y, side, 0, 256)
    session = ev.sess(str(SHARED / "models/pose/blazepose_landmark_lite_256.onnx"))
    names = [o.name for o in session.get_outputs()]
    answer = {}

    def net(feed):
        answer.update(zip(names, session.run(None, {session.get_inputs()[0].name: feed})))
        return answer

    marks = without_model(mp_pose.Landmarks, net=net, pts="Identity", flag="Identity_1", heat="Identity_3")
    points, visibility, _, person = marks(large, (128, 128, 256, 0), refine=False)
    blazepose = {
        "outputs": [tensor(n, answer[n]) for n in ("Identity", "Identity_1", "Identity_4")], "input": [256, 256],
        "keypoints": [numbers(r) for r in mp_pose.coco17(points, visibility)],
        "landmarks": [numbers(r) for r in np.concatenate([points, visibility[:, None]], 1)], "presence": person}
    write("poses", {"movenet": movenet, "blazepose": blazepose})


def face_mesh(folder):
    mesh = mp_face.Mesh(str(folder / "face_landmark.tflite"))
    path = sorted((SHARED / "data/faces-dev").glob("*/*.jpg"))[0]
    im = cv2.resize(cv2.imread(str(path)), (192, 192))
    answer, net = {}, mesh.net
    mesh.net = lambda x: answer.update(net(x).to_dict()) or answer
    points, score = mesh(im, np.array([32, 32, 160, 160]), np.array([[0, 0], [1, 0]]))
    outputs = [tensor(next(iter(key.names)), value, 7) for key, value in answer.items()]
    write("face_mesh", {"outputs": outputs, "score": score, "five": [numbers(p) for p in mp_face.five(points)],
                        "first": [numbers(p) for p in points[:5]]})


def main():
    folder = pathlib.Path(sys.argv[1])
    text_regions(folder)
    ctc_text()
    poses()
    face_mesh(folder)


if __name__ == "__main__":
    main()
