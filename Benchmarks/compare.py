"""Our server against FastAPI + ONNX Runtime, interleaved; see README.md. usage: compare.py CLIENTS [ROUNDS] [SLICE]"""

import hashlib
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".aibox/bench"
sys.path[:0] = [str(ROOT / "scripts"), str(WORK)]
import client  # noqa: E402
from live_box import Box, environment  # noqa: E402

CLIENTS = int(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 6
SLICE = float(sys.argv[3]) if len(sys.argv) > 3 else 2.0
PICTURE = (WORK / "test720.jpg").read_bytes()
PEER_PORT = 8111


def catalogue():
    """A catalogue file with the synthetic detector, as a user adds a model of their own."""
    model = WORK / "det320.onnx"
    data = model.read_bytes()
    names = next(e for e in json.load(open(ROOT / "models/catalog.json"))["models"]
                 if e["name"] == "nanodet_plus_m_1.5x")["labels"]
    entry = {
        "name": "det320", "version": "1", "task": "object_detection", "serves": ["persons"], "file": "det320.onnx",
        "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data),
        "licence": {"name": "Apache-2.0", "commercial_use": True}, "training_data": "none (random weights)",
        "default": False, "engines": ["onnxruntime", "openvino"], "architecture": "synthetic YOLOv8n-shaped detector",
        "input": {"name": "images", "element": "float32", "layout": "NCHW", "channels": "RGB", "fit": "letterbox",
                  "pad": 114, "mean": [0, 0, 0], "std": [255, 255, 255],
                  "sizes": {"fast": [320, 320], "balanced": [320, 320], "accurate": [320, 320]}},
        "decoder": {"kind": "yolov8", "strides": [8, 16, 32]}, "labels": names,
        "thresholds": {"score": 0.25, "suppression": 0.45}, "accuracy": [], "sources": []}
    path = WORK / "catalog.json"
    path.write_text(json.dumps({"models": [entry]}))
    return {"AIBOX_CATALOG": str(path), "AIBOX_TASK_MODELS": "persons=det320",
            "AIBOX_MODELS": str(WORK) + ":" + environment().get("AIBOX_MODELS", "")}


def pipeline_cpu(extra):
    """CPU milliseconds of one picture through `aibox analyze`: the difference of a long and a short run."""
    def cpu(copies):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(ROOT / ".build/release/aibox"), "analyze", *[str(WORK / "test720.jpg")] * copies,
                        "--tasks", "persons", "--csv"], env={**environment(), **extra}, check=True,
                       stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return min((cpu(120) - cpu(20)) / 100 * 1e3 for _ in range(3))


def process_cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_peer():
    process = subprocess.Popen(
        [str(WORK / "venv/bin/uvicorn"), "peer_fastapi:app", "--host", "127.0.0.1", "--loop", "uvloop", "--http",
         "httptools", "--no-access-log", "--log-level", "error", "--port", str(PEER_PORT)],
        cwd=WORK, env={**os.environ, "MODEL": str(WORK / "det320.onnx"), "POOL": "2"})
    for _ in range(200):
        try:
            client.run(PEER_PORT, client.get(PEER_PORT, "/health"), 1, 0.05)
            latencies, bad, _ = client.run(PEER_PORT, client.get(PEER_PORT, "/health"), 1, 0.05)
            if latencies and not bad:
                return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the peer does not start")


def figures(name, arm):
    def spread(values):
        return f"{min(values):.1f}–{statistics.median(values):.1f}–{max(values):.1f}"
    latencies = sorted(arm["latencies"])
    quantile = lambda q: latencies[min(len(latencies) - 1, int(q * len(latencies)))] * 1e3  # noqa: E731
    print(f"{name:9} requests/s {spread(arm['rates'])}  p50 {quantile(.5):.1f}  p95 {quantile(.95):.1f}  "
          f"p99 {quantile(.99):.1f} ms  CPU/request {spread(arm['cpu'])} ms  refused or failed {arm['bad']}")
    return statistics.median(arm["rates"]), quantile(.99), statistics.median(arm["cpu"])


def main():
    extra = catalogue()
    own = pipeline_cpu(extra)
    peer = start_peer()
    try:
        with Box(extra) as box:
            token = ["Authorization: Bearer " + box.token]
            arms = {
                "aibox": dict(port=box.port, pid=box.process.pid, request=client.multipart(
                    box.port, "/human-analysis/person-detection?store=none", PICTURE, headers=token)),
                "fastapi": dict(port=PEER_PORT, pid=peer.pid, request=client.multipart(
                    PEER_PORT, "/api/v1/detect", PICTURE)),
            }
            for arm in arms.values():
                arm.update(latencies=[], rates=[], cpu=[], bad=0)
                client.run(arm["port"], arm["request"], 2, 1.0)
            for number in range(ROUNDS):
                for arm in (arms.values() if number % 2 else reversed(arms.values())):
                    before = process_cpu(arm["pid"])
                    latencies, bad, seconds = client.run(arm["port"], arm["request"], CLIENTS, SLICE)
                    arm["latencies"] += latencies
                    arm["bad"] += len(bad)
                    arm["rates"].append(len(latencies) / seconds)
                    arm["cpu"].append((process_cpu(arm["pid"]) - before) / max(1, len(latencies)) * 1e3)
            print(f"# {CLIENTS} clients, {ROUNDS} slices of {SLICE} s each, {os.cpu_count()} cores, "
                  f"load {os.getloadavg()[0]:.1f}; min–median–max of the slices")
            ours, theirs = figures("aibox", arms["aibox"]), figures("fastapi", arms["fastapi"])
            ratios = sorted(a / b for a, b in zip(arms["aibox"]["rates"], arms["fastapi"]["rates"]))
            print(f"requests/s ratio {statistics.median(ratios):.2f} [{ratios[0]:.2f}–{ratios[-1]:.2f}]   "
                  f"p99 ratio {ours[1] / theirs[1]:.2f}   our pipeline without HTTP {own:.1f} ms CPU, "
                  f"HTTP adds {ours[2] - own:+.2f} ms   resident {box.resident_megabytes():.0f} MB")
    finally:
        peer.terminate()
        peer.wait()


main()
