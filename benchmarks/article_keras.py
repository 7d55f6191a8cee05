"""The article's loop in Keras 3, with the fewest edits that make both networks train. Needs tensorflow-cpu.

The article is "Generative AI: opportunity and risk side by side", section 5.2. What had to change, and why:

1. ``build_gan`` is called: the listing uses ``gan_model`` and never makes it.
2. ``trainable`` is set before each update, on for the discriminator's and off for the generator's: in Keras 3 the freeze after
   compiling stops the discriminator for good, and without it the generator's step trains the discriminator too.
   ``train_on_batch`` of each model is compiled while its own setting holds.
3. ``LeakyReLU(negative_slope=...)``: Keras 3 no longer takes ``alpha``. Inputs are declared with ``Input``.
4. The pictures of every tenth epoch are left out: the time of training alone is measured.
5. The data are the 4,000 digits the project ships instead of a download; the time of a step does not depend on how many.

Layers, widths, Adam(0.0002), batch 128, two discriminator updates a step, fresh noise for the generator and
``generator.predict`` inside the loop are the article's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from genai_core import registry

Z, BATCH = 100, 128


def article_loop(threads: int = 1) -> Callable[[int], None]:
    """A function that carries out that many steps of the article's training."""
    import tensorflow as tf
    from tensorflow.keras import Sequential, layers
    from tensorflow.keras.optimizers import Adam

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.keras.utils.set_random_seed(0)

    def leaky() -> layers.Layer:
        return layers.LeakyReLU(negative_slope=0.01)

    generator = Sequential(
        [
            layers.Input((Z,)), layers.Dense(128), leaky(), layers.Dense(128), leaky(),
            layers.Flatten(), layers.Dense(784), leaky(), layers.Reshape((28, 28)),
        ]
    )  # fmt: skip
    discriminator = Sequential(
        [layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(128), leaky(), layers.Dense(1, activation="sigmoid")]
    )
    discriminator.compile(optimizer=Adam(0.0002), loss="binary_crossentropy")
    discriminator.train_on_batch(np.zeros((BATCH, 28, 28, 1), "float32"), np.ones((BATCH, 1)))  # traced while it may train
    discriminator.trainable = False
    gan_model = Sequential([layers.Input((Z,)), generator, layers.Reshape((28, 28, 1)), discriminator])
    gan_model.compile(optimizer=Adam(0.0002), loss="binary_crossentropy")
    digits = registry.datasets()["mnist5k"].load().train[..., None].astype("float32") / 255
    rng, history = np.random.default_rng(0), []

    def run(steps: int) -> None:
        for _ in range(steps):
            fake = generator.predict(rng.normal(0, 1, (BATCH, Z)), verbose=0)[..., None]
            real = digits[rng.integers(0, len(digits), BATCH)]
            discriminator.trainable = True
            loss_real = discriminator.train_on_batch(real, np.ones((BATCH, 1)))
            loss_fake = discriminator.train_on_batch(fake, np.zeros((BATCH, 1)))
            discriminator.trainable = False
            loss_g = gan_model.train_on_batch(rng.normal(0, 1, (BATCH, Z)), np.ones((BATCH, 1)))
            history.append((0.5 * np.add(loss_real, loss_fake), loss_g))

    return run
