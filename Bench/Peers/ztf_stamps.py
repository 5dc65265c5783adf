"""Reads the ztf folder (alerts.csv, stamps33.npy) into cropped, scaled stamps split by object, as the engine's own reader does."""
import csv
import os

import numpy

CHANNELS = ("science", "template", "difference")
CROP, FIRST = 21, 6


def fmix64(h):
    """MurmurHash3's 64-bit finaliser (Appleby, public domain)."""
    h ^= h >> 33
    h = h * 0xFF51AFD7ED558CCD % 2**64
    h ^= h >> 33
    h = h * 0xC4CEB9FE1A85EC53 % 2**64
    return h ^ h >> 33


def unit(seed, object_id):
    """A number in [0, 1) fixed by seed and object: fmix64 of FNV-1a (64 bit) over the UTF-8 of `seed:object`."""
    h = 0xCBF29CE484222325
    for byte in f"{seed}:{object_id}".encode("utf-8"):
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return fmix64(h) / 2**64


def part(seed, object_id):
    u = unit(seed, object_id)
    return "validation" if u < 0.1 else "test" if u < 0.2 else "train"


def scaled(stamp):
    """One (channels, 33, 33) stamp to (channels, 21, 21) in [0, 1], or None where a channel is empty or constant."""
    crop = stamp[:, FIRST:FIRST + CROP, FIRST:FIRST + CROP].astype(numpy.float32)
    crop[~numpy.isfinite(crop) | (numpy.abs(crop) > 1e30)] = numpy.nan
    for i, plane in enumerate(crop):
        if numpy.isnan(plane).all():
            return None
        low, high = numpy.nanmin(plane), numpy.nanmax(plane)
        if not high > low:
            return None
        crop[i] = (plane - low) / (high - low)
    return numpy.nan_to_num(crop, nan=0.0)


def load(folder, channels, seed):
    """Returns ({part: float32 (samples, channels, 21, 21)}, number of rejected stamps), in the order of alerts.csv."""
    stamps = numpy.load(os.path.join(folder, "stamps33.npy"), mmap_mode="r", allow_pickle=False)
    planes = [CHANNELS.index(channel) for channel in channels]
    parts, seen, rejected = {"train": [], "validation": [], "test": []}, set(), 0
    with open(os.path.join(folder, "alerts.csv"), encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            place = int(row["stamp_row"])
            if place < 0 or row["candid"] in seen:
                continue
            seen.add(row["candid"])
            image = scaled(stamps[place][planes])
            if image is None:
                rejected += 1
            else:
                parts[part(seed, row["objectId"])].append(image)
    return {name: numpy.stack(images) for name, images in parts.items()}, rejected
