"""References of further detection heads, written anew in numpy after the code of their authors.

Each is built from a model file and gives run(picture BGR) -> what `Found` holds, in pixels of the picture, after
suppression, best first. `session` remembers the raw outputs of the last run.
"""
import dataclasses

import cv2
import ev
import numpy as np
from raw import Recorder


@dataclasses.dataclass
class Found:
    boxes: np.ndarray
    scores: np.ndarray
    classes: np.ndarray | None = None
    points: np.ndarray | None = None
    point_scores: np.ndarray | None = None

    def __getitem__(self, kept):
        return Found(*(None if v is None else v[kept] for v in dataclasses.astuple(self)))

    def moved(self, scale, origin):
        """Every coordinate as (value - origin) / scale."""
        scale, origin = np.broadcast_to(scale, 2), np.asarray(origin)
        boxes = (self.boxes - np.tile(origin, 2)) / np.tile(scale, 2)
        points = None if self.points is None else (self.points - origin) / scale
        return dataclasses.replace(self, boxes=boxes, points=points)


def sigmoid(x): return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def around(centres, sizes): return np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)


def cells(side, stride, per_cell=1):
    """Column and row of every anchor, row by row, the anchors of a cell together."""
    rows, columns = np.mgrid[:-(-side // stride), :-(-side // stride)]
    return np.repeat(np.stack([columns.ravel(), rows.ravel()], 1), per_cell, 0).astype(np.float32)


def concatenated(parts): return Found(*(None if v[0] is None else np.concatenate(v) for v in zip(*parts)))


class Head:
    """A model of one input size on ONNX Runtime."""
    size, pad, centred, minimum, suppression = 640, 0, True, 0.5, 0.5

    def __init__(self, path):
        self.session = Recorder(path)
        self.input = self.session.get_inputs()[0].name

    def __call__(self, im):
        x, scale, left, top = ev.letterbox(im, self.size, self.size, self.pad, self.centred)
        found = self.decode(self.infer(self.tensor(x)))
        found = self.reduced(found[found.scores >= self.minimum])
        size = np.array(im.shape[1::-1])  # each side was rounded to whole pixels, so each has its own scale
        return found.moved(np.round(size * scale) / size, (left, top))

    def infer(self, x): return self.session.run(None, {self.input: x})

    def tensor(self, x): return np.ascontiguousarray(x[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)[None] / 255)

    def reduced(self, found): return found[ev.nms(found.boxes, found.scores, self.suppression)]


class SCRFD(Head):
    """insightface/detection/scrfd/tools/scrfd.py"""
    suppression, centred = 0.4, False

    def tensor(self, x):
        return np.ascontiguousarray((x[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)[None] - 127.5) / 128)

    def decode(self, outputs):
        parts = []
        for i, stride in enumerate((8, 16, 32)):
            scores, sides, points = outputs[i], outputs[i + 3] * stride, outputs[i + 6] * stride
            centres = cells(self.size, stride, 2) * stride
            boxes = np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], 1)
            parts.append((boxes, scores[:, 0], None, points.reshape(-1, 5, 2) + centres[:, None], None))
        return concatenated(parts)


class YOLOv8Face(Head):
    """hpc203/yolov8-face-landmarks-opencv-dnn main.py: post_process"""
    minimum = 0.45

    def decode(self, outputs):
        parts = []
        for output, stride in zip(outputs, (8, 16, 32)):
            rows, cell = output[0].reshape(80, -1).T, cells(self.size, stride)
            sides = (softmax(rows[:, :64].reshape(-1, 4, 16)) * np.arange(16)).sum(2)
            boxes = np.concatenate([cell + 0.5 - sides[:, :2], cell + 0.5 + sides[:, 2:]], 1) * stride
            points = rows[:, 65:].reshape(-1, 5, 3)
            places = (points[..., :2] * 2 + cell[:, None]) * stride
            parts.append((boxes, sigmoid(rows[:, 64]), None, places, sigmoid(points[..., 2])))
        return concatenated(parts)


class YOLOv8Pose(Head):
    """Whole pictures stretched to the input, as pose.py decodes crops; points of this file are 224 times too large."""
    size, minimum, suppression = 224, 0.25, 0.6

    def __call__(self, im):
        found = self.decode(self.infer(self.tensor(cv2.resize(im, (self.size, self.size)))))
        found = self.reduced(found[found.scores >= self.minimum])
        return found.moved((self.size / im.shape[1], self.size / im.shape[0]), (0, 0))

    def decode(self, outputs):
        rows = outputs[0][0].T
        points = rows[:, 5:].reshape(-1, 17, 3)
        return Found(around(rows[:, :2], rows[:, 2:4]), rows[:, 4], None, points[..., :2] / 224, points[..., 2])


class DETR(Head):
    """Pictures stretched to the input; boxes finished by the model in pixels of the size that it is told."""
    minimum = 0.4

    def __init__(self, path):
        super().__init__(path)
        self.size = self.session.get_inputs()[0].shape[2]

    def __call__(self, im):
        x = self.tensor(cv2.resize(im, (self.size, self.size)))
        size = np.array([[self.size, self.size]], np.int64)
        labels, boxes, scores = self.session.run(None, {self.input: x, "orig_target_sizes": size})
        found = Found(boxes[0], scores[0], labels[0])[np.argsort(-scores[0], kind="stable")]
        scale = (self.size / im.shape[1], self.size / im.shape[0])
        return found[found.scores >= self.minimum].moved(scale, (0, 0))


class Blaze(Head):
    """mp_face.py's decoding and weighted suppression, on a picture that was brought to the input as all others are.

    MediaPipe's own resampling differs by half a pixel of the input (corner to corner instead of centre to centre)."""
    suppression = 0.3
    layers = {128: [(8, 2), (16, 6)], 192: [(4, 1)], 224: [(8, 2), (16, 2), (32, 6)]}

    def __init__(self, path, mp_face):
        self.mp, self.network = mp_face, mp_face.load(path)
        self.size = self.network.inputs[0].shape[1]
        self.minimum = 0.6 if self.size == 192 else 0.5
        self.session = self
        self.outputs = {}

    def tensor(self, x): return x[:, :, ::-1].astype(np.float32)[None] / 127.5 - 1

    def infer(self, x):
        coordinates, logits = self.mp.by_size(self.network(x))
        self.outputs = {"coordinates": coordinates, "logits": logits}
        return coordinates, logits

    def decode(self, outputs):
        anchors = self.mp.anchors(self.size, self.layers[self.size])
        boxes, scores, points = self.mp.decode(*outputs, anchors, self.size)
        return Found(boxes * self.size, scores, None, points * self.size, None)

    def reduced(self, found):
        boxes, scores, points = self.mp.blend_nms(found.boxes, found.scores, found.points, self.suppression)
        return Found(boxes, scores, None, points, None)
