"""An invisible watermark for pictures, and a detector whose false alarms can be calculated. numpy and Pillow alone.

Spread spectrum (Cox, Kilian, Leighton and Shamoon 1997, IEEE Trans. Image Process. 6:1673) in the Fourier coefficients of a small
tile that is repeated over the picture, so that every crop holds many copies (after Kutter 1998, Proc. SPIE 3528:423). The key draws one
standard normal for each real degree of freedom of the middle frequencies; the tile is their sum, added to all three channels alike.

The detector folds the picture's residual onto one tile, F, and asks for the inner product with the key's tile T at every shift:

    z = <F, T> / |F|,    F and T restricted to the band.

T is a standard normal vector in the band, so under a key that the picture was not marked with, z is N(0, 1) at each shift, exactly and for
any picture whatever, by chance over keys. The largest z over all shifts and scales is held against a threshold that allows for having
looked so often (Bonferroni): :func:`threshold`.

Known weaknesses, on purpose in the open: rotation, other scales than those tried, a few per cent of stretch, redrawing by a generative
model (Zhao et al. 2023, arXiv:2306.01953), and averaging many pictures with one key, which shows the tile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

TILE = 64  # pixels of a side
BAND = (5, 16)  # cycles a tile, from and to: below JPEG's knife, above the picture's own shapes
STRENGTH = 1.6  # grey levels, root mean square
SCALES = (1.0, 0.5, 0.75, 1.5, 2.0)  # what the picture may have been resized by
ALARMS = 1e-6  # false alarms a picture, over everything that is tried
SMOOTH = 4  # pixels to each side of the mean that is taken away
CLIP = 3.0  # times the median residual


@dataclass(frozen=True)
class Found:
    """The largest ``z`` over what was tried, at which ``scale`` it stood, and whether it lies above the threshold."""

    z: float
    scale: float
    there: bool


def band() -> np.ndarray:
    """The frequencies of the tile that carry the mark, (TILE, TILE), bool, symmetric."""
    f = np.fft.fftfreq(TILE, 1 / TILE)
    radius = np.hypot(f[:, None], f[None, :])
    return (radius >= BAND[0]) & (radius <= BAND[1])


def tile(key: int) -> np.ndarray:
    """The key's pattern, (TILE, TILE): white noise drawn by the key, its projection on the band. In any orthonormal basis of
    the band its coordinates are independent standard normals."""
    noise = np.random.default_rng([key, TILE]).standard_normal((TILE, TILE))
    return np.fft.ifft2(np.fft.fft2(noise) * band()).real


def embed(pixels: np.ndarray, key: int, strength: float = STRENGTH) -> np.ndarray:
    """The marked picture, uint8 like ``pixels`` (H, W, 3), by ``strength`` grey levels of mean square."""
    pattern = tile(key)
    pattern = pattern * (strength / pattern.std())
    height, width = pixels.shape[:2]
    rows, columns = -(-height // TILE), -(-width // TILE)
    mark = np.tile(pattern, (rows, columns))[:height, :width, None]
    return np.rint(pixels + mark).clip(0, 255).astype(np.uint8)


def statistics(pixels: np.ndarray, key: int) -> np.ndarray:
    """z at every shift, (TILE, TILE), of a picture (H, W, 3) taken as it stands; each N(0, 1) under a key it was not marked with."""
    spectrum = evened(np.fft.fft2(fold(pixels)) * band())
    length = np.sqrt((np.abs(spectrum) ** 2).sum()) / TILE  # |F|, by Parseval
    if length == 0:  # a picture of one colour holds no residual
        return np.zeros((TILE, TILE))
    return np.fft.ifft2(spectrum.conj() * np.fft.fft2(tile(key))).real / length


def evened(spectrum: np.ndarray) -> np.ndarray:
    """The spectrum with no coefficient above twice the median of the band: stripes and checks, which fill a few of them, do not
    outvote the rest. Any function of the picture alone may stand here, and z stays normal."""
    size = np.abs(spectrum)
    limit = 2 * np.median(size[band()])
    return spectrum * np.minimum(1, limit / np.maximum(size, 1e-12))


def fold(pixels: np.ndarray) -> np.ndarray:
    """The residual of the luma, summed over all tiles, (TILE, TILE): shapes cancel, what repeats with the tile adds up."""
    from PIL import Image, ImageFilter

    luma = Image.fromarray(pixels).convert("L")
    residual = np.asarray(luma, np.int16) - np.asarray(luma.filter(ImageFilter.BoxBlur(SMOOTH)), np.int16)
    counts = np.bincount(np.abs(residual).ravel(), minlength=256).cumsum()
    limit = int(CLIP * np.searchsorted(counts, counts[-1] / 2)) + 1  # edges do not outvote the rest
    height, width = (-(-n // TILE) * TILE for n in residual.shape)
    padded = np.zeros((height, width), np.int16)
    padded[: residual.shape[0], : residual.shape[1]] = residual.clip(-limit, limit)
    return padded.reshape(height // TILE, TILE, width // TILE, TILE).sum((0, 2), dtype=np.float64)


def detect(pixels: np.ndarray, key: int) -> Found:
    """Look for the key's mark in a picture (H, W, 3), uint8, at every shift and at each of the SCALES."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    best = Found(-math.inf, 1.0, False)
    for scale in SCALES:
        size = tuple(max(TILE, round(side / scale)) for side in picture.size)
        view = pixels if scale == 1 else np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
        z = float(statistics(view, key).max())
        if z > best.z:
            best = Found(z, scale, z > threshold())
    return best


def threshold(alarms: float = ALARMS) -> float:
    """The z that a picture without the mark exceeds anywhere with probability ``alarms`` at most."""
    each = alarms / (TILE * TILE * len(SCALES))
    low, high = 0.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) / 2 > each else (low, middle)
    return high


def distortion(before: np.ndarray, after: np.ndarray) -> float:
    """The mean squared change of a pixel, in grey levels squared."""
    return float(((before.astype(np.float64) - after) ** 2).mean())


def psnr(squared: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared change; infinite where nothing changed."""
    return math.inf if squared == 0 else 10 * math.log10(255**2 / squared)
