"""What the reference scripts import as `ev`: pictures into inputs, sessions, suppression. Written anew for them."""
import glob
import time

import cv2
import numpy as np
import onnxruntime as ort


def sess(path):
    """An ONNX Runtime session on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def lat(session, feed, runs=20):
    """The median time of a run in milliseconds, after one to warm up."""
    session.run(None, feed)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def letterbox(im, W, H, pad=114, center=True):
    """The picture resized with its aspect kept into W x H -> (canvas, scale, left margin, top margin)."""
    h, w = im.shape[:2]
    r = min(W / w, H / h)
    nw, nh = round(w * r), round(h * r)
    dx, dy = ((W - nw) // 2, (H - nh) // 2) if center else (0, 0)
    canvas = np.full((H, W, 3), pad, np.uint8)
    canvas[dy:dy + nh, dx:dx + nw] = cv2.resize(im, (nw, nh), interpolation=cv2.INTER_LINEAR)
    return canvas, r, dx, dy


def iou(A, B):
    """Intersection over union of every box in A with every one in B, as left, top, right, bottom."""
    A, B = np.asarray(A, float).reshape(-1, 1, 4), np.asarray(B, float).reshape(1, -1, 4)
    sides = np.clip(np.minimum(A[..., 2:], B[..., 2:]) - np.maximum(A[..., :2], B[..., :2]), 0, None)
    overlap = sides[..., 0] * sides[..., 1]
    area = lambda X: (X[..., 2] - X[..., 0]) * (X[..., 3] - X[..., 1])
    return overlap / np.maximum(area(A) + area(B) - overlap, 1e-9)


def mcnms(B, P, C, threshold):
    """Greedy suppression within each class -> indices, best score first."""
    order = np.argsort(-P, kind="stable")
    overlaps, kept = iou(B[order], B[order]), []
    for i, box in enumerate(order):
        if all(C[order[k]] != C[box] or overlaps[k, i] <= threshold for k in kept):
            kept.append(i)
    return order[np.array(kept, int)]


def nms(B, P, threshold):
    """Greedy suppression regardless of class -> indices, best score first."""
    return mcnms(B, P, np.zeros(len(P), int), threshold)
