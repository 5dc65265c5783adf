"""Makes the FITS fixtures of Tests/Data/Stamps/FitsTests.cs and, with astropy's own reader, the pixels they must give.

Run with a Python that has numpy and astropy: python3 Tests/Reference/make_fits_fixtures.py
"""
import pathlib
import numpy
from astropy.io import fits

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "data" / "fits"
FOLDER.mkdir(parents=True, exist_ok=True)
HEIGHT, WIDTH = 5, 7
stored = numpy.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)


def save(name, units):
    path = FOLDER / f"{name}.fits"
    path.unlink(missing_ok=True)
    fits.HDUList(units).writeto(path)
    with fits.open(path) as read:
        data = next(unit.data for unit in read if unit.is_image and unit.data is not None)
    numpy.save(FOLDER / f"{name}.npy", numpy.ascontiguousarray(data.reshape(HEIGHT, WIDTH).astype("<f4")))


def scaled(name, kind, values, scale, zero, blank):
    """The stored integers as they are, with the cards added afterwards, so that astropy does not rescale them."""
    unit = fits.PrimaryHDU(values.astype(kind))
    unit.header["BSCALE"] = scale
    unit.header["BZERO"] = zero
    if blank is not None:
        unit.header["BLANK"] = blank
    save(name, [unit])


scaled("bytes", ">u1", stored, 0.5, -10.0, 7)
scaled("shorts", ">i2", stored * 900 - 15000, 0.25, 32768.0, -15000 + 900 * 3)
scaled("integers", ">i4", stored * 61_000_000 - 10**9, 1e-3, 12.5, 61_000_000 - 10**9)
scaled("longs", ">i8", stored * 10**17 - 2 * 10**18, 1e-15, -1.0, -2 * 10**18)
floats = (stored * 1.37 - 11).astype(">f4")
floats[2, 3] = numpy.nan
save("floats", [fits.PrimaryHDU(floats)])
doubles = (stored * 1.37 - 11) * 1e-5
doubles[4, 6] = numpy.inf
save("doubles", [fits.PrimaryHDU(doubles.astype(">f8"))])
table = fits.BinTableHDU.from_columns([fits.Column(name="a", format="J", array=numpy.arange(9))])
save("extension", [fits.PrimaryHDU(), table, fits.ImageHDU((stored - 3).astype(">i2"))])
save("axes", [fits.PrimaryHDU((stored * 2).astype(">f4").reshape(1, 1, HEIGHT, WIDTH))])
