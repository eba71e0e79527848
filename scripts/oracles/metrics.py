"""Writes what pycocotools, scikit-learn, SciPy and NumPy calculate from random data, as fixtures of EvaluationTests.

    pip install numpy scipy scikit-learn pycocotools
    python scripts/oracles/metrics.py

Scores are drawn with ties on purpose. The fixture names the versions that made it.
"""
import contextlib
import io
import json
import pathlib

import numpy as np
from importlib.metadata import version
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from scipy.stats import binomtest, genpareto, norm
from sklearn.metrics import (accuracy_score, average_precision_score, confusion_matrix,
                             precision_recall_fscore_support, roc_auc_score, roc_curve)
from sklearn.model_selection import KFold

TARGET = pathlib.Path(__file__).resolve().parents[2] / "Tests/EvaluationTests/Fixtures"


def evaluate(images, labels, answers, kind):
    """COCOeval's object after accumulate(), and its summary."""
    truth = COCO()
    categories = sorted({label["category_id"] for label in labels})
    with contextlib.redirect_stdout(io.StringIO()):
        truth.dataset = {"images": [{"id": i, "width": 1000, "height": 1000} for i in images], "annotations": labels,
                         "categories": [{"id": c, "name": f"c{c}"} for c in categories], "info": {}}
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes([dict(answer) for answer in answers]), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def mean(values):
    values = values[values > -1]
    return float(values.mean()) if values.size else None


def boxes(rng):
    images, labels, answers = list(range(1, 13)), [], []
    for image in images:
        for _ in range(rng.integers(0, 9)):
            box = np.round([*rng.uniform(0, 700, 2), *rng.uniform(8, 290, 2)], 3)
            category = int(rng.integers(1, 4))
            labels.append({"id": len(labels) + 1, "image_id": image, "category_id": category, "bbox": box.tolist(),
                           "area": round(float(box[2] * box[3] * rng.uniform(0.4, 1)), 3),
                           "iscrowd": int(rng.random() < 0.12)})
            for _ in range(rng.integers(0, 4)):
                moved = np.round(box + rng.normal(0, 0.05, 4) * box[[2, 3, 2, 3]], 3)
                moved[2:] = np.maximum(moved[2:], 1)
                answers.append({"image_id": image, "category_id": category if rng.random() < 0.9 else 1,
                                "bbox": moved.tolist(), "score": round(float(rng.random()), 2)})
        for _ in range(rng.integers(0, 3)):
            box = np.round([*rng.uniform(0, 700, 2), *rng.uniform(8, 290, 2)], 3)
            answers.append({"image_id": image, "category_id": int(rng.integers(1, 4)), "bbox": box.tolist(),
                            "score": round(float(rng.random()), 2)})
    # More than maxDets in one picture.
    for _ in range(130):
        box = np.round([*rng.uniform(0, 700, 2), *rng.uniform(8, 290, 2)], 3)
        answers.append({"image_id": 1, "category_id": 1, "bbox": box.tolist(), "score": round(float(rng.random()), 2)})
    evaluation = evaluate(images, labels, answers, "bbox")
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]  # T R K A M, T K A M
    return {
        "images": len(images), "labels": labels, "answers": answers,
        "ap": {name: mean(precision[:, :, :, area, 2]) for area, name in enumerate(["all", "small", "medium", "large"])},
        "ap50": mean(precision[0, :, :, 0, 2]), "ar": mean(recall[:, :, 0, 2]),
        "ap50_of": {f"c{c}": mean(precision[0, :, k, 0, 2]) for k, c in enumerate(evaluation.params.catIds)},
        "ap_of": {f"c{c}": mean(precision[:, :, k, 0, 2]) for k, c in enumerate(evaluation.params.catIds)},
        "curve_of_c1": precision[0, :, 0, 0, 2].tolist(),
        "ap_at_most_10": mean(precision[:, :, :, 0, 1]),
    }


def poses(rng):
    images, labels, answers = list(range(1, 10)), [], []
    for image in images:
        for _ in range(rng.integers(0, 6)):
            box = np.round([*rng.uniform(0, 600, 2), *rng.uniform(40, 300, 2)], 2)
            points = np.round(box[:2] + rng.random((17, 2)) * box[2:], 2)
            seen = rng.integers(0, 3, 17) if rng.random() > 0.15 else np.zeros(17, int)
            truth = np.column_stack([points, seen])
            truth[seen == 0] = 0
            labels.append({"id": len(labels) + 1, "image_id": image, "category_id": 1, "bbox": box.tolist(),
                           "area": round(float(box[2] * box[3] * 0.53), 2), "iscrowd": int(rng.random() < 0.1),
                           "keypoints": truth.ravel().tolist(), "num_keypoints": int((seen > 0).sum())})
            for _ in range(rng.integers(0, 3)):
                found = np.round(points + rng.normal(0, rng.uniform(0.005, 0.12), (17, 2)) * box[2:], 2)
                answers.append({"image_id": image, "category_id": 1, "score": round(float(rng.random()), 2),
                                "keypoints": np.column_stack([found, np.ones(17)]).ravel().tolist()})
    evaluation = evaluate(images, labels, answers, "keypoints")
    precision = evaluation.eval["precision"]
    similarities = {str(image): np.asarray(evaluation.computeOks(image, 1)).tolist() for image in images}
    return {"images": len(images), "labels": labels, "answers": answers, "oks": similarities,
            "ap": {name: mean(precision[:, :, :, area, 0]) for area, name in enumerate(["all", "medium", "large"])},
            "ap50": mean(precision[0, :, :, 0, 0]), "ar": mean(evaluation.eval["recall"][:, :, 0, 0])}


def best_threshold(scores, same):
    """The middle between neighbouring scores with the highest accuracy; the highest of equals."""
    levels = np.unique(scores)[::-1]
    candidates = np.append((levels[:-1] + levels[1:]) / 2, levels[-1])
    right = [((scores >= t) == same).sum() for t in candidates]
    return candidates[int(np.argmax(right))]


def pairs(rng):
    people = 30
    same = np.array([True] * 100 + [False] * 400)
    scores = np.round(np.where(same, rng.normal(0.55, 0.18, 500), rng.normal(0.08, 0.12, 500)), 3).clip(-1, 1)
    who = np.array([[a, a] if s else rng.choice(people, 2, replace=False)
                    for a, s in zip(rng.integers(0, people, 500), same)])
    far, tar, _ = roc_curve(same, scores, drop_intermediate=False)
    folds = {}
    for kind in (True, False):
        for index, (_, test) in enumerate(KFold(10).split(np.flatnonzero(same == kind))):
            folds.setdefault(index, []).extend(np.flatnonzero(same == kind)[test])
    accuracies = []
    for index in range(10):
        train = np.concatenate([folds[k] for k in folds if k != index]).astype(int)
        test = np.array(folds[index])
        threshold = best_threshold(scores[train], same[train])
        accuracies.append(accuracy_score(same[test], scores[test] >= threshold))
    return {"scores": scores.tolist(), "people": who.tolist(), "auc": roc_auc_score(same, scores),
            "eer": brentq(lambda x: 1 - x - interp1d(far, tar)(x), 0, 1, xtol=1e-14, rtol=1e-14),
            "tar": {str(f): float(tar[far <= f].max()) for f in (0.1, 0.01, 0.005, 0.0)},
            "far": far.tolist(), "tar_curve": tar.tolist(),
            "folds": accuracies, "accuracy": float(np.mean(accuracies)),
            "standard_error": float(np.std(accuracies) / np.sqrt(10))}


def searches(rng):
    rows = []
    for _ in range(20):
        right = rng.random(15) < 0.2
        right[rng.integers(15)] = True
        scores = rng.permutation(np.linspace(0, 1, 15)).round(4)
        order = np.argsort(-scores)
        rows.append({"scores": scores.tolist(), "right": right.tolist(),
                     "ap": average_precision_score(right, scores), "rank": int(np.flatnonzero(right[order])[0]) + 1})
    return rows


def classes(rng):
    names = np.array(["lying", "sitting", "standing", "walking"])
    truth = rng.choice(names, 200, p=[0.1, 0.2, 0.4, 0.3])
    answer = np.where(rng.random(200) < 0.7, truth, rng.choice(names, 200))
    precision, recall, _, support = precision_recall_fscore_support(truth, answer, labels=names)
    return {"truth": truth.tolist(), "answer": answer.tolist(),
            "counts": confusion_matrix(truth, answer, labels=names).tolist(), "precision": precision.tolist(),
            "recall": recall.tolist(), "support": support.tolist(), "accuracy": accuracy_score(truth, answer)}


def tail(rng):
    shape, scale = -0.1, 0.05
    scores = np.sort(np.concatenate([rng.uniform(-0.3, 0.3, 3800), 0.3 + genpareto.rvs(
        shape, scale=scale, size=200, random_state=rng)]).round(4))[::-1]
    count = max(50, min(len(scores) // 20, 5000))
    exceedances = np.sort(scores[:count] - scores[count])
    weights = 1 - (np.arange(1, count + 1) - 0.35) / count
    first, second = exceedances.mean(), (weights * exceedances).mean()
    fitted = 2 - first / (first - 2 * second)
    sigma = 2 * first * second / (first - 2 * second)
    rates = [1e-2, 1e-3, 1e-4, 1e-5]
    deviates = norm.isf((np.arange(count) + 0.5) / len(scores))
    deviation, centre = np.polyfit(deviates, scores[:count], 1, w=np.sqrt(np.arange(1, count + 1)))
    return {"mean": centre, "deviation": deviation,
            "normal": [centre + deviation * norm.isf(r) for r in rates],
            "scores": scores.tolist(), "shape": fitted, "scale": sigma, "rates": rates,
            "cosines": [float(scores[count] + genpareto.ppf(1 - r / (count / len(scores)), fitted, scale=sigma))
                        for r in rates]}


def numbers(rng):
    values = rng.exponential(20, 41).round(4)
    wilson = []
    for hits, count in [(0, 20), (19, 20), (20, 20), (3, 7), (512, 1000), (1, 1)]:
        interval = binomtest(hits, count).proportion_ci(0.95, "wilson")
        wilson.append([hits, count, interval.low, interval.high])
    return {"values": values.tolist(), "p50": float(np.quantile(values, 0.5)), "p95": float(np.quantile(values, 0.95)),
            "wilson": wilson}


def main():
    rng = np.random.default_rng(20261124)
    content = {"made_by": {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "pycocotools")}}
    for make in (boxes, poses, pairs, searches, classes, tail, numbers):
        content[make.__name__] = make(rng)
    TARGET.mkdir(parents=True, exist_ok=True)
    with open(TARGET / "metrics.json", "w") as file:
        json.dump(content, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
