#!/usr/bin/env python3
"""Writes the fixtures of Tests/InferenceTests.

    python3 -m venv .venv && .venv/bin/pip install numpy==2.4.6 onnx==1.23.2 ai-edge-litert==2.3.0
    scripts/fetch-test-models .aibox/test-models
    .venv/bin/python scripts/fixtures_inference.py .aibox/test-models Tests/InferenceTests/Fixtures

tiny_models.json: ONNX models of a few nodes, as base64. tflite_oracles.json: what LiteRT, TensorFlow Lite's own
runtime, answers to a known input; the test gives OpenVINO the same.
"""

import base64
import json
import pathlib
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from onnx import TensorProto, checker, helper, numpy_helper

COMMAND = "scripts/fixtures_inference.py"
TFLITE_FILES = [
    "face_detection_full_range_sparse.tflite",
    "face_detection_short_range.tflite",
    "face_landmark.tflite",
    "pose_detection.tflite",
    "pose_landmark_full.tflite",
]


def value(name, type_, shape):
    return helper.make_tensor_value_info(name, type_, shape)


def model(nodes, inputs, outputs, constants=()):
    initializers = [numpy_helper.from_array(array, name) for name, array in constants]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(made)
    return base64.b64encode(made.SerializeToString()).decode()


def shuffle_then_convolution():
    """A channel shuffle of two groups written as Gather, feeding a 1x1 convolution; 16 channels."""
    weights = (np.arange(256, dtype=np.float32).reshape(16, 16, 1, 1) % 7 - 3) / 4
    order = np.arange(16, dtype=np.int64).reshape(2, 8).T.reshape(-1)
    return model(
        [
            helper.make_node("Relu", ["x"], ["r"]),
            helper.make_node("Gather", ["r", "order"], ["s"], axis=1),
            helper.make_node("Conv", ["s", "weights"], ["y"], kernel_shape=[1, 1]),
        ],
        [value("x", TensorProto.FLOAT, [1, 16, 8, 8])],
        [value("y", TensorProto.FLOAT, [1, 16, 8, 8])],
        [("weights", weights), ("order", order)],
    )


def tiny_models():
    types = {
        "float32": TensorProto.FLOAT,
        "float16": TensorProto.FLOAT16,
        "uint8": TensorProto.UINT8,
        "int32": TensorProto.INT32,
        "int64": TensorProto.INT64,
    }
    two = ("two", np.array([2], dtype=np.float32))
    return {
        # y = 2x, of fixed shape
        "double": model(
            [helper.make_node("Mul", ["x", "two"], ["y"])],
            [value("x", TensorProto.FLOAT, [1, 4])],
            [value("y", TensorProto.FLOAT, [1, 4])],
            [two],
        ),
        # y = 2x, of any batch and width
        "double_any": model(
            [helper.make_node("Mul", ["x", "two"], ["y"])],
            [value("x", TensorProto.FLOAT, ["batch", 3, "width"])],
            [value("y", TensorProto.FLOAT, ["batch", 3, "width"])],
            [two],
        ),
        # y = a + b
        "sum": model(
            [helper.make_node("Add", ["a", "b"], ["y"])],
            [value("a", TensorProto.FLOAT, [4]), value("b", TensorProto.FLOAT, [4])],
            [value("y", TensorProto.FLOAT, [4])],
        ),
        # y = a + b, of any sizes that go together
        "sum_any": model(
            [helper.make_node("Add", ["a", "b"], ["y"])],
            [value("a", TensorProto.FLOAT, ["n"]), value("b", TensorProto.FLOAT, ["m"])],
            [value("y", TensorProto.FLOAT, ["k"])],
        ),
        # one input and one output of each element type, y = the last, the first and the last value of x
        "types": model(
            [helper.make_node("Gather", [f"x_{t}", "order"], [f"y_{t}"]) for t in types],
            [value(f"x_{t}", n, [3]) for t, n in types.items()],
            [value(f"y_{t}", n, [3]) for t, n in types.items()],
            [("order", np.array([2, 0, 2], dtype=np.int64))],
        ),
        # y = 2x, and the tensor has another name that sorts before y
        "aliased": model(
            [helper.make_node("Mul", ["x", "two"], ["0"]), helper.make_node("Identity", ["0"], ["y"])],
            [value("x", TensorProto.FLOAT, [1, 4])],
            [value("y", TensorProto.FLOAT, [1, 4])],
            [two],
        ),
        # the indices of what is not zero: as many columns as the data say
        "nonzero": model(
            [helper.make_node("NonZero", ["x"], ["y"])],
            [value("x", TensorProto.FLOAT, [5])],
            [value("y", TensorProto.INT64, [1, "found"])],
        ),
        # an output type that AI Box does not handle
        "strings": model(
            [helper.make_node("Identity", ["x"], ["y"])],
            [value("x", TensorProto.STRING, [2])],
            [value("y", TensorProto.STRING, [2])],
        ),
        "shuffle_then_convolution": shuffle_then_convolution(),
    }


def known_input(count):
    """The i-th value of every test input: a multiplicative hash of i, exact in float32; 0 to 1."""
    hashed = (np.arange(count, dtype=np.uint64) * 2654435761) % 2**32
    return (hashed >> 8).astype(np.float32) / np.float32(2**24)


def tflite_oracle(path):
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    (input_,) = interpreter.get_input_details()
    interpreter.set_tensor(input_["index"], known_input(np.prod(input_["shape"])).reshape(input_["shape"]))
    interpreter.invoke()
    outputs = []
    for detail in interpreter.get_output_details():
        values = interpreter.get_tensor(detail["index"]).astype(np.float64)
        flat = values.reshape(-1)
        outputs.append({
            "name": detail["name"],
            "shape": list(values.shape),
            "first": [float(f"{v:.7g}") for v in flat[:16]],
            "mean": float(f"{flat.mean():.9g}"),
            "meanMagnitude": float(f"{np.abs(flat).mean():.9g}"),
            "minimum": float(f"{flat.min():.7g}"),
            "maximum": float(f"{flat.max():.7g}"),
        })
    return {
        "file": path.name,
        "bytes": path.stat().st_size,
        "inputShape": [int(d) for d in input_["shape"]],
        "outputs": outputs,
    }


def main():
    tflite_folder, fixtures = map(pathlib.Path, sys.argv[1:])
    fixtures.mkdir(parents=True, exist_ok=True)

    def write(name, content):
        text = json.dumps({"regenerate": COMMAND, **content}, indent=1)
        (fixtures / name).write_text(text + "\n")

    write("tiny_models.json", {"models": tiny_models()})
    write("tflite_oracles.json", {"models": [tflite_oracle(tflite_folder / f) for f in TFLITE_FILES]})


if __name__ == "__main__":
    main()
