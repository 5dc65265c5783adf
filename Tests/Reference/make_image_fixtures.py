"""Makes the PNG and PGM fixtures of Tests/Data/Images with Pillow, and their samples as .npy.

Run with a Python that has numpy and Pillow: python3 Tests/Reference/make_image_fixtures.py
"""
import pathlib
import struct
import zlib
import numpy
from PIL import Image

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "data" / "images"
FOLDER.mkdir(parents=True, exist_ok=True)
y, x = numpy.mgrid[0:23, 0:31]
grey = ((x * 7 + y * y) % 256).astype("u1")
colour = numpy.stack([grey, (x * 8).astype("u1"), (255 - y * 11).astype("u1")], axis=2)
alpha = (x * y % 256).astype("u1")


def save(name, image, form=None):
    image.save(FOLDER / name)
    samples = numpy.asarray(image.convert(form) if form else image)
    numpy.save(FOLDER / f"{pathlib.Path(name).stem}.npy", numpy.ascontiguousarray(samples))


save("grey.png", Image.fromarray(grey))
save("grey-alpha.png", Image.fromarray(numpy.stack([grey, alpha], axis=2), "LA"))
save("colour.png", Image.fromarray(colour))
save("colour-alpha.png", Image.fromarray(numpy.dstack([colour, alpha])))
save("palette.png", Image.fromarray(colour).quantize(40), "RGB")


def filtered(samples):
    """A PNG whose rows use filters 0 to 4 in turn, which no encoder can be made to do; Pillow then reads it back."""
    rows, above = [], numpy.zeros(samples[0].size, int)
    for n, row in enumerate(samples.reshape(len(samples), -1).astype(int)):
        left = numpy.concatenate([[0] * 3, row[:-3]])
        corner = numpy.concatenate([[0] * 3, above[:-3]])
        guess = left + above - corner
        distances = numpy.abs([guess - left, guess - above, guess - corner])
        paeth = numpy.choose(distances.argmin(axis=0), [left, above, corner])
        predicted = [0 * row, left, above, (left + above) // 2, paeth][n % 5]
        rows.append(bytes([n % 5]) + ((row - predicted) % 256).astype("u1").tobytes())
        above = row
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 8, 2, 0, 0, 0)),
              (b"tEXt", b"Comment\0to be passed over"), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)


noisy = numpy.random.default_rng(1).integers(0, 256, (24, 9, 3)).astype("u1")
noisy[12:] %= 6  # few values, so that predictions tie
(FOLDER / "filters.png").write_bytes(filtered(noisy))
numpy.save(FOLDER / "filters.npy", numpy.asarray(Image.open(FOLDER / "filters.png")))
assert (numpy.load(FOLDER / "filters.npy") == noisy).all()
save("bytes.pgm", Image.fromarray(grey))
