"""A QR code as a picture that stands in the page: made here, so that the secret in it goes nowhere else."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """The picture, black on white in every theme, as a camera needs it; for all others its words stand beside it."""
    picture = segno.make(text, error="m", micro=False)
    return Markup(picture.svg_inline(scale=5, border=4, light="#fff", svgclass="hub-qr", lineclass=None, omitsize=True))  # noqa: S704 - ours
