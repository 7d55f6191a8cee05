"""What is heard and taken away: pitches where they belong, files that read back to the same notes."""

import io
import struct
import wave

import numpy as np
import pytest

from genai_core import music

VOICES = (
    ((72, 2), (0, 2), (74, 4)),
    ((67, 1), (67, 1), (0, 2), (65, 4)),
    ((0, 4), (60, 4)),
    ((48, 8),),
)


def read_midi(raw: bytes) -> tuple[int, list[list[tuple[int, int]]]]:
    """Microseconds a quarter and the tracks as lines in eighths, by a reader that knows only the standard."""
    assert raw[:4] == b"MThd"
    length, kind, tracks, ticks = struct.unpack(">IHHH", raw[4:14])
    assert (length, kind) == (6, 1)
    at, found, tempo = 14, [], 0
    for _ in range(tracks):
        assert raw[at : at + 4] == b"MTrk"
        end = at + 8 + struct.unpack(">I", raw[at + 4 : at + 8])[0]
        at, now, begun, notes, last = at + 8, 0, {}, [], 0
        while at < end:
            wait = 0
            while True:
                wait = wait << 7 | raw[at] & 0x7F
                at += 1
                if not raw[at - 1] & 0x80:
                    break
            now += wait
            status = raw[at]
            if status == 0xFF:
                size = raw[at + 2]
                if raw[at + 1] == 0x51:
                    tempo = int.from_bytes(raw[at + 3 : at + 6], "big")
                at += 3 + size
            elif status >> 4 == 0xC:
                at += 2
            else:
                pitch = raw[at + 1]
                if status >> 4 == 9:
                    if now > last:
                        notes.append((0, (now - last) * 2 // ticks))
                    begun[pitch] = now
                else:
                    notes.append((pitch, (now - begun.pop(pitch)) * 2 // ticks))
                    last = now
                at += 3
        assert at == end and not begun
        found.append(notes)
    assert at == len(raw)
    return tempo, found


def test_midi_reads_back_to_the_same_notes():
    tempo, (first, *voices) = read_midi(music.midi(VOICES, tempo=90))
    assert tempo == 666_667 and first == []
    assert [tuple(line) for line in voices] == [tuple(line) for line in VOICES]


def test_a_long_rest_takes_more_than_one_byte_of_time():
    _, (_, line) = read_midi(music.midi((((0, 100), (60, 64)),), ("S",)))
    assert line == [(0, 100), (60, 64)]


@pytest.mark.parametrize("pitch", [45, 60, 69, 76])
def test_a_tone_has_its_frequency(pitch):
    heard = music.tone(pitch, 2.0)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    peak = np.fft.rfftfreq(len(heard), 1 / music.RATE)[spectrum.argmax()]
    assert abs(peak - 440 * 2 ** ((pitch - 69) / 12)) < 0.5


def test_nothing_sounds_above_half_of_the_rate():
    heard = music.tone(84, 1.0, rate=8000)  # 1,047 Hz: its fourth partial would come back as a false one
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    hertz = np.fft.rfftfreq(len(heard), 1 / 8000)
    partials = sum(np.abs(hertz - k * music.frequency(84)) < 12 for k in (1, 2, 3)) > 0
    assert spectrum[~partials].max() < 0.01 * spectrum.max()


def test_a_wav_is_as_long_as_its_notes_and_rests_are_silent():
    with wave.open(io.BytesIO(music.wav((((60, 2), (0, 8), (64, 2)),), tempo=60, rate=8000))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768
    assert abs(len(samples) / 8000 - (6 + 2 * music.RELEASE)) < 0.01  # twelve eighths of half a second
    assert 0.85 < np.abs(samples).max() < 0.91
    assert np.abs(samples[int(8000 * 1.3) : 8000 * 5]).max() == 0


def test_silence_stays_silent_and_names_are_named():
    assert np.abs(music.sound((((0, 4),),))).max() == 0
    assert [music.name(p) for p in (60, 69, 70, 31)] == ["C4", "A4", "B♭4", "G1"]
