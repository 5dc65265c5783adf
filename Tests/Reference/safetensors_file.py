"""Reads and writes .safetensors files with numpy alone.

A file is an 8-byte little-endian header length, a JSON header
{name: {"dtype", "shape", "data_offsets"}} with an optional "__metadata__" of strings,
and the raw little-endian values, one tensor after another without gaps.
Format: https://github.com/huggingface/safetensors#format
"""
import json
import math

import numpy

DTYPES = {"F32": numpy.dtype("<f4"), "F64": numpy.dtype("<f8"), "I32": numpy.dtype("<i4"), "I64": numpy.dtype("<i8")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def write(path, tensors, metadata=None):
    """Writes {name: array}; arrays must be float32, float64, int32 or int64. Metadata values become strings."""
    header, blocks, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = {key: str(value) for key, value in metadata.items()}
    for name, array in tensors.items():
        array = numpy.asarray(array)
        # tobytes() writes C order whatever the strides; ascontiguousarray would make a scalar one-dimensional.
        little = array.astype(array.dtype.newbyteorder("<"))
        block = little.tobytes()
        header[name] = {
            "dtype": NAMES[little.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(block)],
        }
        offset += len(block)
        blocks.append(block)
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    # Spaces to a multiple of eight bytes keep the values aligned for readers that map the file.
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as stream:
        stream.write(len(text).to_bytes(8, "little"))
        stream.write(text)
        for block in blocks:
            stream.write(block)


def read(path):
    """Returns ({name: array}, {key: string}); raises ValueError that names the file and the fault."""
    with open(path, "rb") as stream:
        data = stream.read()
    if len(data) < 8:
        raise ValueError(f"{path}: {len(data)} bytes are too few for a header length")
    length = int.from_bytes(data[:8], "little")
    if length > len(data) - 8:
        raise ValueError(f"{path}: header of {length} bytes passes the end of the file ({len(data)} bytes)")
    header = json.loads(data[8:8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    values = data[8 + length:]
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"{path}: tensor {name} has type {entry['dtype']}, none of {', '.join(DTYPES)}")
        dtype, shape, (start, end) = DTYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
        if not 0 <= start <= end <= len(values) or end - start != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"{path}: tensor {name} of shape {shape} does not fit its offsets {start}..{end}")
        tensors[name] = numpy.frombuffer(values[start:end], dtype).reshape(shape).copy()
    return tensors, metadata
