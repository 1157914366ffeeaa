"""Photos: the picture stays, everything beside it goes."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from PIL.ExifTags import GPS, Base

from ledger.errors import InvalidInput
from ledger.masterdata import photo
from ledger.masterdata.media_type import JPEG, PDF, PNG, WEBP, sniff
from ledger.masterdata.photo import LONGEST_SIDE, clean_photo

GPS_IFD = 0x8825
FORMATS = [(JPEG, "JPEG"), (PNG, "PNG"), (WEBP, "WEBP")]


def taken(name: str, *, size: tuple[int, int] = (40, 20), orientation: int = 1) -> bytes:
    """A photo as a phone writes it: with position, maker and orientation."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((20, 200, 20), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[Base.Make] = "PhoneMaker"
    exif[Base.Orientation] = orientation
    exif[GPS_IFD] = {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (19.0, 23.0, 59.0)}
    out = BytesIO()
    image.save(out, name, exif=exif.tobytes())
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(("media_type", "name"), FORMATS)
def test_position_and_maker_are_gone(media_type: str, name: str) -> None:
    data = taken(name)
    assert opened(data).getexif().get_ifd(GPS_IFD)
    cleaned = clean_photo(data, media_type)
    image = opened(cleaned)
    assert sniff(cleaned) == media_type
    assert not image.getexif()
    assert b"PhoneMaker" not in cleaned
    assert image.size == (40, 20)
    red, green, _ = image.convert("RGB").getpixel((5, 10))  # type: ignore[misc]
    assert green > 150 > red, "the picture itself stays"


@pytest.mark.parametrize(("media_type", "name"), FORMATS)
def test_position_stays_if_wanted_and_nothing_else(media_type: str, name: str) -> None:
    image = opened(clean_photo(taken(name), media_type, keep_location=True))
    assert image.getexif().get_ifd(GPS_IFD)[GPS.GPSLatitudeRef] == "N"
    assert Base.Make not in image.getexif()


def test_picture_is_turned_upright() -> None:
    image = opened(clean_photo(taken("JPEG", orientation=6), JPEG))
    assert image.size == (20, 40)


def test_what_follows_the_picture_is_gone() -> None:
    assert b"<script>" not in clean_photo(taken("JPEG") + b"<script>alert(1)</script>", JPEG)


def test_large_picture_is_made_smaller_and_transparency_stays() -> None:
    out = BytesIO()
    Image.new("RGBA", (3000, 10), (0, 0, 0, 0)).save(out, "PNG")
    image = opened(clean_photo(out.getvalue(), PNG))
    assert max(image.size) == LONGEST_SIDE
    assert image.mode == "RGBA"


def test_same_photo_gives_the_same_bytes() -> None:
    once = clean_photo(taken("PNG"), PNG)
    assert once == clean_photo(taken("PNG"), PNG) == clean_photo(once, PNG)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", taken("JPEG")[:200], taken("PNG")])
def test_broken_picture_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_photo(data, JPEG)
    assert caught.value.code == "photo-malformed"


def test_bomb_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(photo.MOST_PIXELS, PNG, 100)
    with pytest.raises(InvalidInput, match="pixels"):
        clean_photo(taken("PNG"), PNG)
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(InvalidInput, match="pixels"):
        clean_photo(out.getvalue(), PNG)


def test_media_type_is_told_by_the_bytes() -> None:
    assert sniff(b"%PDF-1.7\n") == PDF
    for junk in (b"", b"<svg/>", b"GIF89a", b"MZ", b"<!doctype html>", b"RIFF1234WAVE"):
        assert sniff(junk) is None
