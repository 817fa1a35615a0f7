"""What is read from image files, and what is refused (the cases of the list of faults by number)."""

import re
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io.codecs import tiff_pieces
from rlseg.io.decode import decode
from rlseg.io.read import common_channels, read_image, read_labels
from rlseg.io.read_options import Reading

rng = np.random.default_rng(0)
gray8 = rng.integers(0, 256, (5, 6)).astype(np.uint8)
colour = rng.integers(0, 256, (5, 6, 3)).astype(np.uint8)


def assert_one_line(error):
    assert "\n" not in error.message


def png(path, array):
    Image.fromarray(array).save(path)
    return path


def tiff(path, array, **options):
    tifffile.imwrite(path, array, **options)
    return path


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i2", "i4", "f2", "f4", "f8", ">u2", ">f4"])
def test_tiff_of_every_number_type_keeps_its_values(tmp_path, dtype):
    array = np.array([[0, 1, 2], [100, 50, 7]]).astype(dtype) - (3 if dtype[-2] in "if" else 0)
    image = read_image(tiff(tmp_path / "a.tif", array.astype(dtype)))
    assert image.pixels.dtype == np.float32
    assert image.pixels.flags.c_contiguous
    assert image.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(image.pixels, array[None].astype(np.float32))


@pytest.mark.parametrize("array", [gray8, (gray8.astype(np.uint16) * 257), gray8[:1, :1], colour])
def test_png_keeps_its_values(tmp_path, array):
    image = read_image(png(tmp_path / "a.png", array))
    expected = array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)
    assert image.dtype == array.dtype
    np.testing.assert_array_equal(image.pixels, expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (8, 1), (2, 3), (3, 4), (4, 4), (3, 3)])
@pytest.mark.parametrize("write", [png, tiff])
def test_4_tiny_images_are_never_taken_for_channels(tmp_path, shape, write):
    array = rng.integers(0, 256, shape).astype(np.uint8)
    np.testing.assert_array_equal(read_image(write(tmp_path / "a", array) if write is tiff else
                                             png(tmp_path / "a.png", array)).pixels, array[None])  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "options", "channels"),
    [
        ((5, 6, 3), {"photometric": "rgb"}, 3),
        ((3, 5, 6), {"photometric": "rgb", "planarconfig": "separate"}, 3),
        ((2, 5, 6), {"metadata": {"axes": "CYX"}, "photometric": "minisblack"}, 2),
        ((7, 5, 6), {"ome": True, "metadata": {"axes": "CYX"}, "photometric": "minisblack"}, 7),
        ((4, 3, 6), {"imagej": True, "metadata": {"axes": "CYX"}}, 4),
        ((1, 5, 6), {"photometric": "minisblack"}, 1),
        ((5, 6, 1), {"photometric": "minisblack"}, 1),
        ((1, 1, 5, 6), {"ome": True, "metadata": {"axes": "TZYX"}}, 1),
    ],
)
def test_channel_axis_that_is_declared_or_certain(tmp_path, shape, options, channels):
    array = rng.integers(0, 256, shape).astype(np.uint8)
    pixels = read_image(tiff(tmp_path / "a.tif", array, **options)).pixels
    last = shape[-1] == channels
    assert len(pixels) == channels
    np.testing.assert_array_equal(pixels, np.moveaxis(array, -1, 0) if last else array.reshape(pixels.shape))


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((2, 5, 6), {}, "3 axes (2 x 5 x 6) and does not say which one is the channel"),
        ((5, 6, 2), {}, "does not say which one is the channel"),
        ((3, 5, 6), {}, "does not say which one is the channel"),  # three planes?
        ((5, 6, 3), {}, "does not say which one is the channel"),
        ((2, 3, 5, 6), {}, "4 axes (2 x 3 x 5 x 6) and does not say which"),
        ((2, 5, 6, 3), {"ome": True, "metadata": {"axes": "CYXS"}, "photometric": "rgb"}, "does not say which"),
        ((3, 5, 6), {"ome": True, "metadata": {"axes": "ZYX"}}, "is a stack (3 Z planes)"),
        ((3, 5, 6), {"ome": True, "metadata": {"axes": "TYX"}}, "is a stack (3 T planes)"),
        ((2, 3, 5, 6), {"ome": True, "metadata": {"axes": "TZYX"}}, "is a stack (2 T x 3 Z planes)"),
        ((2, 3, 5, 6), {"imagej": True, "metadata": {"axes": "ZCYX"}}, "is a stack (2 Z planes)"),
    ],
)
def test_17_18_stacks_and_uncertain_axes_are_refused(tmp_path, shape, options, message):
    path = tiff(tmp_path / "a.tif", np.zeros(shape, np.uint8), **{"photometric": "minisblack"} | options)
    with pytest.raises(RlsegError, match=re.escape(message)) as error:
        read_image(path)
    assert ("--axes" if "say" in message else "--planes") in error.value.hint
    with pytest.raises(RlsegError, match=re.escape(message)):
        read_labels(path)


@pytest.mark.parametrize("write", [png, tiff])
def test_gray_stored_in_colour_is_gray_and_constant_alpha_is_dropped(tmp_path, write):
    alpha = np.full((5, 6, 1), 255, np.uint8)
    options = {"photometric": "rgb"} if write is tiff else {}
    path = write(tmp_path / "a.x", np.dstack([gray8] * 3), **options) if write is tiff else None
    path = path or png(tmp_path / "a.png", np.dstack([gray8] * 3))
    assert read_image(path).pixels.shape == (1, 5, 6)
    assert read_image(path, channels=3).pixels.shape == (3, 5, 6)
    rgba = write(tmp_path / "b.png", np.dstack([colour, alpha]), **options)
    np.testing.assert_array_equal(read_image(rgba).pixels, np.moveaxis(colour, -1, 0))
    alpha[0, 0] = 3
    with pytest.raises(RlsegError, match="partly transparent"):
        read_image(write(tmp_path / "c.png", np.dstack([colour, alpha]), **options))


@pytest.mark.parametrize("write", [png, tiff])
def test_16_colour_where_gray_is_expected_names_the_option(tmp_path, write):
    path = write(tmp_path / "a.x", colour) if write is tiff else png(tmp_path / "a.png", colour)
    with pytest.raises(RlsegError, match="3 channels, 1 expected") as error:
        read_image(path, channels=1)
    assert "--channel 0 ... 2" in error.value.hint
    for channel in (0, 1, 2):
        found = read_image(path, channels=1, reading=Reading(channel=channel))
        np.testing.assert_array_equal(found.pixels[0], colour[..., channel])
    with pytest.raises(RlsegError, match="no channel 3") as error:
        read_image(path, reading=Reading(channel=3))
    assert "it has 3, counted from 0" in error.value.hint
    with pytest.raises(RlsegError, match="1 channels, 3 expected"):
        read_image(png(tmp_path / "g.png", gray8 // 2), channels=3, reading=Reading(channel=0))


def test_gray_with_alpha_and_palette_png(tmp_path):
    path = png(tmp_path / "la.png", np.dstack([gray8, np.full_like(gray8, 9)]))
    np.testing.assert_array_equal(read_image(path).pixels, gray8[None])
    indexed = Image.fromarray(gray8 % 4, mode=None).convert("P")
    indexed.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    indexed.save(tmp_path / "p.png")
    assert read_image(tmp_path / "p.png").pixels.shape == (3, 5, 6)
    np.testing.assert_array_equal(read_labels(tmp_path / "p.png"), gray8 % 4)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_11_12_non_finite_values_are_counted(tmp_path, bad):
    array = np.zeros((4, 5), np.float32)
    array[1, 2:4] = bad
    with pytest.raises(RlsegError, match="2 values that are NaN or infinite"):
        read_image(tiff(tmp_path / "a.tif", array))
    with pytest.raises(RlsegError, match="1 values"):
        read_image(tiff(tmp_path / "b.tif", np.array([[1.0, 1e300]])))  # infinite as float32


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_11_12_filled_from_the_nearest_pixel_if_asked(tmp_path, bad):
    array = np.zeros((2, 6, 8), np.float32)
    array[0, :, 4:] = 5
    array[1] = 9
    holed = array.copy()
    holed[0, 2, 1] = holed[0, 3, 6:] = bad
    path = tiff(tmp_path / "a.tif", holed, metadata={"axes": "CYX"}, photometric="minisblack")
    filled = read_image(path, reading=Reading(nan="fill"))
    np.testing.assert_array_equal(filled.pixels, array)
    (note,) = filled.notes
    assert "a.tif has 3 values that are NaN or infinite; filled" in note
    holed[1] = bad
    path = tiff(tmp_path / "b.tif", holed, metadata={"axes": "CYX"}, photometric="minisblack")
    with pytest.raises(RlsegError, match="a channel without any finite value"):
        read_image(path, reading=Reading(nan="fill"))
    # what is wrong with a channel that is not read does not matter
    assert read_image(path, reading=Reading(nan="fill", channel=0)).pixels.shape == (1, 6, 8)


@pytest.mark.parametrize("dtype", ["f2", "f8", "i2", "i4", "i8"])
def test_13_other_number_types_are_read_as_32_bit_floats(tmp_path, dtype):
    array = rng.integers(-300, 300, (9, 8)).astype(dtype) / (4 if dtype[0] == "f" else 1)
    image = read_image(tiff(tmp_path / "a.tif", array.astype(dtype)))
    expected = read_image(tiff(tmp_path / "b.tif", array.astype(np.float32)))
    np.testing.assert_allclose(image.pixels, expected.pixels, rtol=1e-5)
    assert image.notes == ()


@pytest.mark.parametrize("dtype", ["f8", "i4", "u4", "i8"])
def test_13_contrast_that_32_bit_floats_cannot_hold_is_told(tmp_path, dtype):
    array = (1e9 + np.arange(20).reshape(4, 5)).astype(dtype)
    (note,) = read_image(tiff(tmp_path / "a.tif", array)).notes
    assert "a.tif loses contrast as 32-bit floats" in note
    assert read_image(tiff(tmp_path / "b.tif", array - array.min())).notes == ()


def test_15_true_false_images_are_refused(tmp_path):
    mask = gray8 > 100
    for path in (png(tmp_path / "a.png", mask), tiff(tmp_path / "a.tif", mask)):
        with pytest.raises(RlsegError, match="true/false"):
            read_image(path)
        with pytest.raises(RlsegError, match="true/false"):
            read_labels(path)


@pytest.mark.parametrize(("code", "name"), [(5, "LZW"), (7, "JPEG"), (50000, "ZSTD"), (33005, "APERIO_JP2000_RGB")])
def test_25_a_missing_codec_is_named_in_the_hint(tmp_path, code, name, monkeypatch):
    monkeypatch.setattr(tiff_pieces, "find_spec", lambda name: None)
    path = tiff(tmp_path / "a.tif", gray8)
    uncompressed, other = struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, code)
    assert uncompressed in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(uncompressed, other))
    with pytest.raises(RlsegError, match=rf"compressed by {name}, which needs .*\n.*rlseg\[formats\]"):
        read_image(path)


def test_complex_values_are_refused(tmp_path):
    path = tiff(tmp_path / "a.tif", gray8.astype(np.complex64))
    for read in (read_image, read_labels):
        with pytest.raises(RlsegError, match="complex64"):
            read(path)


def test_19_24_missing_empty_and_foreign_files(tmp_path):
    for name, content, message in [
        ("a.png", b"", "is empty"),
        ("b.tif", b"hello, world", "is neither a .* file"),
        ("c.png", b"\xff\xd8\xff\xe0 jpeg", "is neither a .* file"),
        ("d.png", b"\x89PNG\r\n\x1a\n\0\0", "ends within the header"),
        ("e.tif", b"II*\0", "cannot read"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RlsegError, match=message) as error:
            read_image(tmp_path / name)
        assert name in error.value.message
    with pytest.raises(RlsegError, match=r"cannot read .*none\.png: No such file"):
        read_image(tmp_path / "none.png")


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_20_every_truncation_is_an_error_or_the_whole_image(tmp_path, compression):
    array = rng.integers(0, 256, (20, 30)).astype(np.uint8)
    whole = {
        "a.tif": tiff(tmp_path / "a.tif", array, compression=compression).read_bytes(),
        "a.png": png(tmp_path / "a.png", array).read_bytes(),
    }
    for name, content in whole.items():
        for end in range(0, len(content) - 1, 37):
            (tmp_path / name).write_bytes(content[:end])
            try:
                pixels = read_image(tmp_path / name).pixels
            except RlsegError as error:
                assert_one_line(error)
            else:
                np.testing.assert_array_equal(pixels, array[None])


def test_21_the_content_decides_not_the_name(tmp_path):
    png(tmp_path / "a.png", gray8).rename(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels[0], gray8)


def test_22_23_size_is_checked_before_decoding(tmp_path):
    header = struct.pack(">IIBBBBB", 10**6, 10**6, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    png_file = tmp_path / "huge.png"
    png_file.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)))
    with pytest.raises(RlsegError, match="claims 1000000 x 1000000 values") as error:
        read_image(png_file)
    assert "--max-pixels" in error.value.hint
    small = tiff(tmp_path / "a.tif", np.zeros((1000, 1000, 3), np.uint8), compression="zlib", photometric="rgb")
    with pytest.raises(RlsegError, match="claims 1000 x 1000 x 3 values, at most 2999999 are allowed"):
        read_image(small, reading=Reading(max_pixels=2_999_999))
    assert read_image(small, reading=Reading(max_pixels=3_000_000)).pixels.shape == (1, 1000, 1000)


def test_png_of_16_bit_colour_is_refused_instead_of_cut(tmp_path):
    path = png(tmp_path / "a.png", colour)
    content = bytearray(path.read_bytes())
    content[24] = 16
    path.write_bytes(content)
    with pytest.raises(RlsegError, match="16 bits per colour"):
        read_image(path)


def test_files_of_several_images_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(np.zeros((5, 6), np.uint8))
        file.write(np.zeros((9, 6), np.uint8))
    with pytest.raises(RlsegError, match="holds 2 images"):
        decode(tmp_path / "a.tif")


def test_images_of_one_data_set_need_a_common_channel_count(tmp_path):
    one = tiff(tmp_path / "one.tif", gray8)
    three = png(tmp_path / "three.png", colour)
    either = png(tmp_path / "either.png", np.dstack([gray8] * 3))
    two = tiff(tmp_path / "two.tif", np.zeros((2, 5, 6), np.uint8), metadata={"axes": "CYX"})
    assert common_channels([one, either]) == 1
    assert common_channels([either, three]) == 3
    assert common_channels([either]) == 1
    assert common_channels([two]) == 2
    with pytest.raises(RlsegError, match=r"one\.tif has 1, .*three\.png has 3"):
        common_channels([either, one, either, three])
    with pytest.raises(RlsegError, match=r"either\.png has 1, .*two\.tif has 2"):
        common_channels([either, two])
    with pytest.raises(RlsegError, match="no images"):
        common_channels([])


def test_29_32_many_labels_and_every_type(tmp_path):
    many = np.arange(70_000, dtype=np.uint32).reshape(700, 100)
    labels = read_labels(tiff(tmp_path / "a.tif", many, compression="zlib"), (700, 100))
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, many)
    np.testing.assert_array_equal(read_labels(tiff(tmp_path / "f.tif", gray8.astype(float))), gray8)  # 32
    np.testing.assert_array_equal(read_labels(png(tmp_path / "c.png", np.dstack([gray8] * 3))), gray8)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[0.0, 1.5], [np.nan, 2.0]]), "2 labels that are not whole numbers"),  # 32
        (np.array([[0, -1]], np.int16), "negative label: -1"),  # 34
        (np.array([[0, -1.0]]), "negative label: -1"),
        (np.array([[0, 2**31]], np.uint32), "label above 2147483647"),
        (np.array([[0, 1e20]]), "label above 2147483647"),
        (colour, "colour image"),
        (np.zeros((3, 5), np.uint8), "its image has shape"),  # 31
    ],
)
def test_31_32_34_wrong_labels_are_refused(tmp_path, array, message):
    shape = (5, 6) if "shape" in message else None
    with pytest.raises(RlsegError, match=message):
        read_labels(tiff(tmp_path / "a.tif", array), shape)


def spots(*places):
    """(20, 30) labels: squares of 4 pixels at these places, all of them 1."""
    labels = np.zeros((20, 30), np.uint8)
    for row, column in places:
        labels[row : row + 2, column : column + 2] = 1
    return labels


TWO, THREE = [(1, 1), (10, 20)], [(1, 1), (10, 20), (15, 3)]


@pytest.mark.parametrize(("places", "value"), [(THREE, 1), (THREE, 7), (TWO, 255), (THREE, 255), (TWO, 65535)])
def test_81_a_mask_is_not_taken_for_labels(tmp_path, places, value):
    labels = spots(*places).astype(np.uint16) * value
    path = tiff(tmp_path / "a.tif", labels)
    with pytest.raises(RlsegError, match=f"is a mask: {len(places)} separate objects all have the label {value}"):
        read_labels(path)
    np.testing.assert_array_equal(read_labels(path, superpixels=True), labels)


@pytest.mark.parametrize(
    "labels",
    [
        spots(),
        spots((1, 1)),
        255 * spots((1, 1)),
        spots(*TWO),  # one object, seen in two pieces
        spots((1, 1), (3, 3), (5, 5)),  # pieces that touch by their corners
        spots(*THREE) + spots((15, 3)),
    ],
)
def test_81_what_may_be_labels_is_read(tmp_path, labels):
    np.testing.assert_array_equal(read_labels(tiff(tmp_path / "a.tif", labels)), labels)
