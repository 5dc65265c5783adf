"""Makes Tests/Fixtures/data/sky/positions.csv: positions of the ICRS in galactic and ecliptic coordinates, by astropy.

Run with a Python that has numpy and astropy (5.2 made the stored table): python3 Tests/Reference/make_sky_fixture.py
Longitudes and latitudes are degrees; mean_ and true_ are BarycentricMeanEcliptic and BarycentricTrueEcliptic with equinox J2000.
"""
import pathlib
import numpy
from astropy.coordinates import BarycentricMeanEcliptic, BarycentricTrueEcliptic, SkyCoord

FILE = pathlib.Path(__file__).parent.parent / "Fixtures" / "data" / "sky" / "positions.csv"
FILE.parent.mkdir(parents=True, exist_ok=True)

# The equator's poles and crossings, the wrap at 0 and 360, the galactic pole and centre, the ecliptic pole and both sides of its 0.
chosen = [
    (0, 0), (90, 0), (180, 0), (270, 0), (0, 90), (0, -90), (123, 90), (359.9999999, 12), (0.0000001, -12), (360, 5), (0, 30), (0, -30),
    (192.85948, 27.12825), (192.859, 27.129), (266.40499, -28.93617), (266.4, -28.9), (270, 66.56), (90, -66.56), (0.001, 0.0005),
    (359.999, -0.0005), (282.8594, 0.0001), (86.404995, 28.936174),
]
random = numpy.random.RandomState(1)
drawn = zip(random.uniform(0, 360, 30).round(7), numpy.degrees(numpy.arcsin(random.uniform(-1, 1, 30))).round(7))
with open(FILE, "w", encoding="ascii") as table:
    table.write("ra,dec,galactic_longitude,galactic_latitude,mean_longitude,mean_latitude,true_longitude,true_latitude\n")
    for ra, dec in chosen + list(drawn):
        place = SkyCoord(ra, dec, unit="deg", frame="icrs")
        mean, true = place.transform_to(BarycentricMeanEcliptic()), place.transform_to(BarycentricTrueEcliptic())
        angles = (place.galactic.l, place.galactic.b, mean.lon, mean.lat, true.lon, true.lat)
        table.write(",".join([f"{ra}", f"{dec}"] + [f"{angle.deg:.9f}" for angle in angles]) + "\n")
