"""Notes to be heard and taken away: a WAV file by additive synthesis and a standard MIDI file, both with numpy alone.

Voices are lines of (MIDI pitch or 0, length in eighths) after another, as in genai_core.datasets.chorales. Torch-free.
"""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Sequence

import numpy as np

RATE = 22_050  # samples a second
TEMPO = 84  # quarters a minute
TICKS = 480  # of a quarter, in MIDI files
PARTIALS = ((1, 1.0), (2, 0.42), (3, 0.24), (4, 0.11), (5, 0.06), (6, 0.03))  # of a soft organ pipe: number, amplitude
ATTACK, RELEASE = 0.03, 0.12  # seconds
PLACES = (0.38, 0.62, 0.3, 0.7)  # soprano to bass from left (0) to right (1)
PROGRAM = 19  # church organ, counted from 0
NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
Line = Sequence[tuple[int, int]]


def frequency(pitch: int) -> float:
    """Hertz of a MIDI number in equal temperament, A4 = 69 = 440."""
    return 440.0 * 2 ** ((pitch - 69) / 12)


def name(pitch: int) -> str:
    """A note's name with its octave: 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def tone(pitch: int, seconds: float, rate: int = RATE) -> np.ndarray:
    """One note, float64: partials below half of the rate, a soft beginning, a slow fall, and a release after its length."""
    t = np.arange(round((seconds + RELEASE) * rate)) / rate
    f = frequency(pitch)
    sound = sum(a * np.sin(2 * np.pi * k * f * t) for k, a in PARTIALS if k * f < 0.45 * rate)
    envelope = np.minimum(1, t / ATTACK) * (0.72 + 0.28 * np.exp(-2.2 * t))
    return sound * envelope * np.clip((seconds + RELEASE - t) / RELEASE, 0, 1)


def sound(voices: Sequence[Line], tempo: float = TEMPO, rate: int = RATE) -> np.ndarray:
    """All voices together in stereo, float64 (samples, 2) with a peak of at most .9."""
    eighth = 30 / tempo
    longest = max((sum(length for _, length in line) for line in voices), default=0)
    out = np.zeros((round((longest * eighth + 2 * RELEASE) * rate) + 2, 2))
    for voice, line in enumerate(voices):
        right = PLACES[voice % len(PLACES)]
        at = 0
        for pitch, length in line:
            if pitch:
                start = round(at * eighth * rate)
                heard = tone(pitch, length * eighth, rate)
                out[start : start + len(heard)] += heard[:, None] * (np.sqrt(1 - right), np.sqrt(right))
            at += length
    peak = np.abs(out).max()
    return out * (0.9 / peak) if peak else out


def wav(voices: Sequence[Line], tempo: float = TEMPO, rate: int = RATE) -> bytes:
    """The sound as a WAV file, 16 bits, stereo."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((sound(voices, tempo, rate) * 32767).round().astype("<i2").tobytes())
    return file.getvalue()


# --- standard MIDI files ---------------------------------------------------------------------------------------------


def midi(voices: Sequence[Line], titles: Sequence[str] = ("S", "A", "T", "B"), tempo: float = TEMPO) -> bytes:
    """A standard MIDI file of format 1: a track with the tempo, then one a voice (Standard MIDI Files 1.0)."""
    microseconds = round(60e6 / tempo)
    tracks = [b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big")]
    for channel, (line, title) in enumerate(zip(voices, titles, strict=True)):
        word = title.encode("ascii", "replace")
        track = b"\x00\xff\x03" + _number(len(word)) + word + bytes((0, 0xC0 | channel, PROGRAM))
        wait = 0
        for pitch, length in line:
            ticks = length * TICKS // 2
            if pitch:
                track += _number(wait) + bytes((0x90 | channel, pitch, 80))
                track += _number(ticks) + bytes((0x80 | channel, pitch, 0))
            wait = 0 if pitch else wait + ticks
        tracks.append(track)
    chunks = [b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), TICKS)]
    for track in tracks:
        track += b"\x00\xff\x2f\x00"
        chunks.append(b"MTrk" + struct.pack(">I", len(track)) + track)
    return b"".join(chunks)


def _number(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, all but the last with the eighth bit set."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(0x80 | value & 0x7F)
    return bytes(reversed(found))
