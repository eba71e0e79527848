#!/usr/bin/env python3
"""Makes Tests/ImagingTests/Fixtures: small pictures in odd formats, and what OpenCV makes of resizing and warping.

    pip install pillow==13.0.0 pillow-heif==1.8.1 opencv-python-headless==4.12.0.88
    apt-get install libavif-bin
    scripts/fixtures_imaging.py

Every picture shows the same four coloured quarters, 48 × 32, in the orientation that its tag undoes.
"""

import base64
import json
import pathlib
import struct
import subprocess
import tempfile
import zlib

import cv2
import numpy as np
import pillow_heif
from PIL import Image

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/ImagingTests/Fixtures"
WIDTH, HEIGHT = 48, 32
QUARTERS = [[(200, 40, 40), (40, 180, 60)], [(50, 60, 200), (220, 210, 50)]]


def base() -> Image.Image:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for row in range(2):
        for column in range(2):
            top, left = row * HEIGHT // 2, column * WIDTH // 2
            pixels[top : top + HEIGHT // 2, left : left + WIDTH // 2] = QUARTERS[row][column]
    return Image.fromarray(pixels)


# How to store a picture so that the orientation's reader sees it upright.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def exif(value: int) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = value
    return block


def save(image: Image.Image, name: str, **options) -> None:
    image.save(FOLDER / name, **options)


def orientations() -> None:
    for value, turn in STORED.items():
        image = base() if turn is None else base().transpose(turn)
        save(image, f"orientation-{value}.jpg", quality=95, exif=exif(value))
        save(image, f"orientation-{value}.png", exif=exif(value))
        save(image, f"orientation-{value}.webp", lossless=True, exif=exif(value))
    for value in (0, 9):
        save(base(), f"orientation-{value}.jpg", quality=95, exif=exif(value))
    broken_exif()
    save(base(), "orientation-xmp.jpg", quality=95, exif=exif(1), xmp=XMP)


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>"""


def broken_exif() -> None:
    """An EXIF block that ends inside its first directory."""
    file = (FOLDER / "orientation-6.jpg").read_bytes()
    start = file.index(b"\xff\xe1")
    length = struct.unpack(">H", file[start + 2 : start + 4])[0]
    plain = (FOLDER / "orientation-1.jpg").read_bytes()
    rest = plain[plain.index(b"\xff\xdb") :]
    block = file[start + 4 : start + 2 + length][:18]
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    (FOLDER / "orientation-cut.jpg").write_bytes(b"\xff\xd8" + segment + rest)


def jpegs() -> None:
    save(base(), "progressive.jpg", quality=95, progressive=True)
    save(base(), "444.jpg", quality=95, subsampling="4:4:4")
    save(base(), "411.jpg", quality=95, subsampling="4:1:1")
    save(base().convert("L"), "grey.jpg", quality=95)
    save(base().convert("CMYK"), "cmyk-adobe.jpg", quality=95)
    file = (FOLDER / "cmyk-adobe.jpg").read_bytes()
    start = file.index(b"\xff\xee")
    length = struct.unpack(">H", file[start + 2 : start + 4])[0]
    (FOLDER / "cmyk-plain.jpg").write_bytes(file[:start] + file[start + 2 + length :])


def pngs() -> None:
    pixels = np.array(base())
    save(base(), "rgb.png")
    save(base().convert("L"), "grey.png")
    save(base().convert("LA"), "grey-alpha.png")
    save(Image.fromarray(np.array(base().convert("L")) > 127), "one-bit.png")
    for name, alpha in (("clear", np.zeros((HEIGHT, WIDTH), np.uint8)), ("ramp", np.arange(HEIGHT * WIDTH) % 256)):
        alpha = alpha.astype(np.uint8).reshape(HEIGHT, WIDTH, 1)
        save(Image.fromarray(np.concatenate([pixels, alpha], axis=2)), f"rgba-{name}.png")
    save(base().quantize(8), "palette.png", transparency=1)
    cv2.imwrite(str(FOLDER / "rgb-16.png"), pixels[:, :, ::-1].astype(np.uint16) * 257)
    cv2.imwrite(str(FOLDER / "grey-16.png"), np.array(base().convert("L")).astype(np.uint16) * 257)
    (FOLDER / "interlaced.png").write_bytes(interlaced(pixels))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def interlaced(pixels: np.ndarray) -> bytes:
    """Adam7 without filters: Pillow and OpenCV write none."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b"".join(b"\0" + row.tobytes() for y, x, dy, dx in passes for row in pixels[y::dy, x::dx])
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def others() -> None:
    second = Image.new("RGB", (WIDTH, HEIGHT), (1, 2, 3))
    save(base(), "lossy.webp", quality=95)
    save(base().convert("RGBA"), "alpha.webp", lossless=True)
    save(base(), "animated.webp", save_all=True, append_images=[second], lossless=True)
    save(base().quantize(8), "still.gif")
    save(base().quantize(8), "interlaced.gif", interlace=1)
    save(base().quantize(8), "animated.gif", save_all=True, append_images=[second.quantize(8)])
    save(base(), "rgb.bmp")
    save(base().quantize(8), "palette.bmp")
    save(base().convert("RGBA"), "rgba.bmp")
    top_down = bytearray((FOLDER / "rgb.bmp").read_bytes())
    top_down[22:26] = struct.pack("<i", -HEIGHT)
    start = struct.unpack("<I", top_down[10:14])[0]
    (FOLDER / "top-down.bmp").write_bytes(bytes(top_down[:start]) + np.array(base())[:, :, ::-1].tobytes())


def heifs() -> None:
    """Turns are written as properties of the picture; HEIC files also have the EXIF block that repeats them."""
    pillow_heif.register_heif_opener()
    for value, turn in STORED.items():
        image = base() if turn is None else base().transpose(turn)
        save(image, f"orientation-{value}.avif", quality=95, subsampling="4:4:4", exif=exif(value))
        file = pillow_heif.from_pillow(image)
        file.save(str(FOLDER / f"orientation-{value}.heic"), quality=95, chroma=444, exif=exif(value).tobytes())
    save(base(), "rgb.avif", quality=95, subsampling="4:4:4")
    save(base().convert("L"), "grey.avif", quality=95)
    save(base().convert("RGBA"), "alpha.avif", quality=95, subsampling="4:4:4")
    second = Image.new("RGB", (WIDTH, HEIGHT), (1, 2, 3))
    save(base(), "animated.avif", quality=95, subsampling="4:4:4", save_all=True, append_images=[second])
    save(base(), "rgb.heic", quality=95)
    save(base().convert("RGBA"), "alpha.heic", quality=95)
    save(base().convert("L"), "grey.heic", quality=95)
    deep = np.array(base()).astype(np.uint16) * 257
    pillow_heif.encode("RGB;16", (WIDTH, HEIGHT), deep.tobytes(), str(FOLDER / "deep.heic"), quality=95)
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/base.png"
        base().save(source)
        avifenc(source, "deep.avif", "--depth", "12")
        base().resize((WIDTH * 4, HEIGHT * 4), Image.Resampling.NEAREST).save(source)
        avifenc(source, "grid.avif", "--grid", "2x2", "--depth", "10")


def avifenc(source: str, name: str, *options: str) -> None:
    quality = ("--min", "0", "--max", "8", "--yuv", "444")
    subprocess.run(["avifenc", *quality, *options, source, FOLDER / name], check=True, capture_output=True)


def noise(width: int, height: int) -> np.ndarray:
    """A picture that the tests make with the same generator."""
    state, values = 12345, []
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return np.array(values, np.uint8).reshape(height, width, 3)


RESIZES = [
    (37, 23, 16, 16), (20, 10, 41, 29), (32, 24, 16, 12), (50, 40, 25, 21), (64, 38, 64, 38), (100, 60, 64, 38),
    (1, 1, 5, 4), (7, 1, 3, 5), (3, 90, 5, 31), (13, 17, 12, 17), (60, 48, 20, 16), (9, 9, 36, 36),
]  # fmt: skip
QUARTER_TURN = [[3.5, 4.25], [30.5, 1.5], [33.0, 20.75], [1.25, 17.5]]


# Centre, side and turn of a square; border (a grey level or "replicate").
SQUARES = [
    (18.0, 12.0, 24.0, 0.0, 0), (18.5, 11.25, 30.0, 0.5, "replicate"), (2.0, 3.0, 17.5, -2.25, 0),
    (30.0, 20.0, 60.0, 3.0, 114), (35.75, 0.5, 9.0, 1.25, "replicate"), (18.0, 12.0, 5.5, -0.75, "replicate"),
]  # fmt: skip
# Rows of the map from the input into the picture.
MAPS = [
    ([1, 0, 0], [0, 1, 0]), ([0.75, 0.25, -3.5], [-0.5, 1.25, 6.125]), ([2.125, 0, 0.03125], [0, 0.3125, 4.515625]),
    ([-1, 0, 35], [0, -1, 23]),
]  # fmt: skip
BOXES = [
    ((10, 12, 20, 30), 2.7), ((0, 0, 30, 40), 4.0), ((60, 40, 30, 38), 2.7), ((-5, -7, 20, 24), 1.0),
    ((12.5, 8.25, 9.75, 11.5), 2.7), ((0, 0, 100, 80), 1.5), ((90, 70, 30, 30), 1.2), ((20, 2, 70, 5), 4.0),
]  # fmt: skip


def turned_square(cx: float, cy: float, side: float, turn: float, size: int) -> np.ndarray:
    """Crop to picture, as MediaPipe's regions: corner onto corner."""
    c, s, half = np.cos(turn) * side / size, np.sin(turn) * side / size, size / 2
    return np.float64([[c, -s, cx - c * half + s * half], [s, c, cy - s * half - c * half]])


def crop(matrix: np.ndarray, border: int | str) -> str:
    kind = cv2.BORDER_REPLICATE if border == "replicate" else cv2.BORDER_CONSTANT
    level = 0 if border == "replicate" else border
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return encoded(
        cv2.warpAffine(
            noise(36, 24), np.float64(matrix), (20, 20), flags=flags, borderMode=kind, borderValue=(level,) * 3
        )
    )


def box_inside(width: int, height: int, box: tuple, scale: float) -> list[int]:
    """The region of Silent-Face-Anti-Spoofing, last row and column included."""
    x, y, w, h = box
    scale = min((height - 1) / h, min((width - 1) / w, scale))
    cx, cy, w, h = w / 2 + x, h / 2 + y, w * scale, h * scale
    left, top, right, bottom = cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
    if left < 0:
        left, right = 0, right - left
    if top < 0:
        top, bottom = 0, bottom - top
    if right > width - 1:
        left, right = left - (right - width + 1), width - 1
    if bottom > height - 1:
        top, bottom = top - (bottom - height + 1), height - 1
    return [int(left), int(top), int(right), int(bottom)]


def crops() -> dict:
    squares = [
        {"square": s[:4], "border": -1 if s[4] == "replicate" else s[4], "pixels": crop(turned_square(*s[:4], 20), s[4])}
        for s in SQUARES
    ]
    maps = [
        {"rows": rows, "border": border, "pixels": crop(rows, "replicate" if border < 0 else border)}
        for rows in MAPS for border in (-1, 0)
    ]  # fmt: skip
    boxes = [{"box": b, "scale": s, "region": box_inside(100, 80, b, s)} for b, s in BOXES]
    grey = cv2.cvtColor(noise(128, 128), cv2.COLOR_RGB2GRAY).astype(np.float64)
    return {
        "squares": squares, "maps": maps, "boxes": boxes,
        "laplacian_variance": cv2.Laplacian(grey, cv2.CV_64F, ksize=1)[1:-1, 1:-1].var(),
    }  # fmt: skip


def encoded(pixels: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def opencv() -> None:
    resizes = [
        {"source": [w, h], "target": [tw, th], "pixels": encoded(cv2.resize(noise(w, h), (tw, th)))}
        for w, h, tw, th in RESIZES
    ]
    flat = np.float32([[0, 0], [24, 0], [24, 12], [0, 12]])
    matrix = cv2.getPerspectiveTransform(flat, np.float32(QUARTER_TURN))
    smooth = cv2.GaussianBlur(noise(36, 24), (0, 0), 2)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warp = {
        "source": encoded(smooth), "corners": QUARTER_TURN,
        "pixels": encoded(cv2.warpPerspective(smooth, matrix, (24, 12), flags=flags, borderMode=cv2.BORDER_REPLICATE)),
    }  # fmt: skip
    made = {"made_by": "scripts/fixtures_imaging.py", "opencv": cv2.__version__, "resizes": resizes, "warp": warp}
    made["crops"] = crops()
    (FOLDER / "opencv.json").write_text(json.dumps(made, indent=1) + "\n")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    orientations()
    jpegs()
    pngs()
    others()
    heifs()
    opencv()


if __name__ == "__main__":
    main()
