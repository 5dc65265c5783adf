"""Z-scale limits by astropy of made-up stamps, for Tests/Runner/Figures/ZScaleTests.cs.

    /usr/bin/python3 Tests/Reference/zscale.py

writes Tests/Fixtures/Figures/zscale.csv: pixels, every how many of them is bright, power, low, high.
"""
import csv
import pathlib

import numpy
from astropy.visualization import ZScaleInterval

target = pathlib.Path(__file__).parent.parent / "Fixtures" / "Figures" / "zscale.csv"
with open(target, "w", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["pixels", "bright", "power", "low", "high"])
    for pixels, bright, power in [(441, 50, 1), (961, 20, 3), (441, 1000, 3), (25, 5, 1), (441, 2, 1), (4, 1000, 1)]:
        index = numpy.arange(pixels)
        stamp = ((index * 7919 % 1009 - 504) ** power + numpy.where(index % bright == 0, 50000, 0)).astype(numpy.float32)
        low, high = ZScaleInterval().get_limits(stamp)
        rows.writerow([pixels, bright, power, f"{low:.4f}", f"{high:.4f}"])
