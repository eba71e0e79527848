"""Our gallery against faiss IndexFlatIP; see Benchmarks/gallery.
usage: gallery.py PROGRAM WORK accuracy|speed [IDENTITIES] [PROBES] [DIMENSIONS]"""

import os
import pathlib
import platform
import subprocess
import sys
import time

import faiss
import numpy as np

PROGRAM, WORK, MODE = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
IDENTITIES, PROBES, DIMENSIONS = (
    int(sys.argv[i]) if len(sys.argv) > i else value
    for i, value in ((4, 100_000), (5, 10_000 if MODE == "accuracy" else 100), (6, 512)))
PER_IDENTITY, LIMIT, TIE = 10, 10, 1e-6


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def noisy(random, centres):
    """Vectors whose cosine to each other, given the same centre, is about .5: half the energy is noise."""
    return unit(centres + unit(random.standard_normal(centres.shape, dtype=np.float32)))


def make():
    """Templates to a file, block by block; half the probes are of enrolled people, half of strangers."""
    random = np.random.default_rng(7)
    chosen = random.integers(0, IDENTITIES, PROBES // 2)
    probes = np.empty((PROBES, DIMENSIONS), np.float32)
    with open(WORK / "templates.f32", "wb") as file:
        for start in range(0, IDENTITIES, 5000):
            count = min(5000, IDENTITIES - start)
            centres = unit(random.standard_normal((count, DIMENSIONS), dtype=np.float32))
            file.write(noisy(random, np.repeat(centres, PER_IDENTITY, axis=0)).astype(np.float32).tobytes())
            here = np.nonzero((chosen >= start) & (chosen < start + count))[0]
            if len(here):
                probes[here] = noisy(random, centres[chosen[here] - start])
    probes[PROBES // 2:] = unit(random.standard_normal((PROBES - PROBES // 2, DIMENSIONS), dtype=np.float32))
    probes = probes[random.permutation(PROBES)]
    probes.tofile(WORK / "probes.f32")
    return probes


def flat(probes):
    templates = np.fromfile(WORK / "templates.f32", np.float32).reshape(-1, DIMENSIONS)
    index = faiss.IndexFlatIP(DIMENSIONS)
    for start in range(0, len(templates), 100_000):
        index.add(templates[start:start + 100_000])
    if MODE == "speed":
        faiss.omp_set_num_threads(1)
        times, processor, found = [], [], []
        for probe in probes:
            began, cpu = time.perf_counter(), time.thread_time()
            found.append(index.search(probe[None], LIMIT + 10))
            times.append((time.perf_counter() - began) * 1e3)
            processor.append((time.thread_time() - cpu) * 1e3)
        print(f"faiss flat f32, one probe, one thread: {spread(times)} ms, of which processor {spread(processor)} ms")
        scores, rows = (np.concatenate(part) for part in zip(*found))
    else:
        began = time.perf_counter()
        found = [index.search(probes[i:i + 500], LIMIT + 10) for i in range(0, len(probes), 500)]
        print(f"faiss flat f32, batches of 500, all threads: "
              f"{(time.perf_counter() - began) * 1e3 / len(probes):.2f} ms a probe")
        scores, rows = (np.concatenate(part) for part in zip(*found))
    return templates, scores, rows


def spread(values):
    return f"{min(values):.2f}–{np.median(values):.2f}–{max(values):.2f}"


def compare(probes, templates, rows):
    """Both answers, judged by inner products in double precision of the same float32 vectors."""
    ours = np.fromfile(WORK / "ours.bin", np.uint32).reshape(PROBES, 2 * LIMIT)
    our_rows, our_scores = ours[:, :LIMIT], ours[:, LIMIT:].copy().view(np.float32)
    same_order = same_set = but_ties = 0
    worst = 0.0
    for probe, mine, score, theirs in zip(probes, our_rows, our_scores, rows):
        exact = lambda numbers: templates[numbers].astype(np.float64) @ probe.astype(np.float64)  # noqa: E731
        if mine.max() >= len(templates):
            continue
        same_order += np.array_equal(mine, theirs[:LIMIT])
        same_set += set(mine) == set(theirs[:LIMIT])
        own, other = exact(mine), exact(theirs[:LIMIT])
        worst = max(worst, np.abs(own - score).max())
        but_ties += len(set(mine)) == LIMIT and np.abs(np.sort(own) - np.sort(other)).max() < TIE
    print(f"top-{LIMIT} ids of {PROBES} probes against faiss flat: same order {same_order}, same set {same_set}, "
          f"same save ties below {TIE:g}: {but_ties}; our cosines are within {worst:.1e} of double precision")


def main():
    probes = make()
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    print(f"# {MODE}: {IDENTITIES} identities × {PER_IDENTITY} templates of {DIMENSIONS}, {PROBES} probes; "
          f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; min–median–max", flush=True)
    subprocess.run([PROGRAM, WORK / "templates.f32", WORK / "probes.f32", str(DIMENSIONS), WORK / "ours.bin", MODE,
                    WORK], check=True)
    templates, _, rows = flat(probes)
    compare(probes, templates, rows)


main()
