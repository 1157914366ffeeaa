"""Photos as they are kept: decoded and written anew, without what the camera wrote beside them.

A phone writes into each photo where it was taken, which for a household is its home. Decoding and
encoding again leaves behind everything but the picture: position, camera, thumbnails, and whatever
else a file may carry after its picture.
"""

from __future__ import annotations

from io import BytesIO
from typing import NoReturn

from PIL import Image, ImageOps, UnidentifiedImageError

from ledger.errors import InvalidInput
from ledger.masterdata.media_type import JPEG, PNG, WEBP

LONGEST_SIDE = 2048
"""Pixels; a larger picture is made smaller, which no screen shows."""
MOST_PIXELS = {JPEG: 64_000_000, PNG: 24_000_000, WEBP: 24_000_000}
"""Decoding is refused beyond these. JPEG is decoded at reduced size and may be larger."""

_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
_GPS = 0x8825


def clean_photo(data: bytes, media_type: str, *, keep_location: bool = False) -> bytes:
    """The picture of a JPEG, PNG or WebP file, upright, in the same format.

    With `keep_location` the position stays, and nothing else of the metadata. The same bytes give
    the same bytes with the same version of Pillow. Raises InvalidInput `photo-malformed`.
    """
    try:
        with Image.open(BytesIO(data), formats=[_FORMATS[media_type]]) as image:
            if image.width * image.height > MOST_PIXELS[media_type]:
                _refuse(f"{image.width} x {image.height} pixels; {MOST_PIXELS[media_type]} at most")
            exif = _position(image) if keep_location else None
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image.seek(0)
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _encode(upright, media_type, exif)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        _refuse("far too many pixels")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise InvalidInput("photo-malformed", "the picture cannot be decoded") from error


def _encode(image: Image.Image, media_type: str, exif: Image.Exif | None) -> bytes:
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = image.convert("RGB") if media_type == JPEG or not has_alpha else image.convert("RGBA")
    out = BytesIO()
    # A fresh copy of the pixels: whatever else came with the file stays behind.
    plain = Image.frombytes(image.mode, image.size, image.tobytes())
    beside = {} if exif is None else {"exif": exif.tobytes()}
    if media_type == PNG:
        plain.save(out, "PNG", optimize=True, **beside)
    else:
        plain.save(out, _FORMATS[media_type], quality=88, **beside)
    return out.getvalue()


def _position(image: Image.Image) -> Image.Exif | None:
    gps = image.getexif().get_ifd(_GPS)
    if not gps:
        return None
    kept = Image.Exif()
    kept[_GPS] = dict(gps)
    return kept


def _refuse(detail: str) -> NoReturn:
    raise InvalidInput("photo-malformed", detail)
